"""Calls that would do more than read and compute: who is asked, what is decided, what the model reads."""

import asyncio
import json
import signal
import threading
import time
from dataclasses import replace

import duckdb
import pytest

from rasgo_nb.agent.clock import Clock
from rasgo_nb.agent.events import (
    Approval,
    ApprovalGiven,
    ApprovalRequested,
    RunLog,
    StepStarted,
    ToolCallStarted,
)
from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import ToolCall
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.specialist import Specialist
from rasgo_nb.agent.toolbox import Toolbox
from rasgo_nb.agent.tools import ALL_WITH_SPECIALIST
from rasgo_nb.agent.tools.base import ToolContext
from rasgo_nb.catalog.search import Catalog
from rasgo_nb.desk import Approved, Desk, Refused, Replied
from rasgo_nb.errors import LimitReached, Stopped
from rasgo_nb.interrupt import run_sync
from rasgo_nb.person import PersonOfShell
from rasgo_nb.policy import Policy
from rasgo_nb.widgets.text import run_text

ALWAYS = "you, always in this notebook"
WRITES = "open('out.csv', 'w').close()"


class Page:
    """The view of a run, with somebody before it who clicks when a call waits; None is no click."""

    def __init__(self, *clicks):
        self.desk = Desk()
        self.desk.said_hello()
        self.clicks = list(clicks)
        self.log = RunLog()
        self.events = []

    def __call__(self, event):
        self.log.add(event)
        self.events.append(event)
        if isinstance(event, ApprovalRequested):
            click = self.clicks.pop(0) if self.clicks else Refused("This was not expected to be asked.")
            threading.Thread(target=self.click, args=(event.tool_call.id, click)).start()

    def click(self, tool_call_id, click):
        for _ in range(2_000):
            if click is None or self.desk.put(tool_call_id, click):
                return
            time.sleep(0.005)

    @property
    def asked(self):
        return [event for event in self.events if isinstance(event, ApprovalRequested)]

    @property
    def decided(self):
        return [event.approval for event in self.events if isinstance(event, ApprovalGiven)]

    @property
    def calls(self):
        return [one for step in self.log.steps for one in step.calls]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(shop):
    """Have a model make these calls, one a step, with somebody who clicks so: ``run(calls, *clicks)``."""

    def run(calls, *clicks, page=None, **options):
        page = page or Page(*clicks)
        model = ScriptedModel(*(say("", one) for one in calls), say("Done."))
        run_sync(shop.ask("Do it.", model=model, view=page, desk=page.desk, **options))
        page.read = [message.tool_results[-1].content for message in model.seen[-1] if message.tool_results]
        return page

    return run


@pytest.fixture
def alone(shop):
    """The same, with nobody there."""

    def alone(*calls):
        page, model = Page(), ScriptedModel(*(say("", one) for one in calls), say("Done."))
        run_sync(shop.ask("Do it.", model=model, view=page))
        page.read = [message.tool_results[-1].content for message in model.seen[-1] if message.tool_results]
        return page

    return alone


def python(code):
    return call("run_python", code=code)


def settle(session, **rules):
    session.config = replace(session.config, policy=Policy(rules))


# --- a person decides


def test_what_only_computes_is_not_asked(run):
    page = run([python("x = sum(range(10))\nx")])
    assert (page.asked, page.calls[0].effects) == ([], None)


def test_an_approved_call_runs(run, tmp_path):
    page = run([python(WRITES)], Approved())
    assert (tmp_path / "out.csv").exists()
    assert page.decided == [Approval(True, "you")]
    assert "approved by you: writes the file 'out.csv'" in run_text(page.log)


def test_a_refused_call_does_not_run_and_the_model_reads_why(run, tmp_path):
    page = run([python(WRITES)], Refused("Write nothing, show it."))
    assert not (tmp_path / "out.csv").exists()
    assert "The person refused this call: Write nothing, show it." in page.read[0]
    assert page.calls[0].approval == Approval(False, "you", "Write nothing, show it.")


def test_an_edited_call_runs_as_edited_and_the_model_is_told(run, shell):
    shell.user_ns["df"] = 0
    page = run([python("df = 1")], Approved(code="other = 2"))
    assert (shell.user_ns["df"], shell.user_ns["other"]) == (0, 2)
    assert "The person changed your code" in page.read[0]
    assert json.loads(page.read[0])["run_instead"] == "other = 2"
    assert page.calls[0].approval == Approval(True, "you", code="other = 2")
    assert "other = 2" in run_text(page.log)


