"""A crawl over a real DuckDB: what changed is read, what is gone is dropped, the rest is left alone."""

import threading
import time

import pytest

from rasgo_nb.catalog.crawl.crawl import crawl
from rasgo_nb.catalog.crawl.progress import Pace
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.errors import QueryError


@pytest.fixture
def shop():
    connection = connect(":memory:", name="shop", read_only=False)
    connection._rows("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount DECIMAL(9, 2))")
    connection._rows("CREATE TABLE customers (id INTEGER, name TEXT)")
    yield connection
    connection.close()


@pytest.fixture
def store():
    with_words = SqliteStore()
    yield with_words
    with_words.close()


def name(table):
    return TableName("", "main", table)


def test_a_first_crawl_reads_every_table(shop, store):
    report = crawl(shop, store)
    assert (report.tables, report.described, report.dropped) == (2, 2, 0)
    assert store.details([name("orders")]) == shop.describe_tables([name("orders")])


def test_a_second_crawl_changes_nothing(shop, store):
    crawl(shop, store)
    generation = store.generation
    assert crawl(shop, store).described == 0
    assert store.generation == generation


def test_only_what_changed_is_put_and_what_is_gone_is_dropped(shop, store):
    crawl(shop, store)
    shop._rows("DROP TABLE customers")
    shop._rows("COMMENT ON COLUMN orders.amount IS 'in euro'")
    report = crawl(shop, store)
    assert (report.tables, report.described, report.dropped) == (1, 1, 1)
    assert store.details([name("orders")])[0].columns[1].comment == "in euro"


def test_progress_is_told_from_the_first_table_to_the_last(shop, store):
    told = []
    crawl(shop, store, on_progress=told.append)
    assert told[0].stage == "listing"
    assert ("describing", 2, 2) in [(one.stage, one.done, one.total) for one in told]


def test_a_crawl_that_was_stopped_says_so_and_the_next_one_goes_on(shop, store):
    stop = threading.Event()
    stop.set()
    assert crawl(shop, store, stop=stop).is_stopped
    assert crawl(shop, store).described == 2


def test_a_closed_connection_ends_it(shop, store):
    crawl(shop, store)
    shop.close()
    with pytest.raises(QueryError):
        crawl(shop, store)
    assert len(store.names()) == 2


def test_progress_is_told_some_ten_times_a_second(shop):
    told = []
    pace = Pace(shop, told.append, threading.Event())
    began = time.monotonic()
    while time.monotonic() - began < 0.5:
        pace.tell("describing", 1, 10)
    assert len(told) <= 6
