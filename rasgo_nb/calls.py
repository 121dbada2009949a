"""What promoted cells call: a query and a chart, as a run makes them, and without a model."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.search import Catalog
from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.figure import Encoding, Mark, draw
from rasgo_nb.front import current_session
from rasgo_nb.opening import caps_of

if TYPE_CHECKING:
    import pandas as pd

    from rasgo_nb.connectors.base import Connection


def sql_now(statement: str, *, connection: str) -> pd.DataFrame:
    """The result of a statement, with the guard and the caps of a run; a cut is warned of."""
    session = current_session()
    link = session.connection(connection)
    frames = _named_frames(statement, link, session.shell.user_ns)
    result = link.run_query(statement.strip(), frames=frames, caps=caps_of(session.config))
    if result.cut:
        warnings.warn(result.cut, stacklevel=3)
    return result.frame


def chart_now(frame: pd.DataFrame, *, x: str, y: str, mark: Mark, color: str, title: str) -> Any:
    """The Plotly figure that ``show_chart`` draws."""
    figure, _ = draw(frame, Encoding(x=x, y=y, mark=mark, color=color, title=title))
    return figure


def _named_frames(statement: str, link: Connection, names: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The live DataFrames that the statement names; a table of the database goes first."""
    import pandas as pd

    named = [name for name in read_statement(statement, link.dialect).tables if name in names]
    frames = {name: names[name] for name in named if isinstance(names[name], pd.DataFrame)}
    if not frames:
        return {}
    catalog = Catalog(link.describe_tables())
    return {name: frame for name, frame in frames.items() if not catalog.has(name)}
