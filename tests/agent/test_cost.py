"""What a query would take is told before it runs, and above a limit of its connection a person decides."""

import asyncio
import io
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.costs import above_limit, billed
from rasgo_nb.agent.events import QueryEstimated, ToolProgress
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.scripted import call
from rasgo_nb.agent.progress import ProgressTeller
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.connectors.amounts import bytes_text, estimate_text, progress_text, rows_text
from rasgo_nb.connectors.base import CostEstimate, Progress
from rasgo_nb.desk import Approved, Refused
from rasgo_nb.widgets import text

ALL = call("run_sql", sql="SELECT * FROM orders", save_as="all_orders")


def limit(session, **settings):
    session.config = replace(session.config, connections={"shop": ConnectionSettings(**settings)})


def test_what_a_query_would_read_is_told_before_it_runs(run):
    page = run([ALL])
    told = [event for event in page.events if isinstance(event, QueryEstimated)]
    assert [event.estimate.rows_read for event in told] == [4]
    assert '"estimate": "reads about 4 rows"' in page.read[0]


def test_above_the_limit_the_person_is_asked_each_time(run, shop):
    limit(shop, ask_above_rows=3)
    again = call("run_sql", sql="SELECT amount FROM orders")
    page = run([ALL, again], Approved(always=True, code=None), Approved(always=False, code=None))
    assert [event.effects.sentences for event in page.asked] == [
        ("reads about 4 rows, above the limit of 3 rows of shop",)
    ] * 2
    assert [approval.by for approval in page.decided] == ["you", "you"]
    assert not shop.policy.always


def test_a_query_that_the_person_refuses_does_not_run(run, shop):
    limit(shop, ask_above_rows=3)
    page = run([ALL], Refused("Too dear."))
    assert "Too dear." in page.read[0]
    assert "all_orders" not in shop.shell.user_ns


def test_what_the_person_makes_of_a_query_is_what_runs(run, shop):
    limit(shop, ask_above_rows=3)
    run([ALL], Approved(always=False, code="SELECT * FROM orders LIMIT 1"))
    assert len(shop.shell.user_ns["all_orders"]) == 1


def test_with_nobody_there_it_is_refused_with_how_to_raise_the_limit(alone, shop):
    limit(shop, ask_above_rows=3)
    page = alone(ALL)
    assert "%rasgo config connections.shop.ask_above_rows 4" in page.read[0]
    assert page.calls[0].result.is_error


def test_below_the_limit_nobody_is_asked(run, shop):
    limit(shop, ask_above_rows=4)
    assert run([ALL]).asked == []


@given(
    st.integers(0, 10**18),
    st.floats(0.001, 10**6),
    st.booleans(),
)
def test_bytes_are_asked_about_above_the_limit_alone(read, limit_gb, is_exact):
    settings = ConnectionSettings(ask_above_gb=limit_gb)
    above = above_limit(CostEstimate(bytes_read=read, is_exact=is_exact), settings, "prod")
    assert (above is not None) == (read > limit_gb * 10**9)


def test_a_limit_of_nothing_is_none():
    settings = ConnectionSettings(ask_above_gb=0, ask_above_rows=0)
    assert above_limit(CostEstimate(bytes_read=10**18, rows_read=10**12), settings, "prod") is None


def test_an_effect_above_the_limit_is_told_with_both_figures():
    above = above_limit(
        CostEstimate(bytes_read=3_200_000_000_000), ConnectionSettings(ask_above_gb=10), "prod"
    )
    assert above is not None
    assert above.says == "reads about 3.2 TB, above the limit of 10 GB of prod"


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (CostEstimate(bytes_read=3_200_000_000, is_exact=True), "will bill 3.2 GB"),
        (CostEstimate(bytes_read=0, is_exact=True), "will bill nothing"),
        (CostEstimate(bytes_read=3_200_000_000), "reads about 3.2 GB"),
        (CostEstimate(rows_read=12_000_000), "reads about 12 M rows"),
        (CostEstimate(bytes_read=1_500, rows_read=1), "reads about 1.5 kB, 1 row"),
        (CostEstimate(rows=7), "gives about 7 rows"),
        (CostEstimate(), ""),
    ],
)
def test_an_estimate_in_words(estimate, said):
    assert estimate_text(estimate) == said


@given(st.integers(0, 10**22))
def test_amounts_are_short_and_never_of_a_thousand(count):
    assert len(bytes_text(count).split()[0]) <= 6 or count >= 10**21
    assert len(rows_text(count)) < 30


def test_progress_in_words():
    assert progress_text(Progress("fetching", 12.6, 1_200_000)) == "running 12 s · 1.2 M rows so far"
    assert progress_text(Progress("waiting", 61)) == "waiting 1 min 01 s"
    assert progress_text(Progress("running", 7_800, share=0.5)) == "running 2 h 10 min · 50%"


def test_what_is_billed_is_summed_where_it_is_known():
    assert billed(CostEstimate(bytes_read=5)) is None
    used = (billed(CostEstimate(bytes_read=2_000_000_000, is_exact=True)) or Usage()) + Usage(
        bytes_billed=10**9
    )
    assert text.totals_text(2, used, 1.0) == "2 steps · 1.0 s · 3 GB billed"


def test_progress_reaches_the_loop_from_another_thread_and_ends_with_the_query():
    heard = []

    async def work():
        teller = ProgressTeller(1, "call", heard.append)
        with teller.open() as on_progress:
            thread = threading.Thread(target=tell, args=(on_progress,))
            thread.start()
            await asyncio.to_thread(thread.join)
            await asyncio.sleep(0)
        on_progress(Progress("fetching", 9.0, 9))
        await asyncio.sleep(0.05)

    def tell(on_progress):
        for rows in range(100):
            on_progress(Progress("fetching", 0.0, rows))
            time.sleep(0.01)

    asyncio.run(work())
    assert all(isinstance(event, ToolProgress) for event in heard)
    assert 1 <= len(heard) <= 12
    assert heard[-1].progress.rows < 100


def test_a_quick_query_tells_of_no_progress(run):
    assert not [event for event in run([ALL]).events if isinstance(event, ToolProgress)]


def test_a_terminal_writes_progress_over_itself():
    from rich.console import Console

    from rasgo_nb.agent.events import StepStarted, ToolCallStarted
    from rasgo_nb.agent.messages import ToolCall
    from rasgo_nb.widgets.terminal import TerminalView

    file = io.StringIO()
    view = TerminalView(Console(file=file, force_terminal=True))
    view(StepStarted(1))
    view(ToolCallStarted(1, ToolCall("c", "run_sql", {"sql": "SELECT 1"})))
    view(ToolProgress(1, "c", Progress("running", 3.0, 5)))
    assert file.getvalue().endswith("\r\x1b[2K     running 3 s · 5 rows so far")
    view(StepStarted(2))
    assert file.getvalue().endswith("\r\x1b[2K")
