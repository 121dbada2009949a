"""The open connections of one kernel, by name, and what each was opened from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.connection_settings import NAME
from rasgo_nb.connectors.duckdb_source import DATABASE_SUFFIXES, MEMORY
from rasgo_nb.connectors.open import kind_of, open_connection, owner_of, usual_name
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import ConnectionFailed, OpenInOtherMode, RasgoError, UnknownName
from rasgo_nb.secret_store import SecretsInKeyring, SecretsOfSource
from rasgo_nb.secret_words import is_secret_option, without_secrets

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import Connection

SCRATCH = "memory"  # the connection that is there when no other is: an empty DuckDB, for DataFrames


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: Connection
    source: str | Path = field(repr=False)  # as it was given: a URL may hold a password
    request: ConnectRequest
    given: Mapping[str, str] = field(repr=False)  # secrets of the caller's, by option
    identity: object  # the same while the source is the same database; None where that cannot be told


class Connections(Mapping[str, "Connection"]):
    """Connections by name, in the order in which they were opened; questions go to ``current``.

    ``secrets`` is where their passwords and tokens are held.
    """

    def __init__(self, secrets: SecretsInKeyring | None = None) -> None:
        self._opened: dict[str, _Opened] = {}
        self.current = ""
        self.secrets = secrets or SecretsInKeyring()
        self._local: Connection | None = None

    def __getitem__(self, name: str) -> Connection:
        return self._opened[name].connection

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened)

    def __len__(self) -> int:
        return len(self._opened)

    @property
    def sources(self) -> dict[str, str]:
        """What each was opened from, without secrets."""
        return {name: without_secrets(str(opened.source)) for name, opened in self._opened.items()}

    @property
    def addresses(self) -> list[str]:
        """What each was opened from as it was given, secrets and all: to be shown nowhere."""
        return [str(opened.source) for opened in self._opened.values()]

    @property
    def owners(self) -> dict[str, str]:
        """Whom the secrets of each are for; as ``owner_of``."""
        return {name: _owner(opened.source, opened.request) for name, opened in self._opened.items()}

    def connect(
        self,
        source: str | Path,
        *,
        name: str = "",
        read_only: bool = True,
        request: ConnectRequest | None = None,
    ) -> Connection:
        """Open a connection, and make it the current one.

        A name that is given takes the place of the connection that has it; one that is not is never taken
        twice. A database that is open already under that name, in that mode, is not opened anew. Of the
        options of ``request``, those that are secret are given to the connector and kept nowhere.

        Raises
        ------
        ConnectionFailed
            with what to type next.
        """
        name = check_name(name) or self._unused_name(source)
        if not self._is_open(name, source, read_only=read_only):
            self._open(name, source, read_only=read_only, request=request or ConnectRequest())
        self.current = name
        return self[name]

    def adopt(self, connection: Connection) -> Connection:
        """Take in a connection that somebody else has opened, under its own name; it is the current one."""
        if check_name(connection.name) in self:
            self[connection.name].close()
        self._opened[connection.name] = _Opened(connection, "", ConnectRequest(), {}, None)
        self.current = connection.name
        return connection

    def connect_again(self, name: str) -> Connection:
        """Open a connection anew from where it was opened from, and make it the current one.

        Raises
        ------
        ConnectionFailed
            with what to type next.
        """
        opened = self._opened[name]
        request = replace(opened.request, options={**opened.request.options, **opened.given})
        self._open(name, opened.source, read_only=opened.connection.read_only, request=request)
        self.current = name
        return self[name]

    def disconnect(self, name: str = "") -> str:
        """Close the named connection, or the current one; its name.

        Raises
        ------
        UnknownName
            when none is open under that name.
        """
        name = name or self.current
        if not name:
            raise UnknownName("No connection is open. Type `%rasgo connect sample` to open one.")
        self._named(name)
        self._close(name)
        self.current = self.current or next(reversed(self._opened), "")
        return name

    def find(self, name: str = "", *, usual_source: str = "") -> Connection:
        """The named connection, or the current one; where there is none, ``usual_source`` is opened.

        Raises
        ------
        UnknownName
            when none is open under that name; offers those that are.
        """
        if name:
            return self._named(name)
        if self.current:
            return self[self.current]
        return self.connect(usual_source or MEMORY, name="" if usual_source else SCRATCH)

    def local(self) -> Connection:
        """An empty DuckDB in memory, for statements that name only DataFrames; it is not listed."""
        if self._local is None or self._local.is_closed:
            self._local = open_connection(MEMORY, name=SCRATCH)
        return self._local

    def close(self) -> None:
        """Close every connection."""
        for connection in (*self.values(), *filter(None, [self._local])):
            connection.close()
        self._opened.clear()
        self.current = ""

    def _is_open(self, name: str, source: str | Path, *, read_only: bool) -> bool:
        opened = self._opened.get(name)
        return (
            opened is not None
            and opened.connection.read_only == read_only
            and not opened.connection.is_closed
            and str(opened.source) == str(source)
            and opened.identity is not None
            and opened.identity == _identity(source)
        )

    def _open(self, name: str, source: str | Path, *, read_only: bool, request: ConnectRequest) -> None:
        given = {key: value for key, value in request.options.items() if is_secret_option(key)}
        plain = {key: value for key, value in request.options.items() if key not in given}
        secrets = SecretsOfSource(
            self.secrets,
            _owner(source, replace(request, options=plain)),
            {f"{name}.{option}": secret for option, secret in given.items()},
        )
        request = replace(request, options=plain, secrets=secrets)
        if name in self and str(self._opened[name].source) == str(source) and not kind_of(source)[0]:
            self[name].close()  # first: DuckDB goes on with the old file of a path as long as that is open
        connection = self._opened_from(source, request, name=name, read_only=read_only)
        if name in self:
            self[name].close()
        self._opened[name] = _Opened(connection, source, request, given, _identity(source))

    def _opened_from(
        self, source: str | Path, request: ConnectRequest, *, name: str, read_only: bool
    ) -> Connection:
        try:
            return open_connection(source, request, name=name, read_only=read_only)
        except OpenInOtherMode as refused:
            if not self._close(refused.name):
                raise
            return open_connection(source, request, name=name, read_only=read_only)
        except ConnectionFailed as failed:
            if news := self.secrets.news():
                failed.args = (f"{news} {failed}",)
            raise

    def _close(self, name: str) -> bool:
        """Close the connection of that name, to open it anew; False when there is none."""
        opened = self._opened.pop(name, None)
        if opened is not None:
            opened.connection.close()
            self.current = "" if self.current == name else self.current
        return opened is not None

    def _unused_name(self, source: str | Path) -> str:
        """The usual name of a source; with a number where another source has it."""
        usual = name = usual_name(without_secrets(source) if isinstance(source, str) else source)
        number = 1
        while name in self and str(self._opened[name].source) != str(source):
            number += 1
            name = f"{usual}_{number}"
        return name

    def _named(self, name: str) -> Connection:
        if name in self:
            return self[name]
        if name == SCRATCH:
            return self.local()
        if not self:
            raise UnknownName(f"There is no connection {name!r}. Type `%rasgo connect sample` to open one.")
        near = nearest_names(name, self, most=1) or list(self)
        raise UnknownName(
            f"There is no connection {name!r}. Use `--connection {near[0]}`, or `%rasgo connect`."
        )


def _owner(source: str | Path, request: ConnectRequest) -> str:
    return owner_of(without_secrets(str(source)), request.options)


def check_name(name: str) -> str:
    """The name, where it can be one of a connection; an empty one is none.

    Raises
    ------
    RasgoError
        when it holds what separates names.
    """
    if name and not NAME.fullmatch(name):
        raise RasgoError(
            f"{name!r} is no name for a connection: take letters, digits, - and _. "
            "Type for example `%rasgo connect --name sales sample`."
        )
    return name


def _identity(source: str | Path) -> object:
    """The same for the same database; None for data files, of which there may be more by now."""
    if str(source) in ("sample", MEMORY):
        return str(source)
    if kind_of(source)[0]:
        return None
    path = Path(source).expanduser().absolute()
    if path.suffix not in DATABASE_SUFFIXES or not path.is_file():
        return None
    status = path.stat()
    return path, status.st_dev, status.st_ino
