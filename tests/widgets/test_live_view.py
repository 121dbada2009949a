"""A page and a run in a real kernel, over the widget's comm."""

import io

import pyarrow as pa
import pytest
from kernel_page import Kernel, Page

from rasgo_nb.widgets.live import WIDGET_MIME
from rasgo_nb.widgets.notebook import RUN_MIME

VIEW = {"sort": [], "filters": []}
GONE = "These rows are no longer kept. Run the cell again."
QUERY = "say('', call('run_sql', sql='SELECT c, n FROM df', save_as='sums'))"
CHART = "say('', call('show_chart', dataframe='sums', x='c', y='n', save_as='chart'))"
ANSWER = "say('', call('final_answer', text='It is **3**.', dataframes=['sums'], figures=['chart']))"
LOOP = "say('', call('run_python', code='for i in range(10**9): pass'))"


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


def asks(*lines):
    """A cell that asks a scripted model, as ``%%ask`` does."""
    return f"""
from rasgo_nb.front import desk_of, session_of, view_for
view = view_for(get_ipython(), quiet=False)
model = ScriptedModel({", ".join(lines)})
run = await session_of(get_ipython()).ask('How many?', model=model, view=view, desk=desk_of(view), fresh=True)
"""


@pytest.fixture
def page(kernel):
    """The page of a run that is over."""
    assert kernel.execute(asks(QUERY, CHART, ANSWER)) == ("ok", "")
    assert kernel.wait(lambda: kernel.page.status == "answered")
    return kernel.page


def test_a_page_that_said_hello_hears_the_whole_run_without_a_gap(page):
    assert page.gaps == 0
    assert [call["tool"] for step in page.run["steps"] for call in step["calls"]][:2] == [
        "run_sql",
        "show_chart",
    ]
    assert page.run["answer"]["text"] == "It is **3**."
    assert [body["kind"] for body in page.run["answer"]["bodies"]] == ["rows", "figure"]


def test_what_the_notebook_keeps_says_what_the_page_says(page):
    kept = [bundle[RUN_MIME] for bundle in page.bundles if RUN_MIME in bundle][-1]
    assert kept == page.run | {"live": False}


def test_rows_are_fetched_after_the_run(kernel, page):
    reply = kernel.asked("rows", rows="1.0", start=0, count=9, view=VIEW)
    assert reply["value"] == {"start": 0, "count": 2, "total": 2}
    table = pa.ipc.open_stream(io.BytesIO(reply["buffers"][0])).read_all()
    assert table.to_pydict() == {"0": ["a", "b"], "1": [1, 2]}


def test_a_chart_is_drawn_anew_and_bound_to_no_name(kernel, page):
    encoding = {"dataframe": "sums", "mark": "pie", "x": "c", "y": "n", "color": "", "title": ""}
    reply = kernel.asked("chart", figure="2.0", encoding=encoding)
    assert reply["value"]["spec"]["data"][0]["type"] == "pie"
    assert kernel.execute("assert chart.data[0].type == 'bar', chart") == ("ok", "")


def test_a_click_on_a_table_tells_of_it_with_its_first_rows(kernel, page):
    assert kernel.execute("rasgo_nb.connect('sample')") == ("ok", "")
    kernel.execute(asks("say('Sixteen.')"))
    table = kernel.asked("table", table="flights.airlines")["value"]
    assert [column["name"] for column in table["columns"]] == ["carrier", "name"]
    assert table["sample"]["first"][0] == ["9E", "Endeavor Air Inc."]
    said = kernel.asked("table", table="flights.airline")["error"]
    assert said == "There is no table 'flights.airline' in sample. Did you mean flights.airlines?"


def test_steps_are_promoted_to_cells_after_the_run(kernel, page):
    cells = kernel.asked("promote", steps=[1])["value"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    assert any("rasgo_nb.sql(" in source for source in code)


def test_an_edited_step_comes_as_a_cell_that_goes_on_from_there(kernel, page):
    call = page.run["steps"][0]["calls"][0]["id"]
    cell = kernel.asked("edit", step=1, call=call, code="SELECT 1 AS one")["value"]
    assert cell["source"].startswith("%%ask --from-step 1 --run")
    assert cell["source"].endswith("\nSELECT 1 AS one")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ({"name": "rows", "rows": "9.9", "start": 0, "count": 9, "view": VIEW}, GONE),
        ({"name": "rows", "rows": "1.0", "start": "x", "count": 9, "view": VIEW}, "Reload the page."),
        ({"name": "chart", "figure": "2.0", "encoding": {"x": "zzz"}}, "There is no column 'zzz'."),
        ({"name": "stop"}, "The run has ended."),
        ({"name": "approve", "call": "call_1_0", "always": False, "code": None}, "does not wait any more"),
        ({"name": "asset", "asset": "../secrets"}, "Reload the page."),
        ({"name": "dance"}, "does not know the request 'dance'"),
        ({"name": 3}, "does not know the request"),
    ],
)
def test_a_request_that_cannot_be_met_gets_one_line(kernel, page, ask, said):
    reply = kernel.asked(**ask)
    assert not reply["ok"]
    assert said in reply["error"]
    assert "\n" not in reply["error"]


