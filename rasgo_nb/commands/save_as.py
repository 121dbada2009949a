"""A result's query kept beyond the notebook by the person: as a view of its database, or as a dbt model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import LOCAL
from rasgo_nb.commands.dbt_project import DbtModel, find_project
from rasgo_nb.connectors.statement_view import is_query, view_statement
from rasgo_nb.errors import QueryError, RasgoError
from rasgo_nb.flags import read_flags
from rasgo_nb.promoted_text import as_line, sql_text
from rasgo_nb.ran import Ran, ran_in

if TYPE_CHECKING:
    from rasgo_nb.session import Session

USAGE = "Type `%rasgo save view NAME`, or `%rasgo save dbt NAME`, and the step or DataFrame that it is of."


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """The query of a result, as it ran."""

    statement: str
    connection: str
    dialect: str
    question: str = ""
    columns: tuple[str, ...] = ()


def save(session: Session, line: str) -> str:
    """Keep a step's query: save view NAME [STEP] [--replace], save dbt NAME [STEP] [--project DIR]"""
    kind, _, rest = line.partition(" ")
    kinds: dict[str, dict[str, type]] = {
        "view": {"replace": bool},
        "dbt": {"replace": bool, "project": str},
    }
    if kind not in kinds:
        raise RasgoError(USAGE)
    at = max(0, f" {rest}".find(" --"))  # flags may stand before the names or after them
    flags, last = read_flags(rest[at:], kinds[kind]) if "--" in rest else ({}, rest)
    words = f"{rest[:at]} {last}".split()
    if not 1 <= len(words) <= 2:
        raise RasgoError(USAGE)
    query = query_of(session, words[1] if len(words) > 1 else "")
    replace = bool(flags.get("replace"))
    if kind == "view":
        return save_view(session, query, words[0], replace=replace)
    return save_dbt(query, words[0], project=str(flags.get("project", "")), replace=replace)


def query_of(session: Session, which: str = "") -> SavedQuery:
    """The query of a step or of a DataFrame of the last run, its last one by default.

    Raises
    ------
    RasgoError
        where there is none, or none that its database could run again by itself.
    """
    kept = session.runs.find()
    ran = [one for one in ran_in(kept.log.steps, kept.started.dialect_of) if one.kind == "sql"]
    fitting = [one for one in ran if which in ("", str(one.step), one.name)]
    if not fitting:
        steps = ", ".join(f"{one.step} ({one.name})" for one in ran)
        hint = f"Steps with SQL: {steps}." if ran else "Ask a question that needs a query first."
        raise RasgoError(f"There is no query{f' of {which}' if which else ''} in the last run. {hint}")
    chosen = fitting[-1]
    connection = str(chosen.arguments.get("connection") or kept.started.connection)
    _check_alone(session, chosen, ran, connection)
    frame = session.shell.user_ns.get(chosen.name)
    columns = tuple(map(str, getattr(frame, "columns", ())))
    dialect = session.connection(connection).dialect
    return SavedQuery(chosen.code, connection, dialect, kept.started.question, columns)


def save_view(session: Session, query: SavedQuery, name: str, *, replace: bool = False) -> str:
    """Create the view where the connection may write; else put the statement into the next cell.

    Raises
    ------
    RasgoError
        where the name is none, the query is none, or the database refuses.
    """
    _check_query(query)
    statement = view_statement(name, query.statement, dialect=query.dialect, replace=replace)
    if not statement:
        raise RasgoError(f"{name!r} is no name for a view. Type for example `%rasgo save view daily_orders`.")
    link = session.connection(query.connection)
    if link.read_only:
        head = f"# {query.connection} is read-only here: run this where you may write."
        session.shell.set_next_input(f"{head}\nprint({sql_text(statement)})")
        return f"{query.connection} is read-only; the statement is in the next cell, to run elsewhere."
    try:
        link.run_query(statement)
    except QueryError as error:
        hint = "" if replace else " Where it is there already, add `--replace`."
        raise RasgoError(f"The view was not created: {error}{hint}") from None
    return f"The view {name} is in {query.connection}."


def save_dbt(query: SavedQuery, name: str, *, project: str = "", replace: bool = False) -> str:
    """Write the model's files into the dbt project; raises RasgoError with what to type."""
    _check_query(query)
    model = DbtModel(name, query.statement, query.dialect, as_line(query.question, most=1_000), query.columns)
    paths = find_project(project).write(model, replace=replace)
    return "\n".join(f"Written: {path}" for path in paths)


def _check_query(query: SavedQuery) -> None:
    if not is_query(query.statement, query.dialect):
        raise RasgoError("Only a SELECT can be kept. Choose another step: `%rasgo save view NAME STEP`.")


def _check_alone(session: Session, chosen: Ran, ran: list[Ran], connection: str) -> None:
    """What reads a DataFrame of the notebook has no place in a database."""
    known = {str(table).casefold() for table in session.connection(connection).list_tables()}
    short = {name.rpartition(".")[2] for name in known}
    frames = [
        name
        for name in sorted(chosen.reads)
        if "." not in name and name.casefold() not in short and name in session.shell.user_ns
    ]
    if connection == LOCAL or frames:
        read = ", ".join(frames) or "DataFrames of the notebook"
        others = ", ".join(str(one.step) for one in ran if one is not chosen)
        hint = f" Steps with SQL beside it: {others}." if others else ""
        raise RasgoError(f"Step {chosen.step} reads {read}, which the database does not have.{hint}")
