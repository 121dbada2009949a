"""Which live DataFrames a statement means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.connectors.statement import read_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd


@dataclass(frozen=True, slots=True)
class NamedFrames:
    """The DataFrames that a statement names, and the names in it that are none of them."""

    frames: Mapping[str, pd.DataFrame]
    tables: tuple[str, ...]

    @property
    def is_all(self) -> bool:
        """Whether the statement reads DataFrames and nothing else."""
        return bool(self.frames) and not self.tables


def named_frames(
    sql: str, dialect: str, frames: Mapping[str, pd.DataFrame], *, is_table: Callable[[str], bool]
) -> NamedFrames:
    """The live DataFrames that the statement names; a table of the database goes first.

    What only DuckDB can parse is read as its SQL: it is what runs a statement on DataFrames alone.
    """
    named = read_statement(sql, dialect).tables or read_statement(sql, "duckdb").tables
    meant = {name: frames[name] for name in named if name in frames and not is_table(name)}
    return NamedFrames(meant, tuple(name for name in named if name not in meant))


def split_of(named: NamedFrames, dialect: str) -> str:
    """What to do where a database cannot read the DataFrames that its statement names; empty where it can."""
    if dialect == "duckdb" or not named.frames or named.is_all:
        return ""
    return (
        f"{', '.join(named.frames)}: a DataFrame cannot be joined with tables of the database. Select what "
        f"is needed of {', '.join(named.tables)} into a DataFrame first, then join the DataFrames in a "
        "statement that names nothing else; that one is DuckDB SQL."
    )
