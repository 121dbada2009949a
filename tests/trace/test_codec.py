"""Events as JSON and back: whatever a run can tell, and what this version does not know."""

import datetime
import json
from dataclasses import fields
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.agent import events
from rasgo_nb.agent.events import RunNoted, RunStarted, ToolCallFinished
from rasgo_nb.agent.messages import Image, Message, Text, ToolCall, ToolResult, Usage
from rasgo_nb.catalog.search.catalog import Hit
from rasgo_nb.connectors.base import Column, QueryResult, TableDetail, TableName
from rasgo_nb.connectors.profile import ColumnProfile, Histogram
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.outputs import ExecuteResult
from rasgo_nb.trace.codec import decoded, decoded_value, encoded, encoded_value
from rasgo_nb.trace.frames import summary_in
from rasgo_nb.trace.values import EVENTS, VALUES, NewerValue, ShownValue

NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=datetime.UTC)


def back(event):
    return decoded(json.loads(json.dumps(encoded(event))))


def value_back(value):
    return decoded_value(json.loads(json.dumps(encoded_value(value))))


# --- whatever a run can tell

_texts = st.text(max_size=20)
_plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _texts)
_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _texts
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts | st.just("$"), inner, max_size=3),
    max_leaves=6,
)
_values = st.one_of(
    _plain,
    st.decimals(allow_nan=False),
    st.binary(max_size=20),
    st.datetimes(timezones=st.sampled_from([None, datetime.UTC])),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.lists(_plain, max_size=3),
    st.tuples(_plain, _plain),
    st.dictionaries(_texts, _plain, max_size=3),
    st.frozensets(_texts, max_size=3),
)
_WORDS = {
    "By": ["you", "policy"],
    "Purpose": ["reply", "sql"],
    "Role": ["user", "tool"],
    "StopReason": ["end_turn", "unknown"],
    "Scope": ["me", "team"],
    "FactKind": ["note", "join"],
    "How": ["found", "unverified"],
    "StreamName": ["stdout", "stderr"],
}
_UNIONS = {
    "tuple[Part, ...]": ("Text", "Thinking", "ToolCall", "ToolResult"),
    "OutputMessage": ("Stream", "DisplayData", "ClearOutput", "UpdateDisplayData", "CellError"),
    "tuple[Output, ...]": ("Stream", "DisplayData", "ExecuteResult"),
}


def _later(name):
    return st.deferred(lambda: _made(VALUES[name]))


def _of_field(name, kind):
    if kind != "bytes" and name in ("arguments", "data", "metadata", "parameters", "page"):
        return st.dictionaries(_texts, _json, max_size=3)
    if name == "frame":
        return st.none()
    if kind in _WORDS or kind.startswith("Literal"):
        return st.sampled_from(_WORDS.get(kind, ["waiting"]))
    if kind in _UNIONS:
        one = st.one_of(*map(_later, _UNIONS[kind]))
        return st.lists(one, max_size=2).map(tuple) if kind.startswith("tuple") else one
    for known in VALUES:
        if kind == known:
            return _later(known)
        if kind == f"{known} | None":
            return st.none() | _later(known)
        if kind == f"tuple[{known}, ...]":
            return st.lists(_later(known), max_size=2).map(tuple)
    return _SIMPLE.get(kind, st.none())


_SIMPLE = {
    "str": _texts,
    "int": st.integers(),
    "float": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "bytes": st.binary(max_size=20),
    "object": _values,
    "str | None": st.none() | _texts,
    "int | None": st.none() | st.integers(),
    "float | None": st.none() | st.floats(allow_nan=False),
    "tuple[str, ...]": st.lists(_texts, max_size=2).map(tuple),
    "tuple[int, ...]": st.lists(st.integers(), max_size=2).map(tuple),
    "tuple[object, ...]": st.lists(_values, max_size=2).map(tuple),
    "tuple[tuple[object, int], ...]": st.lists(st.tuples(_values, st.integers()), max_size=2).map(tuple),
    "tuple[tuple[int, str], ...]": st.lists(st.tuples(st.integers(), _texts), max_size=2).map(tuple),
    "Mapping[str, str]": st.dictionaries(_texts, _texts, max_size=2),
    "Mapping[str, Mapping[str, str]]": st.dictionaries(_texts, st.dictionaries(_texts, _texts), max_size=2),
    "Mapping[str, tuple[str, ...]]": st.dictionaries(_texts, st.tuples(_texts), max_size=2),
    "frozenset[Effect]": st.frozensets(st.sampled_from(["read", "network"])),
}


