"""Snowflake tells which tables changed, their tags and owners, and what was run.

The columns are those that Snowflake documents of ACCOUNT_USAGE and INFORMATION_SCHEMA; the stand-in has no
tables there, as for a role that may not read them, until a test makes some.
"""

import pytest
from test_snowflake_query import opened, peer  # noqa: F401

from rasgo_nb.catalog.crawl.crawl import crawl
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors import snowflake_history
from rasgo_nb.connectors.base import KnowsChanges, KnowsHistory, PastStatement, TableName
from rasgo_nb.connectors.snowflake_catalog import SnowflakeCatalog
from rasgo_nb.connectors.snowflake_tags import SnowflakeTags
from rasgo_nb.errors import QueryError

ORDERS = TableName("", "PUBLIC", "ORDERS_OF_CRAWL")
OTHERS = TableName("", "PUBLIC", "OTHERS_OF_CRAWL")


@pytest.fixture
def writer(opened):  # noqa: F811
    connection = opened(database="T_CRAWL", read_only=False)
    connection.run_query("CREATE OR REPLACE TABLE ORDERS_OF_CRAWL (ID INTEGER, STATE TEXT)")
    connection.run_query("CREATE OR REPLACE TABLE OTHERS_OF_CRAWL (ID INTEGER)")
    return connection


def test_a_snowflake_knows_changes_and_history(writer):
    assert isinstance(writer, KnowsChanges)
    assert isinstance(writer, KnowsHistory)


def test_only_what_ddl_touched_has_another_mark(writer):
    before = writer.table_marks()
    writer.run_query("INSERT INTO OTHERS_OF_CRAWL VALUES (1)")
    writer.run_query("COMMENT ON TABLE ORDERS_OF_CRAWL IS 'what was bought'")
    after = writer.table_marks()
    assert after[ORDERS] != before[ORDERS]
    assert after[OTHERS].split()[0] == before[OTHERS].split()[0]


def test_a_crawl_says_what_the_role_may_not_read_and_goes_on(writer):
    store = SqliteStore()
    report = crawl(writer, store)
    assert report.described == 2
    assert store.details([ORDERS])[0].owner == "SYSADMIN"
    assert sorted(note.split(" ")[0] for note in report.notes) == ["Past", "Tags"]
    assert crawl(writer, store).described == 0


def refused(statement):
    raise QueryError("Insufficient privileges.", statement=statement, kind="permission")


def test_tags_are_of_tables_and_of_columns():
    rows = [
        {"column_name": None, "tag_name": "TEAM", "tag_value": "sales"},
        {"column_name": "STATE", "tag_name": "PII", "tag_value": ""},
        {"column_name": "STATE", "tag_name": "LEVEL", "tag_value": "2"},
    ]
    place = {"object_database": "DB", "object_schema": "S", "object_name": "T"}
    tags = SnowflakeTags()
    assert tags.read(lambda _: [place | row for row in rows], ["DB"]) == {
        TableName("", "S", "T"): {"": ("TEAM: sales",), "STATE": ("PII", "LEVEL: 2")}
    }


def test_history_falls_back_on_what_the_role_sees():
    asked = []

    def run(statement):
        asked.append(statement)
        if "ACCOUNT_USAGE" in statement:
            refused(statement)
        told = {"query_text": "SELECT 1", "times": 3, "people": 2, "last_at": None}
        return [told | {"database_name": "DB", "schema_name": "S"}]

    past, gap = snowflake_history.past_statements(run, "DB", days=90, most=10)
    assert past == [PastStatement("SELECT 1", 3, 2, "", "DB.S")]
    assert "GOVERNANCE_VIEWER" in gap
    assert "DATEADD(DAY, -7, " in asked[1]


def test_without_any_right_there_is_no_history():
    past, gap = snowflake_history.past_statements(refused, "DB", days=90, most=10)
    assert (past, bool(gap)) == ([], True)


def test_our_own_statements_are_no_history():
    statement = []
    snowflake_history.past_statements(lambda sql: statement.append(sql) or [], "DB", days=30, most=5)
    assert "NOT COALESCE(query_tag, '') LIKE 'rasgo_nb%'" in statement[0]


def test_many_tables_of_one_schema_are_asked_for_by_the_first_and_last():
    asked = []

    def run(statement):
        asked.append(statement)
        names = [f"T{number:03}" for number in range(300)] if ".TABLES" in statement.upper() else []
        row = {"table_schema": "S", "table_type": "TABLE", "comment": "", "row_count": 1, "bytes": 1}
        return [row | {"table_name": name, "clustering_key": "", "table_owner": "R"} for name in names]

    wanted = [TableName("", "S", f"T{number:03}") for number in range(300)]
    details = SnowflakeCatalog(run, ["DB"]).describe(wanted)
    assert [detail.name for detail in details] == wanted
    assert "BETWEEN 'T000' AND 'T299'" in asked[0]
    assert asked[2:] == ['SHOW PRIMARY KEYS IN SCHEMA "DB"."S"', 'SHOW IMPORTED KEYS IN SCHEMA "DB"."S"']
