"""Which live DataFrames a statement means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.statement import read_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd


def named_frames(
    sql: str, dialect: str, frames: Mapping[str, pd.DataFrame], *, is_table: Callable[[str], bool]
) -> dict[str, pd.DataFrame]:
    """The live DataFrames that the statement names; a table of the database goes first."""
    named = [name for name in read_statement(sql, dialect).tables if name in frames]
    return {name: frames[name] for name in named if not is_table(name)}
