"""A catalog's file survives a kill at any moment, and damage of any kind costs no more than a new reading."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import Column, TableDetail, TableName

# Goes from one whole state to the next for ever: in state N all tables and facts say "stateN".
WRITER = """
import sys
from pathlib import Path
from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import Column, TableDetail, TableName

store, first = SqliteStore(Path(sys.argv[1])), int(sys.argv[2])
names = [TableName("d", "s", f"t{number}") for number in range(40)]
print("begun", flush=True)
for turn in range(first, first + 1_000_000):
    word = f"state{turn}"
    store.put_tables((TableDetail(name, (Column("id", "INT"),), comment=word), word) for name in names)
    store.put_facts("dbt", [Fact("note", (name,), Origin("dbt"), word) for name in names])
    store.drop_tables(names[:20])
"""


def table(name, comment=""):
    return TableDetail(TableName("d", "s", name), (Column("id", "INT"),), comment=comment)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalog" / "d.sqlite3"


@pytest.fixture
def filled(path):
    """A file of some pages."""
    store = SqliteStore(path)
    store.put_tables((table(f"t{number}", comment="apples " * 50), "1") for number in range(500))
    store.close()
    return path


def check_whole(path):
    """Tables, their words and facts tell of the same; as many as after one of the three changes."""
    with sqlite3.connect(path) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        link.execute("INSERT INTO page (page) VALUES ('integrity-check')")
        link.execute("INSERT INTO fact_page (fact_page) VALUES ('integrity-check')")
        link.rollback()
        numbers = link.execute("SELECT number FROM tables ORDER BY number").fetchall()
        assert link.execute("SELECT rowid FROM page ORDER BY rowid").fetchall() == numbers
        found = link.execute("SELECT rowid FROM fact_page ORDER BY rowid").fetchall()
        assert link.execute("SELECT number FROM facts ORDER BY number").fetchall() == found
    link.close()
    store = SqliteStore(path)
    names, marks, facts = store.names(), store.marks(), store.facts()
    assert store.note == ""
    assert len(names) in (0, 20, 40)
    assert len(facts) in (0, 40)
    assert len({fact.text for fact in facts}) <= 1
    assert len(set(marks.values())) <= 1
    for mark in set(marks.values()):
        assert len(store.match([mark.removesuffix(str(int(mark[5:]))), mark[5:]], 50)) == len(names)
    store.close()


def test_a_kill_at_any_moment_leaves_a_whole_state(path):
    chance = random.Random(7)
    for turn in range(30):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(turn * 1000)], stdout=subprocess.PIPE
        )
        writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.25))
        writer.kill()
        writer.communicate()
        check_whole(path)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_file_that_was_cut_off_is_made_anew(filled, share):
    os.truncate(filled, int(filled.stat().st_size * share))
    store = SqliteStore(filled)
    assert list(store.names()) == []
    assert "is read anew" in store.note
    store.put_tables([(table("t"), "")])
    assert len(store.match(["t"], 5)) == 1
    assert filled.with_name("d.sqlite3.damaged").exists()
    store.close()


def test_garbage_is_put_aside(path):
    path.parent.mkdir()
    path.write_bytes(random.Random(1).randbytes(50_000))
    store = SqliteStore(path)
    store.put_tables([(table("t"), "")])
    assert "is read anew" in store.note
    store.close()
    again = SqliteStore(path)
    assert (len(again.names()), again.note) == (1, "")
    again.close()


def test_an_empty_file_is_a_new_one(path):
    path.parent.mkdir()
    path.touch()
    store = SqliteStore(path)
    assert (list(store.names()), store.note) == ([], "")
    store.close()


def test_a_file_of_another_version_is_put_aside(filled):
    with sqlite3.connect(filled) as link:
        link.execute("PRAGMA user_version = 999")
    link.close()
    store = SqliteStore(filled)
    assert list(store.names()) == []
    assert "another version" in store.note
    store.close()


@pytest.mark.parametrize("seed", range(12))
def test_damage_that_shows_later_is_mended_then(filled, seed):
    store = SqliteStore(filled)
    chance = random.Random(seed)
    with filled.open("r+b") as file:
        for _ in range(20):
            file.seek(chance.randrange(4096, filled.stat().st_size))
            file.write(chance.randbytes(300))
    for _ in range(3):
        store.match(["appl", "apples"], 20)
        store.details(store.names()[:100])
        store.put_tables([(table("new", "pears"), "2")])
        store.vocabulary()
    assert store.details([TableName("d", "s", "new")]) == [table("new", "pears")]
    store.close()


def test_a_folder_that_cannot_be_written_serves_from_memory(tmp_path):
    (tmp_path / "file").touch()
    store = SqliteStore(tmp_path / "file" / "catalog.sqlite3")
    store.put_tables([(table("t"), "")])
    assert len(store.names()) == 1
    assert store.path is None
    assert store.note.endswith("name another folder with the variable RASGO_NB_HOME.")
    store.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_files_to_read_alone_serves_from_memory(filled):
    filled.chmod(0o400)
    filled.parent.chmod(0o500)
    store = SqliteStore(filled)
    store.put_tables([(table("t"), "")])
    assert store.note
    filled.parent.chmod(0o700)
    store.close()


ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import Column, TableDetail, TableName
def table(number):
    return TableDetail(TableName("d", "s", f"t{number}"), (Column("id", "INT"),), comment="apples" * 20)
store = SqliteStore(Path(sys.argv[1]))
store.put_tables([(table(number), "") for number in range(10)])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
for first in range(10, 4000, 500):
    store.put_tables([(table(number), "") for number in range(first, first + 500)])
print(len(store.names()), len(store.match(["t"], 9)), store.note)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on the size of files")
@pytest.mark.parametrize("limit", [30_000, 300_000])
def test_a_full_disk_loses_nothing_that_was_read(path, limit):
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(path), str(limit)], capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.startswith("4010 9 The catalog cannot be kept in")
    assert len(done.stdout.splitlines()) == 1


WRITES_AT_ONCE = """
import sys
from pathlib import Path
from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import Column, TableDetail, TableName
who, store = sys.argv[2], SqliteStore(Path(sys.argv[1]))
for number in range(25):
    name = TableName("d", who, f"t{number}")
    store.put_tables([(TableDetail(name, (Column("id", "INT"),), comment=who), "")])
    store.put_facts(who, [Fact("note", (name,), Origin(who), f"note {number}")])
    assert len(store.names()) > number
