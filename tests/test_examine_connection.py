"""The doctor tries out a connection: what works is said, and what does not, in a line each."""

from rasgo_nb.commands.examine_connection import examine_connection
from rasgo_nb.commands.rasgo import run_command


def test_what_works_on_a_connection_is_told(shop):
    found = examine_connection(shop, "shop")
    assert [one.what.removeprefix("connection shop") for one in found] == [
        "",
        ", query",
        ", tables",
        ", cost estimate",
        ", stopping a query",
    ]
    assert all(one.is_good for one in found), found


def test_a_source_is_opened_to_try_it(session, tmp_path):
    (tmp_path / "mine.csv").write_text("a\n1\n")
    said = run_command(session, f"doctor --connection {tmp_path}/mine.csv")
    assert "1 tables can be read" in said


def test_what_cannot_be_opened_is_one_line(session):
    [found] = examine_connection(session, "nowhere.duckdb")
    assert found.stops_a_run
    assert "does not exist" in found.says


def test_drivers_and_kept_connections_are_listed(session):
    run_command(session, "config connections.prod.source snowflake:prod")
    said = run_command(session, "doctor")
    assert "ok    connection prod: snowflake:prod; `rasgo-nb doctor --connection prod` tries it" in said
    assert "Postgres: psycopg" in said or "rasgo_nb[postgres]" in said
