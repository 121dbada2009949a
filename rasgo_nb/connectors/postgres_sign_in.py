"""How a Postgres connection is opened: libpq's own words, and what to do when the server refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.errors import ConnectionFailed, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from rasgo_nb.connectors.request import ConnectRequest

CONNECT_TIMEOUT_S = 10
_KEEPALIVES = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
_ENCODED = "In a URL, a password's @ is written as %40, / as %2F, : as %3A, # as %23; or leave it out"
_REFUSED = re.compile(
    r"password authentication failed|no password supplied|authentication failed|role .* does not exist"
    r"|not permitted to log in|no such user|SASL|certificate authentication failed|GSSAPI|password .*expired",
    re.I,
)
_NO_DATABASE = re.compile(r'database "(?P<name>.*)" does not exist')
_NO_HOST = re.compile(r"could not translate host name|Name or service not known|nodename nor servname", re.I)
_MAY_NOT = re.compile(r"permission denied for database \S+")
_NO_SERVER = re.compile(r"Connection refused|No such file or directory|timeout expired|timed out", re.I)
_NO_SSL = re.compile(r"does not support SSL|SSL error|certificate|no encryption|SSL off", re.I)


def parameters_of(request: ConnectRequest) -> dict[str, str]:
    """libpq's keywords for a URL, ``key=value`` pairs, the name of a database, or nothing.

    Raises
    ------
    ConnectionFailed
        when they are not understood.
    """
    load("psycopg", extra="postgres", purpose="Postgres")
    import psycopg
    from psycopg import conninfo

    place = request.place
    if "://" not in place and "=" not in place and place:
        options = {"dbname": place, **request.options}
        place = ""
    else:
        options = dict(request.options)
    _check_url(place)
    _check_options(options, psycopg.pq.Conninfo.get_defaults())
    try:
        found: dict[str, Any] = conninfo.conninfo_to_dict(place, **options)
    except psycopg.Error:  # its message may quote a part of the password
        raise ConnectionFailed(_not_understood()) from None
    password = request.secrets.find(f"{request.name}.password")
    if password and "password" not in found:
        found["password"] = password
    usual = {"connect_timeout": str(CONNECT_TIMEOUT_S), **_KEEPALIVES}
    return {**usual, **{key: str(value) for key, value in found.items()}, "client_encoding": "UTF8"}


def _check_url(place: str) -> None:
    authority = place.partition("://")[2].partition("?")[0]
    if authority.count("@") > 1:
        raise ConnectionFailed(_not_understood())


def _not_understood() -> str:
    return (
        f"The Postgres URL is not understood. {_ENCODED}, and type "
        "`%rasgo connect postgresql://user@host:5432/database`."
    )


def _check_options(options: Mapping[str, str], known: list[Any]) -> None:
    words = [option.keyword.decode() for option in known]
    for option in options:
        if option not in words:
            near = ", ".join(nearest_names(option, words)) or "host, port, dbname, user, sslmode, service"
            raise ConnectionFailed(f"Postgres has no connection option {option}. Use one of: {near}.")


def open_link(parameters: Mapping[str, str], *, name: str) -> psycopg.Connection[Any]:
    """A new connection to the server, each of whose statements is a transaction of its own.

    Raises
    ------
    ConnectionFailed
        with what to mend; SignInFailed when the server does not take who we say we are.
    """
    import psycopg

    given: dict[str, Any] = dict(parameters)
    try:
        return psycopg.connect(**given, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise _failure(error, parameters, name=name) from None


def _failure(error: psycopg.Error, parameters: Mapping[str, str], *, name: str) -> ConnectionFailed:
    message = _bare(str(error), parameters)
    missing = _NO_DATABASE.search(message)
    if missing:
        return ConnectionFailed(
            f"No database {missing['name']} there. {_other_databases(parameters, missing['name'])}"
        )
    if refused := _MAY_NOT.search(str(error)):  # the last line is a mere detail of it
        mend = "Ask its owner for `GRANT CONNECT`, or connect again with another `user=` or `dbname=`."
        return ConnectionFailed(f"Postgres says: {refused[0]}. {mend}")
    if _REFUSED.search(message):
        return SignInFailed(f"Postgres refused the sign-in: {message}. {what_mends(name)}")
    return ConnectionFailed(f"Postgres cannot be reached: {message}. {_advice(message)}")


def what_mends(name: str) -> str:
    """The command that gives a connection another password."""
    return (
        f"Type `%rasgo key set connection.{name}` to give the password (or mend ~/.pgpass, or give another "
        "`user=`), and connect again with `%rasgo connect`."
    )


def _bare(message: str, parameters: Mapping[str, str]) -> str:
    """The last line that libpq wrote, without its prefix, on one line, without the password."""
    lines = [line.strip(" \t-") for line in message.splitlines()]
    lines = [line for line in lines if line and not line.startswith("Is the server running")]
    last = lines[-1] if lines else "no answer"
    text = re.sub(r"^.*?(FATAL|ERROR):\s+", "", last)
    text = re.sub(r"^(connection failed: |connection is bad: )+", "", text).rstrip(".")
    password = parameters.get("password", "")
    return text.replace(password, "***") if password else text


def _advice(message: str) -> str:
    if _NO_HOST.search(message):
        return "Check `host=`, and connect again with `%rasgo connect`."
    if _NO_SSL.search(message):
        return "Connect again with another `sslmode=`: disable, require or verify-full."
    if _NO_SERVER.search(message):
        return "Check `host=` and `port=`, and that the server runs and lets you through; then connect again."
    return "Mend that, and connect again with `%rasgo connect`."


def _other_databases(parameters: Mapping[str, str], wanted: str) -> str:
    """The nearest databases, as the server lists them to who can sign in."""
    import psycopg

    statement = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
    usual: dict[str, Any] = {**parameters, "dbname": "postgres"}
    try:
        with psycopg.connect(**usual, autocommit=True) as link:
            names = [str(row[0]) for row in link.execute(statement)]
    except psycopg.Error:
        return "Connect again with a `dbname=` that exists."
    near = nearest_names(wanted, names) or names[:5]
    return f"Nearest: {', '.join(near)}. Connect again with `dbname=` and one of them."
