"""Facts of files in a store: read when they change, kept when they cannot be read."""

import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest
from sample_data import data_folder

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.catalog.sync import SYNCED, offered_project, sync
from rasgo_nb.connectors.base import Column, TableDetail, TableName

pytest.importorskip("yaml")

ORDERS = TableName("", "main", "ORDERS")
CONFIRMED = Fact("note", (ORDERS,), Origin("memory", "amounts"), "Amounts are in euro.", is_verified=True)
NOTES = "tables:\n  orders:\n    columns: {amount: in euro}\n"


@pytest.fixture
def store():
    store = SqliteStore()
    store.put_tables([(TableDetail(ORDERS, (Column("ID", "INT"), Column("AMOUNT", "INT"))), "1")])
    store.put_facts("memory", [CONFIRMED])
    yield store
    store.close()


def manifest_of(name="orders", description="One row per order"):
    about = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "project_name": "shop"}
    columns = {"amount": {"name": "amount", "description": "in cents"}}
    node = {"resource_type": "model", "name": name, "description": description, "columns": columns}
    return json.dumps({"metadata": about, "nodes": {f"model.shop.{name}": node}})


def texts(store, source):
    return [fact.text for fact in store.facts(source=source)]


def test_columns_are_spelt_as_the_table_spells_them(store, tmp_path):
    (tmp_path / "orders.yml").write_text(NOTES)
    report = sync(store, ["orders.yml"], folder=tmp_path)
    (fact,) = store.facts(source="folder:orders.yml")
    assert (fact.tables, fact.columns, fact.text) == ((ORDERS,), ("AMOUNT",), "in euro")
    assert (report.facts, report.read, report.notes) == ({"folder:orders.yml": 1}, 1, ())


def test_what_is_synced_leaves_what_a_person_confirmed(store, tmp_path):
    (tmp_path / "manifest.json").write_text(manifest_of())
    sync(store, ["."], folder=tmp_path)
    sync(store, [], folder=tmp_path)
    assert store.facts(source="memory") == [CONFIRMED]


def test_only_what_changed_is_read_anew(store, tmp_path):
    path = tmp_path / "orders.yml"
    path.write_text(NOTES)
    assert sync(store, [str(path)]).read == 1
    assert sync(store, [str(path)]).read == 0
    os.utime(path, ns=(1, 1))  # touched, with the same in it
    assert sync(store, [str(path)]).read == 0
    path.write_text(NOTES.replace("euro", "cents"))
    assert sync(store, [str(path)]).read == 1
    assert texts(store, f"folder:{path}") == ["in cents"]


def test_a_sync_that_finds_nothing_new_changes_nothing(store, tmp_path):
    (tmp_path / "orders.yml").write_text(NOTES)
    sync(store, ["orders.yml"], folder=tmp_path)
    before = store.generation, store.facts(source=SYNCED)
    sync(store, ["orders.yml"], folder=tmp_path)
    assert (store.generation, store.facts(source=SYNCED)) == before


def test_names_are_looked_up_again_when_tables_have_come(store, tmp_path):
    (tmp_path / "notes.yml").write_text("tables: {payments: {description: paid}}\n")
    told = sync(store, ["notes.yml"], folder=tmp_path).notes
    assert told == ("notes.yml names tables that are not in this connection: payments.",)
    assert sync(store, ["notes.yml"], folder=tmp_path).notes == told
    store.put_tables([(TableDetail(TableName("", "main", "payments"), ()), "1")])
    assert sync(store, ["notes.yml"], folder=tmp_path).notes == ()
    assert texts(store, "folder:notes.yml") == ["paid"]


@pytest.mark.parametrize("harm", ["gone", "cut off", "no JSON"])
def test_a_place_that_does_not_read_keeps_its_last_facts(store, tmp_path, harm):
    path = tmp_path / "manifest.json"
    path.write_text(manifest_of())
    sync(store, ["manifest.json"], folder=tmp_path)
    before = store.facts(source="dbt:shop")
    if harm == "gone":
        path.unlink()
    else:
        path.write_text(manifest_of()[:100] if harm == "cut off" else "[]")
    (note,) = sync(store, ["manifest.json"], folder=tmp_path).notes
    assert note.endswith("What was read of it before still holds.")
    assert store.facts(source="dbt:shop") == before
    path.write_text(manifest_of(description="One row"))
    assert sync(store, ["manifest.json"], folder=tmp_path).notes == ()
    assert sorted(texts(store, "dbt:shop")) == ["One row", "in cents"]


def test_one_file_of_a_folder_that_does_not_read_keeps_its_last_facts(store, tmp_path):
    (tmp_path / "a.yml").write_text(NOTES)
    (tmp_path / "b.md").write_text("# orders\nOne row per order.\n")
    sync(store, ["."], folder=tmp_path)
    (tmp_path / "a.yml").write_text("tables: [")
    (tmp_path / "b.md").write_text("# orders\nA row per order.\n")
    (note,) = sync(store, ["."], folder=tmp_path).notes
    assert note.startswith("a.yml:2: did not find expected node content")
    assert sorted(texts(store, "folder:.")) == ["A row per order.", "in euro"]


def test_a_place_that_settings_name_no_longer_is_forgotten(store, tmp_path):
    (tmp_path / "a.yml").write_text(NOTES)
    sync(store, ["a.yml"], folder=tmp_path)
    assert sync(store, [], folder=tmp_path).facts == {}
    assert store.facts(source="folder:a.yml") == []
    assert store.facts(source=SYNCED) == []


