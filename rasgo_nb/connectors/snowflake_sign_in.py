"""The ways to sign in to Snowflake: what each needs, checked before the driver is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.snowflake_tokens import REFRESH_TOKEN
from rasgo_nb.errors import SignInFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.secret_store import Secrets

# The driver's parameters that are secrets, under the name that they have in the store too.
SECRETS = ("password", "token", "private_key_file_pwd", "passcode", "oauth_client_secret")
_TOKEN = ("token", "token_file_path")
_BROWSER_LOGIN_S = 120  # a person has to find the window and type


@dataclass(frozen=True, slots=True)
class SignIn:
    """A way to sign in. Of each group in ``needs`` one parameter must be there.

    ``is_renewable`` says that a new session needs nobody to do anything; ``has_browser`` that a page opens.
    """

    needs: tuple[tuple[str, ...], ...]
    is_renewable: bool = True
    has_browser: bool = False


_USER_AND_PASSWORD = (("user",), ("password",))
SIGN_INS = {
    "SNOWFLAKE": SignIn(_USER_AND_PASSWORD),
    "USERNAME_PASSWORD_MFA": SignIn(_USER_AND_PASSWORD, is_renewable=False),
    "OKTA": SignIn(_USER_AND_PASSWORD),
    "EXTERNALBROWSER": SignIn((("user",),), is_renewable=False, has_browser=True),
    "OAUTH": SignIn((_TOKEN,)),
    "OAUTH_AUTHORIZATION_CODE": SignIn((), is_renewable=False, has_browser=True),
    "OAUTH_CLIENT_CREDENTIALS": SignIn(
        (("oauth_client_id",), ("oauth_client_secret",), ("oauth_token_request_url",))
    ),
    "SNOWFLAKE_JWT": SignIn((("user",), ("private_key_file", "private_key"))),
    "PROGRAMMATIC_ACCESS_TOKEN": SignIn((_TOKEN,)),
    "PAT_WITH_EXTERNAL_SESSION": SignIn((_TOKEN, ("external_session_id",))),
    "WORKLOAD_IDENTITY": SignIn((("workload_identity_provider",),)),
}
_HOW = {
    "password": "keep one with `%rasgo key set connection.NAME`",
    "token": "keep one with `%rasgo key set connection.NAME.token`",
    "oauth_client_secret": "keep one with `%rasgo key set connection.NAME.oauth_client_secret`",
}


def authenticator_of(parameters: Mapping[str, Any]) -> str:
    """The way to sign in, in upper case; where none is named, the one that the other parameters speak of."""
    named = str(parameters.get("authenticator") or "").upper()
    if named.startswith("HTTPS://"):
        return "OKTA"
    if named:
        return "WORKLOAD_IDENTITY" if named == "WORKLOAD_IDENTITY_FEDERATION" else named
    if parameters.get("private_key_file") or parameters.get("private_key"):
        return "SNOWFLAKE_JWT"
    return "SNOWFLAKE"


def with_secrets(parameters: Mapping[str, Any], secrets: Secrets, name: str) -> dict[str, Any]:
    """The parameters, and what the store has under the connection's name."""
    kept = {key: secrets.find(f"{name}.{key}") for key in SECRETS}
    return {**parameters, **{key: secret for key, secret in kept.items() if secret}}


def check_complete(parameters: Mapping[str, Any], *, place: str, name: str) -> SignIn:
    """The way to sign in, when nothing that it needs is missing.

    Raises
    ------
    SignInFailed
        naming the option to add.
    """
    authenticator = authenticator_of(parameters)
    way = SIGN_INS.get(authenticator)
    if way is None:
        known = ", ".join(sorted(one.lower() for one in SIGN_INS))
        raise SignInFailed(
            f"Snowflake has no sign-in {authenticator.lower()}. Give `authenticator=` one of: {known}."
        )
    if not parameters.get("account") and not parameters.get("host"):
        raise SignInFailed(
            f"Which account? Type `%rasgo connect {place} account=ORGANISATION-ACCOUNT`, or name a section "
            "of connections.toml."
        )
    needs = way.needs + ((_TOKEN,) if _is_oidc(parameters, authenticator) else ())
    for group in needs:
        if not any(parameters.get(one) for one in group):
            raise SignInFailed(_missing(group, authenticator, parameters, place, name))
    return way


def _missing(
    group: tuple[str, ...], authenticator: str, parameters: Mapping[str, Any], place: str, name: str
) -> str:
    options = " or ".join(f"`{one}=`" for one in group if one not in SECRETS)
    how = [f"add {options} to `%rasgo connect {place}`"] if options else []
    how += [_HOW[one].replace("NAME", name) for one in group if one in _HOW]
    other = ""
    if group == ("password",) and not parameters.get("authenticator"):
        other = ", or sign in another way: `authenticator=externalbrowser`"
    said = authenticator.lower()
    return f"Sign-in by {said} needs {' or '.join(group)}: {', or '.join(how)}{other}."


def _is_oidc(parameters: Mapping[str, Any], authenticator: str) -> bool:
    provider = str(parameters.get("workload_identity_provider") or "").upper()
    return authenticator == "WORKLOAD_IDENTITY" and provider == "OIDC"


def sign_in_defaults(way: SignIn) -> dict[str, Any]:
    """What the driver is told unless the person says otherwise: never to wait for ever, nothing on disk.

    The driver keeps tokens in the keyring of macOS and Windows; elsewhere it would write a file, and is told
    not to: tokens then end with the kernel.
    """
    return {
        "login_timeout": _BROWSER_LOGIN_S if way.has_browser else 20,
        "network_timeout": 60,
        "client_store_temporary_credential": has_keyring(),
        "client_request_mfa_token": has_keyring(),
    }


def has_keyring() -> bool:
    """Whether the driver would hold tokens in the keyring of the operating system."""
    import sys
    from importlib.util import find_spec

    return sys.platform in ("darwin", "win32") and find_spec("keyring") is not None


def can_renew(way: SignIn, parameters: Mapping[str, Any], secrets: Secrets, name: str) -> bool:
    """Whether a new session may be opened in the middle of a run, without a person."""
    refreshes = parameters.get("oauth_enable_refresh_tokens") and secrets.find(f"{name}.{REFRESH_TOKEN}")
    return way.is_renewable or bool(way.has_browser and refreshes)


BROWSER_ELSEWHERE = (
    "A browser has to open on the machine of the kernel. Where that is remote (JupyterHub, a container), "
    "sign in by `authenticator=programmatic_access_token`, by `oauth_authorization_code` with an "
    "`oauth_redirect_uri=` that reaches the kernel, or by a key pair (`private_key_file=`); or set "
    "SF_AUTH_SOCKET_PORT and forward that port."
)
