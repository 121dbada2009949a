"""Whatever the model calls: at the levels stats and schema no value of a row is in what it is sent."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rasgo_nb.agent.models.offline.model import OfflineModel
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.privacy import Sight, is_told, told_text
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.connectors.statement_columns import output_columns
from rasgo_nb.interrupt import run_sync

MARKER = "Zxqv77"
PEOPLE = f"""
CREATE TABLE people AS SELECT * FROM (VALUES
    (1, '{MARKER}', '{MARKER}@mail.example', 12.5, DATE '2024-01-05', ['{MARKER}']),
    (2, 'Bo {MARKER}', 'bo{MARKER}@mail.example', 30.0, DATE '2024-02-07', ['b']),
    (3, 'Cy', 'cy{MARKER}@mail.example', 50.0, DATE '2024-02-09', NULL)
) AS rows(id, name, email, amount, day, tags)
"""
SQL = (
    "SELECT * FROM people",
    "SELECT name AS n, upper(email) AS e, amount FROM people ORDER BY 1",
    "SELECT name, sum(amount) AS total FROM people GROUP BY name",
    "SELECT min(name) AS low, max(email) AS high, string_agg(name) AS names, list(name) AS l FROM people",
    "SELECT any_value(name) AS a, arg_max(name, amount) AS b, mode(name) AS c, first(email) AS d FROM people",
    "PIVOT people ON name USING sum(amount)",
    "SELECT id, CAST(name AS INTEGER) AS number FROM people",
    "SELECT error(name) FROM people",
    "SELECT strptime(name, '%Y') AS year FROM people",
    "SELECT p FROM people AS p",
    "SELECT to_json(p) AS j FROM people AS p",
    "SUMMARIZE people",
    "SELECT id FROM people WHERE name = 'nobody'",
    "SELECT nmae FROM people",
    "WITH one AS (SELECT name AS x FROM people) SELECT x, count(*) AS n FROM one GROUP BY x",
    "SELECT name FROM people UNION ALL SELECT email FROM people",
    "SELECT unnest(tags) AS tag FROM people",
    "SELECT (SELECT max(name) FROM people) AS m, count(*) AS n FROM people",
    "SELECT COLUMNS('na.*') FROM people",
    "SELECT map([name], [id]) AS m, {'a': email} AS s FROM people",
    "SELECT name, email FROM rows_of_people",
)
PYTHON = (
    "print(rows_of_people)",
    "rows_of_people",
    "rows_of_people.iloc[0, 1]",
    "raise ValueError(rows_of_people.iloc[0, 1])",
    "dict(zip(rows_of_people.iloc[:, 1], [1, 2]))[str(rows_of_people.iloc[0, 1]) + 'x']",
    "int(rows_of_people.iloc[0, 1])",
    "from IPython.display import display; display(rows_of_people)",
    "wide = rows_of_people.set_index(rows_of_people.columns[1]).T; wide",
    "globals()[rows_of_people.iloc[0, 1]] = 1",
    "first_name = rows_of_people.iloc[0, 1]; counts = rows_of_people.iloc[:, 1].value_counts(); counts",
    "import sys; sys.stderr.write(rows_of_people.iloc[0, 1])",
    "assert False, list(rows_of_people.iloc[:, 1])",
)
LOOKS = (
    call("search_tables", words="people"),
    call("get_table_detail", tables=["people"]),
    call("profile_columns", table="people"),
    call("profile_columns", table="people", columns=["name", "day"], look_for=["cy"]),
    call("list_variables"),
    *(call("describe_variable", name=name) for name in ("rows_of_people", "wide", "first_name", "counts")),
    call("show_chart", dataframe="rows_of_people", x="name", y="amount"),
    call("show_chart", dataframe="rows_of_people", x="name", y="email"),
    call("describe_variable", name="nothing_there"),
    call("profile_columns", table="people", columns=["nmae"]),
)
CALLS = (
    *(call("run_sql", sql=sql, save_as="found") for sql in SQL),
    *(call("run_python", code=code) for code in PYTHON),
    *LOOKS,
)
ROWS = call("run_sql", sql="SELECT * FROM people", save_as="rows_of_people")


@pytest.fixture
def private(session, in_folder):
    """Have a model make calls on a database that has this privacy: ``private(calls, privacy="stats")``."""
    session.connect(":memory:", name="crm", read_only=False)
    session.connection("crm").run_query(PEOPLE)

    def run(*calls, interface="", **options):
        session.config = replace(session.config, connections={"crm": ConnectionSettings(**options)})
        model = ScriptedModel(*(say("", one) for one in calls), say("Done."))
        log = run_sync(session.ask("Who pays most?", model=model, fresh=True, interface=interface))
        return log, model

    return run


def sent(model):
    """Everything that the model was sent, but for its own calls."""
    return "\n".join(
        str(part)
        for seen in model.seen
        for message in seen
        if message.role != "assistant"
        for part in message.parts
    )


def pages(model):
    return [one.page for message in model.seen[-1] for one in message.tool_results]


@pytest.mark.parametrize("level", ["stats", "schema"])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.sampled_from(CALLS), min_size=3, max_size=8, unique_by=str))
def test_a_marker_of_the_rows_is_in_nothing_that_the_model_is_sent(private, level, calls):
    _, model = private(ROWS, *calls, privacy=level)
    assert MARKER.casefold() not in sent(model).casefold()


@pytest.mark.parametrize("level", ["stats", "schema"])
def test_each_call_keeps_the_marker_to_itself(private, level):
    for start in range(0, len(CALLS), 20):
        _, model = private(ROWS, *CALLS[start : start + 20], privacy=level)
        assert MARKER.casefold() not in sent(model).casefold()
        assert not any(result.images for message in model.seen[-1] for result in message.tool_results)
        assert len(model.seen) > 20 or start  # none ended the run


def test_at_rows_the_model_reads_rows(private):
    _, model = private(ROWS)
    assert MARKER in sent(model)


def test_at_stats_figures_of_aggregates_are_told_and_groups_are_not(private):
    sql = "SELECT name, count(*) AS n, avg(amount) AS mean FROM people GROUP BY name ORDER BY mean"
    _, model = private(call("run_sql", sql=sql), privacy="stats")
    preview = pages(model)[0]["preview"]
    assert preview["rows"] == [["***", 1, 12.5], ["***", 1, 30.0], ["***", 1, 50.0]]


def test_at_stats_months_by_which_rows_are_grouped_are_told(private):
    sql = "SELECT date_trunc('month', day) AS month, sum(amount) AS total FROM people GROUP BY 1 ORDER BY 1"
    _, model = private(call("run_sql", sql=sql), privacy="stats")
    assert pages(model)[0]["preview"]["rows"] == [["2024-01-01", 12.5], ["2024-02-01", 80.0]]


def test_at_schema_only_names_and_types_are_told(private):
    _, model = private(call("run_sql", sql="SELECT count(*) AS people FROM people"), privacy="schema")
    page = pages(model)[0]
    assert page["columns"] == [{"name": "people", "dtype": "int64"}]
    assert not {"rows", "preview", "estimate"} & set(page)


def test_the_person_is_told_what_the_model_did_not_see(private):
    run, _ = private(ROWS, privacy="stats")
    result = run.steps[0].calls[0].result
    assert result.withheld == "The model saw 0 of 3 rows: privacy level stats of crm."
    assert len(result.value.frame) == 3


def test_the_person_reads_the_whole_error(private):
    run, _ = private(call("run_sql", sql="SELECT CAST(name AS INTEGER) AS n FROM people"), privacy="stats")
    assert MARKER in run.steps[0].calls[0].result.value["error"]


def test_words_that_the_model_wrote_itself_stay_in_errors(private):
    _, model = private(call("run_sql", sql="SELECT amuont FROM people"), privacy="schema")
    assert "amuont" in str(pages(model)[0])
    assert "amount" in str(pages(model)[0])


def test_a_masked_column_is_masked_under_other_names_and_in_expressions(private):
    sql = "WITH one AS (SELECT email AS e, id FROM people) SELECT e, lower(e) AS x, id FROM one ORDER BY id"
    _, model = private(call("run_sql", sql=sql), masked=("people.email",))
    assert pages(model)[0]["preview"]["rows"][0] == ["***", "***", 1]
    assert "mail.example" not in sent(model)


@pytest.mark.parametrize(
    "value", ["email.upper()", "p.email.upper().lower()", "(email).substr(1, 90)", "p.to_json()", "p.e.f.g()"]
)
def test_a_masked_column_is_masked_before_a_dot_too(private, value):
    sql = f"SELECT {value} AS x, id FROM people AS p"
    _, model = private(call("run_sql", sql=sql), masked=("email",))
    assert "mail.example" not in sent(model).casefold()


def test_a_function_of_a_schema_is_no_masked_column(private, session):
    session.connection("crm").run_query("CREATE MACRO twice(x) AS 2 * x")
    _, model = private(call("run_sql", sql="SELECT main.twice(id) AS x FROM people"), masked=("email",))
    assert pages(model)[0]["preview"]["rows"][0] == [2]


@pytest.mark.parametrize("pattern", ["email", "*.email", "people.email", "main.people.*mail", "EMAIL"])
def test_values_of_a_masked_column_are_never_sent(private, pattern):
    _, model = private(*CALLS[: len(SQL) - 1], *LOOKS[:4], masked=(pattern,))
    assert "mail.example" not in sent(model)
    assert len(model.seen) > len(SQL)


def test_columns_beside_a_masked_one_are_read(private):
    _, model = private(call("run_sql", sql="SELECT id, name FROM people"), masked=("email",))
    assert pages(model)[0]["preview"]["rows"][0] == [1, MARKER]


def test_python_tells_nothing_once_masked_values_are_in_the_notebook(private):
    code = call("run_python", code="print(rows_of_people)")
    _, model = private(ROWS, code, masked=("email",))
    assert "mail.example" not in sent(model)
    assert "withheld" in pages(model)[1]["privacy"]


def test_a_later_question_to_another_connection_reads_no_private_frame(private, session):
    private(ROWS, privacy="stats")
    session.connect(":memory:", name="open")
    model = ScriptedModel(
        say("", call("run_sql", sql="SELECT * FROM rows_of_people")),
        say("", call("describe_variable", name="rows_of_people")),
        say("", call("run_python", code="rows_of_people")),
        say("Done."),
    )
    run_sync(session.ask("Again?", model=model, connection="open"))
    assert MARKER not in sent(model)


def test_what_came_from_a_connection_that_was_closed_is_withheld_too(session, in_folder):
    session.connect(":memory:", name="crm", read_only=False, privacy="stats")
    session.connection("crm").run_query(PEOPLE)
    session.shell.user_ns["mine"] = session.connection("crm").run_query("SELECT * FROM people").frame
    session.connections.disconnect("crm")
    session.connect(":memory:", name="open")
    calls = call("run_python", code="print(mine)"), call("run_sql", sql="SELECT * FROM mine")
    model = ScriptedModel(*(say("", one) for one in calls), say("Done."))
    run_sync(session.ask("Who?", model=model))
    assert MARKER not in sent(model)


def test_the_level_that_was_typed_holds_when_one_signs_in_anew(session):
    session.connect(":memory:", name="crm", privacy="stats", timeout_s=5)
    session.connect()
    assert session.settings_of("crm").privacy == "stats"
    session.connect("crm", privacy="schema")
    assert session.settings_of("crm") == ConnectionSettings(privacy="schema", timeout_s=5)


def test_a_variable_of_the_person_is_withheld_too(private, session):
    session.shell.user_ns["mine"] = pd.DataFrame({"who": [MARKER]})
    _, model = private(call("describe_variable", name="mine"), call("list_variables"), privacy="stats")
    assert MARKER not in sent(model)


def test_the_stricter_of_two_levels_holds():
    stats, schema = Sight("stats", why="of a"), Sight("schema", ("email",), why="of b")
    assert stats.joined(schema) == schema.joined(stats) == Sight("schema", ("email",), "of b")


def test_an_error_text_keeps_what_the_model_knows():
    known = {"amount"}
    assert told_text('Could not convert string "Ann B" in column amount', known) == (
        'Could not convert string "***" in column amount'
    )
    assert not is_told("Ann", known)


@given(st.text(), st.text())
def test_an_unknown_word_is_never_told(before, after):
    assert "Zq9zq" not in told_text(
        f"{before} Zq9zq {after}", {before.casefold(), after.casefold()} - {"zq9zq"}
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT t FROM people AS t",
        "SELECT #3 FROM people",
        "SELECT COLUMNS('e.*') FROM people",
        "FROM people AS p(a, b, c, d, e, f) SELECT c",
        "PIVOT people ON id USING max(email)",
        "SELECT * FROM people, LATERAL (SELECT email AS e) AS l",
    ],
)
def test_where_a_tree_does_not_tell_nothing_is_sure(sql):
    assert not is_sure(sql, "duckdb")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT $3 AS x FROM people",
        "SELECT t.$3 AS x FROM people AS t",
        "SELECT upper($1) AS x FROM (SELECT email FROM people)",
        "SELECT IDENTIFIER('email') AS x FROM people",
        "SELECT OBJECT_CONSTRUCT(*) AS x FROM people",
    ],
)
def test_columns_by_number_and_by_text_are_not_sure_in_snowflake(sql):
    assert not is_sure(sql, "snowflake")


def is_sure(sql, dialect):
    names = ["id", "name", "email", "amount", "day", "tags"]
    columns = output_columns(sql, dialect, {"people": names}.get)
    return columns is not None and all(one.is_sure for one in columns)


@pytest.mark.parametrize("level", ["stats", "schema"])
def test_offline_says_that_it_saw_no_rows_and_not_that_there_are_none(private, session, level):
    private(ROWS, privacy=level)
    run = run_sync(session.ask("Which city has the most people?", model=OfflineModel(), fresh=True))
    assert run.answer.endswith("its rows are for you alone.")