def test_plotly_comes_from_the_installed_package(kernel, page):
    reply = kernel.asked("asset", asset="plotly")
    assert reply["value"] is None
    assert b"plotly.js" in reply["buffers"][0][:200]


def test_stop_ends_a_loop_of_generated_code(kernel):
    stopped = []

    def stop_once(page):
        if not stopped and page.run["steps"] and page.run["steps"][-1]["status"] == "running":
            stopped.append(page.ask("stop"))

    status, said = kernel.execute(asks(LOOP), meanwhile=stop_once)
    assert (status, said.startswith("Stopped")) == ("error", True)
    assert [reply["ok"] for reply in kernel.page.replies] == [True]
    assert kernel.page.run["status"] == "stopped"


def test_rows_come_while_generated_code_runs(kernel):
    asked = []

    def fetch_then_stop(page):
        if not asked and len(page.run["steps"]) > 1 and page.run["steps"][-1]["status"] == "running":
            asked.append(page.ask("rows", rows="1.0", start=0, count=1, view=VIEW))
        if len(page.replies) == len(asked) == 1:
            asked.append(page.ask("stop"))

    kernel.execute(asks(QUERY, LOOP), meanwhile=fetch_then_stop)
    assert kernel.page.replies[0]["value"] == {"start": 0, "count": 1, "total": 2}


def test_a_question_is_answered_on_the_page(kernel):
    ask = "say('', call('ask_user', question='Which?', choices=['a', 'b']))"
    told = []

    def answer_once(page):
        calls = page.run["steps"][-1]["calls"] if page.run["steps"] else []
        if not told and calls and page.has_read(calls[0]):
            told.append(calls[0]["question"])
            page.ask("answer", call=calls[0]["id"], text="b")

    assert kernel.execute(
        asks(ask, ANSWER.replace("['sums']", "[]").replace("['chart']", "[]")), meanwhile=answer_once
    ) == ("ok", "")
    assert told == [{"text": "Which?", "choices": ["a", "b"]}]
    assert kernel.page.run["steps"][0]["calls"][0]["body"] == {"kind": "reply", "text": "b"}


