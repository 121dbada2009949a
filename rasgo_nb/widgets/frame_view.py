"""What a page asks of a frame's rows, read from its message: sorting and filters, each checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.frame_filter import TESTS, Test
from rasgo_nb.widgets.plain import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 64  # sort keys or filters of one view


@dataclass(frozen=True, slots=True)
class Sort:
    """One column that a view is sorted by, counted from 0."""

    column: int
    descending: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition that the rows of a view fulfil."""

    column: int
    test: Test
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """Which rows, and in which order; the first key of the sort counts most."""

    sort: tuple[Sort, ...] = ()
    filters: tuple[Filter, ...] = ()


def view_of(message: object, columns: int) -> View:
    """The view that a page's message describes.

    Raises
    ------
    RasgoError
        where it is of another shape, or names a column that there is not.
    """
    if not isinstance(message, Mapping):
        raise _unreadable("it is no object")
    return View(
        _each(message.get("sort"), lambda item: _sort(item, columns)),
        _each(message.get("filters"), lambda item: _filter(item, columns)),
    )


def _each(items: object, read: Callable[[Mapping[str, Any]], Any]) -> tuple[Any, ...]:
    if items is None:
        return ()
    if not isinstance(items, (list, tuple)) or len(items) > _MOST:
        raise _unreadable("sort and filters must be short lists")
    if not all(isinstance(item, Mapping) for item in items):
        raise _unreadable("sort and filters must hold objects")
    return tuple(map(read, items))


def _sort(item: Mapping[str, Any], columns: int) -> Sort:
    return Sort(_column(item, columns), item.get("descending") is True)


def _filter(item: Mapping[str, Any], columns: int) -> Filter:
    test, text = item.get("test"), item.get("text", "")
    if test not in TESTS or not isinstance(text, str):
        raise _unreadable(f"a filter's test must be one of {', '.join(TESTS)}, its text a text")
    return Filter(_column(item, columns), test, encodable(text[:10_000]))


def _column(item: Mapping[str, Any], columns: int) -> int:
    column = item.get("column")
    if type(column) is not int or not 0 <= column < columns:
        raise _unreadable(f"there is no column {column!r:.20} among {columns:,}")
    return column


def _unreadable(why: str) -> RasgoError:
    return RasgoError(f"This view of the rows cannot be shown: {why}. Clear its sorting and filters.")
