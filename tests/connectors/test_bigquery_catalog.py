import time

import pytest
from peers.bigquery_data import load_data_set
from peers.bigquery_peer import running_bigquery
from peers.bigquery_tables import Refusal
from test_bigquery import request_for

from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.bigquery import connect
from rasgo_nb.errors import ConnectionFailed, QueryError, UnknownName

ORDERS = {
    "description": 'Each "order",\nonce.',
    "numRows": "12",
    "numBytes": "3400",
    "timePartitioning": {"type": "DAY", "field": "day"},
    "clustering": {"fields": ["shop", "country"]},
    "schema": {
        "fields": [
            {"name": "id", "type": "INTEGER", "mode": "REQUIRED", "description": "the key"},
            {"name": "day", "type": "DATE", "mode": "NULLABLE"},
            {"name": "country", "type": "STRING", "mode": "NULLABLE"},
            {"name": "shop", "type": "INTEGER", "mode": "NULLABLE"},
            {
                "name": "lines",
                "type": "RECORD",
                "mode": "REPEATED",
                "fields": [
                    {"name": "sku", "type": "STRING", "mode": "NULLABLE"},
                    {"name": "price", "type": "NUMERIC", "mode": "NULLABLE"},
                ],
            },
        ]
    },
    "tableConstraints": {"primaryKey": {"columns": ["day", "id"]}},
}
RETURNS = {
    "schema": {"fields": [{"name": "at", "type": "DATE"}, {"name": "order", "type": "INTEGER"}]},
    "tableConstraints": {
        "foreignKeys": [
            {
                "name": "returns.fk$1",
                "referencedTable": {"projectId": "shop", "datasetId": "sales", "tableId": "orders"},
                "columnReferences": [
                    {"referencingColumn": "at", "referencedColumn": "day"},
                    {"referencingColumn": "order", "referencedColumn": "id"},
                ],
            }
        ]
    },
}
EVENT = {"schema": {"fields": [{"name": "what", "type": "STRING"}]}, "numRows": "10", "numBytes": "100"}


@pytest.fixture(scope="module")
def company():
    """A project of several datasets in two locations."""
    with running_bigquery() as peer:
        load_data_set(peer.tables)
        tables = peer.tables
        tables.add_dataset("shop", "sales")
        tables.add_dataset("shop", "logs", "EU")
        tables.describe("shop", "sales", "orders", **ORDERS)
        tables.describe("shop", "sales", "returns", **RETURNS)
        tables.describe("shop", "sales", "newest", type="VIEW", schema={"fields": []})
        for day in ("20240101", "20240102", "20240229"):
            tables.describe("shop", "logs", f"events_{day}", **EVENT)
        for name in ("clicks_20240101", "batch_20249999", "20240101"):
            tables.describe("shop", "logs", name, **EVENT)
        yield peer


@pytest.fixture
def peer(company):
    company.tables.is_forbidden.clear()
    company.faults.clear()
    company.jobs.clear()
    return company


@pytest.fixture
def whole(peer):
    connection = connect(request_for(peer, "shop"))
    yield connection
    connection.close()


def sales(name):
    return TableName("shop", "sales", name)


def test_a_project_is_listed_over_all_its_locations(whole):
    assert [str(name).removeprefix("shop.") for name in whole.list_tables()] == [
        "logs.20240101", "logs.batch_20249999", "logs.clicks_20240101", "logs.events_*",
        "main.empty", "main.people", "main.visits", "sales.newest", "sales.orders", "sales.returns",
    ]  # fmt: skip


def test_a_table_is_described_with_all_that_bigquery_tells(whole):
    (detail,) = whole.describe_tables([sales("orders")])
    assert [column.name for column in detail.columns] == ["id", "day", "country", "shop", "lines"]
    assert detail.columns[4].type == "ARRAY<STRUCT<sku STRING, price NUMERIC>>"
    assert (detail.columns[0].nullable, detail.columns[0].comment) == (False, "the key")
    assert (detail.comment, detail.row_count, detail.size_bytes) == (ORDERS["description"], 12, 3400)
    assert (detail.partitioned_by, detail.clustered_by) == (("day",), ("shop", "country"))


def test_all_are_described_as_each_is_by_name(whole):
    described = whole.describe_tables()
    names = [detail.name for detail in described]
    assert names == whole.list_tables()
    assert [d for d in described if "*" not in str(d.name)] == whole.describe_tables(
        [name for name in names if "*" not in str(name)]
    )


def test_a_key_of_two_columns_refers_in_the_order_of_the_other_table(whole):
    (returns,) = (detail for detail in whole.describe_tables() if detail.name == sales("returns"))
    (key,) = returns.foreign_keys
    assert (key.columns, key.references, key.referenced_columns) == (
        ("at", "order"), sales("orders"), ("day", "id"),
    )  # fmt: skip


def test_a_view_has_no_rows_of_its_own(whole):
    (view,) = whole.describe_tables([sales("newest")])
    assert (view.kind, view.row_count) == ("view", None)


