"""Every tool on a real database and a real shell, as the model meets it."""

import asyncio
import json
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from rasgo_nb.agent.approval import Nobody
from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import ToolCall
from rasgo_nb.agent.models.scripted import Call
from rasgo_nb.agent.toolbox import Toolbox
from rasgo_nb.agent.tools import ALL_TOOLS
from rasgo_nb.agent.tools.base import ToolContext
from rasgo_nb.agent.tools.get_table_detail import described
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Caps, Column, TableDetail, TableName
from rasgo_nb.kernel_exec import run_cell

ODD = r"""
CREATE TABLE "a.b" (
    id INTEGER, "sp ace" VARCHAR, "qu""ote" DOUBLE, "select" DATE, "🎲" BLOB,
    deep STRUCT(x INTEGER[], y MAP(VARCHAR, DECIMAL(5, 2)))
);
INSERT INTO "a.b" VALUES
    (1, e'tab\tnul \x1b[31m|pipe', 'nan', '9999-12-31', '\x00\xff'::BLOB,
     {'x': [1, NULL], 'y': MAP {'k': 1.25}}),
    (2, NULL, 'infinity', NULL, NULL, NULL);
CREATE TABLE nothing (id INTEGER, name VARCHAR);
CREATE SCHEMA "order";
CREATE TABLE "order"."group" ("from" HUGEINT);
INSERT INTO "order"."group" VALUES (170141183460469231731687303715884105727);
COMMENT ON TABLE "a.b" IS '<b>bold</b> & | pipe';
"""


class Agreeable(Nobody):
    """A person who takes the first choice."""

    async def reply(self, tool_call_id, question, choices):
        return choices[0] if choices else None


class Bench:
    """A toolbox on one connection, called without a model."""

    def __init__(self, session, interface):
        connection = session.connection()
        self.names = session.shell.user_ns

        context = ToolContext(
            connection=connection,
            catalog=Catalog(connection.describe_tables()),
            user_ns=session.shell.user_ns,
            hidden=session.shell.user_ns_hidden,
            run_code=partial(run_cell, session.shell),
            person=Agreeable(),
            step=3,
        )
        self.toolbox = Toolbox(ALL_TOOLS, context, interface)

    def result(self, tool, /, **arguments):
        return asyncio.run(self.toolbox.run(ToolCall("1", tool, arguments), self.toolbox.context))

    def page(self, tool, /, **arguments):
        return json.loads(self.result(tool, **arguments).content, parse_constant=pytest.fail)


@pytest.fixture
def tools(shop):
    return Bench(shop, Interface())


@pytest.fixture
def odd(session, tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "odd.duckdb")) as database:
        database.execute(ODD)
    session.connect(tmp_path / "odd.duckdb")
    return session


CALLS = [
    Call("search_tables", {"words": "group select"}),
    Call("get_table_detail", {"tables": ["main.a.b", "order.group", "nothing"]}),
    Call("profile_columns", {"table": "main.a.b", "look_for": ["pipe"]}),
    Call("profile_columns", {"table": "nothing"}),
    Call("run_sql", {"sql": 'SELECT *, id, 1/0 AS "x y", [1, 2] AS l FROM "a.b"'}),
    Call("run_sql", {"sql": "SELECT * FROM nothing"}),
    Call("run_sql", {"sql": 'SELECT "from" FROM "order"."group"'}),
    Call("run_sql", {"sql": "SELECT * FROM a.b"}),
    Call("list_variables", {}),
    Call("describe_variable", {"name": "frame"}),
    Call("describe_variable", {"name": "rude"}),
    Call("describe_variable", {"name": "counts"}),
    Call("run_python", {"code": "print('\\x1b[31mred\\x00 <b>')\nframe"}),
    Call("run_python", {"code": "1/0"}),
    Call("show_chart", {"dataframe": "frame", "x": "b"}),
    Call("show_chart", {"dataframe": "frame", "x": "a"}),
    Call("ask_user", {"question": "Which?", "choices": ["<this>", "that"]}),
    Call("final_answer", {"text": "Done."}),
]


@pytest.mark.parametrize("result_format", ["json", "xml", "markdown"])
@pytest.mark.parametrize("most", [400, 16_000])
def test_every_result_is_well_formed_and_within_the_bound(odd, result_format, most):
    names = odd.shell.user_ns
    names["frame"] = pd.DataFrame([[1, "x\x00", 2.5]], columns=["a", "a", "b"])
    names["counts"] = {"a": [float("nan"), 10**50]}
    exec("class Rude:\n    def __repr__(self):\n        raise RuntimeError('no')\nrude = Rude()", names)
    bench = Bench(odd, Interface(result_format=result_format, max_result_chars=most))
    for call in CALLS:
        content = bench.result(call.name, **call.arguments).content
        assert len(content) <= most, call
        content.encode("utf-8")
        if result_format == "json":
            json.loads(content, parse_constant=pytest.fail)
        if result_format == "xml":
            ET.fromstring(content)


