"""States and saved outputs are bounded, safe to hold anywhere, and never harmed by what values do."""

import base64
import json
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.agent.events import (
    Answer,
    Answered,
    RunStarted,
    StepFinished,
    StepStarted,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutput,
)
from rasgo_nb.agent.messages import Image, ToolCall, ToolResult, Usage
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.connectors.base import Column, QueryResult, TableDetail, TableName
from rasgo_nb.connectors.profile import ColumnProfile
from rasgo_nb.connectors.statement import laid_out
from rasgo_nb.figure import Encoding, draw
from rasgo_nb.namespace import Variable
from rasgo_nb.outputs import CellError, DisplayData, Stream
from rasgo_nb.widgets.changes import changes_between
from rasgo_nb.widgets.fitting import CALL_BYTES, PICTURE_BYTES, lean_size
from rasgo_nb.widgets.kept import Kept
from rasgo_nb.widgets.safe import block, line, plain_json, size, weight
from rasgo_nb.widgets.saved import SavedRun
from rasgo_nb.widgets.state import RunStates

STEP_BYTES = 200_000
PLOTLY = "application/vnd.plotly.v1+json"
FAT = "<td>&\u202e" * 20_000
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(90_000)).decode()


class Rude:
    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __repr__


class Endless:
    def __repr__(self):
        return "r" * 10_000_000


LONG = FAT[:2_000]
WIDE = pd.DataFrame([[LONG] * 400] * 25, columns=[f"{number}{LONG}" for number in range(400)])
TABLES = [
    TableDetail(
        TableName("", "s", f"t{number}"), tuple(Column(f"c{n}", LONG, comment=FAT) for n in range(400))
    )
    for number in range(60)
]
RESULTS = {
    "a wide frame of long texts": QueryResult(WIDE, 0.1),
    "many tables": TABLES,
    "one wide table": TABLES[:1],
    "profiles of long values": [
        ColumnProfile(FAT, FAT, 9, 1, min=FAT, max=FAT, top_values=((FAT, 3),) * 99) for _ in range(99)
    ],
    "very many variables": [Variable(f"name_{number}", FAT, FAT) for number in range(9_999)],
    "objects with rude texts": QueryResult(pd.DataFrame({"a": [Rude(), Endless()]}, dtype="object"), 0.1),
    "a million rows": QueryResult(pd.DataFrame({"n": range(1_000_000)}), 0.1),
}
OUTPUTS = {
    "a million lines": [Stream("stdout", "line of text\n" * 1_000_000)],
    "very many displays": [DisplayData({"text/plain": FAT})] * 5_000,
    "pictures": [DisplayData({"image/png": PNG})] * 30,
    "a figure of many points": [
        DisplayData({PLOTLY: {"data": [{"y": [0.123456] * 3_000_000}], "layout": {}}})
    ],
    "figures of some points": [DisplayData({PLOTLY: {"data": [{"y": [0.1] * 9_000}], "layout": {}}})] * 20,
    "a long traceback": [CellError(FAT, FAT, 1, FAT)],
    "a mime type of its own": [DisplayData({FAT: 1, "text/html": "<script>alert(1)</script>"})],
}


def run_of(value=None, outputs=(), calls=1, code=FAT, answer="Done.", text="Looking."):
    """The live state of a run of one step."""
    log = RunLog()
    log.add(RunStarted("r", "Why?", "scripted", "shop"))
    log.add(StepStarted(1))
    log.add(TextDelta(1, text))
    for number in range(calls):
        call = ToolCall(str(number), "run_sql", {"sql": code, "save_as": FAT})
        log.add(ToolCallStarted(1, call))
        for output in outputs:
            log.add(ToolOutput(1, call.id, output))
        log.add(
            ToolCallFinished(1, call, ToolResult(call.id, "{}", value=value, page={"dataframe": FAT}), 0.1)
        )
    log.add(StepFinished(1, Usage(), 0.2))
    log.add(Answered(Answer(answer, (FAT,)), Usage(), 0.3))
    return RunStates(log, Kept(), {}).run()


def check(run):
    """Within every bound, and of nothing but plain text and numbers."""
    for call in run["steps"][0]["calls"]:
        assert lean_size(call) <= CALL_BYTES
        assert size(call) <= CALL_BYTES + PICTURE_BYTES
    saved, html = SavedRun().of(run)
    rest = size(saved | {"steps": []}) + len(html.encode()) - step_html_size(saved, html)
    assert size(saved["steps"]) + step_html_size(saved, html) <= STEP_BYTES
    assert rest <= STEP_BYTES
    for text in (json.dumps(run, allow_nan=False), json.dumps(saved, allow_nan=False), html):
        text.encode("utf-8")
    assert not re.search(r"<(script|iframe|object|svg)|<[^>]* on\w+=", html)


