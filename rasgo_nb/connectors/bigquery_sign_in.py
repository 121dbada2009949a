"""Signing in to Google: from where the credentials come, and what mends them when they are not taken."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.bigquery_errors import one_line
from rasgo_nb.errors import ConnectionFailed, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.connectors.bigquery_place import BigQueryPlace
    from rasgo_nb.connectors.request import ConnectRequest

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
GCLOUD = "Type `gcloud auth application-default login` in a terminal, then ask again."
LIFETIME_S = 3600  # of an impersonated token; google-auth takes a new one before it lapses


@dataclass(frozen=True, slots=True)
class SignIn:
    """``credentials`` renew themselves; ``project`` is the one that they name; ``mend`` is a sentence."""

    credentials: Any
    project: str
    mend: str
    forget: Callable[[], None] = lambda: None  # what was kept and is taken no longer


def sign_in(place: BigQueryPlace, request: ConnectRequest) -> SignIn:
    """Credentials in the way that the options say; application default credentials when they say nothing.

    Raises
    ------
    SignInFailed, ConnectionFailed
        with what to type.
    """
    found = _source(place, request)
    if place.impersonate:
        found = _impersonated(found, place.impersonate)
    if place.quota_project and hasattr(found.credentials, "with_quota_project"):
        found = SignIn(found.credentials.with_quota_project(place.quota_project), found.project, found.mend)
    return found


def _source(place: BigQueryPlace, request: ConnectRequest) -> SignIn:
    info = request.secrets.find(f"{request.name}.service_account")
    if place.sign_in == "anonymous":
        from google.auth.credentials import AnonymousCredentials

        none = AnonymousCredentials()  # type: ignore[no-untyped-call]
        return SignIn(none, "", "Connect again with another `sign_in`.")
    if place.sign_in == "user":
        from rasgo_nb.connectors.bigquery_user import user_sign_in

        user = user_sign_in(place, request)
        mend = "Ask again: the browser opens for a new sign-in."
        return SignIn(user.source(SCOPES), "", mend, user.forget)
    if place.credentials_file:
        return _from_file(place.credentials_file)
    if info:
        mend = f"Keep a key that is valid as the secret {request.name}.service_account, and connect again."
        return _from_info(_parsed(info, "The kept service account key"), mend)
    if place.sign_in in ("service_account", "workforce"):
        raise ConnectionFailed(
            f"sign_in={place.sign_in} needs a file: connect again with `credentials_file=/path/to/file.json`."
        )
    return _default()


def _default() -> SignIn:
    """Application default credentials; a project that runs queries comes with them, or from gcloud."""
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

    try:
        credentials, project = google.auth.default(scopes=SCOPES)
    except DefaultCredentialsError as error:
        said = one_line(str(error))
        is_file_missing = "was not found" in said and "credentials were not" not in said
        why = said if is_file_missing else "there is no sign-in yet"
        raise SignInFailed(f"No Google credentials here: {why.rstrip('.')}. {GCLOUD}") from None
    except (GoogleAuthError, ValueError) as error:
        raise SignInFailed(
            f"The Google credentials cannot be used: {one_line(str(error))} {GCLOUD}"
        ) from None
    return SignIn(credentials, project or "", GCLOUD)


def _from_file(path: str) -> SignIn:
    file = Path(path).expanduser()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text file"
        raise ConnectionFailed(
            f"The credentials file {path} cannot be read: {why}. "
            "Connect again with `credentials_file=` a JSON file."
        ) from None
    return _from_info(
        _parsed(text, f"The credentials file {path}"), f"Put a valid one in {path}, and ask again.", file
    )


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        info = json.loads(text)
    except ValueError:
        info = None
    if not isinstance(info, dict) or "type" not in info:
        raise ConnectionFailed(
            f"{what} is no JSON that Google makes: it has no `type`. "
            "Download the key again, and connect again."
        )
    return info


def _from_info(info: dict[str, Any], mend: str, file: Path | None = None) -> SignIn:
    """Of the types that Google's tools write, each by its own class: files say where tokens are asked for."""
    from google.auth.exceptions import GoogleAuthError

    make = _MAKERS.get(info["type"])
    if make is None:
        kinds = ", ".join(_MAKERS)
        raise ConnectionFailed(f"Credentials of type {info['type']} are not known. Take one of {kinds}.")
    try:
        credentials = make(info)
    except (GoogleAuthError, ValueError, KeyError) as error:
        raise ConnectionFailed(f"The credentials are not complete: {one_line(str(error))}. {mend}") from None
    project = info.get("project_id") or info.get("quota_project_id") or ""
    if info["type"] == "authorized_user":
        then = f", copy its file to {file}, then ask again." if file is not None else ", then ask again."
        mend = GCLOUD.replace(", then ask again.", then)
    return SignIn(credentials, project, mend)


def _service_account(info: dict[str, Any]) -> Any:
    from google.oauth2 import service_account

    return service_account.Credentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]


def _authorized_user(info: dict[str, Any]) -> Any:
    from google.oauth2 import credentials

    return credentials.Credentials.from_authorized_user_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]


def _external_account(info: dict[str, Any]) -> Any:
    """Workload and workforce identity: the token of another provider, in a file, at a URL, of AWS."""
    from google.auth import aws, identity_pool, pluggable

    source = info.get("credential_source", {})
    if str(info.get("subject_token_type", "")).endswith("aws4_request"):
        kind: Any = aws.Credentials
    else:
        kind = pluggable.Credentials if "executable" in source else identity_pool.Credentials
    return kind.from_info(info, scopes=SCOPES)


def _external_user(info: dict[str, Any]) -> Any:
    from google.auth import external_account_authorized_user

    return external_account_authorized_user.Credentials.from_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]


def _impersonated_file(info: dict[str, Any]) -> Any:
    from google.auth import impersonated_credentials

    return impersonated_credentials.Credentials.from_impersonated_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]


_MAKERS = {
    "service_account": _service_account,
    "authorized_user": _authorized_user,
    "external_account": _external_account,
    "external_account_authorized_user": _external_user,
    "impersonated_service_account": _impersonated_file,
}


def _impersonated(source: SignIn, principal: str) -> SignIn:
    from google.auth import impersonated_credentials

    credentials = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source_credentials=source.credentials,
        target_principal=principal,
        target_scopes=SCOPES,
        lifetime=LIFETIME_S,
    )
    domain = principal.partition("@")[2]
    project = (
        domain.removesuffix(".iam.gserviceaccount.com") if domain.endswith(".iam.gserviceaccount.com") else ""
    )
    may = f"It needs the role Service Account Token Creator on {principal}."
    return replace(
        source, credentials=credentials, project=source.project or project, mend=f"{may} {source.mend}"
    )