def test_odd_names_are_found_described_and_sampled(odd):
    bench = Bench(odd, Interface())
    [hit, *_] = bench.page("search_tables", words="bold pipe")["tables"]["items"]
    [table] = bench.page("get_table_detail", tables=[hit["table"]])["tables"]
    assert [column["name"] for column in table["columns"]["items"]] == [
        "id",
        "sp ace",
        'qu"ote',
        "select",
        "🎲",
        "deep",
    ]
    assert table["sample"]["rows"][0][2:] == [
        None,
        "9999-12-31",
        "00ff (2 bytes)",
        {"x": [1, None], "y": [["k", 1.25]]},
    ]
    assert table["sample"]["rows"][1][2] == "infinity"


def test_a_table_of_5000_columns_says_how_many_it_shows(session, tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "wide.duckdb")) as database:
        database.execute(f"CREATE TABLE wide ({', '.join(f'column_{n} INTEGER' for n in range(5000))})")
    session.connect(tmp_path / "wide.duckdb")
    bench = Bench(session, Interface())
    [table] = bench.page("get_table_detail", tables=["wide"])["tables"]
    assert table["columns"]["shown"].endswith("of 5,000 columns")
    [table] = bench.page("get_table_detail", tables=["wide"], columns_like="column_4999")["tables"]
    assert [column["name"] for column in table["columns"]["items"]] == ["column_4999"]
    assert bench.page("run_sql", sql="SELECT * FROM wide")["columns"]["shown"].endswith("of 5,000 columns")
    assert "of 5,000 columns" in bench.result("run_sql", sql="SELECT nope FROM wide").content


@pytest.mark.parametrize(
    ("sql", "wrong", "nearest"),
    [
        ("SELECT * FROM ordres", "ordres", "main.orders"),
        ("SELECT amuont FROM orders", "amuont", "amount"),
        ("SELECT o.amuont FROM orders o JOIN customers c ON c.id = o.customer_id", "amuont", "amount"),
        ("SELECT c.nmae FROM orders o JOIN customers AS c ON c.id = o.customer_id", "nmae", "name"),
        ("WITH big AS (SELECT amount AS total FROM orders) SELECT totl FROM big", "totl", "total"),
        ("WITH big AS (SELECT * FROM ordrs) SELECT * FROM big", "ordrs", "main.orders"),
        ("SELECT rat FROM rates JOIN orders ON true", "rat", "rate"),
    ],
)
def test_a_wrong_name_comes_back_with_the_nearest(tools, sql, wrong, nearest):
    tools.names["rates"] = pd.DataFrame({"country": ["France"], "rate": [0.2]})
    [miss] = tools.page("run_sql", sql=sql)["did_you_mean"]
    assert (miss["wrong"], miss["nearest"][0]) == (wrong, nearest)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer_id, sum(amount) FROM orders",
        "SELECT sume(amount) FROM orders",
        "SELECT amount + ordered FROM orders",
        "WITH big AS (SELECT * FROM orders) SELECT big.id FROM big GROUP BY 1 HAVING sum(1",
    ],
)
def test_what_is_no_wrong_name_is_not_reported_as_one(tools, sql):
    page = tools.page("run_sql", sql=sql)
    assert page["error"]
    assert "did_you_mean" not in page


def test_a_query_that_is_stopped_before_it_has_begun_does_not_begin(tools):
    context = tools.toolbox.context
    endless = "SELECT count(*) FROM range(100000000000) t(i) WHERE sin(i) > 2"

    def check_and_run():
        time.sleep(0.2)
        return context.connection.run_query(endless)

    async def stop_early():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(context.query(check_and_run), 0.05)

    began = time.monotonic()
    asyncio.run(stop_early())  # its end waits for the thread
    assert time.monotonic() - began < 2


def test_a_failing_query_says_where(tools):
    page = tools.page("run_sql", sql="SELECT id,\n  amuont FROM orders")
    assert (page["line"], page["column"]) == (2, 3)
    assert page["tables"] == {"main.orders": ["id", "customer_id", "amount", "ordered"]}


GERMANS = "SELECT count(*) AS n FROM customers WHERE "


@pytest.mark.parametrize(
    ("sql", "offer"),
    [
        (f"{GERMANS} country = 'germany'", "'Germany'"),
        (f"{GERMANS} country = 'Germny'", "'Germany'"),
        (f"{GERMANS} country = 'Germany '", "'Germany'"),
        (f"{GERMANS} country IN ('France', 'Germnay')", "'Germany'"),
        (f"{GERMANS} country LIKE 'germ%'", "'Germany'"),
        (f"{GERMANS} name = 'Zoe'", "Ada"),
        (
            "SELECT * FROM orders o JOIN customers c ON o.customer_id = c.id WHERE c.country = 'GERMANY'",
            "'Germany'",
        ),
        ("WITH x AS (SELECT * FROM customers WHERE country = 'GERMANY') SELECT * FROM x", "'Germany'"),
    ],
)
def test_a_text_that_no_row_holds_gets_a_hint(tools, sql, offer):
    [hint] = tools.page("run_sql", sql=sql)["hints"]
    assert offer in hint


