"""5 million rows by 8 columns from a stand-in of Snowflake: rasgo_nb against fetch_pandas_all."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.against_driver import QUICK_ROWS, ROWS, compared, measured, measured_whole
from benchmarks.figures import ROOT, Skipped, need_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from benchmarks.figures import Figure

SQL = "SELECT * FROM mixed"
TABLE = """
CREATE TABLE mixed AS SELECT
    (i * 7919 % 1000003)::NUMBER(12, 0) AS quantity,
    (i * 1000003)::NUMBER(18, 0) AS id,
    (i * 7919 % 100000007 / 100)::NUMBER(18, 2) AS price,
    sqrt(i::FLOAT) AS weight,
    'order ' || md5(i::TEXT) AS reference,
    dateadd(day, i % 3650, '2015-01-01'::DATE)::DATE AS ordered_on,
    dateadd(second, i, '2015-01-01'::TIMESTAMP_NTZ)::TIMESTAMP_NTZ AS shipped_at,
    i % 3 = 0 AS is_returned
FROM (SELECT SEQ8()::NUMBER(18, 0) AS i FROM TABLE(GENERATOR(ROWCOUNT => {rows})))
"""


def figures(*, quick: bool) -> list[Figure]:
    """Time and memory of the whole table."""
    need_memory(4 if quick else 10)
    with served(QUICK_ROWS if quick else ROWS) as options:
        return compared("snowflake", by_connection, by_driver, rounds=3, options=options)


@contextmanager
def served(rows: int) -> Iterator[dict[str, str]]:
    """The options that reach a server with the table, which gives results that it has made before."""
    sys.path.insert(0, str(ROOT / "tests"))
    import pytest
    from peers.snowflake_peer import running_snowflake

    try:
        with running_snowflake() as peer:
            options = peer.options | {"database": "T_MIXED", "network_timeout": "600"}
            peer.set(result_cache=True)
            with linked(options) as link:
                for statement in (TABLE.format(rows=rows), SQL):
                    link.cursor().execute(statement)
            yield options
    except pytest.skip.Exception as reason:
        raise Skipped(str(reason)) from None


@contextmanager
def linked(options: dict[str, str]) -> Iterator[Any]:
    """The driver's own connection."""
    import snowflake.connector

    numbers = {name: int(options[name]) for name in ("port", "login_timeout", "network_timeout")}
    quiet = {"platform_detection_timeout_seconds": 0.0, "password": "secret"}
    with snowflake.connector.connect(**(options | numbers | quiet)) as link:
        yield link


def by_driver(options: dict[str, str]) -> dict[str, float]:
    """As its documentation reads results into pandas, but without dates as objects, which take far longer."""
    with linked(options) as link:

        def frame_of(sql: str) -> pd.DataFrame:
            return link.cursor().execute(sql).fetch_pandas_all(date_as_object=False)

        return measured(frame_of, SQL)


def by_connection(options: dict[str, str]) -> dict[str, float]:
    """The connection of rasgo_nb."""
    from rasgo_nb.connectors.open import open_connection
    from rasgo_nb.connectors.request import ConnectRequest
    from rasgo_nb.secret_store import SecretsInMemory

    secrets = SecretsInMemory()
    secrets.keep("mixed.password", "secret")
    asked = ConnectRequest(options=options, secrets=secrets)
    return measured_whole(open_connection("snowflake", asked, name="mixed"), SQL)
