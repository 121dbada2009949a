"""Catalogs are kept where reading one takes long, and read anew where it does not."""

import threading
import time

import pytest

from rasgo_nb.catalog import kept
from rasgo_nb.connectors.base import Column, TableDetail, TableName


class Warehouse:
    """A connection with so many tables, slow to describe."""

    def __init__(self, tables, takes_s):
        self.tables = tables
        self.takes_s = takes_s
        self.readings = 0
        self.read = threading.Event()

    def describe_tables(self, tables=None):
        self.readings += 1
        time.sleep(self.takes_s)
        self.read.set()
        columns = tuple(
            Column(f"{name}_{n}", "NUMBER") for name in ("id", "amount", "region") for n in range(3)
        )
        return [
            TableDetail(TableName("DB", f"S{n % 50}", f"ORDERS_{n}"), columns) for n in range(self.tables)
        ]


@pytest.fixture
def slow():
    return Warehouse(10, takes_s=0.3)


def test_a_catalog_that_takes_long_is_read_once(slow):
    assert kept.catalog_of(slow) is kept.catalog_of(slow)
    assert slow.readings == 1


def test_a_catalog_that_is_read_quickly_is_always_fresh():
    quick = Warehouse(3, takes_s=0.0)
    kept.catalog_of(quick)
    quick.tables = 4
    assert len(kept.catalog_of(quick).tables) == 4


def test_a_forgotten_catalog_is_read_anew(slow):
    kept.catalog_of(slow)
    slow.tables = 11
    kept.forget(slow)
    assert len(kept.catalog_of(slow).tables) == 11


def test_a_catalog_that_is_read_beside_is_not_read_twice(slow):
    kept.read_beside(slow)
    assert slow.read.wait(10)
    assert len(kept.catalog_of(slow).tables) == 10
    assert slow.readings == 1


def test_a_question_finds_a_large_catalog_warm():
    large = Warehouse(20_000, takes_s=0.0)
    kept.catalog_of(large)
    started = time.monotonic()
    assert len(kept.catalog_of(large).tables) == 20_000
    assert time.monotonic() - started < 1
    assert large.readings == 1
