"""Statements that were written to get past the guard, and reads that look like them, by dialect."""

import time
import tomllib
from pathlib import Path

import pytest

from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.errors import QueryRefused

FOLDER = Path(__file__).parent / "hostile"
DIALECTS = (
    *("duckdb", "snowflake", "bigquery", "postgres", "redshift", "mysql", "sqlite", "tsql", "oracle"),
    *("clickhouse", "trino", "athena", "databricks", "spark", "teradata", "nosuch"),
)
DEEP = {
    "brackets": "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
    "NOT": "SELECT " + "NOT " * 20_000 + "1",
    "CASE": "SELECT " + "CASE WHEN a THEN " * 3000 + "1" + " END" * 3000,
    "subscripts": "SELECT a" + "[1]" * 3000,
    "calls": "SELECT " + "f(" * 3000 + ")" * 3000,
    "a list of 1 MB": f"SELECT a FROM t WHERE a IN ({','.join(map(str, range(150_000)))})",
    "a text of 2 MB": "SELECT '" + "x" * 2_000_000 + "'",
    "comments": "SELECT 1 " + "/*" * 100_000,
    "semicolons": ";" * 100_000,
}


def _cases():
    for path in sorted(FOLDER.glob("*.toml")):
        page = tomllib.loads(path.read_text(encoding="utf-8"))
        pages = page if path.stem == "servers" else dict.fromkeys(_dialects(path.stem), page)
        for dialect, cases in pages.items():
            for verdict in ("refused", "allowed"):
                for group, statements in cases[verdict].items():
                    yield dialect, verdict, group, statements


def _dialects(stem):
    return DIALECTS if stem == "any" else (stem,)


def is_allowed(statement, dialect):
    try:
        check_read_only(statement, dialect)
    except QueryRefused:
        return False
    return True


CASES = list(_cases())


@pytest.mark.parametrize(
    ("dialect", "verdict", "statements"),
    [(dialect, verdict, statements) for dialect, verdict, _, statements in CASES],
    ids=[f"{dialect}-{verdict}-{group}" for dialect, verdict, group, _ in CASES],
)
def test_the_guard_says_of_each_what_its_page_says(dialect, verdict, statements):
    wanted = verdict == "allowed"
    assert [one for one in statements if is_allowed(one, dialect) is not wanted] == []


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "snowflake", "mysql"])
@pytest.mark.parametrize("what", DEEP)
def test_what_is_too_deep_or_too_long_is_refused_soon(what, dialect):
    started = time.perf_counter()
    with pytest.raises(QueryRefused):
        check_read_only(DEEP[what], dialect)
    assert time.perf_counter() - started < 20