def test_an_edit_that_changes_nothing_is_none(run):
    page = run([python(WRITES)], Approved(code=WRITES))
    assert page.decided == [Approval(True, "you")]
    assert "run_instead" not in page.read[0]


def test_an_edit_that_leaves_nothing_is_a_refusal(run):
    page = run([python(WRITES)], Approved(code=" \n"))
    assert page.decided == [Approval(False, "you", "nothing is left of its code.")]


def test_an_edited_call_that_fails_tells_what_ran(run):
    page = run([python(WRITES)], Approved(code="1 / 0"))
    assert "ZeroDivisionError" in page.read[0]
    assert "1 / 0" in page.read[0]


def test_an_edit_may_do_what_the_call_may_not_but_nothing_that_is_denied(shop, run, shell):
    settle(shop, network="deny")
    page = run([python(WRITES)], Approved(code="import requests\nrequests.get('http://127.0.0.1:9')"))
    assert [one.by for one in page.decided] == ["policy"]
    assert "`%rasgo policy network ask`" in page.read[0]


def test_a_rebound_variable_stays_so_where_it_was_approved(run, shell):
    shell.user_ns["df"] = "mine"
    page = run([python("df = 'new'"), python("df = df + 'er'")], Approved())
    assert shell.user_ns["df"] == "newer"
    assert len(page.asked) == 1  # then the name is the run's own


def test_a_variable_that_nobody_foresaw_to_be_rebound_is_put_back(run, shell):
    shell.user_ns["df"] = "mine"
    shell.user_ns["other"] = "mine too"
    hidden = "get_ipython().user_ns['oth' + 'er'] = 1"
    run([python(f"df = 1\n{hidden}")], Approved())
    assert (shell.user_ns["df"], shell.user_ns["other"]) == (1, "mine too")


# --- always, and never


def test_what_was_always_approved_is_asked_no_more_until_it_is_revoked(shop, run):
    calls = [python(WRITES), python(WRITES.replace("out", "in"))]
    assert [one.by for one in run(calls, Approved(always=True)).decided] == [ALWAYS, ALWAYS]
    assert shop.policy.always == {"write_file"}
    assert [one.by for one in run([python(WRITES)]).decided] == [ALWAYS]
    shop.policy.revoke("write_file")
    assert [one.by for one in run([python(WRITES)], Approved()).decided] == ["you"]


def test_always_holds_for_such_effects_and_no_others(run):
    page = run([python(WRITES), python("exec('x = 1')")], Approved(always=True), Refused())
    assert [one.by for one in page.decided] == [ALWAYS, "you"]


def test_what_cannot_be_judged_is_asked_each_time(shop, run):
    page = run(
        [python("exec('x = 1')"), python("exec('y = 1')")], Approved(always=True), Approved(always=True)
    )
    assert page.decided == [Approval(True, "you"), Approval(True, "you")]
    assert shop.policy.always == set()


def test_what_policy_denies_is_not_asked(shop, run, tmp_path):
    settle(shop, write_file="deny")
    shop.policy.always.add("write_file")
    page = run([python(WRITES)])
    assert "Policy denies this call: it writes the file 'out.csv'." in page.read[0]
    assert "`%rasgo policy write_file ask`" in page.read[0]
    assert [(one.approved, one.by) for one in page.decided] == [(False, "policy")]
    assert not (tmp_path / "out.csv").exists()


def test_what_policy_allows_is_not_asked_and_rebinding_stays(shop, run, shell):
    settle(shop, rebind="allow", write_file="allow")
    shell.user_ns["df"] = "mine"
    page = run([python(f"df = 1\n{WRITES}")])
    assert (shell.user_ns["df"], page.decided) == (1, [])


# --- again and again


def test_another_attempt_after_a_refusal_is_asked_about(run):
    page = run([python(WRITES), python(WRITES + "\n")], Refused("No."), Refused("No!"))
    assert [one.reason for one in page.decided] == ["No.", "No!"]


def test_the_same_call_is_refused_again_without_asking_and_then_ends_the_run(run):
    page = Page(Refused("No."))
    with pytest.raises(LimitReached, match="round in circles"):
        run([python(WRITES)] * 4, page=page)
    assert page.decided == [Approval(False, "you", "No.")] * 3
    assert page.clicks == []


# --- nobody there


