"""A team shares one catalog: what one machine puts, the others have a moment later."""

from __future__ import annotations

import subprocess
import sys
import time
import zlib

import pytest

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.postgres_store import PostgresStore
from rasgo_nb.catalog.stores.postgres_store_rows import TeamRows
from rasgo_nb.catalog.stores.sqlite_store_rows import packed_fact
from rasgo_nb.connectors.base import Column, TableDetail, TableName


def table(name, comment=""):
    return TableDetail(TableName("d", "s", name), (Column("id", "INT"),), comment=comment)


def note(name, text, source="dbt"):
    return Fact("note", (TableName("d", "s", name),), Origin(source), text)


@pytest.fixture(scope="module")
def address(postgres):
    return postgres.url(postgres.new_database())


@pytest.fixture
def machine(address, tmp_path):
    """Opens the team's catalog on a machine of that name."""
    opened = []

    def machine(name, *, where=address):
        store = PostgresStore(tmp_path / f"{name}.sqlite3", TeamRows(where, tmp_path.name))
        opened.append(store)
        return store

    yield machine
    for store in opened:
        store.close()


def test_what_one_machine_reads_the_others_have(machine):
    ada, bob = machine("ada"), machine("bob")
    ada.put_tables([(table("orders", "purchases"), "1"), (table("visits"), "1")])
    ada.put_facts("dbt", [note("orders", "in euros")])
    assert bob.pull()
    assert (bob.names(), bob.marks(), bob.facts()) == (ada.names(), ada.marks(), ada.facts())
    assert [one.name.table for one in bob.match(["euro"], 5)] == ["orders"]


def test_what_is_dropped_or_replaced_goes_everywhere(machine):
    ada, bob = machine("ada"), machine("bob")
    ada.put_tables([(table("orders"), "1"), (table("visits"), "1")])
    ada.put_facts("dbt", [note("orders", "old"), note("orders", "same")])
    bob.pull()
    bob.drop_tables([TableName("d", "s", "visits")])
    bob.put_facts("dbt", [note("orders", "same"), note("orders", "new")])
    ada.pull()
    assert [name.table for name in ada.names()] == ["orders"]
    assert {fact.text for fact in ada.facts()} == {"same", "new"}


def test_memories_and_what_runs_taught_stay_on_the_machine(machine):
    ada, bob = machine("ada"), machine("bob")
    for source in ("memory", "runs"):
        ada.put_facts(source, [note("orders", source, source)])
    bob.pull()
    assert (len(ada.facts()), bob.facts()) == (2, [])


@pytest.mark.parametrize(("put_as", "said_by"), [("memory", "memory"), ("dbt", "memory"), ("keys", "keys")])
def test_nothing_of_a_colleague_passes_for_what_i_confirmed(machine, put_as, said_by):
    ada, eve = machine("ada"), machine("eve")
    ada.put_facts("memory", [note("orders", "mine", "memory")])
    eve._team.put_facts(put_as, [packed_fact(note("orders", "forged", said_by))])
    assert ada.pull()
    assert [fact.text for fact in ada.facts()] == ["mine"]


def test_rows_of_the_team_that_cannot_be_read_leave_the_rest_and_the_file_whole(machine):
    ada, eve = machine("ada"), machine("eve")
    ada.put_facts("memory", [note("orders", "mine", "memory")])
    eve.put_tables([(table("orders"), "1")])
    bad = [b"no zlib", zlib.compress(b"[" * 100_000), zlib.compress(b" " * 300_000_000), zlib.compress(b"{}")]
    eve._team.put_tables([(TableName("d", "s", f"bad_{n}"), "1", one) for n, one in enumerate(bad)])
    eve._team.put_facts("dbt", ["[" * 10_000, "{}", packed_fact(note("orders", "good"))])
    assert ada.pull()
    assert [name.table for name in ada.names()] == ["orders"]
    assert ([fact.text for fact in ada.facts()], ada.note) == (["good", "mine"], "")


def test_a_machine_that_comes_late_gets_all(machine):
    ada = machine("ada")
    ada.put_tables((table(f"t{number}"), "1") for number in range(2500))
    late = machine("late")
    assert late.pull()
    assert late.names() == ada.names()


def test_a_replica_that_is_far_behind_is_brought_up_as_a_whole(machine):
    ada, bob = machine("ada"), machine("bob")
    ada.put_tables([(table("gone"), "1"), (table("kept"), "1")])
    ada.put_facts("old", [note("kept", "old", "old")])
    bob.pull()
    ada.drop_tables([TableName("d", "s", "gone")])
    ada.put_facts("old", [])
    for number in range(1002):
        ada.put_facts("dbt", [note("kept", f"note {number}")])
    assert bob.pull()
    assert ([name.table for name in bob.names()], bob.facts()) == (["kept"], ada.facts())


def test_a_server_out_of_reach_is_said_and_the_replica_goes_on(machine, tmp_path):
    store = machine("ada", where=f"postgresql:///d?host={tmp_path}")
    store.put_tables([(table("orders"), "1")])
    store.put_facts("dbt", [note("orders", "in euros")])
    assert store.marks() == {TableName("d", "s", "orders"): ""}  # the next crawl brings it to the team
    assert len(store.match(["order"], 5)) == 1
    assert "out of reach" in store.note
    assert store.note.endswith("Look at `%rasgo config catalog_store`.")


def test_the_password_is_in_no_repr():
    assert "hunter2" not in repr(TeamRows("postgresql://ada@db/d", "c", password="hunter2"))


WRITES_AT_ONCE = """
import sys
from pathlib import Path
from rasgo_nb.catalog.stores.postgres_store import PostgresStore
from rasgo_nb.catalog.stores.postgres_store_rows import TeamRows
from rasgo_nb.connectors.base import Column, TableDetail, TableName
address, catalog, folder, who = sys.argv[1:]
store = PostgresStore(Path(folder) / f"{who}.sqlite3", TeamRows(address, catalog))
for number in range(20):
    store.put_tables([(TableDetail(TableName("d", who, f"t{number}"), (Column("id", "INT"),)), "")])
    assert not store.note, store.note
store.close()
"""


def test_machines_that_write_at_once_lose_nothing(machine, address, tmp_path):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITES_AT_ONCE, address, tmp_path.name, str(tmp_path), f"w{n}"]
        )
        for n in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    reader = machine("reader")
    reader.pull()
    assert len(reader.names()) == 80


def test_a_reader_never_waits_for_a_writer(machine, address, tmp_path):
    import psycopg

    ada, bob = machine("ada"), machine("bob")
    ada.put_tables([(table("orders"), "1")])
    with psycopg.connect(address) as writer:
        writer.execute("UPDATE rasgo_nb.catalogs SET generation = generation + 1")
        started = time.monotonic()
        assert bob.pull()
        assert time.monotonic() - started < 5
        writer.rollback()
    assert len(bob.names()) == 1