def test_tables_of_one_a_day_are_told_as_one(whole):
    (events,) = whole.describe_tables([TableName("shop", "logs", "events_*")])
    assert [column.name for column in events.columns] == ["what"]
    assert "3 tables, one a day, from events_20240101 to events_20240229" in events.comment
    (counted,) = (detail for detail in whole.describe_tables() if detail.name == events.name)
    assert (counted.row_count, counted.size_bytes) == (30, 300)


def test_one_day_can_be_described_by_its_own_name(whole):
    name = TableName("shop", "logs", "events_20240102")
    assert [detail.name for detail in whole.describe_tables([name])] == [name]


def test_a_role_without_the_views_gets_the_same_by_the_api(peer, whole):
    expected = [(detail.name, detail.columns, detail.primary_key) for detail in whole.describe_tables()]
    peer.tables.is_forbidden |= {"TABLES", "COLUMNS"}
    assert [(d.name, d.columns, d.primary_key) for d in whole.describe_tables()] == expected
    assert [name for name, *_ in expected] == whole.list_tables()


def test_without_the_sizes_the_rest_is_told(peer, whole):
    peer.tables.is_forbidden |= {"TABLE_STORAGE", "KEY_COLUMN_USAGE"}
    (orders,) = (detail for detail in whole.describe_tables() if detail.name == sales("orders"))
    assert (orders.row_count, orders.primary_key, len(orders.columns)) == (None, (), 5)


def test_a_name_in_other_case_or_without_its_dataset_is_found(whole):
    for name in (sales("ORDERS"), TableName("", "", "orders")):
        assert whole.describe_tables([name])[0].name == sales("orders")


def test_a_wrong_name_is_answered_with_the_nearest_of_all_datasets(whole):
    with pytest.raises(UnknownName, match=r"Nearest: shop\.sales\.orders"):
        whole.describe_tables([TableName("shop", "main", "odrers")])


def test_a_dataset_of_another_project_is_read_from_ones_own(peer):
    peer.tables.add_dataset("public", "weather")
    peer.tables.add("public", "weather", "days", "SELECT 21.5::DOUBLE AS degrees")
    connection = connect(request_for(peer, "shop", {"dataset": "public.weather"}))
    assert connection.list_tables() == [TableName("public", "weather", "days")]
    assert connection.run_query("SELECT degrees FROM days").frame["degrees"].tolist() == [21.5]
    assert {job.reference["projectId"] for job in peer.jobs.values()} == {"shop"}


def test_fifty_thousand_tables_are_listed_and_described_in_a_few_calls(peer):
    peer.tables.add_dataset("shop", "lake")
    fields = {"schema": {"fields": [{"name": "a", "type": "INTEGER"}]}}
    for number in range(50_000):
        peer.tables.describe("shop", "lake", f"t_{number:05}", **fields)
    peer.requests.clear()
    connection = connect(request_for(peer, "shop.lake"))
    started = time.monotonic()
    assert len(connection.list_tables()) == 50_000
    assert {len(detail.columns) for detail in connection.describe_tables()} == {1}
    assert time.monotonic() - started < 60
    assert peer.requests.count("insert_job") == 5
    del peer.tables.datasets["shop", "lake"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("shopp", r"Not found: Project shopp\. Look at .*gcloud projects list"),
        ("shop.mian", r"No dataset mian in shop\. Type `%rasgo connect bigquery:shop\.main`"),
        ("bigquery://shop/sales?location=EU", r"sales lies in US, not in EU"),
        ("bigquery://shop/sales?colour=red", r"no option colour"),
        ("shop.a-b c.d", r"Not found|is no dataset"),
    ],
)
def test_a_wrong_place_is_told_in_one_line(peer, place, said):
    with pytest.raises(ConnectionFailed, match=said) as caught:
        connect(request_for(peer, place))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "place", ["shop.sales", "bigquery://shop/sales?location=us", "?project=shop&dataset=sales"]
)
def test_a_place_can_be_written_in_several_ways(peer, place):
    assert connect(request_for(peer, place)).run_query("SELECT 1 AS a").frame["a"].tolist() == [1]


def test_a_refused_dataset_says_what_role_is_needed(peer):
    peer.faults["get_dataset"] = [Refusal("accessDenied", "Access Denied: Dataset shop:sales", 403)]
    with pytest.raises(ConnectionFailed, match=r"Access Denied.*BigQuery User in shop"):
        connect(request_for(peer, "shop.sales"))


def test_a_host_where_nobody_listens_is_told_soon(peer):
    started = time.monotonic()
    with pytest.raises(ConnectionFailed, match=r"cannot be reached.*Look at the network") as caught:
        connect(request_for(peer, "shop", {"api_endpoint": "http://127.0.0.1:9"}))
    assert time.monotonic() - started < 20
    assert "\n" not in str(caught.value)
    assert "url" not in str(caught.value)


def test_without_a_project_it_is_asked_for(peer, monkeypatch, tmp_path):
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    with pytest.raises(ConnectionFailed, match="Which project runs the queries"):
        connect(request_for(peer, ""))


def test_a_query_in_another_location_says_so(peer):
    connection = connect(request_for(peer, "shop", {"location": "US"}))
    with pytest.raises(QueryError, match=r"was not found in location US.*location=EU"):
        connection.run_query("SELECT * FROM logs.events_20240101")
