"""Pages of data that a model may not read whole: what it is told of them, and the person of that."""

from __future__ import annotations

import datetime
import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.page import Page, bounded, plain, safe_text, shown
from rasgo_nb.agent.privacy import HIDDEN, Sight, is_told, told_text, words_of
from rasgo_nb.connectors.statement_columns import OutputColumn, names_only, output_columns, plain_tables
from rasgo_nb.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from rasgo_nb.agent.tools.base import ToolContext
    from rasgo_nb.connectors.base import QueryResult

_PREVIEW_ROWS = 30
_MAX_COLUMNS = 60

# What is told of a result beside its preview; whatever else a page has is left out.
_AT_STATS = frozenset(
    ("dataframe", "rows", "columns", "elapsed_s", "estimate", "query_id", "cut", "joins", "notes")
)
_AT_SCHEMA = frozenset(("dataframe", "columns", "elapsed_s", "query_id"))
# What an error tells of names and places, which are no data.
_OF_ERROR = frozenset(
    (
        "line",
        "column",
        "query_id",
        "kind",
        "hint",
        "did_you_mean",
        "tables",
        "at",
        "gone",
        "more_problems",
        "sent",
    )
)

WITHHELD_ERROR = "The model saw the error without what may be data in it."
_OURS = frozenset(("kind", "query_id"))

