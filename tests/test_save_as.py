"""What the person keeps of a run beyond the notebook: views of the database, models of a dbt project."""

import json

import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.connectors.statement_view import view_statement, with_tables
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync

BY_COUNTRY = """
WITH big AS (SELECT * FROM orders WHERE amount > 6) -- not small
SELECT c.country, sum(big.amount) AS total FROM big JOIN main.customers AS c ON c.id = big.customer_id
GROUP BY c.country
""".strip()
MANIFEST = {
    "nodes": {
        "model.shop.orders": {
            "resource_type": "model",
            "name": "stg_orders",
            "alias": "orders",
            "database": "shop",
            "schema": "main",
            "original_file_path": "models/staging/stg_orders.sql",
        }
    },
    "sources": {
        "source.shop.crm.customers": {
            "resource_type": "source",
            "source_name": "crm",
            "name": "people",
            "identifier": "customers",
            "database": "shop",
            "schema": "main",
        }
    },
}


@pytest.fixture
def asked(shop, tmp_path):
    """A session after a run with two queries, on a connection that may write."""
    shop.connect(tmp_path / "shop.duckdb", name="shop", read_only=False)
    model = ScriptedModel(
        say("", call("run_sql", sql=BY_COUNTRY, save_as="by_country")),
        say("", call("run_sql", sql="SELECT max(total) AS best FROM by_country", save_as="best")),
        say("Done."),
    )
    run_sync(shop.ask("Which country pays most?", model=model))
    return shop


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "dbt"
    (folder / "target").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: shop\n")
    (folder / "target" / "manifest.json").write_text(json.dumps(MANIFEST))
    return folder


def test_a_step_is_saved_as_a_view_of_its_database(asked):
    assert run_command(asked, "save view country_totals 1") == "The view country_totals is in shop."
    found = asked.connection("shop").run_query("SELECT country FROM country_totals ORDER BY total").frame
    assert list(found["country"]) == ["Germany", "France"]


def test_a_view_that_is_there_is_only_replaced_when_that_is_said(asked):
    run_command(asked, "save view country_totals by_country")
    with pytest.raises(RasgoError, match="--replace"):
        run_command(asked, "save view country_totals 1")
    assert "country_totals" in run_command(asked, "save view country_totals 1 --replace")
    assert "country_totals" in run_command(asked, "save view --replace country_totals 1")


def test_where_nothing_may_be_written_the_statement_is_in_the_next_cell(asked, tmp_path, shell):
    asked.connect(tmp_path / "shop.duckdb", name="shop", read_only=True)
    cells = []
    shell.set_next_input = cells.append
    assert "next cell" in run_command(asked, "save view country_totals 1")
    assert f"CREATE VIEW country_totals AS\n{BY_COUNTRY}" in cells[0]


def test_a_query_of_a_dataframe_is_no_view(asked):
    with pytest.raises(RasgoError, match="reads by_country"):
        run_command(asked, "save view best 2")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("save", "save view NAME"),
        ("save view", "save view NAME"),
        ("save table x", "save view NAME"),
        ("save view x 9", "no query of 9"),
        ("save view x;drop 1", "no name"),
        ("save view (select 1) 1", "save view NAME"),
        ("save view f() 1", "no name for a view"),
        ("save dbt --project nowhere x 1", "dbt_project.yml"),
        ("save dbt a-b 1 --project .", "dbt_project.yml"),
    ],
)
def test_what_cannot_be_saved_is_said_in_a_line(asked, line, said):
    with pytest.raises(RasgoError, match=said.replace("(", r"\(")):
        run_command(asked, line)


def test_a_step_becomes_a_dbt_model_with_refs_and_sources(asked, project):
    said = run_command(asked, f"save dbt country_totals 1 --project {project}")
    assert said.splitlines()[0] == f"Written: {project / 'models' / 'country_totals.sql'}"
    text = (project / "models" / "country_totals.sql").read_text()
    expected = BY_COUNTRY.replace("FROM orders", "FROM {{ ref('stg_orders') }}")
    assert text == expected.replace("main.customers", "{{ source('crm', 'people') }}") + "\n"


def test_a_dbt_model_tells_its_question_and_columns(asked, project, monkeypatch):
    monkeypatch.chdir(project)
    run_command(asked, "save dbt country_totals 1")
    assert (project / "models" / "country_totals.yml").read_text() == (
        "version: 2\nmodels:\n  - name: country_totals\n"
        '    description: "Which country pays most?"\n    columns:\n'
        '      - name: "country"\n      - name: "total"\n'
    )


def test_a_dbt_model_is_never_written_over_unasked(asked, project):
    line = f"save dbt country_totals 1 --project {project}"
    run_command(asked, line)
    with pytest.raises(RasgoError, match="--replace"):
        run_command(asked, line)
    assert "Written" in run_command(asked, f"{line} --replace")
    with pytest.raises(RasgoError, match=r"stg_orders\.sql"):
        run_command(asked, f"save dbt stg_orders 1 --replace --project {project}")


def test_a_broken_manifest_is_told(asked, project):
    (project / "target" / "manifest.json").write_text("[1]")
    with pytest.raises(RasgoError, match="dbt parse"):
        run_command(asked, f"save dbt x 1 --project {project}")


def test_tags_of_jinja_in_a_query_stay_text():
    sql = "SELECT '{{ x }}' AS a FROM t"
    shown = with_tables(sql, "duckdb", lambda parts: "T" if list(parts) == ["t"] else "")
    assert shown == "SELECT '{{ x }}' AS a FROM T"


def test_a_name_of_a_view_is_quoted_as_its_dialect_does():
    assert view_statement('"My view"', "SELECT 1;", dialect="duckdb", replace=True) == (
        'CREATE OR REPLACE VIEW "My view" AS\nSELECT 1'
    )
    assert view_statement("`a-b`.c.d", "SELECT 1", dialect="bigquery", replace=False).startswith(
        "CREATE VIEW `a-b`.c.d AS"
    )
    assert not view_statement("t AS x", "SELECT 1", dialect="duckdb", replace=False).count("AS x")
