"""Whether two statements ask the same, told by what they return: on the data as it is, and on less of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Caps
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.errors import QueryError
from rasgo_nb.evals.compare_frames import compare_frames
from rasgo_nb.evals.score import Score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from rasgo_nb.connectors.base import Connection

CAPS = Caps(max_rows=1_000_000, max_bytes=1_000_000_000)
_TABLE_CAPS = Caps(max_rows=200_000, max_bytes=200_000_000)  # of a table in the copy
_SHARES = (0.6, 0.3, 0.8, 0.5, 0.7, 0.4)  # of rows kept in each copy
_FEW_SHARES = 2  # enough where there are many rows
_MANY_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class _Link:
    """Values of a column that all stand in a column of another table, where each is unique."""

    table: str
    column: str
    parent: str
    key: str


def sql_equivalent(
    sql_a: str,
    sql_b: str,
    connection: Connection,
    *,
    ordered: bool = False,
    perturbed: bool = True,
    frames: Mapping[str, pd.DataFrame] | None = None,
    seed: int = 0,
) -> Score:
    """1 where both statements return the same rows; names and order of columns count for nothing.

    In DuckDB they also run on copies of their tables that hold a part of the rows, shuffled, so that two that
    agree by chance are told apart; keys stay unique, and every reference keeps what it refers to. Elsewhere
    the data as it is decides.
    """
    if same_text(sql_a, sql_b):
        return Score(1.0, "the same statement")
    score = _compared(sql_a, sql_b, connection, frames, ordered=ordered)
    if not score.value or not perturbed or connection.dialect != "duckdb":
        return score
    names = dict.fromkeys((*read_statement(sql_a, "duckdb").tables, *read_statement(sql_b, "duckdb").tables))
    tables = _tables(names, connection, frames or {})
    if tables is None:
        return Score(score.value, f"{score.why}; its tables are too large or unusual to be varied")
    links = _links(tables)
    many = sum(map(len, tables.values())) > _MANY_ROWS
    for turn, share in enumerate(_SHARES[:_FEW_SHARES] if many else _SHARES):
        part = _part(tables, links, share, seed + turn)
        on_part = _on_copy(sql_a, sql_b, {name: part[_whole_name(name)] for name in names}, ordered=ordered)
        if not on_part.value:
            return Score(0.0, f"on {share:.0%} of the rows: {on_part.why}")
    return Score(1.0, f"{score.why}, and so they are on parts of the data")


def same_text(sql_a: str, sql_b: str) -> bool:
    """Whether two statements differ in blanks and a final semicolon at most."""
    return sql_a.strip().rstrip(";").split() == sql_b.strip().rstrip(";").split()


def _compared(
    sql_a: str,
    sql_b: str,
    connection: Connection,
    frames: Mapping[str, pd.DataFrame] | None,
    *,
    ordered: bool,
) -> Score:
    results = []
    for name, sql in (("first", sql_a), ("second", sql_b)):
        try:
            results.append(connection.run_query(sql, frames=frames, caps=CAPS).frame)
        except QueryError as error:
            return Score(0.0, f"the {name} statement fails: {str(error)[:200]}")
    compared = compare_frames(results[0], results[1], ordered=ordered, extra_columns=False)
    return Score(float(compared.same), compared.why)


def _tables(
    names: Sequence[str] | Mapping[str, None], connection: Connection, frames: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame] | None:
    """The rows of the named tables; None where one cannot be brought over whole."""
    held: dict[str, pd.DataFrame] = {}
    for name in names:
        if name in frames:
            held[_whole_name(name)] = frames[name]
        if _whole_name(name) in held:
            continue
        try:
            result = connection.run_query(f"SELECT * FROM {_quoted(name)}", caps=_TABLE_CAPS)
        except QueryError:
            return None
        if result.truncated or name.count(".") > 2:
            return None
        held[_whole_name(name)] = result.frame
    return held


def _links(tables: Mapping[str, pd.DataFrame]) -> list[_Link]:
    """Which columns refer to which keys, told by their values; keys that two tables share go both ways."""
    keys = [
        (name, str(column), frame[column])
        for name, frame in tables.items()
        for column in frame.columns
        if len(frame) and _is_key(frame[column])
    ]
    return [
        _Link(name, str(column), parent, key)
        for parent, key, values in keys
        for name, frame in tables.items()
        for column in frame.columns
        if name != parent and frame[column].dtype == values.dtype and _refers(frame[column], values)
    ]


def _is_key(column: pd.Series[Any]) -> bool:
    try:
        return bool(column.is_unique and not column.isna().any())
    except TypeError:  # lists and the like
        return False


def _refers(column: pd.Series[Any], key: pd.Series[Any]) -> bool:
    try:
        known = column.dropna()
        return len(known) > 0 and bool(known.isin(key).all())
    except TypeError:
        return False


def _part(
    tables: Mapping[str, pd.DataFrame], links: Sequence[_Link], share: float, seed: int
) -> dict[str, pd.DataFrame]:
    """Some rows of each table, shuffled; none whose reference is gone."""
    part = {
        name: frame.sample(frac=share, random_state=seed + at)
        for at, (name, frame) in enumerate(tables.items())
    }
    for _ in range(len(tables)):
        for link in links:
            column = part[link.table][link.column]
            kept = column.isin(part[link.parent][link.key]) | column.isna()
            part[link.table] = part[link.table][kept]
    return {name: frame.reset_index(drop=True) for name, frame in part.items()}


def _on_copy(sql_a: str, sql_b: str, tables: Mapping[str, pd.DataFrame], *, ordered: bool) -> Score:
    copy = connect(":memory:", name="copy", read_only=False)
    try:
        for name, frame in tables.items():
            database, schema, _ = ["", "", *name.split(".")][-3:]
            if database:
                copy.run_query(f"ATTACH IF NOT EXISTS ':memory:' AS {_quoted(database)}")
            if schema:
                copy.run_query(
                    f"CREATE SCHEMA IF NOT EXISTS {_quoted('.'.join(filter(None, (database, schema))))}"
                )
            copy.run_query(
                f"CREATE TABLE IF NOT EXISTS {_quoted(name)} AS SELECT * FROM part", frames={"part": frame}
            )
        return _compared(sql_a, sql_b, copy, None, ordered=ordered)
    except QueryError as error:
        return Score(1.0, f"it cannot be tried on parts of the data: {str(error)[:100]}")
    finally:
        copy.close()


def _whole_name(name: str) -> str:
    """One name for a table, however much of it is written."""
    return ".".join(["main", *name.casefold().split(".")][-2:])


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
