"""`%rasgo catalog`: what it says, and what it does to a bad line."""

import signal
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from rasgo_nb.catalog.kept import store_of
from rasgo_nb.catalog.stores import sqlite_store_file
from rasgo_nb.cli import main
from rasgo_nb.commands.crawl_bar import read_watched, report_line
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.errors import RasgoError, UnknownName

NOTES = """
tables:
  orders:
    description: Orders of the web shop
    synonyms: [purchases]
    columns:
      amount: {description: Gross amount in euro}
metrics:
  - {name: revenue, tables: [orders], sql: sum(amount), description: Money of all orders}
"""


@pytest.fixture
def catalog(shop):
    return lambda line="": run_command(shop, f"catalog {line}")


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "shop.yml").write_text(NOTES, encoding="utf-8")
    return folder


def test_status_says_how_much_is_known_and_where_it_lies(catalog):
    assert catalog().startswith("shop: 2 tables, held in memory")


def test_what_a_folder_says_is_read_and_found(catalog, notes):
    said = catalog(f'sync "{notes}"')
    assert "facts" in said
    assert "orders" in catalog("search purchases").splitlines()[0]
    assert "revenue" in catalog("search revenue")
    shown = catalog("show orders")
    assert "description: Orders of the web shop (folder" in shown
    assert "Gross amount in euro" in shown
    assert "folder" in catalog("sources")


def test_a_source_that_is_forgotten_is_found_no_longer(catalog, notes):
    catalog(f"sync {notes}")
    [source] = [line.split()[0] for line in catalog("sources").splitlines() if "folder" in line]
    assert f"facts of {source}" in catalog(f"forget {source}")
    assert source not in catalog("sources")


def test_a_refresh_sees_new_tables_and_says_so(shop, catalog):
    catalog()
    assert "2 tables" in catalog("refresh")
    assert "2 were new" in catalog("refresh --full")
    assert "2 tables" in run_command(shop, "refresh")


def test_a_note_of_a_column_is_kept_as_a_memory_and_shown(catalog):
    kept = catalog("note orders.amount Without VAT since 2024")
    assert "Kept as" in kept
    assert "orders.amount" in kept
    assert "without vat" in catalog("search vat").lower()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stat", "%rasgo catalog status"),
        ("show order", "Did you mean"),
        ("show", "catalog show orders"),
        ("search", "catalog search"),
        ("note orders", "note TABLE TEXT"),
        ("note orders.amont Gross", "Did you mean amount?"),
        ("sync nowhere", "no file or folder"),
        ("sync", "catalog sync"),
        ("forget memory", "%rasgo memory"),
        ("forget nothing", "There is no source"),
        ("--conection shop status", "--connection"),
    ],
)
def test_a_bad_line_is_answered_with_what_to_type(catalog, line, said):
    with pytest.raises(RasgoError) as refused:
        catalog(line)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_connection_that_is_not_there_is_named(catalog):
    with pytest.raises(UnknownName):
        catalog("--connection nothing status")


def test_texts_of_files_move_no_cursor(catalog, notes):
    (notes / "shop.yml").write_text('tables: {orders: {description: "a\\e[2Jb"}}', encoding="utf-8")
    catalog(f"sync {notes}")
    assert "\x1b" not in catalog("show orders")


class Slow:
    """A database that takes its time over each table."""

    name, dialect, is_closed, read_only = "slow", "duckdb", False, True

    def list_tables(self):
        return [TableName("", "main", f"table_{number}") for number in range(1_000)]

    def table_marks(self):
        return dict.fromkeys(self.list_tables(), "1")

    def describe_tables(self, tables=None):
        time.sleep(0.7)
        return [TableDetail(name, (Column("id", "INTEGER"),)) for name in tables or self.list_tables()]


def test_a_reading_that_is_stopped_keeps_what_was_read_and_goes_on_later(capsys):
    slow = Slow()
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    report = read_watched(slow)
    assert report.is_stopped
    assert "`%rasgo catalog refresh` goes on" in report_line(report)
    assert read_watched(slow).tables == 1_000
    assert "of 500 tables" in capsys.readouterr().out


def test_the_shell_reads_and_shows_a_catalog(tmp_path, shop, capsys, notes):
    path = shop.connections.sources[shop.current]
    shop.close()
    assert main(["catalog", "status", "--connection", str(path)]) == 0
    assert "2 tables" in capsys.readouterr().out
    assert main(["catalog", "sync", str(notes), "--connection", str(path)]) == 0
    assert "facts" in capsys.readouterr().out


def test_notes_of_names_that_differ_by_case_are_of_the_one_spelled_so(session, postgres):
    script = 'CREATE TABLE orders (id int, amount int, "Amount" text); CREATE TABLE "Orders" (id int)'
    session.connect(postgres.url(postgres.new_database(script)), name="shop")
    assert "for public.orders.amount;" in run_command(session, "catalog note orders.amount In euro")
    assert "for public.orders.Amount;" in run_command(session, "catalog note orders.Amount As typed")
    assert run_command(session, "catalog show public.Orders").startswith("public.Orders")
    with pytest.raises(UnknownName, match=r"Did you mean public.Orders or public.orders\?"):
        run_command(session, "catalog note ORDERS.amount In euro")


def test_a_full_refresh_of_a_database_that_is_away_loses_nothing(session, postgres):
    database = postgres.new_database("CREATE TABLE orders (id int)")
    session.connect(postgres.url(database), name="shop")
    assert "1 were new" in run_command(session, "catalog refresh --full")
    postgres.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    with pytest.raises(RasgoError):
        run_command(session, "catalog refresh --full")
    assert "orders" in run_command(session, "catalog search orders")


def test_a_place_that_holds_nothing_is_refused_and_not_added(shop, catalog, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for place, said in ((empty, "holds no manifest.json"), ("~nobody-here/x", "no file or folder")):
        with pytest.raises(RasgoError, match=said):
            catalog(f"sync {place}")
    assert shop.settings_of("shop").meaning == ()


def test_a_catalog_that_another_process_keeps_to_itself_fails_no_search(session, postgres, monkeypatch):
    monkeypatch.setattr(sqlite_store_file, "_WAIT_S", 0.1)
    session.connect(postgres.url(postgres.new_database("CREATE TABLE orders (id int)")), name="shop")
    run_command(session, "catalog refresh")
    run_command(session, "catalog note orders Without returns")
    with closing(sqlite3.connect(store_of(session.connection()).path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "public.orders" in run_command(session, "catalog search orders")
    assert "Without returns" in run_command(session, "catalog search orders")
