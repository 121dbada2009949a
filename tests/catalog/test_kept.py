"""Catalogs are kept where reading one takes long, and read anew where it does not."""

import threading
import time
from dataclasses import replace

import pytest

from rasgo_nb.catalog import kept
from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.kept_path import key_of, path_of, team_key_of
from rasgo_nb.connectors.base import Column, Identity, TableDetail, TableName
from rasgo_nb.errors import QueryError
from rasgo_nb.secret_store import SecretsInMemory

IDENTITY = Identity("snowflake", ("acme-eu.example", "SALES"), "ada", "ANALYST")


class Warehouse:
    """A connection with so many tables, slow to describe."""

    name, dialect, read_only, is_closed = "prod", "snowflake", True, False

    def __init__(self, tables, takes_s, identity=None):
        self.tables = tables
        self.takes_s = takes_s
        self.readings = 0
        self.read = threading.Event()
        self.failure = None
        self._identity = identity

    def identity(self):
        return self._identity

    def describe_tables(self, tables=None):
        self.readings += 1
        time.sleep(self.takes_s)
        self.read.set()
        if self.failure:
            raise self.failure
        columns = tuple(
            Column(f"{name}_{n}", "NUMBER") for name in ("id", "amount", "region") for n in range(3)
        )
        return [
            TableDetail(TableName("DB", f"S{n % 50}", f"ORDERS_{n}"), columns) for n in range(self.tables)
        ]

    def list_tables(self):
        return [table.name for table in self.describe_tables()]


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
    quick.tables = 2
    assert len(kept.catalog_of(quick).tables) == 2


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
    large = Warehouse(5_000, takes_s=0.3)
    kept.catalog_of(large)
    started = time.monotonic()
    assert len(kept.catalog_of(large).tables) == 5_000
    assert time.monotonic() - started < 1
    assert large.readings == 1


def test_a_database_that_fails_says_so_each_time():
    broken = Warehouse(3, takes_s=0.0)
    broken.failure = QueryError("out of reach")
    for _ in range(2):
        with pytest.raises(QueryError, match="out of reach"):
            kept.catalog_of(broken)
    broken.failure = None
    assert len(kept.catalog_of(broken).tables) == 3


def read_whole(warehouse):
    kept.catalog_of(warehouse)
    assert kept.read_beside(warehouse).wait_for_end(10)


def test_the_next_kernel_finds_the_catalog_on_disk():
    read_whole(Warehouse(10, 0.0, IDENTITY))
    later = Warehouse(12, 8.0, IDENTITY)
    started = time.monotonic()
    assert len(kept.catalog_of(later).tables) == 10
    assert time.monotonic() - started < 7
    assert later.read.wait(20)  # beside, what has changed is read


def test_a_kept_catalog_serves_while_the_database_is_out_of_reach():
    read_whole(Warehouse(10, 0.0, IDENTITY))
    later = Warehouse(12, 0.0, IDENTITY)
    later.failure = QueryError("out of reach")
    assert kept.read_beside(later).wait_for_end(10)
    assert len(kept.catalog_of(later).tables) == 10


def test_facts_stay_when_the_tables_are_read_anew():
    quick = Warehouse(3, takes_s=0.0)
    note = Fact("note", (TableName("DB", "S1", "ORDERS_1"),), Origin("folder"), "in euros")
    kept.store_of(quick).put_facts("folder", [note])
    assert kept.catalog_of(quick).search("euros", limit=1)[0].table.name == note.tables[0]
    assert kept.store_of(quick).facts(source="folder") == [note]


def test_each_role_of_each_database_has_a_file_of_its_own(tmp_path):
    others = [replace(IDENTITY, role="ADMIN"), replace(IDENTITY, place=("other.example", "SALES"))]
    paths = {path_of(Warehouse(1, 0.0, identity)) for identity in (IDENTITY, *others)}
    assert len(paths) == 3
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert key_of(IDENTITY).startswith("snowflake-sales-")
    assert path_of(Warehouse(1, 0.0)) is None


def test_people_of_one_role_share_a_catalog():
    assert team_key_of(IDENTITY) == team_key_of(replace(IDENTITY, user="bob"))
    assert team_key_of(IDENTITY) != team_key_of(replace(IDENTITY, role="ADMIN"))
    assert team_key_of(replace(IDENTITY, role="")) != team_key_of(replace(IDENTITY, user="bob", role=""))


def test_a_teams_catalog_is_found_by_the_next_machine(postgres, monkeypatch, tmp_path):
    address = postgres.url(postgres.new_database())
    for machine, takes_s in (("ada", 0.0), ("bob", 20.0)):
        monkeypatch.setenv("RASGO_NB_HOME", str(tmp_path / machine))
        warehouse = Warehouse(10, takes_s, replace(IDENTITY, user=machine))
        kept.share(warehouse, address, SecretsInMemory())
        started = time.monotonic()
        assert len(kept.catalog_of(warehouse).tables) == 10
        assert time.monotonic() - started < 15
        assert kept.store_of(warehouse).note == ""
        kept.store_of(warehouse).close()


def test_a_catalog_is_for_the_person_alone():
    kept.catalog_of(Warehouse(1, 0.0, IDENTITY))
    path = path_of(Warehouse(1, 0.0, IDENTITY))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