def test_where_nobody_is_there_rebinding_is_put_back(alone, shell):
    shell.user_ns["df"] = "mine"
    page = alone(python("df = 1\ntwice = df * 2"))
    assert (shell.user_ns["df"], shell.user_ns["twice"]) == ("mine", 2)
    assert [(one.approved, one.by) for one in page.decided] == [(True, "policy")]
    assert '"put_back"' in page.read[0]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (WRITES, "`%rasgo policy write_file allow`"),
        (f"df = 1\n{WRITES}", "`%rasgo policy write_file allow`"),
        ("exec('x = 1')", "so that what it does can be judged"),
    ],
)
def test_where_nobody_is_there_nothing_else_is_done(alone, shell, tmp_path, code, told):
    shell.user_ns["df"] = "mine"
    page = alone(python(code))
    assert "Nobody could be asked to approve this call" in page.read[0]
    assert told in page.read[0]
    assert [(one.approved, one.by) for one in page.decided] == [(False, "policy")]
    assert shell.user_ns["df"] == "mine"
    assert not (tmp_path / "out.csv").exists()


# --- SQL


@pytest.fixture
def writable(shop, tmp_path):
    with duckdb.connect(str(tmp_path / "written.duckdb")) as database:
        database.execute("CREATE TABLE sold (n INTEGER)")
    shop.connect(tmp_path / "written.duckdb", name="written", read_only=False)
    settle(shop, write_warehouse="ask")
    return shop.connection()


def insert(number):
    return call("run_sql", sql=f"INSERT INTO sold VALUES ({number})")


def test_statements_of_one_step_are_asked_about_one_after_the_other(shop, writable):
    page = Page(Approved(), Refused("Not two."), Approved(code="INSERT INTO sold VALUES (33)"))
    model = ScriptedModel(say("", insert(1), insert(2), insert(3)), say("Done."))
    run_sync(shop.ask("Sell.", model=model, view=page, desk=page.desk))
    order = [type(event) for event in page.events if isinstance(event, ApprovalRequested | ApprovalGiven)]
    assert order == [ApprovalRequested, ApprovalGiven] * 3
    assert writable.run_query("SELECT n FROM sold ORDER BY n").frame["n"].tolist() == [1, 33]


def test_always_holds_for_the_other_calls_of_the_step(shop, writable):
    page = Page(Approved(always=True))
    model = ScriptedModel(say("", insert(1), insert(2), insert(3)), say("Done."))
    run_sync(shop.ask("Sell.", model=model, view=page, desk=page.desk))
    assert [one.by for one in page.decided] == [ALWAYS] * 3


def test_a_writing_statement_is_denied_unless_settings_say_else(shop, writable, run):
    settle(shop)
    page = run([insert(1)])
    assert "`%rasgo policy write_warehouse ask`" in page.read[0]


def test_a_read_only_connection_refuses_by_itself(run):
    page = run([call("run_sql", sql="DELETE FROM orders")])
    assert (page.asked, page.calls[0].result.is_error) == ([], True)


def written_by(specialist, shop, page):
    """Have a specialist's SQL run, with somebody who clicks so; what the model reads of it."""
    person = PersonOfShell(shop.shell, Clock(), page.desk)
    connection = shop.connection()
    context = ToolContext(
        connection=connection,
        catalog=Catalog(connection.describe_tables()),
        user_ns=shop.shell.user_ns,
        run_code=None,
        person=person,
        policy=shop.policy,
        specialist=Specialist(specialist),
    )
    wanted = ToolCall("1", "write_sql", {"question": "Sell seven.", "tables": ["sold"]})

    async def work():
        page.desk.open()
        batch = Toolbox(ALL_WITH_SPECIALIST, context, Interface()).batch(1, [wanted], page)
        await batch.run()
        return json.loads(batch.results()[0].content)

    page(StepStarted(1))
    return run_sync(work())


SELLS = "INSERT INTO sold VALUES (7)"


def test_sql_that_a_tool_had_written_is_asked_about_too(shop, writable):
    page = Page(Approved(code=SELLS.replace("7", "8")))
    read = written_by(ScriptedModel(say(SELLS)), shop, page)
    assert page.asked[0].tool_call.arguments["sql"] == SELLS
    assert writable.run_query("SELECT n FROM sold").frame["n"].tolist() == [8]
    assert (read["sql"], read["run_instead"]) == (SELLS.replace("7", "8"),) * 2


def test_sql_that_was_refused_is_not_mended(shop, writable):
    page, specialist = Page(Refused("Not today.")), ScriptedModel(say(SELLS))
    read = written_by(specialist, shop, page)
    assert read["error"] == "The person refused this call: Not today."
    assert len(specialist.seen) == 1


