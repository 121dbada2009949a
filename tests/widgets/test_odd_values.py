"""Odd values that a run may find: none of them ends it, and each is shown somehow."""

import decimal
import json

import numpy as np
import pandas as pd
import pytest

from rasgo_nb.agent.events import RunStarted, StepStarted, ToolCallFinished, ToolCallStarted
from rasgo_nb.agent.messages import ToolCall, ToolResult
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.catalog.search.catalog import Hit
from rasgo_nb.connectors.base import QueryResult, TableDetail, TableName
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.namespace import NamespaceDiff
from rasgo_nb.outputs import DisplayData, ExecuteResult
from rasgo_nb.widgets.kept import Kept
from rasgo_nb.widgets.saved import SavedRun
from rasgo_nb.widgets.state import RunStates


class Rude:
    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __hash__ = __repr__


class Subclass(pd.DataFrame):
    @property
    def _constructor(self):
        return Subclass


class RudeName(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError("no")


LEVELS = pd.MultiIndex.from_tuples([("a", 1), ("a", None)])
NULLABLE = pd.array([1, None], dtype="Int64"), pd.array([True, None], dtype="boolean")
TIMES = pd.date_range("2024-01-01", periods=3, tz="Europe/Oslo")
FRAMES = {
    "no columns": pd.DataFrame(index=range(3)),
    "no rows": pd.DataFrame({"a": []}),
    "nothing": pd.DataFrame(),
    "columns of several levels": pd.DataFrame([[1, 2]], columns=LEVELS),
    "an index of several levels": pd.DataFrame({"n": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)])),
    "columns twice": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "names that are no text": pd.DataFrame([[1, 2, 3]], columns=[None, np.nan, 3.5]),
    "times": pd.DataFrame({"t": TIMES, "p": TIMES.tz_localize(None).to_period("D"), "d": TIMES - TIMES[0]}),
    "an index of times": pd.DataFrame({"n": [1, 2, 3]}, index=TIMES),
    "categories": pd.DataFrame({"c": pd.Categorical(["a", None])}),
    "intervals": pd.DataFrame({"i": pd.cut([1, 2, 3], 2)}),
    "numbers": pd.DataFrame({"n": [1j, np.nan, np.inf], "big": [10**400, decimal.Decimal("NaN"), -0.0]}),
    "sparse": pd.DataFrame({"s": pd.arrays.SparseArray([0, 1, 0])}),
    "nullable": pd.DataFrame(dict(zip("nb", NULLABLE, strict=True))),
    "arrow": pd.DataFrame({"l": pd.array([[1, 2], None]), "x": [b"\xff\x00", {"a": [1]}]}),
    "rude objects": pd.DataFrame({"r": [Rude(), Rude()]}, dtype="object"),
    "lone surrogates": pd.DataFrame({"s": pd.Series(["\ud800\x00"], dtype="object")}),
    "a subclass": Subclass({"a": [1]}),
}  # fmt: skip


def shown(value, outputs=(), tool="run_sql", page=None):
    """The state of a call with that result, as the page and the file have it."""
    log = RunLog()
    log.add(RunStarted("r", "Why?", "scripted", "shop"))
    log.add(StepStarted(1))
    call = ToolCall("1", tool, {"sql": "SELECT 1"})
    log.add(ToolCallStarted(1, call))
    log.add(ToolCallFinished(1, call, ToolResult("1", "{}", value=value, page=page or {}), 0.1))
    run = RunStates(log, Kept(), {}).run()
    json.dumps(run, allow_nan=False).encode()
    SavedRun().of(run)[1].encode()
    return run["steps"][0]["calls"][0]


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_any_frame_is_shown(frame):
    rows = shown(QueryResult(frame, 0.1))["body"]["rows"]
    assert rows["total"] == len(frame)
    assert all(len(row) == len(rows["columns"]) for row in rows["first"])
    changes = shown(CellResult((), value=frame), tool="run_python")["body"]
    assert changes["value"]["columns"] == rows["columns"]


@pytest.mark.parametrize(
    "value", [Rude(), [Rude()], {"a": Rude()}, float("nan"), object, [], [1, "a"], b"\xff"]
)
@pytest.mark.parametrize(
    "tool", ["describe_variable", "run_python", "run_sql", "ask_user", "show_chart", "mine"]
)
def test_a_result_that_a_tool_never_gives_is_shown_somehow(value, tool):
    assert shown(value, tool=tool)["status"] == "done"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text/plain": 3},
        {"text/plain": ["a", "b"]},
        {"image/png": "no base64!"},
        {"image/png": b"\x89PNG"},
        {"application/vnd.plotly.v1+json": "text"},
        {"application/vnd.plotly.v1+json": {"data": 3, "layout": [1]}},
        {"application/vnd.plotly.v1+json": {"data": [{"y": [float("nan"), "\ud800", Rude()]}]}},
    ],
)
@pytest.mark.parametrize("kind", [DisplayData, ExecuteResult])
def test_any_bundle_is_shown(data, kind):
    result = CellResult((kind(data),), diff=NamespaceDiff(new=(RudeName("x"),)))
    assert len(shown(result, tool="run_python")["outputs"]) == 1


def state_of(tool, result):
    """The state of a run of one call with this result."""
    call = ToolCall("1", tool, {})
    log = RunLog()
    log.add(RunStarted("r", "Why?", "scripted", "shop"))
    log.add(StepStarted(1))
    log.add(ToolCallStarted(1, call))
    log.add(ToolCallFinished(1, call, result, 0.1))
    return RunStates(log, Kept(), {}).run()


def test_a_fact_of_an_error_that_says_nothing_is_left_out():
    value = {"error": "There is no DataFrame.", "did_you_mean": (), "rows": 0, "frame": FRAMES["times"]}
    shown = state_of("show_chart", ToolResult("1", "{}", is_error=True, value=value))["steps"][0]["calls"][0]
    assert "did you mean" not in json.dumps(shown)
    assert "rows: 0" in shown["error"]


def test_a_saved_search_says_rows_once_beside_each_count():
    hit = Hit(TableDetail(TableName("", "s", "orders"), (), row_count=1204), 1.0, "name: orders")
    _, html = SavedRun().of(state_of("search_tables", ToolResult("1", "{}", value=[hit])))
    assert "1,204 rows" in html
    assert html.count("rows") == 1
