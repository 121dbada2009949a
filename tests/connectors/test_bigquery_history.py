"""BigQuery tells what was run in a project, and its labels and policy tags."""

import datetime

import pytest
from peers.bigquery_peer import running_bigquery
from test_bigquery import request_for

from rasgo_nb.catalog.crawl.crawl import crawl
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import KnowsHistory, TableName
from rasgo_nb.connectors.bigquery import connect

NOW = datetime.datetime.now(datetime.UTC)
POLICY = "projects/shop/locations/us/taxonomies/1/policyTags/2"
FIELDS = [
    {"name": "id", "type": "INTEGER", "mode": "NULLABLE"},
    {"name": "email", "type": "STRING", "mode": "NULLABLE", "policyTags": {"names": [POLICY]}},
]


def job(query, who="bob", days_ago=1, **others):
    at = NOW - datetime.timedelta(days=days_ago)
    hashes = {"query_hashes": {"normalized_literals": query[:10]}}
    told = {"query": query, "user_email": who, "creation_time": at, "end_time": at, "query_info": hashes}
    return told | {"job_id": "job_1"} | others


@pytest.fixture(scope="module")
def company():
    with running_bigquery() as peer:
        peer.tables.add_dataset("shop", "sales")
        peer.tables.describe(
            "shop", "sales", "customers", schema={"fields": FIELDS}, labels={"team": "crm", "gold": ""}
        )
        yield peer


@pytest.fixture
def connection(company):
    company.tables.is_forbidden.clear()
    company.tables.past_jobs = [
        job("SELECT id FROM shop.sales.customers WHERE id = 1"),
        job("SELECT id FROM shop.sales.customers WHERE id = 2", who="ada"),
        job("SELECT 'failed'", error_result={"reason": "invalidQuery"}),
        job("SELECT 'long ago'", days_ago=100),
        job("SELECT 'our own'", job_id="rasgo_nb_1"),
        job("CREATE TABLE t AS SELECT 1", statement_type="CREATE_TABLE_AS_SELECT"),
    ]
    opened = connect(request_for(company, "shop"))
    yield opened
    opened.close()


def test_what_was_run_is_told_once_for_all_literals(connection):
    assert isinstance(connection, KnowsHistory)
    (past,) = connection.past_statements(days=90, most=10)
    assert (past.times, past.people, past.last_at[:10]) == (2, 2, str((NOW - datetime.timedelta(1)).date()))
    assert connection.gaps() == []


def test_who_may_not_see_all_gets_their_own_and_is_told(company, connection):
    company.tables.is_forbidden.add("JOBS_BY_PROJECT")
    (past,) = connection.past_statements(days=90, most=10)
    assert past.times == 1
    assert "BigQuery Resource Viewer" in connection.gaps()[0]


def test_without_any_right_there_is_no_history(company, connection):
    company.tables.is_forbidden |= {"JOBS_BY_PROJECT", "JOBS_BY_USER"}
    assert connection.past_statements(days=90, most=10) == []


def test_labels_and_policy_tags_are_told_in_bulk_and_by_name(connection):
    (by_name,) = connection.describe_tables([TableName("shop", "sales", "customers")])
    (in_bulk,) = connection.describe_tables()
    assert by_name.tags == in_bulk.tags == ("gold", "team: crm")
    assert by_name.columns == in_bulk.columns
    assert in_bulk.columns[1].tags == (f"policy tag: {POLICY}",)


def test_a_crawl_makes_votes_of_past_queries(connection):
    store = SqliteStore()
    crawl(connection, store)
    (fact,) = store.facts(source="history")
    assert (fact.tables, fact.weight) == ((TableName("shop", "sales", "customers"),), 2.0)
    assert crawl(connection, store).described == 0
