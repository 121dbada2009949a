"""``%rasgo connect``, ``connections``, ``disconnect`` and ``refresh``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.catalog.sync import offered_project
from rasgo_nb.commands.connect_line import ConnectLine, read_connect_line
from rasgo_nb.commands.crawl_bar import STOPPED, read_watched, report_line
from rasgo_nb.config import load_config, save_connection
from rasgo_nb.connectors.base import Caps
from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.connectors.open import KINDS
from rasgo_nb.errors import QueryError, UnknownName
from rasgo_nb.secret_words import without_secrets
from rasgo_nb.wanted_connection import settings_to_keep, wanted_connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.connectors.base import Connection, TableName
    from rasgo_nb.session import Session

_MOST_SHOWN = 20
_WORDS = ("", "role ", "warehouse ")
_WHO = {  # free of charge everywhere: no table is read
    "postgres": "SELECT current_user",
    "snowflake": "SELECT current_user(), current_role(), current_warehouse()",
    "bigquery": "SELECT session_user()",
    "mysql": "SELECT current_user()",
}


def connect(session: Session, line: str) -> str:
    """Open a connection: connect [FLAGS] sample | PATH | :memory: | WAREHOUSE [key=value ...] | NAME"""
    asked = read_connect_line(line, session.config.connections)
    _refuse_near_miss(session, asked.source)
    connection = session.connect(
        asked.source,
        name=asked.name,
        read_only=None if asked.writable is None else not asked.writable,
        options=asked.options,
        privacy=asked.privacy,
        timeout_s=asked.timeout_s,
    )
    lines = [_opened_line(session, connection), *_table_lines(connection)]
    if asked.keep:
        lines.append(_keep(session, connection, asked))
    lines += filter(None, [session.connections.secrets.news(), _offer(session, connection)])
    return "\n".join([*lines, "Ask with %%ask in a cell of its own."])


def _offer(session: Session, connection: Connection) -> str:
    """A dbt project beside the notebook, offered once and never read unasked."""
    found = offered_project(Path.cwd(), session.settings_of(connection.name).meaning)
    if not found or found in session.offered:
        return ""
    session.offered.add(found)
    return found


def _refuse_near_miss(session: Session, source: str) -> None:
    """A word that is no file, and nearly the name of a warehouse or of a kept connection."""
    known = [*session.config.connections, *session.connections, *KINDS, "sample"]
    if source in known or not source.isidentifier() or Path(source).exists():
        return
    near = nearest_names(source, known, most=1)
    if near:
        raise UnknownName(
            f"There is no connection or file {source!r}. Did you mean `%rasgo connect {near[0]}`?"
        )


def list_connections(session: Session, _line: str) -> str:
    """The open connections, and those that settings keep; the one that questions go to is marked."""
    opened = [
        f"{'*' if name == session.current else ' '} {name}  {_how(session, one)}"
        for name, one in session.connections.items()
    ]
    kept = [
        f"  {name}  not open: {without_secrets(one.source)}; `%rasgo connect {name}` opens it"
        for name, one in session.config.connections.items()
        if one.source and name not in session.connections
    ]
    if not opened and not kept:
        return "No connection is open. Type `%rasgo connect sample`, or the path of a file or folder."
    return "\n".join([*opened, *kept])


def disconnect(session: Session, line: str) -> str:
    """Close a connection: disconnect [NAME]"""
    name = session.connections.disconnect(line.strip())
    current = f" Questions go to {session.current} now." if session.current else ""
    return f"Disconnected from {name}.{current}"


def refresh(session: Session, line: str) -> str:
    """Read anew which tables there are and what is said of them: refresh [NAME]"""
    connection = session.connection(line.strip())
    report = read_watched(connection)
    session.sync_meaning(connection)
    return STOPPED if report is None else f"{connection.name}: {report_line(report)}"


def _opened_line(session: Session, connection: Connection) -> str:
    said = f"Connected to {connection.name} ({_how(session, connection)})"
    who = _signed_in_as(connection)
    return f"{said}, signed in as {who}." if who else f"{said}."


def _signed_in_as(connection: Connection) -> str:
    """What the warehouse says of who asks, and in which role; empty where it does not tell."""
    statement = _WHO.get(connection.dialect)
    if statement is None:
        return ""
    try:
        frame = connection.run_query(statement, caps=Caps(max_rows=1, max_bytes=1_000_000)).frame
    except QueryError:  # only a courtesy
        return ""
    values = [str(value) for value in frame.iloc[0] if value] if len(frame) else []
    return ", ".join(f"{word}{value}" for word, value in zip(_WORDS, values, strict=False))


def _how(session: Session, connection: Connection) -> str:
    privacy = session.settings_of(connection.name).privacy
    mode = "read-only" if connection.read_only else "writable"
    shown = {"rows": "", "stats": ", the model sees statistics", "schema": ", the model sees names and types"}
    return f"{connection.dialect}, {mode}{shown[privacy]}"


def _table_lines(connection: Connection) -> list[str]:
    """How many tables there are and the first of them, with their rows where the database tells."""
    names = connection.list_tables()
    if not names:
        return ["It has no tables that can be read."]
    counts = _row_counts(connection, names[:_MOST_SHOWN])
    lines = [f"  {name}  {counts[name]}".rstrip() for name in names[:_MOST_SHOWN]]
    if len(names) > _MOST_SHOWN:
        lines.append(f"  … {len(names) - _MOST_SHOWN:,} more tables")
    return lines


def _row_counts(connection: Connection, names: Sequence[TableName]) -> dict[TableName, str]:
    """What is said of each table's rows; a table that has just gone, or is closed to us, says nothing."""
    try:
        details = connection.describe_tables(names)
    except (UnknownName, QueryError):
        details = []
    said = {one.name: "view" if one.kind == "view" else _rows(one.row_count) for one in details}
    return dict.fromkeys(names, "") | said


def _rows(count: int | None) -> str:
    return "" if count is None else f"{count:,} rows"


def _keep(session: Session, connection: Connection, asked: ConnectLine) -> str:
    wanted = wanted_connection(asked.source, connection.name, asked.options, session.config.connections)
    settings = settings_to_keep(
        wanted, is_writable=not connection.read_only, privacy=asked.privacy, timeout_s=asked.timeout_s
    )
    path = save_connection(connection.name, settings)
    session.config = replace(session.config, connections=load_config().connections)
    return f"Kept in {path}: `%rasgo connect {connection.name}` opens it from now on."
