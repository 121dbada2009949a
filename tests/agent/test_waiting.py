"""Calls that wait for the person: one after the other, stopped, and how long that takes."""

import asyncio
import json
import signal
import threading
import time

import duckdb
import pytest
from clicking import ALWAYS, WRITES, Page, python, settle

from rasgo_nb.agent.clock import Clock
from rasgo_nb.agent.events import (
    ApprovalGiven,
    ApprovalRequested,
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
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.desk import Approved, Desk, Refused, Replied
from rasgo_nb.errors import Stopped
from rasgo_nb.interrupt import run_sync
from rasgo_nb.person import PersonOfShell
from rasgo_nb.widgets.text import run_text

SELLS = "INSERT INTO sold VALUES (7)"


@pytest.fixture
def writable(shop, in_folder):
    with duckdb.connect(str(in_folder / "written.duckdb")) as database:
        database.execute("CREATE TABLE sold (n INTEGER)")
    shop.connect(in_folder / "written.duckdb", name="written", read_only=False)
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


def test_a_rule_for_reads_holds_on_every_connection(shop, run):
    settle(shop, read="deny")
    page = run([call("run_sql", sql="SELECT 1 AS one")])
    assert "Policy denies this call: it reads tables and files." in page.read[0]


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


def test_a_click_after_the_stop_does_nothing(shop, in_folder):
    page, model = Page(None), ScriptedModel(say("", python(WRITES)))
    with pytest.raises(Stopped):
        run_sync(shop.ask("Do it.", model=model, view=stop_when_asked(page), desk=page.desk))
    assert not page.desk.put(page.asked[0].tool_call.id, Approved())
    assert not (in_folder / "out.csv").exists()


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