def _made(kind):
    return st.builds(kind, **{one.name: _of_field(one.name, str(one.type)) for one in fields(kind)})


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(EVENTS)).flatmap(lambda name: _made(EVENTS[name])))
def test_every_event_comes_back_as_it_was(event):
    assert back(event) == event


@settings(max_examples=200, deadline=None)
@given(_values)
def test_values_keep_their_type(value):
    assert value_back(value) == value
    assert type(value_back(value)) is type(value)


def test_the_table_names_every_event():
    told = {kind.__name__ for kind in events.Event.__args__}
    assert set(EVENTS) == told


# --- what tools return


def finished(value, **page):
    call = ToolCall("c1", "run_sql", {"sql": "SELECT 1"})
    return ToolCallFinished(1, call, ToolResult("c1", "{}", value=value, page=page or None), 0.5)


def test_a_query_result_comes_back_with_its_rows_and_figures():
    frame = pd.DataFrame({"n": [1, 2], "price": [Decimal("1.10"), Decimal("2.20")], "at": [NOW, None]})
    result = back(finished(QueryResult(frame, 0.2))).result.value
    pd.testing.assert_frame_equal(result.frame, frame, check_dtype=False)
    summary = summary_in(result.frame)
    assert (summary.rows, summary.columns[1].sum) == (2, Decimal("3.30"))


def test_hits_tables_and_profiles_come_back():
    table = TableDetail(TableName("", "main", "orders"), (Column("id", "INTEGER"),), row_count=3)
    profile = ColumnProfile("id", "INTEGER", 3, 0, min=1, max=3, histogram=Histogram((1, 3), (3,)))
    for value in ([Hit(table, 0.5, "name")], [table], [profile], {"error": "none"}, "yes"):
        assert back(finished(value)).result.value == value


def test_of_a_python_value_type_and_shown_text_are_kept():
    shown = CellResult((ExecuteResult({"text/plain": "Model(3)"}),), value=object())
    assert back(finished(shown)).result.value.value == ShownValue("object", "Model(3)")


def test_numpy_scalars_become_numbers_and_series_stay_series():
    assert value_back(np.int64(3)) == 3
    assert value_back(np.float64(0.5)) == 0.5
    series = value_back(pd.Series([1, 2], index=["a", "b"], name="n"))
    assert series.to_dict() == {"a": 1, "b": 2}


def test_a_figure_comes_back_as_a_figure():
    go = pytest.importorskip("plotly.graph_objects")
    figure = value_back(go.Figure(go.Bar(x=["a"], y=[3])))
    assert figure.data[0].y == (3,)


def test_a_figure_that_is_too_large_is_a_line():
    go = pytest.importorskip("plotly.graph_objects")
    kept = value_back(go.Figure(go.Bar(x=["a long label " * 100] * 1000, y=[3] * 1000)))
    assert kept.text.startswith("A figure of 1,")


def test_a_sent_tool_result_has_what_was_sent_alone():
    result = ToolResult("c1", "{}", images=(Image(b"png"),), value=object(), page={"a": 1}, usage=Usage(1))
    message = value_back(Message("tool", (result, Text("more"))))
    assert message.parts[0] == result
    assert (message.parts[0].value, message.parts[0].page) == (None, None)


# --- other versions


def test_an_event_of_a_newer_version_is_a_note():
    assert decoded({"$": "PlanMade", "steps": [1]}) == RunNoted(
        "A step of a newer version is not shown (PlanMade)."
    )


def test_fields_that_are_unknown_are_dropped_and_missing_ones_are_as_usual():
    started = decoded({"$": "RunStarted", "run_id": "r1", "mood": "good", "others": {"b": "duckdb"}})
    assert started == RunStarted("r1", "", "", "", others={"b": "duckdb"})


def test_a_value_of_a_newer_version_says_so():
    assert repr(decoded_value({"$": "Map", "points": [1, 2]})) == "<Map, of a newer version>"
    assert decoded_value({"$": "Map", "points": [1, 2]}) == NewerValue("Map", {"points": (1, 2)})


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(EVENTS)),
    st.dictionaries(st.sampled_from(["step", "message", "result", "usage"]), _json),
)
def test_damaged_fields_never_fail(name, data):
    assert type(decoded({"$": name, **data})).__name__ == name