def test_mended_sql_is_asked_about_anew(shop, writable):
    page = Page(Approved(), Approved())
    read = written_by(ScriptedModel(say("INSERT INTO sodl VALUES (7)"), say(SELLS)), shop, page)
    assert [one.tool_call.arguments["sql"] for one in page.asked] == ["INSERT INTO sodl VALUES (7)", SELLS]
    assert read["sql"] == SELLS


# --- waiting


def stop_when_asked(page):
    """Press the notebook's stop button once a call waits."""

    def view(event):
        page(event)
        if isinstance(event, ApprovalRequested):
            main = threading.main_thread().ident
            threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT)).start()

    return view


@pytest.mark.parametrize("calls", [[python(WRITES)], [insert(1), insert(2)]])
def test_a_run_stopped_while_a_call_waits_can_be_gone_on_with(shop, writable, calls):
    page = Page(None)
    model = ScriptedModel(say("", *calls), say("Never mind."))
    with pytest.raises(Stopped):
        run_sync(shop.ask("Do it.", model=model, view=stop_when_asked(page), desk=page.desk))
    assert [len(page.asked), page.decided, page.calls[0].waits_for_approval] == [1, [], False]
    assert "not decided: " in run_text(page.log)
    run = run_sync(shop.go_on())
    assert run.status == "answered"
    results = [result for message in run.transcript for result in message.tool_results]
    assert [result.is_error for result in results] == [True] * len(calls)


def test_a_click_after_the_stop_does_nothing(shop, tmp_path):
    page, model = Page(None), ScriptedModel(say("", python(WRITES)))
    with pytest.raises(Stopped):
        run_sync(shop.ask("Do it.", model=model, view=stop_when_asked(page), desk=page.desk))
    assert not page.desk.put(page.asked[0].tool_call.id, Approved())
    assert not (tmp_path / "out.csv").exists()


def test_a_reply_is_no_approval(shop, run):
    page, model = Page(Replied("yes")), ScriptedModel(say("", python(WRITES)))
    with pytest.raises(Stopped):
        run_sync(shop.ask("Do it.", model=model, view=stop_when_asked(page), desk=page.desk))
    assert page.decided == []


def test_the_clock_of_the_run_stands_still_while_the_person_thinks(shop):
    async def work():
        clock, desk = Clock(), Desk()
        desk.said_hello()
        desk.open()
        person = PersonOfShell(shop.shell, clock, desk)
        asking = asyncio.ensure_future(person.reply("1", "Net?", []))
        await asyncio.sleep(0)
        before = clock.elapsed_s()
        await asyncio.sleep(0.05)
        assert clock.elapsed_s() == before
        desk.put("1", Replied("net"))
        return await asking, clock.elapsed_s() > before

    assert run_sync(work()) == ("net", True)


def test_the_time_of_a_call_is_without_that_of_the_person(run):
    class Slow(Page):
        def click(self, tool_call_id, click):
            time.sleep(0.5)
            super().click(tool_call_id, click)

    began = time.monotonic()
    page = run([python(WRITES)], page=Slow(Approved()))
    taken = page.calls[0].elapsed_s + 0.5
    assert taken <= time.monotonic() - began


def test_a_clock_stands_still_for_several_that_wait_and_holds_the_timeout():
    async def work():
        clock = Clock()
        async with asyncio.timeout(0.2) as timeout:
            clock.timeout = timeout
            with clock.paused():
                before = clock.elapsed_s()
                with clock.paused():
                    await asyncio.sleep(0.3)
                await asyncio.sleep(0)
                return timeout.expired(), clock.elapsed_s() == before

    assert asyncio.run(work()) == (False, True)


def test_a_timeout_goes_on_after_the_wait():
    async def work():
        clock = Clock()
        async with asyncio.timeout(0.05) as timeout:
            clock.timeout = timeout
            with clock.paused():
                await asyncio.sleep(0.1)
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(work())


# --- questions of the model


def test_a_question_is_replied_to_on_the_page(shop):
    page = Page()
    asking = ScriptedModel(say("", call("ask_user", question="Net?", choices=["net", "gross"])), say("Done."))

    def view(event):
        page(event)
        if isinstance(event, ToolCallStarted):
            threading.Thread(target=page.click, args=(event.tool_call.id, Replied(" net\n"))).start()

    run_sync(shop.ask("How much?", model=asking, view=view, desk=page.desk))
    assert page.calls[0].result.value == "net"


def test_a_question_to_nobody_says_so(alone):
    assert "Nobody replied" in alone(call("ask_user", question="Net?")).read[0]