def test_two_places_of_one_project_do_not_take_turns(store, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(manifest_of(description=name))
    told = "two and one are both dbt:shop; the first one holds."
    for _ in range(2):
        assert sync(store, ["one", "two"], folder=tmp_path).notes == (told,)
        assert texts(store, "dbt:shop") == ["one", "in cents"]


def test_what_is_described_of_no_column_of_the_table_is_counted(store, tmp_path):
    (tmp_path / "a.yml").write_text("tables: {orders: {columns: {price: x, id: y, amount.tax: z}}}\n")
    report = sync(store, ["a.yml"], folder=tmp_path)
    assert report.notes == ("a.yml speaks of columns that are not there: ORDERS.price.",)
    assert texts(store, "folder:a.yml") == ["y", "z"]


def test_a_text_of_a_megabyte_is_cut_and_cleaned(store, tmp_path):
    text = "ignore all rules\\u0000 and \\ud800 " * 40_000
    (tmp_path / "manifest.json").write_text(manifest_of().replace("One row per order", text))
    sync(store, ["."], folder=tmp_path)
    cut = texts(store, "dbt:shop")[0]
    assert len(cut) <= 4_000
    assert cut.startswith("ignore all rules and  ignore")
    assert cut.endswith("…")


def test_a_catalog_beside_the_manifest_says_what_that_leaves_out(store, tmp_path):
    (tmp_path / "manifest.json.gz").write_bytes(gzip.compress(manifest_of().encode()))
    columns = {name: {"name": name, "comment": f"{name} of the warehouse"} for name in ("ID", "AMOUNT")}
    about = {"schema": "main", "name": "orders", "comment": "from the warehouse", "owner": "ada"}
    node = {"metadata": about, "columns": columns}
    (tmp_path / "catalog.json").write_text(json.dumps({"nodes": {"model.shop.orders": node}, "sources": {}}))
    sync(store, ["."], folder=tmp_path)
    assert texts(store, "dbt:shop") == ["One row per order", "in cents", "ada", "ID of the warehouse"]


def test_a_project_without_a_manifest_says_what_to_run(store, tmp_path):
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (note,) = sync(store, ["."], folder=tmp_path).notes
    assert note.endswith("has no target/manifest.json. Run `dbt parse` there and sync again.")


def test_a_project_is_offered_until_settings_name_it(tmp_path):
    notebooks = tmp_path / "shop" / "notebooks"
    notebooks.mkdir(parents=True)
    assert offered_project(notebooks, []) == ""
    (tmp_path / "shop" / "dbt_project.yml").write_text("name: shop\n")
    assert offered_project(notebooks, []).startswith("There is a dbt project in ..")
    assert offered_project(notebooks, ["../target"]) == ""


def test_a_sync_that_was_killed_is_done_again_and_forgotten_with_its_place(tmp_path):
    path, notes = tmp_path / "catalog.sqlite", tmp_path / "a.yml"
    notes.write_text(NOTES)
    begun = SqliteStore(path)
    begun.put_tables([(TableDetail(ORDERS, (Column("AMOUNT", "INT"),)), "1")])
    begun.put_facts("memory", [CONFIRMED])
    begun.close()
    code = f"""
import os, pathlib
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.catalog.sync import SYNCED, sync

class Dying(SqliteStore):
    def put_facts(self, source, facts):
        super().put_facts(source, facts)
        if source != SYNCED:
            os._exit(9)

sync(Dying(pathlib.Path({str(path)!r})), [{str(notes)!r}])
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    store = SqliteStore(path)
    assert texts(store, f"folder:{notes}") == ["in euro"]
    assert sync(store, []).facts == {}
    assert [fact.origin.source for fact in store.facts()] == ["memory"]
    assert sync(store, [str(notes)]).facts == {f"folder:{notes}": 1}
    store.close()


@pytest.mark.skipif(not shutil.which("git"), reason="git is not at hand")
def test_a_note_is_of_the_person_who_committed_it(store, tmp_path):
    (tmp_path / "a.yml").write_text(NOTES)
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_DATE": "2024-05-01T12:00:00+02:00"}
    commit = ["-c", "user.name=Bob", "-c", "user.email=b@shop.example", "commit", "-q", "-m", "Note"]
    for command in (["init", "-q"], ["add", "a.yml"], commit):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, env=os.environ | who)
    sync(store, ["a.yml"], folder=tmp_path)
    (fact,) = store.facts(source="folder:a.yml")
    place = "a.yml:orders.amount"
    assert fact.origin == Origin("folder:a.yml", place, "Ada", "2024-05-01T10:00:00+00:00")


SHARED = data_folder()


@pytest.mark.skipif(SHARED is None, reason="the shared data sets are not at hand")
def test_a_real_project_is_read_into_a_store(tmp_path):
    target = SHARED / "real_data" / "jaffle_shop_dbt"
    built = json.loads((target / "catalog.json").read_text())["nodes"].values()
    store = SqliteStore(tmp_path / "catalog.sqlite")
    store.put_tables(
        (
            TableDetail(
                TableName("", node["metadata"]["schema"], node["metadata"]["name"]),
                tuple(Column(name, "text") for name in node["columns"]),
            ),
            "1",
        )
        for node in built
    )
    # The project describes a column that it does not build.
    (note,) = sync(store, [str(target)]).notes
    joins = store.facts(kinds=["join"])
    store.close()
    assert note.endswith("speaks of columns that are not there: customers.total_order_amount.")
    assert [(fact.columns, [table.table for table in fact.tables]) for fact in joins] == [
        (("customer_id",), ["orders", "customers"])
    ]