store.close()
"""


def test_kernels_that_write_at_once_lose_nothing(path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITES_AT_ONCE, str(path), f"w{number}"])
        for number in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    store = SqliteStore(path)
    assert len(store.names()) == 100
    assert len(store.facts()) == 4
    assert store.generation == 200
    store.close()


def test_kernels_see_each_others_changes(path):
    one, other = SqliteStore(path), SqliteStore(path)
    before = other.generation
    one.put_tables([(table("t", "apples"), "")])
    assert other.generation > before
    assert len(other.names()) == 1
    one.drop_tables([TableName("d", "s", "t")])
    assert other.match(["t"], 5) == []
    one.close()
    other.close()


def test_threads_read_while_one_writes(path):
    store, failures = SqliteStore(path), []

    def read():
        try:
            for _ in range(30):
                names = store.names()
                assert len(names) % 50 == 0
                assert len(store.details(names)) == len(names)
                store.match(["t", "apples"], 10)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for first in range(0, 500, 50):
        store.put_tables([(table(f"t{number}", "apples"), "") for number in range(first, first + 50)])
    for reader in readers:
        reader.join()
    assert failures == []
    store.close()


def test_a_closed_store_says_so(path):
    store = SqliteStore(path)
    store.close()
    store.close()
    with pytest.raises(Exception, match="%rasgo connect"):
        store.names()


def test_another_kernel_may_make_a_damaged_file_anew_first(filled):
    one, other = SqliteStore(filled), SqliteStore(filled)
    os.truncate(filled, 5000)
    for store in (one, other):
        store.put_tables([(table("t"), "")])
        store.match(["apples"], 5)
    assert [len(store.names()) for store in (one, other)] == [1, 1]
    one.close()
    other.close()
