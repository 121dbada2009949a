"""What promoted cells call: a query and a chart, as a run makes them, and without a model."""

from __future__ import annotations

import warnings
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.catalog.named_frames import named_frames, split_of
from rasgo_nb.catalog.near_miss import near_misses
from rasgo_nb.errors import QueryError
from rasgo_nb.figure import Encoding, Mark, draw
from rasgo_nb.front import current_session
from rasgo_nb.opening import caps_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import Connection


def sql_now(statement: str, *, connection: str) -> pd.DataFrame:
    """The result of a statement, with the guard and the caps of a run; a cut is warned of."""
    session = current_session()
    link = session.connection(connection)
    catalog = cache(partial(catalog_of, link))  # only where a frame may be meant
    named = named_frames(
        statement, link.dialect, _frames(session.shell.user_ns), is_table=lambda name: catalog().has(name)
    )
    if split := split_of(named, link.dialect):
        raise QueryError(split, statement=statement)
    if named.is_all and link.dialect != "duckdb":
        link = session.connections.local()
    try:
        result = link.run_query(statement.strip(), frames=named.frames, caps=caps_of(session.config))
    except QueryError as error:
        if error.kind == "missing_object" and not error.hint:
            error = error.with_hint(_did_you_mean(statement, link, catalog(), named.frames))
        raise error from None
    if session.settings_of(link.name).masked:  # of what was selected, nothing is told here
        session.privacy.note_masked(link.name)
    if result.cut:
        warnings.warn(result.cut, stacklevel=3)
    return result.frame


def chart_now(frame: pd.DataFrame, *, x: str, y: str, mark: Mark, color: str, title: str) -> Any:
    """The Plotly figure that ``show_chart`` draws."""
    figure, _ = draw(frame, Encoding(x=x, y=y, mark=mark, color=color, title=title))
    return figure


def _did_you_mean(
    statement: str, link: Connection, catalog: Catalog, frames: Mapping[str, pd.DataFrame]
) -> str:
    columns = {name: [str(column) for column in frame.columns] for name, frame in frames.items()}
    misses = near_misses(statement, link, catalog, columns)
    offers = [f"{miss.nearest[0]} for {miss.name}" for miss in misses if miss.nearest]
    return f"Did you mean {', '.join(offers)}?" if offers else ""


def _frames(names: dict[str, Any]) -> dict[str, pd.DataFrame]:
    import pandas as pd

    return {name: value for name, value in names.items() if isinstance(value, pd.DataFrame)}
