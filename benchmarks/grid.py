"""What the grid waits for in the kernel: pages of 10 million rows, sorting beside pyarrow, filtering."""

from __future__ import annotations

import threading
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, need_memory
from benchmarks.fresh import in_fresh_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    import pandas as pd

    from rasgo_nb.widgets.frame_rows import FrameRows

ROWS, QUICK_ROWS = 10_000_000, 1_000_000
PAGE = 100
PAGE_BAR_MS = 10.0
SORT_BAR_MS = 100.0  # on top of pyarrow's own time
FILTER_BAR_MS = 1_000.0
SORTED = {"an int64": 0, "a float64": 1, "a str": 3}
_CHUNK = 122_880  # rows of a chunk of text, as a query's result has them


def measure(*, quick: bool) -> list[Figure]:
    """In the kernel alone: the way to the page is not timed."""
    need_memory(2 if quick else 7)
    rows = QUICK_ROWS if quick else ROWS
    measured = in_fresh_process(waits, rows=rows, repeats=1 if quick else 3)
    of = f"of {rows:,} rows, 10 columns"
    pages = [
        Figure(f"a page of {PAGE} {of}, {which}", ms, "ms", PAGE_BAR_MS, note=f"p95 {p95:.1f} ms")
        for which, (ms, p95) in measured["pages"].items()
    ]
    busy = [
        Figure(f"the same, {which}, while the main thread computes", ms, "ms", note=f"p95 {p95:.1f} ms")
        for which, (ms, p95) in measured["busy"].items()
    ]
    sorts = [
        Figure(
            f"sorting {what}, on top of pyarrow's own time",
            ours - bare,
            "ms",
            SORT_BAR_MS,
            note=f"{ours:,.0f} ms, pyarrow {bare:,.0f} ms",
        )
        for what, (ours, bare) in measured["sorts"].items()
    ]
    return [
        *pages,
        *busy,
        *sorts,
        Figure(f"a text that is contained, {of}", measured["filter"], "ms", FILTER_BAR_MS),
    ]


def waits(rows: int, repeats: int) -> dict[str, Any]:
    """Median and p95 of pages in milliseconds, and of sorts ours and pyarrow's, taken in turn."""
    from rasgo_nb.widgets.frame_rows import FrameRows

    frame = _frame(rows)
    paged = FrameRows(frame)
    views = {"in the frame's order": _view(), "sorted": _view(sort=1)}
    paged.page(0, PAGE, views["sorted"])
    pages = {which: _spread(_jumps(paged, view)) for which, view in views.items()}
    busy = {which: _spread(_beside_work(lambda v=view: _jumps(paged, v))) for which, view in views.items()}  # type: ignore[misc]
    sorts = {what: _sort_ms(frame, column, repeats) for what, column in SORTED.items()}
    contains = {"sort": [], "filters": [{"column": 3, "test": "contains", "text": "LAKE 7"}]}
    found = median(_ms(lambda: FrameRows(frame).page(0, PAGE, contains)) for _ in range(repeats))
    return {"pages": pages, "busy": busy, "sorts": sorts, "filter": found}


def _view(sort: int | None = None) -> dict[str, Any]:
    return {"sort": [] if sort is None else [{"column": sort, "descending": True}], "filters": []}


def _jumps(paged: FrameRows, view: Mapping[str, Any]) -> list[float]:
    """Milliseconds of pages at places far from one another."""
    places = _places(paged.total)
    return [_ms(lambda: paged.page(next(places), PAGE, view)) for _ in range(60)]


def _places(total: int) -> Iterator[int]:
    place = 0
    while True:
        place = (place + total * 618 // 1000) % max(1, total - PAGE)
        yield place


def _beside_work(measure: Callable[[], list[float]]) -> list[float]:
    """What is measured on another thread while this one computes, as a cell's code does."""
    found: list[float] = []
    worker = threading.Thread(target=lambda: found.extend(measure()))
    worker.start()
    while worker.is_alive():
        sum(range(10_000))
    return found


def _sort_ms(frame: pd.DataFrame, column: int, repeats: int) -> tuple[float, float]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from rasgo_nb.widgets.frame_rows import FrameRows

    keys = pa.table({"key": pa.array(frame.iloc[:, column])})
    bare, ours = [], []
    for _ in range(repeats):
        bare.append(_ms(lambda: pc.sort_indices(keys, sort_keys=[("key", "ascending")])))
        paged, view = FrameRows(frame), _view(sort=column)
        view["sort"][0]["descending"] = False
        ours.append(_ms(lambda p=paged, v=view: p.page(0, PAGE, v)))  # type: ignore[misc]
    return median(ours), median(bare)


def _spread(times: list[float]) -> tuple[float, float]:
    return median(times), quantiles(times, n=20)[-1]


def _ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _frame(rows: int) -> pd.DataFrame:
    """Ten columns of the kinds that results have."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(7)
    seconds = random.integers(0, 10**8, rows)
    return pd.DataFrame(
        {
            "id": random.permutation(rows),
            "amount": random.random(rows) * 10_000,
            "delay": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
            "customer": _texts(random, rows, 50_000),
            "city": _texts(random, rows, 500),
            "when": np.datetime64("2020-01-01", "us") + (seconds * 10**6).astype("timedelta64[us]"),
            "class": pd.Categorical.from_codes(random.integers(0, 5, rows).astype("int8"), list("abcde")),
            "late": random.random(rows) < 0.5,
            "stops": pd.array(random.integers(0, 9, rows), dtype="Int64"),
            "gate": random.integers(0, 1_000, rows).astype("int32"),
        }
    )


def _texts(random: np.random.Generator, rows: int, distinct: int) -> pd.Series[str]:
    import pandas as pd
    import pyarrow as pa

    words = pa.array([f"Customer {number:05d} at Lake {number % 10}" for number in range(distinct)])
    sizes = [min(_CHUNK, rows - start) for start in range(0, rows, _CHUNK)]
    chunks = [words.take(pa.array(random.integers(0, distinct, size))) for size in sizes]
    return pd.Series(pa.chunked_array(chunks), dtype="str")