_ADVICE = {
    "stats": "You see figures of aggregates (COUNT, SUM, AVG, MIN, MAX of numbers, quantiles), and the year, "
    "month or day they are grouped by: select those. The person sees all rows: name the DataFrame in "
    "the answer.",
    "schema": "You see names and types only. The person sees the result: name the DataFrame in your answer.",
    "rows": "An expression over a masked column is masked too.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as the model reads it, and the sentence for the person on what it leaves out; may be empty."""

    page: Page
    withheld: str = ""


def of_result(context: ToolContext, sight: Sight, page: Page, result: QueryResult, sql: str) -> Seen:
    """The page of a query's result; notes where masked values came into the notebook."""
    if sight.is_open:
        return Seen(page)
    known = known_words(context, sql)
    origins = _origins(context, sql, result.frame)
    masked = _masked(context, sight, sql, origins, result.frame.shape[1])
    if any(masked):
        context.privacy.note_masked(context.connection.name)
    names = _names(result.frame, known if sight.level != "rows" or origins is None else None)
    if sight.level == "rows":
        return _with_masks(page, result.frame, masked, names) if any(masked) else Seen(page)
    allowed = _AT_STATS if sight.level == "stats" else _AT_SCHEMA
    told = {key: value for key, value in page.items() if key in allowed} | {
        "columns": _columns(result.frame, names),
        "privacy": f"Rows are withheld: {sight.reason}. {_ADVICE[sight.level]}",
    }
    figures = [
        place
        for place, origin in enumerate(origins or ())
        if origin.is_figure and not masked[place] and sight.level == "stats"
    ]
    if figures:
        told["preview"] = _figures(result.frame, names, frozenset(figures))
    return Seen(told, _withheld(sight, len(result.frame), len(figures)))


def strictest(context: ToolContext) -> Sight:
    """What holds for whatever the run may have read."""
    return context.privacy.sight.joined(context.sight(of_notebook=True))


class PartlyTold(ToolError):
    """An error of which the model is told a part; ``whole`` is what the person sees."""

    def __init__(self, message: str, *, whole: Page, **page: object) -> None:
        super().__init__(message, **page)
        self.whole = whole


def of_error(context: ToolContext, sight: Sight, error: Exception, sql: str = "") -> ToolError:
    """A failure without the values that its texts quote; words that the model knows stay."""
    page: Page = error.page if isinstance(error, ToolError) else {}
    if sight.is_open:
        return error if isinstance(error, ToolError) else ToolError(str(error))
    known = known_words(context, sql)
    told: dict[str, object] = {
        key: value if key in _OURS else _without_values(value, known)
        for key, value in page.items()
        if key in _OF_ERROR
    }
    message = told_text(str(error), known)
    if message != str(error):
        told["privacy"] = f"{HIDDEN} stands for what may be data: {sight.reason}."
    return PartlyTold(message, whole={"error": str(error), **page}, **told)


def _without_values(fact: object, known: set[str]) -> object:
    if isinstance(fact, str):
        return told_text(fact, known)
    if isinstance(fact, dict):
        return {key: _without_values(one, known) for key, one in fact.items()}  # keys are names or ours
    if isinstance(fact, list | tuple):
        return [_without_values(one, known) for one in fact]
    return fact


def known_words(context: ToolContext, sql: str = "") -> set[str]:
    """What the model may know: all that was said so far, the statement, the names of tables and columns."""
    return context.said | words_of((sql,)) | context.privacy.words_in(context.catalog)


def of_frame(frame: pd.DataFrame, sight: Sight, known: set[str]) -> Page:
    """The shape and columns of a frame whose rows are withheld."""
    names = _names(frame, known)
    columns = shown(_columns(frame, names), total=frame.shape[1], noun="columns")
    return {"columns": columns} | ({"shape": list(frame.shape)} if sight.level == "stats" else {})


def _origins(context: ToolContext, sql: str, frame: pd.DataFrame) -> tuple[OutputColumn, ...] | None:
    frames = context.frames()

    def columns_of(name: str) -> list[str] | None:
        table = context.catalog.table(name)
        if table is not None:
            return [column.name for column in table.columns]
        return [safe_text(column) for column in frames[name].columns] if name in frames else None

    origins = output_columns(sql, context.connection.dialect, columns_of)
    return origins if origins is not None and len(origins) == frame.shape[1] else None


def _masked(
    context: ToolContext, sight: Sight, sql: str, origins: tuple[OutputColumn, ...] | None, count: int
) -> list[bool]:
    """Which columns may hold values of a masked one: at a doubt they do."""
    if not sight.masked or _reads_nothing_masked(context, sight, sql):
        return [False] * count
    if origins is None:
        return [not names_only(sql, context.connection.dialect)] * count
    return [_is_masked(context, sight, origin) for origin in origins]


def _is_masked(context: ToolContext, sight: Sight, origin: OutputColumn) -> bool:
    if not origin.is_sure or sight.masks("", origin.name):
        return True
    return any(sight.masks(_full(context, table), column) for table, column in origin.sources)


def _reads_nothing_masked(context: ToolContext, sight: Sight, sql: str) -> bool:
    """Whether all that the statement reads are tables of the catalog that have no masked column."""
    names = plain_tables(sql, context.connection.dialect)
    tables = [context.catalog.table(name) for name in names or ()]
    return names is not None and not any(
        table is None or any(sight.masks(str(table.name), column.name) for column in table.columns)
        for table in tables
    )


def _full(context: ToolContext, table: str) -> str:
    detail = context.catalog.table(table) if table else None
    return table if detail is None else str(detail.name)


def _names(frame: pd.DataFrame, known: set[str] | None) -> list[str]:
    """The columns' names; a number stands for one that may be made of values."""
    names = [safe_text(name) for name in frame.columns]
    if known is None:
        return names
    return [name if is_told(name, known) else f"column {place}" for place, name in enumerate(names, 1)]


def _columns(frame: pd.DataFrame, names: list[str]) -> list[object]:
    dtypes = [str(dtype).partition("<")[0] for dtype in frame.dtypes[:_MAX_COLUMNS]]
    return [{"name": bounded(name), "dtype": dtype} for name, dtype in zip(names, dtypes, strict=False)]


def _with_masks(page: Page, frame: pd.DataFrame, masked: list[bool], names: list[str]) -> Seen:
    hidden = [names[place] for place, is_masked in enumerate(masked) if is_masked]
    preview = _grid(frame, names, lambda place, value: HIDDEN if masked[place] else plain(value))
    said = ", ".join(bounded(name, 60) for name in hidden[:20])
    note = f"{HIDDEN} stands for masked values, of {said}. {_ADVICE['rows']}"
    if len(frame):
        note += " Now that they are in the notebook, output of Python and charts is withheld."
    extra = {"preview": preview, "columns": _columns(frame, names), "privacy": note}
    return Seen({**page, **extra}, f"The model saw {HIDDEN} for {said}: masked.")


def _figures(frame: pd.DataFrame, names: list[str], figures: frozenset[int]) -> Page:
    return _grid(
        frame,
        names,
        lambda place, value: plain(value) if place in figures and _is_figure(value) else HIDDEN,
    )


def _grid(frame: pd.DataFrame, names: list[str], told: Callable[[int, object], object]) -> Page:
    head = frame.iloc[:_PREVIEW_ROWS, :_MAX_COLUMNS]
    rows = [
        [told(place, value) for place, value in enumerate(row)]
        for row in head.itertuples(index=False, name=None)
    ]
    return {
        "shown": f"{len(head):,} of {len(frame):,} rows",
        "columns": [bounded(name) for name in names[:_MAX_COLUMNS]],
        "rows": rows,
    }


def _is_figure(value: object) -> bool:
    return (
        value is None or isinstance(value, numbers.Number | datetime.date) or type(value).__name__ == "NAType"
    )


def _withheld(sight: Sight, rows: int, figures: int) -> str:
    of_rows = f"{rows:,} row{'' if rows == 1 else 's'}"
    if figures:
        columns = f"{figures} column{'' if figures == 1 else 's'}"
        return f"The model saw the figures of {columns}, nothing else of {of_rows}: {sight.reason}."
    return f"The model saw 0 of {of_rows}: {sight.reason}."


def withheld_output(sight: Sight) -> str:
    """The sentence for the person on what Python showed."""
    return f"The model saw nothing of the output: {sight.reason}."


def of_value(value: object, sight: Sight, known: set[str]) -> Page:
    """Type and shape of a value of the notebook, nothing that it holds."""
    import pandas as pd

    page: dict[str, object] = {"type": type(value).__name__}
    if isinstance(value, pd.DataFrame):
        return {**page, **of_frame(value, sight, known)}
    if isinstance(value, pd.Series):
        page["dtype"] = str(value.dtype).partition("<")[0]
    return page
