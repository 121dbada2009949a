"""Makes an engine of a URL, and sees that the database answers."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rasgo_nb.connectors.running import RunningStatements
from rasgo_nb.connectors.sqlalchemy_errors import connection_error
from rasgo_nb.connectors.sqlalchemy_schemes import load_driver
from rasgo_nb.errors import ConnectionFailed

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

    from rasgo_nb.connectors.request import ConnectRequest

POOL = {"pool_size": 4, "max_overflow": 16, "pool_timeout": 30, "pool_pre_ping": True, "pool_recycle": 1800}
ANSWER_S = 15  # for which a server may be silent before it is given up
# How drivers call the time that connecting may take, by the scheme.
_CONNECT_TIMEOUTS = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "pymysql": "connect_timeout",
    "mysqldb": "connect_timeout",
    "mysqlconnector": "connection_timeout",
    "pg8000": "timeout",
    "pyodbc": "timeout",
    "pymssql": "login_timeout",
    "oracledb": "tcp_connect_timeout",
}


def open_engine(request: ConnectRequest) -> Engine:
    """An engine whose database has answered once.

    Raises
    ------
    ConnectionFailed, SignInFailed, MissingDependency
        with what to type next; never with the password.
    """
    url = _url(request)
    load_driver(url)
    engine = _engine(url, request)
    where = url.set(password=None).render_as_string()
    secret = str(url.password or "")
    try:
        RunningStatements().run(lambda: _ask(engine), cancel=lambda: None)
    except _driver_errors(engine) as error:
        engine.dispose()
        raise connection_error(
            error, name=request.name, where=where, secret=secret, dialect=engine.dialect.name
        ) from None
    return engine


def _driver_errors(engine: Engine) -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    return SQLAlchemyError, engine.dialect.loaded_dbapi.Error, OSError, ValueError


def _ask(engine: Engine) -> None:
    """Reads the catalog, for SQLite opens any file without a look into it."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").fetchall()


def _url(request: ConnectRequest) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(request.place)
    except (ArgumentError, ValueError):  # its message would show the URL, and the password in it
        raise ConnectionFailed(
            "This is no URL of a database. Write it as `dialect+driver://user@host:port/database`, "
            "such as `mysql+pymysql://ada@db.example.com/shop`, a `%` or `@` in a name as `%25` or `%40`."
        ) from None
    if request.options:
        url = url.update_query_dict(dict(request.options))
    password = request.secrets.find(f"{request.name}.password")
    return url.set(password=password) if password and url.password is None else url


def _engine(url: URL, request: ConnectRequest) -> Engine:
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.exc import ArgumentError

    try:
        if url.get_backend_name() == "sqlite":
            # a connection is made in no time, and its temporary tables and locks end with it
            return create_engine(_sqlite_url(url, read_only=request.read_only), poolclass=NullPool)
        return create_engine(url, connect_args=_connect_arguments(url, request), **POOL)
    except (ArgumentError, ValueError, TypeError) as error:
        raise ConnectionFailed(
            f"{url.drivername}:// does not take this URL: {str(error).splitlines()[0]} "
            "Check its parts, and connect again."
        ) from None


def _connect_arguments(url: URL, request: ConnectRequest) -> dict[str, Any]:
    name = _CONNECT_TIMEOUTS.get(url.get_driver_name(), "")
    arguments: dict[str, Any] = {name: ANSWER_S} if name and name not in url.query else {}
    if url.get_backend_name() == "duckdb":
        arguments["read_only"] = request.read_only
    return arguments


def _sqlite_url(url: URL, *, read_only: bool) -> URL:
    """The file by SQLite's own URI, which says that it is only read and never made."""
    if url.database in (None, "", ":memory:"):
        raise ConnectionFailed(
            "An SQLite database in memory is empty. Connect to a file, `sqlite:///shop.db`, or to DuckDB's "
            "`:memory:`."
        )
    if str(url.database).startswith("file:"):
        return url.update_query_dict({"uri": "true", **({"mode": "ro"} if read_only else {})})
    path = Path(str(url.database)).expanduser().absolute()
    if not path.is_file() and (read_only or not path.parent.is_dir()):
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise ConnectionFailed(f"{path} {problem}. {_nearest(path)}")
    query = {"uri": "true", "mode": "ro" if read_only else "rwc"}
    return url.set(database=f"file:{quote(path.as_posix())}").update_query_dict(query)


def _nearest(path: Path) -> str:
    folder = next(parent for parent in path.parents if parent.is_dir())
    there = {entry.name: entry for entry in folder.iterdir() if entry.is_file()}
    near = difflib.get_close_matches(path.name, there, n=3, cutoff=0.5)
    if near:
        return f"Nearest there: {', '.join(f'sqlite:///{there[name]}' for name in near)}."
    return "Check the path, and connect again; an absolute path has four strokes, `sqlite:////data/shop.db`."
