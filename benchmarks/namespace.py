"""What snapshot, diff and journal cost a step, with 5,000 names and a frame of 1 GB in the namespace."""

from __future__ import annotations

import ast
import time
from statistics import median

from benchmarks.figures import Figure, need_memory
from benchmarks.fresh import in_fresh_process, used_bytes

BAR_MS = 20.0
NAMES = 5_000
FRAME_BYTES = 1_000_000_000
STEPS = {
    "code that mentions the frame": "total = df['a'].sum()",
    "code that writes a column of it": "df['a'] = 0.0",
    "code that mentions a column taken out of it": "total = series.sum()",
    "code that mentions no name": "1 + 1",
}


def measure(*, quick: bool) -> list[Figure]:
    """The bookkeeping alone: the code itself is not timed."""
    need_memory(3)
    measured = in_fresh_process(bookkeeping, repeats=5 if quick else 25)
    figures = [Figure(f"per step, {what}", ms, "ms", BAR_MS) for what, ms in measured["ms"].items()]
    figures.append(Figure("undoing a step that wrote a column of it", measured["back_ms"], "ms", BAR_MS))
    figures.append(Figure("the whole of run_cell for `1 + 1`", measured["cell_ms"], "ms", BAR_MS))
    return [*figures, Figure("memory of a snapshot, on top of the frame", measured["snapshot_mb"], "MB")]


def bookkeeping(repeats: int) -> dict[str, object]:
    """Median milliseconds for each kind of step, and the megabytes that a snapshot holds."""
    names = _namespace()
    snapshot_mb = _snapshot_mb(names)
    ms = {what: median(_one_ms(code, names) for _ in range(repeats)) for what, code in STEPS.items()}
    back_ms = median(_back_ms(names) for _ in range(repeats))
    cell_ms = median(_cell_ms(names, repeats))
    return {"ms": ms, "back_ms": back_ms, "cell_ms": cell_ms, "snapshot_mb": snapshot_mb}


def _one_ms(code: str, names: dict[str, object]) -> float:
    from rasgo_nb.journal import Journal
    from rasgo_nb.namespace import diff, mentioned_names, snapshot, touched_names

    journal = Journal()
    started = time.perf_counter()
    journal.begin(names, {})
    touched = touched_names(ast.parse(code))
    before = snapshot(names, mentioned_names(code, names))
    spent = time.perf_counter() - started
    exec(code, names)
    started = time.perf_counter()
    diff(before, names, touched)
    journal.note_content(before, touched)
    journal.note_call(1, "call", names)
    return (spent + time.perf_counter() - started) * 1000


def _back_ms(names: dict[str, object]) -> float:
    """Milliseconds to undo a step that wrote a column of the frame and bound a name."""
    from rasgo_nb.journal import Journal
    from rasgo_nb.namespace import snapshot

    journal = Journal()
    journal.begin(names, {})
    before = snapshot(names, frozenset({"df"}))
    exec("df['a'] = 1.0\nfresh = 1", names)
    journal.note_content(before, frozenset({"df"}))
    journal.note_call(1, "call", names)
    started = time.perf_counter()
    went = journal.go_back(1, names)
    assert went.put_back == ("df",)
    return (time.perf_counter() - started) * 1000


def _cell_ms(names: dict[str, object], repeats: int) -> list[float]:
    """Milliseconds of a cell that computes next to nothing: bookkeeping, and catching what it shows."""
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.interrupt import run_sync
    from rasgo_nb.kernel_exec import run_cell

    shell = InteractiveShell.instance()
    shell.user_ns.update(names)
    return [run_sync(run_cell(shell, "1 + 1", step=number)).elapsed_s * 1000 for number in range(repeats)]


def _snapshot_mb(names: dict[str, object]) -> float:
    from rasgo_nb.namespace import snapshot

    before = used_bytes()
    kept = snapshot(names, frozenset({"df"}))
    assert kept.mentioned
    return max(0, used_bytes() - before) / 1e6


def _namespace() -> dict[str, object]:
    import numpy as np
    import pandas as pd

    rows = FRAME_BYTES // 8 // 10
    columns = {letter: np.zeros(rows) for letter in "abcdefgh"}
    frame = pd.DataFrame({**columns, "i": np.arange(rows), "j": np.arange(rows)}, copy=False)
    values: tuple[object, ...] = (1, "text", 2.5, [1, 2, 3], {"a": 1}, None, (1, 2))
    names: dict[str, object] = {f"name_{n}": values[n % len(values)] for n in range(NAMES)}
    return {**names, "df": frame, "series": frame["b"]}