REBIND = "say('', call('run_python', code='df = 1'))"
DECISIONS = {
    "approve": ({"name": "approve", "always": False, "code": None}, "done", "approved"),
    "edit": ({"name": "approve", "always": False, "code": "df = 2"}, "done", "approved"),
    "refuse": ({"name": "refuse", "reason": "Not mine."}, "refused", "refused"),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_call_that_waits_is_decided_about_on_the_page(kernel, decision):
    ask, status, state = DECISIONS[decision]
    told = []

    def decide_twice(page):
        calls = page.run["steps"][-1]["calls"] if page.run["steps"] else []
        if not told and calls and page.has_read(calls[0]):
            told.append(calls[0]["approval"])
            page.ask(**ask, call=calls[0]["id"])
            page.ask(**ask, call=calls[0]["id"])

    assert kernel.execute("df = 0") == ("ok", "")
    assert kernel.execute(asks(REBIND, "say('Done.')"), meanwhile=decide_twice) == ("ok", "")
    assert kernel.wait(lambda: len(kernel.page.replies) == 2)
    call = kernel.page.run["steps"][0]["calls"][0]
    assert told[0]["effects"] == ["rebinds `df`"]
    assert (call["status"], call["approval"]["state"], call["approval"]["by"]) == (status, state, "you")
    assert call["approval"]["edited"] is (decision == "edit")
    assert [reply["ok"] for reply in kernel.page.replies] == [True, False]
    assert kernel.execute(f"assert df == {['refuse', 'approve', 'edit'].index(decision)}") == ("ok", "")


def test_of_ten_thousand_deltas_at_once_nothing_is_lost(kernel):
    deltas = """
from rasgo_nb.agent.models.base import ReplyEnd, TextFragment
class Chatty(ScriptedModel):
    async def stream_reply(self, messages, tools):
        for number in range(10_000):
            yield TextFragment(f'{number}🛫 ')
        yield ReplyEnd('end_turn')
"""
    code = deltas + asks().replace("ScriptedModel()", "Chatty()")
    assert kernel.execute(code) == ("ok", "")
    assert kernel.wait(lambda: kernel.page.status == "answered", seconds=60)
    assert kernel.page.gaps == 0
    assert kernel.page.run["steps"][0]["text"] == "".join(f"{number}🛫 " for number in range(10_000))


def test_a_page_is_told_at_most_thirty_times_a_second(kernel):
    chatty = """
import asyncio
from rasgo_nb.agent.models.base import ReplyEnd, TextFragment
class Steady(ScriptedModel):
    async def stream_reply(self, messages, tools):
        for number in range(400):
            await asyncio.sleep(0.005)
            yield TextFragment('x')
        yield ReplyEnd('end_turn')
"""
    kernel.execute(chatty + asks().replace("ScriptedModel()", "Steady()"))
    told = kernel.page.told_s
    assert len(told) <= 30 * max(1.0, told[-1] - told[0]) + 2
    assert kernel.page.run["steps"][0]["text"] == "x" * 400


def test_a_run_that_we_break_is_told_as_failed(kernel):
    status, said = kernel.execute(asks("lambda messages: 1 / 0"))
    assert (status, said) == ("error", "ZeroDivisionError: division by zero")
    assert kernel.wait(lambda: kernel.page.status == "failed")
    assert kernel.page.run["message"] == "ZeroDivisionError: division by zero"


def test_a_page_whose_comm_dies_stops_nothing(kernel):
    closed = []

    def close_once(page):
        if not closed:
            closed.append(True)
            kernel.send_comm(page.comm, {}, kind="comm_close")

    assert kernel.execute(asks(QUERY, CHART, ANSWER), meanwhile=close_once) == ("ok", "")
    kept = [bundle[RUN_MIME] for bundle in kernel.page.bundles if RUN_MIME in bundle][-1]
    assert kept["status"] == "answered"


def test_a_widget_that_the_person_closes_stops_nothing(kernel):
    closing = "say('', call('run_python', code='import ipywidgets; ipywidgets.Widget.close_all()'))"
    assert kernel.execute(asks(closing, QUERY, CHART, ANSWER)) == ("ok", "")
    kept = [bundle[RUN_MIME] for bundle in kernel.page.bundles if RUN_MIME in bundle][-1]
    assert kept["status"] == "answered"


@pytest.mark.parametrize(("page", "stays"), [("lab:1", True), ("widget:1", False)])
def test_the_widget_stays_in_the_output_only_where_a_saved_one_can_be_drawn(kernel, page, stays):
    kernel.execute(asks(QUERY, CHART, ANSWER), page=page)
    bundles = [bundle for bundle in kernel.page.bundles if RUN_MIME in bundle]
    assert WIDGET_MIME in bundles[0]
    assert (WIDGET_MIME in bundles[-1]) is stays


def test_without_any_page_the_widget_leaves_the_output_after_a_while(kernel):
    kernel.execute(asks(QUERY, CHART, ANSWER), page="")
    last = lambda: [bundle for bundle in kernel.page.bundles if RUN_MIME in bundle][-1]  # noqa: E731
    assert WIDGET_MIME in last()
    assert kernel.wait(lambda: WIDGET_MIME not in last())


def test_a_page_that_comes_late_is_told_of_the_run_as_it_ended(kernel, page):
    late = type(page)(kernel, "lab:late")
    late.comm, kernel.page = page.comm, late
    late.send(kind="hello")
    assert kernel.wait(lambda: late.run is not None and bool(late.bundles))
    assert late.run == page.run
    assert WIDGET_MIME in late.bundles[-1]


def test_two_pages_hear_the_same_run_and_each_its_own_replies(kernel):
    second = Page(kernel, "widget:2")
    kernel.others = [second]

    def join_once(page):
        if not second.comm:
            second.comm = page.comm
            second.send(kind="hello")

    assert kernel.execute(asks(QUERY, CHART, ANSWER), meanwhile=join_once) == ("ok", "")
    assert kernel.wait(lambda: second.status == kernel.page.status == "answered")
    kernel.asked("figure", figure="2.0")
    kernel.others = []
    assert (second.run, second.gaps, second.replies) == (kernel.page.run, 0, [])


def test_the_frames_of_the_last_runs_only_are_kept(kernel, page):
    for _ in range(3):
        kernel.execute(asks(QUERY, CHART, ANSWER))
    kernel.page = page
    assert kernel.asked("rows", rows="1.0", start=0, count=9, view=VIEW)["error"] == GONE


PROPOSES = "say('', call('propose_memory', text='The n of df are counts.', step=1))"


def test_what_is_kept_after_the_run_is_told_to_the_page_and_to_the_file(kernel):
    assert kernel.execute(asks(QUERY, PROPOSES, ANSWER)) == ("ok", "")
    assert kernel.wait(lambda: kernel.page.status == "answered")
    proposal = kernel.page.run["steps"][1]["calls"][0]["body"]["proposal"]
    bundles = len(kernel.page.bundles)
    said = kernel.asked("memory_keep", proposal=proposal["id"], text="In pieces.", scope="me")
    assert said["value"]["text"] == "In pieces."
    assert kernel.wait(lambda: len(kernel.page.bundles) > bundles)
    told = kernel.page.run["steps"][1]["calls"][0]["body"]["proposal"]
    saved = kernel.page.bundles[-1][RUN_MIME]["steps"][1]["calls"][0]["body"]["proposal"]
    assert told == saved
    assert (told["decided"], told["kept"]["id"]) == ("kept", said["value"]["id"])
    kernel.asked("memory_forget", memory=said["value"]["id"])