def step_html_size(saved, html):
    return max(html.rfind("</details></details>"), html.rfind("</div></details>"), 0)


@pytest.mark.parametrize("value", RESULTS.values(), ids=RESULTS)
def test_whatever_a_result_holds_its_card_is_bounded(value):
    check(run_of(value))


@pytest.mark.parametrize("outputs", OUTPUTS.values(), ids=OUTPUTS)
def test_whatever_code_shows_its_card_is_bounded(outputs):
    check(run_of(outputs=outputs))


@pytest.mark.parametrize("calls", [2, 20, 120])
def test_many_calls_in_a_step_share_its_bound(calls):
    check(run_of(RESULTS["one wide table"], OUTPUTS["pictures"][:2], calls=calls))


def test_an_endless_text_and_answer_are_bounded():
    check(run_of(text=FAT, answer=FAT))


def test_code_up_to_a_page_is_kept_whole_for_an_edit():
    code = "x = 1\n" * 2_000
    assert run_of(code=code)["steps"][0]["calls"][0]["code"]["text"] == code.strip()


def test_a_small_figure_is_sent_with_the_state_and_a_large_one_is_told_of():
    small, large = (
        [DisplayData({PLOTLY: {"data": [{"y": [0.5] * many}], "layout": {}}})] for many in (9, 99_999)
    )
    figures = [run_of(outputs=one)["steps"][0]["calls"][0]["outputs"][0]["figure"] for one in (small, large)]
    assert figures[0]["spec"]["data"] == [{"y": [0.5] * 9}]
    assert (figures[1]["spec"], figures[1]["note"]) == (None, "A figure of 0.8 MB.")


def test_the_picture_that_a_model_was_shown_of_a_chart_is_kept_for_files():
    log = RunLog()
    log.add(RunStarted("r", "Why?", "scripted", "shop"))
    log.add(StepStarted(1))
    call = ToolCall("1", "show_chart", {"dataframe": "df", "x": "c", "y": "n"})
    log.add(ToolCallStarted(1, call))
    figure = draw(pd.DataFrame({"c": ["a"], "n": [1]}), Encoding(x="c", y="n"))[0]
    page = {"figure": "chart", "mark": "bar"}
    log.add(
        ToolCallFinished(1, call, ToolResult("1", "", images=(Image(b"PNG"),), value=figure, page=page), 0.1)
    )
    run = RunStates(log, Kept(), {}).run()
    assert run["steps"][0]["calls"][0]["body"]["figure"]["image"] == base64.b64encode(b"PNG").decode()
    assert "data:image/png;base64,UE5H" in SavedRun().of(run)[1]


@given(st.recursive(st.none() | st.floats() | st.text() | st.binary(), st.lists, max_leaves=20))
def test_any_value_becomes_json_that_every_reader_takes(value):
    json.dumps(plain_json(value), allow_nan=False).encode("utf-8")


@given(st.text(), st.integers(1, 50))
def test_a_text_on_one_line_is_short_and_can_be_encoded(text, most):
    cut = line(text, most)
    assert len(cut) <= most
    assert "\n" not in cut
    cut.encode("utf-8")


@given(st.text(), st.integers(1, 50))
def test_a_longer_text_only_ever_grows_what_is_shown_of_it(text, most):
    for end in range(len(text)):
        assert block(text, most).startswith(block(text[:end], most))


@given(st.lists(st.text(), max_size=8))
@settings(max_examples=50)
def test_any_deltas_join_to_the_text_that_a_page_shows(deltas):
    log = RunLog()
    log.add(RunStarted("r", "Why?", "scripted", "shop"))
    log.add(StepStarted(1))
    states = RunStates(log, Kept(), {})
    told, shown = states.run(), ""
    for delta in deltas:
        log.add(TextDelta(1, delta))
        now = states.run()
        for change in changes_between(told, now):
            assert (change["op"], change["at"]) == ("text", len(shown.encode("utf-16-le")) // 2)
            shown += change["text"]
        told = now
    assert shown == told["steps"][0]["text"]


@given(
    st.recursive(
        st.text() | st.integers(), lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(), one)
    )
)
def test_the_weight_of_a_value_is_about_its_size(value):
    assert weight(value, 10**6) <= 12 * size(plain_json(value)) + 12


def test_sql_is_laid_out_with_its_comments_and_left_alone_where_it_does_not_parse():
    laid = laid_out("select a, b from t where a > 1 -- only some", "duckdb")
    assert laid.splitlines()[0] == "SELECT"
    assert "only some" in laid
    assert laid_out("SELEC T (", "duckdb") == "SELEC T ("


@given(st.text())
def test_laying_out_never_fails(text):
    assert isinstance(laid_out(text, "duckdb"), str)
