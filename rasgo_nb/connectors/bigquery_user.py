"""Signing in to Google as oneself in a browser; the token that comes of it is kept with the secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.connectors.bigquery_errors import one_line
from rasgo_nb.errors import ConnectionFailed, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.connectors.bigquery_place import BigQueryPlace
    from rasgo_nb.connectors.request import ConnectRequest
    from rasgo_nb.secret_store import Secrets

WAIT_S = 180  # for the person in the browser


@dataclass(frozen=True, slots=True)
class UserSignIn:
    """``source`` gives credentials: of the kept token, or of a new consent in the browser."""

    client_secrets_file: str
    key: str
    secrets: Secrets

    def source(self, scopes: Sequence[str]) -> Any:
        """Credentials that renew themselves.

        Raises
        ------
        SignInFailed, ConnectionFailed
            when nobody consented, or without the file of an OAuth client.
        """
        kept = self.secrets.find(self.key)
        if kept:
            return _from_token(kept, scopes)
        credentials = self._consented(scopes)
        self.secrets.keep(self.key, _token_of(credentials))
        return credentials

    def forget(self) -> None:
        """The kept token is not taken any longer: the next sign-in asks in the browser."""
        self.secrets.forget(self.key)

    def _consented(self, scopes: Sequence[str]) -> Any:
        flow_module = load(
            "google_auth_oauthlib.flow", extra="bigquery", purpose="Signing in to Google in a browser"
        )
        from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

        flow = flow_module.InstalledAppFlow.from_client_config(self._client(), scopes=list(scopes))
        try:
            return flow.run_local_server(
                port=0,
                timeout_seconds=WAIT_S,
                authorization_prompt_message="Sign in to Google in the browser: {url}",
                success_message="You are signed in. Go back to the notebook.",
                access_type="offline",
                prompt="consent",
            )
        except (flow_module.WSGITimeoutError, OAuth2Error, OSError) as error:
            raise SignInFailed(
                f"Nobody signed in to Google: {one_line(str(error)).rstrip('.')}. Connect again, or type "
                "`gcloud auth application-default login` in a terminal and connect without sign_in=user."
            ) from None

    def _client(self) -> dict[str, Any]:
        how = (
            "Connect again with `client_secrets_file=` the JSON of an OAuth client of type Desktop app, "
            "or without sign_in=user after `gcloud auth application-default login`."
        )
        if not self.client_secrets_file:
            raise ConnectionFailed(f"sign_in=user needs an OAuth client. {how}")
        try:
            found = json.loads(Path(self.client_secrets_file).expanduser().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        if "installed" not in found:
            raise ConnectionFailed(f"{self.client_secrets_file} holds no OAuth client. {how}")
        return dict(found)


def user_sign_in(place: BigQueryPlace, request: ConnectRequest) -> UserSignIn:
    """As the options say; the token is kept under ``{name}.token``."""
    return UserSignIn(place.client_secrets_file, f"{request.name}.token", request.secrets)


def _token_of(credentials: Any) -> str:
    names = ("refresh_token", "token_uri", "client_id", "client_secret")
    return json.dumps({name: getattr(credentials, name) for name in names})


def _from_token(kept: str, scopes: Sequence[str]) -> Any:
    from google.oauth2.credentials import Credentials

    try:
        return Credentials(None, scopes=list(scopes), **json.loads(kept))  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        raise SignInFailed(
            "The kept Google token cannot be read. Forget it with `%rasgo disconnect` and connect again."
        ) from None
