"""Files of runs that are damaged, or that somebody made up: refused in a line, or taken in and shown."""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rasgo_nb.errors import RasgoError
from rasgo_nb.trace.run_file import read_runs, take_in
from rasgo_nb.trace.traces import Traces
from rasgo_nb.widgets.page import page_html
from rasgo_nb.widgets.text import run_text

LINES = (Path(__file__).parents[1] / "golden" / "trace" / "run_format_1.jsonl").read_text().splitlines()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["$", "of", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def shown(text, folder):
    """What comes of a file with this text; each has a record of its own."""
    path, record = folder / "runs.jsonl", folder / "trace.sqlite"
    path.write_text(text, encoding="utf-8")
    record.unlink(missing_ok=True)
    take_in(read_runs(path), record)
    traces = Traces(record)
    return [(run_text(log), page_html(log)) for log in (traces.log(run.id) for run in traces.listed())]


@contextmanager
def refused_or_not():
    """What is refused says what to type."""
    try:
        yield
    except RasgoError as error:
        if "%rasgo runs" not in str(error):
            raise


@QUICK
@given(st.data())
def test_a_line_that_is_changed_anywhere_is_refused_or_shown(tmp_path, data):
    place = data.draw(st.integers(0, len(LINES) - 1))
    line = json.loads(LINES[place])
    line[data.draw(st.sampled_from(sorted(line)))] = data.draw(JSON)
    with refused_or_not():
        assert shown("\n".join([*LINES[:place], json.dumps(line), *LINES[place + 1 :]]), tmp_path)


def test_a_message_that_is_none_is_left_out(tmp_path):
    place = next(at for at, line in enumerate(LINES) if json.loads(line).get("$") == "ModelCalled")
    line = json.loads(LINES[place]) | {"messages": [None], "tools": [1]}
    assert shown("\n".join([*LINES[:place], json.dumps(line), *LINES[place + 1 :]]), tmp_path)


@QUICK
@given(st.lists(st.integers(0, len(LINES) - 2), max_size=4))
def test_lines_that_are_missing_or_come_twice_are_refused_or_shown(tmp_path, places):
    times = [places.count(place) // 2 + (place not in places) for place in range(len(LINES))]
    lines = [line for line, count in zip(LINES, times, strict=True) for _ in range(count)]
    with refused_or_not():
        assert shown("\n".join(lines), tmp_path)


@QUICK
@given(st.text(max_size=200))
def test_any_text_is_refused_in_one_line(tmp_path, text):
    with pytest.raises(RasgoError, match="%rasgo runs export"):
        shown(text, tmp_path)
