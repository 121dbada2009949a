"""What a run recalls of earlier work, proposes to keep, and leaves to later questions."""

import duckdb
import pytest

from rasgo_nb.agent.events import MemoriesRecalled, MemoryDecided, RunStarted
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import data_path
from rasgo_nb.interrupt import run_sync
from rasgo_nb.memory.memory import Proposal

FACT = "An order counts as large from 20 euro on."
QUESTION = "How many large orders are there?"
COUNT = "SELECT count(*) AS n FROM orders WHERE amount >= 20"


def answering(sql=COUNT):
    return ScriptedModel(
        say("", call("run_sql", sql=sql, save_as="large")),
        say("", call("final_answer", text="One.", steps=[1], dataframes=["large"])),
    )


def proposing():
    return ScriptedModel(
        say("", call("get_table_detail", tables=["orders"])),
        say("", call("propose_memory", text=FACT, step=1, tables=["orders"], columns=["orders.amount"])),
        say("", call("final_answer", text="Done.", steps=[1])),
    )


@pytest.fixture
def proposed(ask, shop):
    """A run that proposed a memory: the proposal, and the events of the run."""
    run, events = ask(proposing())
    values = [one.result.value for step in run.steps for one in step.calls if one.result]
    return next(one for one in values if isinstance(one, Proposal)), events


def written():
    folder = data_path() / "memory"
    return sorted(path.name for path in folder.rglob("*.md")) if folder.is_dir() else []


def test_nothing_that_a_model_proposes_is_kept_without_a_yes(proposed, shop):
    assert written() == []
    shop.memory_desk.drop(proposed[0].id)
    assert written() == []


def test_what_was_kept_is_recalled_and_told_beside_the_next_question(proposed, shop, ask):
    shop.memory_desk.keep(proposed[0].id, FACT, "connection")
    model = answering()
    _, events = ask(model, QUESTION)
    assert [type(event) for event in events[:2]] == [RunStarted, MemoriesRecalled]
    [recalled] = events[1].recalled
    assert (recalled.memory.text, recalled.flags) == (FACT, ())
    question, beside = model.seen[0][-1].parts
    assert question.text == QUESTION  # the person's words stay untouched
    assert FACT in beside.text
    assert len(beside.text.encode()) <= 2_100


def test_a_question_about_something_else_recalls_nothing(proposed, shop, ask):
    shop.memory_desk.keep(proposed[0].id, FACT, "connection")
    _, events = ask(answering("SELECT 1 AS n"), "Which weekday was yesterday?")
    assert not [event for event in events if isinstance(event, MemoriesRecalled)]


def test_a_memory_whose_column_is_gone_is_told_with_its_flag(proposed, shop, ask):
    shop.memory_desk.keep(proposed[0].id, FACT, "connection")
    path = shop.connections.sources[shop.current]
    shop.connections.disconnect(shop.current)
    with duckdb.connect(str(path)) as database:
        database.execute("ALTER TABLE orders RENAME amount TO amount_eur")
    shop.connect(path)
    model = answering("SELECT 1 AS n")
    _, events = ask(model, QUESTION)
    [recalled] = events[1].recalled
    assert "amount is gone" in recalled.flags[0]
    assert "FLAG: " in model.seen[0][-1].parts[1].text


def test_what_is_decided_after_the_run_reaches_its_view(proposed, shop):
    proposal, events = proposed
    kept = shop.memory_desk.keep(proposal.id, FACT, "me")
    shop.memory_desk.tell(proposal.id, kept)
    assert events[-1] == MemoryDecided(proposal.id, kept)


def test_a_note_whose_cell_is_run_again_is_kept_once(shop):
    for line in ("orders.amount In euro.", "orders.amount  In euro.", "orders.id In euro."):
        run_command(shop, f"catalog note {line}")
    assert [one.memory.columns[0].rpartition(".")[2] for one in shop.memory_desk.listed()] == ["id", "amount"]


def test_forgetting_by_a_command_reaches_the_run_that_used_the_memory(proposed, shop, ask):
    kept = shop.memory_desk.keep(proposed[0].id, FACT, "connection")
    _, events = ask(answering(), QUESTION)
    run_command(shop, f"memory forget {kept.id}")
    assert events[-1] == MemoryDecided(kept.id, None)
    run_command(shop, f"memory restore {kept.id}")
    assert events[-1] == MemoryDecided(kept.id, kept)
    assert MemoryDecided(proposed[0].id, None) in proposed[1]


def test_a_verified_answer_is_the_offline_models_starting_point(shop, ask):
    _, events = ask(answering(), QUESTION)
    log = RunLog()
    for event in events:
        log.add(event)
    kept = shop.memory_desk.verify(log, QUESTION, "connection")
    again, _ = ask("offline", "How many large orders do we have?")
    assert kept.sql == COUNT
    assert again.result.iloc[0, 0] == 1
    assert "verified query" in again.assumptions[0]


def test_the_offline_model_says_which_memory_it_could_not_use(proposed, shop):
    shop.memory_desk.keep(proposed[0].id, FACT, "connection")
    run = run_sync(shop.ask("How many orders are there?", model="offline"))
    assert any("Not used" in one and "large" in one for one in run.assumptions)


def test_an_answer_is_a_past_query_of_its_tables_without_its_values(shop, ask):
    ask(answering(), QUESTION)
    [past] = catalog_of(shop.connection()).store.facts(source="runs", kinds=["query"])
    assert (past.text, [one.table for one in past.tables]) == (QUESTION, ["orders"])
    assert "20" not in past.sql
    assert not past.is_verified


def test_a_run_without_an_answer_teaches_nothing(shop, ask):
    model = ScriptedModel(say("", call("run_sql", sql=COUNT)), say("I give up."))
    ask(model, QUESTION)
    [*found] = catalog_of(shop.connection()).store.facts(source="runs")
    assert found == []


def test_no_past_query_is_kept_where_settings_say_so(shop, ask):
    shop.set_typed(shop.current, history="none")
    ask(answering(), QUESTION)
    assert catalog_of(shop.connection()).store.facts(source="runs") == []