@pytest.mark.parametrize(
    "sql",
    [
        f"{GERMANS} country = 'Germany' AND name IN ('Ada', 'Bob')",
        f"{GERMANS} country LIKE 'Ger%'",
        f"{GERMANS} upper(country) = 'GERMANY'",
        "WITH x AS (SELECT upper(country) AS country FROM customers) SELECT * FROM x WHERE country = 'GE'",
        "SELECT * FROM (SELECT lower(country) AS country FROM customers) c WHERE c.country = 'germany'",
        "SELECT upper(country) AS up FROM customers GROUP BY up HAVING up = 'GERMANY'",
        "SELECT * FROM orders WHERE ordered = '2031-01-01'",
        "SELECT * FROM rates JOIN customers ON true WHERE kind = 'x'",
        "SELECT * FROM customers JOIN rates USING (country) WHERE rates.country = 'nowhere'",
        "SELECT 'x' = 'y' AS no FROM customers",
    ],
)
def test_a_text_that_is_right_gets_no_hint(tools, sql):
    tools.names["rates"] = pd.DataFrame({"country": ["France"], "kind": ["y"]})
    assert "hints" not in tools.page("run_sql", sql=sql)


def test_a_whole_float_is_taken_as_an_integer(tools):
    assert tools.page("search_tables", words="orders", limit=1.0)["tables"]["shown"] == "1 of 2 tables"


def test_frames_with_repeated_columns_are_queried_or_refused_in_one_line(tools):
    tools.names["twice"] = pd.DataFrame([[1, 2]], columns=["a", "a"])
    tools.names["deep"] = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    for name in ("twice", "deep"):
        page = tools.page("run_sql", sql=f"SELECT * FROM {name}")
        assert "dataframe" in page or "\n" not in page["error"]


def test_a_value_looked_for_is_found_in_its_spelling(tools):
    page = tools.page("profile_columns", table="customers", columns=["country"], look_for=["germany"])
    assert page["columns"]["items"][0]["found"] == {"germany": ["Germany"]}


def test_code_that_fails_says_the_line(tools):
    page = tools.page("run_python", code="x = 1\nx / 0")
    assert (page["error"], page["line"]) == ("ZeroDivisionError: division by zero", 2)


def test_a_chart_is_bound_to_a_name(tools):
    tools.page("run_sql", sql="SELECT country, count(*) AS n FROM customers GROUP BY 1", save_as="by_country")
    page = tools.page("show_chart", dataframe="by_country", x="country", y="n", save_as="chart")
    assert page == {"figure": "chart", "mark": "bar", "points": 2}
    assert type(tools.names["chart"]).__name__ == "Figure"


def test_python_cannot_overwrite_or_delete_what_is_the_persons(tools):
    tools.names |= {"mine": 1, "yours": 2}
    page = tools.page("run_python", code="total = mine + 1\nmine = 5\ndel yours\ntotal")
    assert (page["value"], page["changed"]) == (2, {"new": ["total"]})
    assert page["put_back"]["items"] == ["mine", "yours"]
    assert (tools.names["mine"], tools.names["yours"]) == (1, 2)


def test_python_may_overwrite_what_the_run_made(tools):
    tools.page("run_python", code="total = 1")
    assert tools.page("run_python", code="total = 2")["changed"] == {"rebound": ["total"]}


def test_an_answer_says_that_its_frame_is_a_part(shop):
    bench = Bench(shop, Interface())
    bench.toolbox.context = replace(bench.toolbox.context, caps=Caps(max_rows=2, max_bytes=10**9))
    bench.page("run_sql", sql="SELECT * FROM orders", save_as="some")
    answer = bench.result("final_answer", text="These.", assumptions=["Euro."], dataframes=["some"]).value
    assert answer.assumptions[0] == "Euro."
    assert answer.assumptions[1].startswith("some is not the whole. Cut at the cap of 2 rows")


def test_each_wrong_text_of_a_list_gets_its_hint(tools):
    hints = tools.page("run_sql", sql=f"{GERMANS} country IN ('germany', 'Frnce', 'Germany')")["hints"]
    assert ["'Germany'" in hints[0], "'France'" in hints[1]] == [True, True]
    assert len(hints) == 2


def test_how_a_table_is_partitioned_and_clustered_is_told_where_it_is():
    name = TableName("", "sales", "events")
    plain = described(TableDetail(name, (Column("day", "DATE"),)))
    page = described(
        TableDetail(name, (Column("day", "DATE"),), partitioned_by=("day",), clustered_by=("user",))
    )
    assert page == plain | {"partitioned_by": ["day"], "clustered_by": ["user"]}
    assert "partitioned_by" not in plain
