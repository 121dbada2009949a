"""Several connections in one run, and a sign-in that lapses in the middle of one."""

import sqlite3

import pytest

from rasgo_nb.agent.events import RunFailed, ToolCallFinished
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.connectors.duckdb import DuckDBConnection
from rasgo_nb.connectors.duckdb_source import open_source
from rasgo_nb.connectors.tag import current_tag
from rasgo_nb.errors import ConnectionFailed, SignInFailed
from rasgo_nb.interrupt import run_sync
from rasgo_nb.promote import cells_of

DONE = say("", call("final_answer", text="Done."))
JOINED = """
SELECT region, count(*) AS orders FROM my_orders o JOIN my_regions r ON o.customer_id = r.customer GROUP BY 1
"""


@pytest.fixture
def two(shop, tmp_path):
    """The shop, in DuckDB, and the regions of its customers in SQLite."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as database:
        database.execute("CREATE TABLE regions (customer INTEGER, region TEXT)")
        database.execute("INSERT INTO regions VALUES (1, 'north'), (2, 'south')")
    shop.connect(f"sqlite:///{tmp_path / 'crm.sqlite'}", name="crm")
    return shop


def ask(session, *calls, connection="shop,crm", **options):
    """The run of one call a step, the pages that the model read, and the model."""
    model, events = ScriptedModel(*(say("", one) for one in calls), DONE), []
    run = run_sync(session.ask("Why?", model=model, connection=connection, view=events.append, **options))
    pages = [event.result.page for event in events if isinstance(event, ToolCallFinished)]
    return run, pages[: len(calls)], model


def test_a_question_that_needs_two_connections_joins_their_extracts(two):
    run, pages, model = ask(
        two,
        call("run_sql", sql="SELECT * FROM orders", save_as="my_orders"),
        call("run_sql", sql="SELECT * FROM regions", save_as="my_regions", connection="crm"),
        call("run_sql", sql=JOINED, save_as="by_region", connection="memory"),
    )
    assert [page.get("error") for page in pages] == [None, None, None]
    assert dict(run.dataframes["by_region"].values.tolist()) == {"north": 2, "south": 2}
    assert run.connection == "shop,crm"
    instructions = model.seen[0][0].text
    assert "shop (duckdb), crm (sqlite)" in instructions


def test_the_choice_of_a_connection_is_on_the_page_only_where_there_are_several(two):
    _, _, model = ask(two, connection="shop")
    assert not [page for page in model.tools if "connection" in page.parameters["properties"]]
    _, _, model = ask(two)
    named = [page.name for page in model.tools if "connection" in page.parameters["properties"]]
    assert named == ["get_table_detail", "profile_columns", "run_sql", "propose_memory"]


def test_a_connection_that_died_before_the_question_is_named_with_what_to_type(two, tmp_path):
    (tmp_path / "crm.sqlite").rename(tmp_path / "moved.sqlite")
    with pytest.raises(ConnectionFailed, match=r"^The tables of crm .*`%rasgo connect crm`\.$"):
        ask(two)
    (tmp_path / "moved.sqlite").rename(tmp_path / "crm.sqlite")
    assert ask(two)[0].answer == "Done."


def test_tables_of_all_connections_are_found_and_told_where_they_are(two):
    _, [page], _ = ask(two, call("search_tables", words="orders regions"))
    found = {item["table"].rpartition(".")[2]: item["connection"] for item in page["tables"]["items"]}
    assert found == {"orders": "shop", "customers": "shop", "regions": "crm"}


def test_a_wrong_connection_is_answered_with_the_nearest(two):
    _, [page], _ = ask(two, call("run_sql", sql="SELECT 1", connection="crn"))
    assert page["did_you_mean"] == ["crm"]


def test_a_table_of_another_connection_is_described_there(two):
    _, [page, wrong], _ = ask(
        two,
        call("get_table_detail", tables=["regions"], connection="crm"),
        call("get_table_detail", tables=["regions"]),
    )
    assert [column["name"] for column in page["tables"][0]["columns"]["items"]] == ["customer", "region"]
    assert "no table 'regions'" in wrong["error"]


def test_dataframes_and_tables_of_a_warehouse_in_one_statement_are_told_apart(two):
    _, [_, page], _ = ask(
        two,
        call("run_sql", sql="SELECT * FROM orders", save_as="mine"),
        call("run_sql", sql="SELECT * FROM mine JOIN regions ON true", connection="crm"),
    )
    assert "Select what is needed of regions into a DataFrame first" in page["error"]


def test_dataframes_alone_are_queried_in_duckdb_whatever_the_connection_is(two):
    _, [_, page], _ = ask(
        two,
        call("run_sql", sql="SELECT * FROM regions", save_as="mine"),
        call("run_sql", sql="SELECT count(*) FILTER (region = 'north') AS n FROM mine"),
        connection="crm",
    )
    assert page["preview"]["rows"] == [[1]]


def test_each_connection_has_its_own_policy(two, tmp_path):
    two.connect(tmp_path / "shop.duckdb", name="shop", read_only=False)
    write = call("run_sql", sql="CREATE TABLE made AS SELECT 1 AS n")
    _, [page], _ = ask(two, write)
    assert "denies" in page["error"]
    run_command(two, "config connections.shop.policy.write_warehouse allow")
    _, [page], _ = ask(two, write)
    assert "error" not in page
    _, [page], _ = ask(two, call("run_sql", sql="CREATE TABLE made AS SELECT 1 AS n", connection="crm"))
    assert "error" in page


def test_promoted_cells_open_each_connection_and_ask_it(two):
    two.shell.user_ns.clear()
    ask(
        two,
        call("run_sql", sql="SELECT * FROM orders", save_as="my_orders"),
        call("run_sql", sql="SELECT * FROM regions", save_as="my_regions", connection="crm"),
        call("run_sql", sql="SELECT * FROM my_orders, my_regions", save_as="both", connection="memory"),
    )
    cells = cells_of(two.runs.find().log, sources=two.connections.sources)
    code = "\n".join(cell["source"] for cell in cells)
    assert code.count("rasgo_nb.connect(") == 2
    for name in ("shop", "crm", "memory"):
        assert code.count(f'connection="{name}"') == 1


class Lapsing(DuckDBConnection):
    """A warehouse whose sign-in can lapse; it keeps the tags of its queries."""

    is_lapsed = False

    def __init__(self, source):
        super().__init__(open_source(source, read_only=True), name="lake", read_only=True)
        self.tags = []

    def run_query(self, statement, **options):
        self.tags.append(current_tag())
        if self.is_lapsed:
            raise SignInFailed("The sign-in has lapsed. Type `%rasgo connect lake`, then `%ask --continue`.")
        return super().run_query(statement, **options)


def test_a_sign_in_that_lapses_ends_the_run_with_its_line_and_the_run_goes_on_after_it(shop, tmp_path):
    lake = shop.connections.adopt(Lapsing(tmp_path / "shop.duckdb"))
    lake.is_lapsed = True
    query = call("run_sql", sql="SELECT count(*) AS n FROM orders")
    events = []
    with pytest.raises(SignInFailed, match="has lapsed"):
        run_sync(shop.ask("How many?", model=ScriptedModel(say("", query)), view=events.append))
    assert isinstance(events[-1], RunFailed)
    shop.connections.adopt(Lapsing(tmp_path / "shop.duckdb"))
    run = run_sync(shop.go_on(model=ScriptedModel(say("", query), DONE)))
    assert (run.status, run.connection, len(run.steps)) == ("answered", "lake", 3)
    assert run.dataframes["result"]["n"].tolist() == [4]


def test_every_query_of_a_step_bears_the_run_and_the_step(shop, tmp_path):
    lake = shop.connections.adopt(Lapsing(tmp_path / "shop.duckdb"))
    run, _, _ = ask(
        shop,
        call("get_table_detail", tables=["orders"]),
        call("run_sql", sql="SELECT * FROM orders"),
        connection="lake",
    )
    assert {(tag.run, tag.step) for tag in lake.tags} == {(run.id, 1), (run.id, 2)}
    assert current_tag().run == ""


@pytest.mark.parametrize(
    ("question", "connection"), [("How many regions are there?", "crm"), ("How many orders?", "shop")]
)
def test_the_offline_model_asks_the_connection_that_has_the_table(two, question, connection):
    events = []
    run_sync(two.ask(question, model="offline", connection="shop,crm", view=events.append))
    calls = [event.tool_call for event in events if isinstance(event, ToolCallFinished)]
    assert {one.arguments["connection"] for one in calls if one.name == "run_sql"} == {connection}
