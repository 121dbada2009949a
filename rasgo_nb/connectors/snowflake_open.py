"""Opens a session on Snowflake, and opens it again when it lapsed and nobody has to do anything for that."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.connectors import snowflake_sign_in
from rasgo_nb.connectors.snowflake_errors import connection_error, sign_in_error
from rasgo_nb.connectors.snowflake_place import OWN_OPTIONS, parameters_of
from rasgo_nb.connectors.snowflake_tokens import KeptTokens, by_authorization_code
from rasgo_nb.connectors.tag import APPLICATION
from rasgo_nb.errors import ConnectionFailed, SignInFailed

if TYPE_CHECKING:
    from rasgo_nb.connectors.request import ConnectRequest
    from rasgo_nb.connectors.snowflake_sign_in import SignIn

# Numbers stay exact, and nothing is asked of other hosts than Snowflake's.
_ALWAYS: dict[str, Any] = {
    "application": APPLICATION,
    "arrow_number_to_decimal": True,
    "platform_detection_timeout_seconds": 0.0,
}
# A database, schema, warehouse or role that does not exist is told at sign-in. The driver's own
# validate_default_parameters asks for that too, but trips over some types of options.
_FOR_SESSION = {"CLIENT_VALIDATE_DEFAULT_PARAMETERS": True}


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open a session: the driver's parameters, with what is secret among them in no repr.

    ``place`` is what to give to ``%rasgo connect``, without a secret.
    """

    place: str
    way: SignIn
    request: ConnectRequest = field(repr=False)
    parameters: dict[str, Any] = field(repr=False)
    active: Any = field(default=None, repr=False)  # a connection of the person's own, which stays open

    @classmethod
    def of(cls, request: ConnectRequest) -> Opening:
        """Of what the person named, when nothing is missing; opens nothing."""
        place = _place_to_type(request.place)
        given = parameters_of(request.place, request.options)
        given = snowflake_sign_in.with_secrets(given, request.secrets, request.name)
        way = snowflake_sign_in.check_complete(given, place=place, name=request.name)
        return cls(place, way, request, given)

    def open(self) -> Any:
        """The driver's connection.

        Raises
        ------
        ConnectionFailed, SignInFailed
            with what to type.
        """
        if self.active is not None:
            return self.active
        from snowflake.connector.errors import Error

        try:
            return _driver_connection(self._for_driver())
        except Error as error:
            raise self._explained(connection_error(error, self.place)) from None
        except (EOFError, NotImplementedError):  # no browser, and nobody to paste an address
            raise SignInFailed(snowflake_sign_in.BROWSER_ELSEWHERE) from None
        except (OSError, TypeError, ValueError) as error:
            # a token or key file that is missing, a key that is no key or wants its password
            raise SignInFailed(_of_file(error, self.place, self.request.name)) from None

    def _for_driver(self) -> dict[str, Any]:
        """Read anew each time: a token or a file of one may have been replaced."""
        given = snowflake_sign_in.with_secrets(self.parameters, self.request.secrets, self.request.name)
        given = {name: value for name, value in given.items() if name not in OWN_OPTIONS}
        given.setdefault("authenticator", snowflake_sign_in.authenticator_of(given))
        given = _ALWAYS | snowflake_sign_in.sign_in_defaults(self.way) | given
        given["session_parameters"] = _FOR_SESSION | (given.get("session_parameters") or {})
        if given["authenticator"].upper() == "OAUTH_AUTHORIZATION_CODE":
            tokens = KeptTokens(self.request.secrets, self.request.name)
            given["auth_class"] = by_authorization_code(given, tokens)
        return given

    def open_again(self, error: Any) -> Any:
        """A new session in place of one that ended with the driver's ``error``.

        Raises
        ------
        SignInFailed
            where a person has to sign in.
        """
        can_renew = snowflake_sign_in.can_renew(
            self.way, self.parameters, self.request.secrets, self.request.name
        )
        if self.active is not None or not can_renew:
            raise sign_in_error(error, self.place)
        try:
            return self.open()
        except SignInFailed:
            raise
        except ConnectionFailed as failed:
            raise SignInFailed(str(failed)) from None

    def databases(self, link: Any) -> list[str]:
        """The databases that are listed, by their names as stored."""
        named = [
            _as_stored(name) for name in str(self.parameters.get("databases", "")).split(",") if name.strip()
        ]
        current = [link.database.strip('"')] if link.database else []
        return named or current

    def close(self, link: Any) -> None:
        """End the session, if it is ours."""
        from snowflake.connector.errors import Error

        if self.active is None:
            try:
                link.close(retry=False)
            except Error:  # it had ended before
                return

    def _explained(self, failed: ConnectionFailed) -> ConnectionFailed:
        is_by_browser = self.way.has_browser and not isinstance(failed, SignInFailed)
        return SignInFailed(f"{failed} {snowflake_sign_in.BROWSER_ELSEWHERE}") if is_by_browser else failed


def _driver_connection(parameters: dict[str, Any]) -> Any:
    """The driver's connection, but for one thing.

    A statement that takes too long is cancelled by a thread of the driver's. Where the server is out of
    reach, that thread would fail with a traceback in the notebook, beside the error that says so.
    """
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.errors import Error

    class QuietConnection(SnowflakeConnection):
        def _cancel_query(self, *statement: Any) -> Any:
            with suppress(Error):
                return super()._cancel_query(*statement)
            return {"success": False}

    return QuietConnection(**parameters)


def active_opening(request: ConnectRequest) -> Opening:
    """Of the Snowpark session that the person has open in this kernel.

    Raises
    ------
    ConnectionFailed
        when there is none, or more than one.
    """
    snowpark = load("snowflake.snowpark", extra="snowflake", purpose="A Snowpark session")
    exceptions = load("snowflake.snowpark.exceptions", extra="snowflake", purpose="A Snowpark session")
    try:
        session = snowpark.Session.get_active_session()
    except exceptions.SnowparkSessionException:
        session = None
    if session is None:
        raise ConnectionFailed(
            "This kernel has no Snowpark session open, or several. Make one with "
            "`Session.builder.getOrCreate()`, or type `%rasgo connect snowflake`."
        )
    way = snowflake_sign_in.SIGN_INS["EXTERNALBROWSER"]
    return Opening("snowflake:active", way, request, dict(request.options), active=session.connection)


def _place_to_type(place: str) -> str:
    """What the person would type again, without a password."""
    if "://" in place:
        scheme, _, rest = place.partition("://")
        user, at, address = rest.rpartition("@")
        return f"{scheme}://{user.partition(':')[0]}{at}{address.partition('?')[0]}"
    return f"snowflake:{place}" if place else "snowflake"


def _as_stored(name: str) -> str:
    name = name.strip()
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.upper()


def _of_file(error: Exception, place: str, name: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is no file {error.filename}. Give another path to `%rasgo connect {place}`."
    if isinstance(error, TypeError) and "assword" in str(error):
        return (
            "The private key wants its password. Type "
            f"`%rasgo key set connection.{name}.private_key_file_pwd`, then `%rasgo connect {place}`."
        )
    what = type(error).__name__
    return f"The key or token cannot be read ({what}). Give another file to `%rasgo connect {place}`."
