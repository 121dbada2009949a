"""Keeps OAuth's tokens in the store of secrets: the keyring where there is one, else memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.secret_store import Secrets

REFRESH_TOKEN = "oauth_refresh_token"


class KeptTokens:
    """The driver's ``TokenCache``, by the name of the connection; elsewhere the driver would write a file."""

    def __init__(self, secrets: Secrets, name: str) -> None:
        self._secrets = secrets
        self._name = name

    def store(self, key: Any, token: str) -> None:
        """Hold a token."""
        self._secrets.keep(self._key(key), token)

    def retrieve(self, key: Any) -> str | None:
        """The token; None where there is none."""
        return self._secrets.find(self._key(key)) or None

    def remove(self, key: Any) -> None:
        """Hold it no more."""
        self._secrets.forget(self._key(key))

    def _key(self, key: Any) -> str:
        return f"{self._name}.{key.tokenType.value.lower()}"


def by_authorization_code(parameters: Mapping[str, Any], tokens: Any) -> Any:
    """The driver's own flow by browser, as the driver builds it but for where ``tokens`` are kept."""
    from snowflake.connector.auth import AuthByOauthCode
    from snowflake.connector.connection import DEFAULT_CONFIGURATION
    from snowflake.connector.util_text import construct_hostname

    given = {name: default for name, (default, _) in DEFAULT_CONFIGURATION.items()} | dict(parameters)
    host = parameters.get("host") or construct_hostname(given["region"], given["account"])
    address = {"host": host, "port": given["port"]}
    scope = given["oauth_scope"] or (f"session:role:{given['role']}" if given["role"] else "")
    return AuthByOauthCode(
        application=given["application"],
        client_id=given["oauth_client_id"],
        client_secret=given["oauth_client_secret"],
        host=host,
        authentication_url=given["oauth_authorization_url"].format(**address),
        token_request_url=given["oauth_token_request_url"].format(**address),
        redirect_uri=given["oauth_redirect_uri"],
        uri=given["oauth_socket_uri"],
        scope=scope,
        pkce_enabled=not given["oauth_disable_pkce"],
        token_cache=tokens,
        refresh_token_enabled=given["oauth_enable_refresh_tokens"],
        external_browser_timeout=given["external_browser_timeout"],
        enable_single_use_refresh_tokens=given["oauth_enable_single_use_refresh_tokens"],
    )
