"""What a model gets of a query that fails, or would: enough to mend it at once."""

import json

import pytest
from postgres_server import WITH_PASSWORD

from rasgo_nb.agent.events import StepFinished
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.errors import SignInFailed
from rasgo_nb.interrupt import run_sync

DONE = say("Done.")


@pytest.fixture
def page(ask):
    """The page of a statement: ``page(sql)``; with ``before``, after the others have run."""

    def page(sql, *before):
        model = ScriptedModel(*(say("", call("run_sql", sql=one)) for one in (*before, sql)), DONE)
        ask(model)
        return json.loads(model.seen[-1][-1].tool_results[-1].content)

    return page


def test_a_wrong_column_is_told_before_the_query_is_sent(page):
    told = page("SELECT id,\n  o.amuont\nFROM orders AS o")
    assert (told["line"], told["column"], told["kind"], told["sent"]) == (2, 5, "missing_object", False)
    assert told["at"] == "  o.amuont\n    ^"
    assert told["did_you_mean"] == [{"wrong": "amuont", "nearest": ["amount"]}]
    assert told["tables"] == {"main.orders": ["id", "customer_id", "amount", "ordered"]}


def test_a_wrong_table_is_told_with_the_nearest(page):
    told = page("SELECT * FROM dim_customer")
    assert told["did_you_mean"] == [{"wrong": "dim_customer", "nearest": ["main.customers"]}]


def test_a_column_of_the_other_table_is_offered_with_it(page):
    told = page("SELECT o.country FROM orders AS o JOIN customers AS c ON o.customer_id = c.id")
    assert told["did_you_mean"][0]["nearest"][0] == "customers.country"


def test_all_problems_of_a_query_are_told_at_once(page):
    told = page("SELECT o.amuont, c.nmae FROM orders AS o JOIN customers AS c ON o.customer_id = c.id")
    assert [miss["nearest"][0] for miss in told["did_you_mean"]] == ["amount", "name"]
    assert len(told["more_problems"]) == 1


def test_what_the_database_alone_can_know_is_told_in_its_words(page):
    told = page("SELECT id,\n  CAST('x' AS INTEGER) AS n\nFROM orders")
    assert "Could not convert" in told["error"]
    assert (told["kind"], told["line"], "sent" in told) == ("type", 2, False)
    assert told["at"].startswith("  CAST('x' AS INTEGER) AS n\n")


@pytest.fixture
def till(postgres, session):
    """A session on Postgres as a role with a password; gives the session, the database and the role."""
    name = postgres.new_database("CREATE TABLE sales (id integer, amount integer)")
    role = f"clerk_{name}"
    postgres.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'right' IN ROLE {WITH_PASSWORD}")
    postgres.execute(f"GRANT SELECT ON sales TO {role}", name)
    url = postgres.url(name, user=role).replace(f"{role}@", f"{role}:right@")
    session.connect(url, name="till")
    return session, name, role


def asked(session, *statements, after_first=None):
    """The pages of some statements, one a step; ``after_first`` happens after the first step."""

    def view(event):
        if isinstance(event, StepFinished) and event.step == 1 and after_first:
            after_first()

    model = ScriptedModel(*(say("", call("run_sql", sql=one)) for one in statements), DONE)
    run_sync(session.ask("Go.", model=model, view=view))
    return [json.loads(one.tool_results[-1].content) for one in model.seen[-1] if one.tool_results]


def test_a_table_that_vanished_is_forgotten(till, postgres):
    session, name, _ = till
    count = "SELECT count(*) AS n FROM sales"
    first, second = asked(
        session, count, f"{count} ", after_first=lambda: postgres.execute("DROP TABLE sales", name)
    )
    assert first["rows"] == 1
    assert (second["kind"], second["gone"]) == (
        "missing_object",
        ["public.sales was dropped or renamed after the tables were listed."],
    )


def test_a_table_that_came_after_the_listing_is_found(till, postgres):
    session, name, role = till
    made = f"CREATE TABLE refunds (id integer); GRANT SELECT ON refunds TO {role}"
    first, second = "SELECT 1 AS n", "SELECT count(*) AS n FROM refunds"
    pages = asked(session, first, second, after_first=lambda: postgres.execute(made, name))
    assert [page["rows"] for page in pages] == [1, 1]


def test_a_new_column_is_learnt_where_the_listing_is_old(till, postgres):
    session, name, _ = till
    _, second = asked(
        session,
        "SELECT count(*) AS n FROM sales",
        "SELECT max(tip) AS tip FROM sales",
        after_first=lambda: postgres.execute("ALTER TABLE sales ADD COLUMN tip integer", name),
    )
    assert second["rows"] == 1


def test_a_right_that_is_missing_is_told_as_such(till, postgres):
    session, name, role = till
    revoke = f"REVOKE SELECT ON sales FROM {role}"
    _, second = asked(
        session, "SELECT 1 AS n", "SELECT id FROM sales", after_first=lambda: postgres.execute(revoke, name)
    )
    assert second["kind"] == "permission"
    assert "tell the person which right is missing" in second["hint"]


def test_a_sign_in_that_lapses_goes_to_the_person_and_the_run_goes_on_afterwards(till, postgres):
    session, _, role = till

    def lapse():
        postgres.execute(f"ALTER ROLE {role} PASSWORD 'other'")
        postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'")

    count = "SELECT count(*) AS n FROM sales"
    with pytest.raises(SignInFailed, match=r"refused the sign-in.*%rasgo connect"):
        asked(session, count, f"{count} ", after_first=lapse)
    postgres.execute(f"ALTER ROLE {role} PASSWORD 'right'")
    model = ScriptedModel(say("", call("run_sql", sql=count)), DONE)
    run = run_sync(session.go_on("", model=model, view=lambda _event: None))
    assert (run.status, run.answer) == ("answered", "Done.")
    assert json.loads(model.seen[-1][-1].tool_results[-1].content)["rows"] == 1
