"""The card in a real JupyterLab and a real browser: how soon the page shows what the run does, and obeys."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT, Figure, Skipped, need_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETUP = """\
%load_ext rasgo_nb
from play import *
import time
"""

STREAM = """\
model = Ticking(per_second=200, seconds={seconds})
await ask(model=model)
print("said", model.said)
"""

APPROVALS = """\
marks = []
lines = [python(f"open('mark_{{n}}', 'w').close(); marks.append(time.time())") for n in range({count})]
await ask(*lines, answer("Written."))
print("marks", *[f"{{mark * 1000:.1f}}" for mark in marks])
"""

_LONG_QUERY = "SELECT a.range % 1000, sum(b.range) FROM range(9000000) a, range(90000) b GROUP BY 1"

# What runs when the card's stop button is clicked.
STOPPED = {
    "a stream": "await ask(model=Ticking(per_second=100, seconds=60))",
    "a query": f"await ask(sql({_LONG_QUERY!r}))",
    "a Python loop": "await ask(python('while True: pass'))",
    "an approval": "await ask(python(\"open('never', 'w')\"))",
}

# In the page: when each time that the model said was shown, and how often the view changed.
WATCH_STREAM = """() => {
  const seen = { delays: [], shown: 0, buckets: {}, last: 0 };
  window.rasgoSeen = seen;
  new MutationObserver(() => {
    const now = performance.timeOrigin + performance.now();
    const text = [...document.querySelectorAll('.rasgo-run')].at(-1)?.textContent ?? '';
    const times = (text.slice(-4000).match(/\\b\\d{13}(?=_)/g) ?? []).map(Number).filter(t => t > seen.last);
    if (times.length === 0) return;
    seen.delays.push(...times.map(t => now - t));
    seen.last = times.at(-1);
    const second = Math.floor(now / 1000);
    seen.buckets[second] = (seen.buckets[second] ?? 0) + 1;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

# Click a button as soon as it can be clicked, as often as asked; tell when.
CLICK_EACH = """(count) => new Promise(done => {
  const clicks = [], clicked = new WeakSet();
  const look = () => {
    const button = [...document.querySelectorAll('.rasgo-run button')].find(
      one => one.textContent.trim() === 'Approve' && !one.disabled && !clicked.has(one));
    if (button) {
      clicked.add(button);
      setTimeout(() => { clicks.push(performance.timeOrigin + performance.now()); button.click(); }, 150);
    }
    if (clicks.length < count) setTimeout(look, 5); else setTimeout(() => done(clicks), 300);
  };
  look();
})"""

# Click Stop, and tell how long the cell took to end from there.
CLICK_STOP = """(cell) => new Promise(done => {
  const prompt = document.querySelectorAll('.jp-Notebook .jp-Cell')[cell].querySelector('.jp-InputPrompt');
  const button = [...document.querySelectorAll('.rasgo-run button')].filter(
    one => one.textContent.trim() === 'Stop').at(-1);
  const began = performance.now();
  const look = () => /\\d/.test(prompt.textContent) ? done(performance.now() - began) : setTimeout(look, 1);
  button.click();
  look();
})"""


GRID = """\
wide = '''
SELECT range AS n, range * 1.5 AS x, 'row ' || range AS name, (range * 7919) % 10000019 AS mixed
FROM range({rows})
'''
await ask(sql(wide), slowly(answer("There.")))  # the step stays open until the next one is there
print("ended", ended_ms[0])
"""

BUSY = "import math\nfor number in range(10**9): math.sqrt(number)"

# When the first rows of a grid are there.
WATCH_GRID = """() => {
  new MutationObserver(() => {
    if (window.rasgoGridAt || !document.querySelector('.rasgo-grid td, .rasgo-rows td')?.textContent) return;
    window.rasgoGridAt = performance.timeOrigin + performance.now();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

# Go to each of these rows in turn, and tell how long each took to be there.
JUMP = """async (rows) => {
  const grid = document.querySelector('.rasgo-grid');
  const field = grid.querySelector('.rasgo-grid-goto input');
  const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
  const isThere = (text) => [...grid.querySelectorAll('td')].some((cell) => cell.textContent === text);
  const waits = [];
  for (const row of rows) {
    value.set.call(field, String(row + 1));
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => setTimeout(done, 60));
    const began = performance.now();
    field.form.requestSubmit();
    while (!isThere(`row ${row}`)) {
      if (performance.now() - began > 10000) throw new Error(`row ${row} did not come`);
      await new Promise((done) => setTimeout(done, 2));
    }
    waits.push(performance.now() - began);
  }
  return waits;
}"""

# Sort by the last column, and tell how long it took to be there.
SORT = """async () => {
  const grid = document.querySelector('.rasgo-grid');
  const button = [...grid.querySelectorAll('button')].find((one) => one.textContent.trim() === 'mixed');
  const began = performance.now();
  button.click();
  while (!grid.textContent.includes('sorted by mixed')) {
    if (performance.now() - began > 60000) throw new Error('it was not sorted');
    await new Promise((done) => setTimeout(done, 2));
  }
  return performance.now() - began;
}"""


def measure(*, quick: bool) -> list[Figure]:
    """Streaming, approving, stopping and the grid, each by clicks in the page."""
    with _lab() as (lab, browser):
        return [
            *_grid(lab, browser, rows=1_000_000 if quick else 10_000_000, jumps=10 if quick else 40),
            *_streaming(lab, browser, seconds=10 if quick else 60),
            _approving(lab, browser, count=8 if quick else 25),  # a run has 30 steps
            *[_stopping(lab, browser, what, count=3 if quick else 10) for what in STOPPED],
        ]


@contextmanager
def _lab() -> Iterator[tuple[Any, Any]]:
    folder = str(ROOT / "tests" / "browser")
    sys.path.insert(0, folder)
    try:
        room = import_module("lab")
        with (
            tempfile.TemporaryDirectory() as home,
            _browser(room) as browser,
            room.running_lab(Path(home)) as lab,
        ):
            yield lab, browser
    finally:
        sys.path.remove(folder)


@contextmanager
def _browser(room: Any) -> Iterator[Any]:
    try:
        from playwright.sync_api import Error
    except ImportError:
        raise Skipped("Playwright is not installed") from None
    opening = room.running_browser()
    try:
        browser = opening.__enter__()
    except Error as error:
        raise Skipped(f"no browser: {str(error).splitlines()[0]}") from None
    try:
        yield browser
    finally:
        opening.__exit__(None, None, None)


@contextmanager
def _notebook(lab: Any, browser: Any, *cells: str) -> Iterator[Any]:
    with lab.opened(browser, lab.write([SETUP, *cells])) as notebook:
        notebook.run(0)
        yield notebook


def _streaming(lab: Any, browser: Any, *, seconds: int) -> list[Figure]:
    with _notebook(lab, browser, STREAM.format(seconds=seconds)) as notebook:
        notebook.page.evaluate(WATCH_STREAM)
        notebook.run(1, wait_s=seconds + 60)
        notebook.page.wait_for_timeout(1_000)
        seen = notebook.page.evaluate("() => window.rasgoSeen")
        shown = len(set(_times(notebook.output(1).inner_text())))
        said = 200 * seconds
    return [
        Figure(f"delta to DOM, 200 a second for {seconds} s, p95", _p95(seen["delays"]), "ms", 150),
        Figure("view updates in the busiest second", max(seen["buckets"].values()), "", 30),
        Figure("deltas that the page lost", said - shown, "", 0),
    ]


def _approving(lab: Any, browser: Any, *, count: int) -> Figure:
    with _notebook(lab, browser, APPROVALS.format(count=count)) as notebook:
        notebook.run(1, wait_s=0)
        clicks = notebook.page.evaluate(CLICK_EACH, count)
        notebook.wait_until_done(1)
        text = notebook.output(1).inner_text()
        marks = [float(word) for word in text.partition("marks ")[2].split()[:count]]
    waits = [mark - max(click for click in clicks if click <= mark) for mark in marks]
    return Figure("click on Approve to the code running, p95", _p95(waits), "ms", 100, note=f"{count} clicks")


def _stopping(lab: Any, browser: Any, what: str, *, count: int) -> Figure:
    waits = []
    with _notebook(lab, browser, *[STOPPED[what]] * count) as notebook:
        for number in range(1, count + 1):
            notebook.run(number, wait_s=0)
            card = notebook.output(number).get_by_role("button", name="Stop", exact=True)
            card.wait_for(timeout=20_000)
            notebook.page.wait_for_timeout(1_200)
            waits.append(notebook.page.evaluate(CLICK_STOP, number))
    return Figure(f"stop during {what} to cell finished, p95", _p95(waits), "ms", 300, note=f"{count} times")


def _grid(lab: Any, browser: Any, *, rows: int, jumps: int) -> list[Figure]:
    need_memory(2 if rows < 10_000_000 else 6)
    places = Random(1).sample(range(rows), 2 * jumps)
    with _notebook(lab, browser, GRID.format(rows=rows), BUSY) as notebook:
        notebook.page.evaluate(WATCH_GRID)
        notebook.run(1, wait_s=120)
        ended = float(notebook.output(1).inner_text().partition("ended ")[2].split()[0])
        first = notebook.page.evaluate("() => window.rasgoGridAt") - ended
        notebook.output(1).get_by_role("button", name="Step 1").first.click()
        notebook.page.wait_for_timeout(1_000)
        still = notebook.page.evaluate(JUMP, places[:jumps])
        notebook.run(2, wait_s=0)
        notebook.page.wait_for_timeout(500)
        busy = notebook.page.evaluate(JUMP, places[jumps:])
        notebook.interrupt()
        sort = notebook.page.evaluate(SORT)
    of = f"of {rows:,} rows"
    return [
        Figure(f"first page {of}, after the step ends", first, "ms", 150),
        Figure(f"a jump to any row {of}, p95", _p95(still), "ms", 100, note=f"median {median(still):.0f} ms"),
        Figure(
            "the same while the kernel runs Python, p95",
            _p95(busy),
            "ms",
            200,
            note=f"median {median(busy):.0f} ms",
        ),
        Figure(f"a sort {of}, on top of pyarrow's own time", sort - _bare_sort_ms(rows), "ms", 100),
    ]


def _bare_sort_ms(rows: int) -> float:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pa.array(np.arange(rows, dtype="int64") * 7919 % 10_000_019)
    waits = []
    for _ in range(3):
        began = time.perf_counter()
        pc.sort_indices(column)
        waits.append((time.perf_counter() - began) * 1000)
    return median(waits)


def _times(text: str) -> list[str]:
    return re.findall(r"\b\d{13}_\d+", text)


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
