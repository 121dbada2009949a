"""5 million rows by 8 columns from Postgres into pandas: rasgo_nb against psycopg's own fastest way."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.against_driver import QUICK_ROWS, ROWS, compared, measured, measured_whole
from benchmarks.figures import ROOT, need_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Figure

SQL = "SELECT * FROM mixed"
COLUMNS = (
    "quantity", "id", "price", "weight", "reference", "ordered_on", "shipped_at", "is_returned",
)  # fmt: skip
TABLE = """
CREATE TABLE mixed AS SELECT
    (i * 7919 % 1000003)::int AS quantity,
    i * 1000003 AS id,
    ((i * 7919 % 100000007) / 100.0)::numeric(18, 2) AS price,
    sqrt(i::float8) AS weight,
    'order ' || md5(i::text) AS reference,
    DATE '2015-01-01' + (i % 3650)::int AS ordered_on,
    TIMESTAMPTZ '2015-01-01 00:00:00+00' + i * INTERVAL '1.234567 s' AS shipped_at,
    i % 3 = 0 AS is_returned
FROM generate_series(1::bigint, {rows}) AS i
"""


def figures(*, quick: bool) -> list[Figure]:
    """Time and memory of the whole table."""
    need_memory(3 if quick else 8)
    with served(QUICK_ROWS if quick else ROWS) as url:
        return compared("postgres", by_connection, by_driver, rounds=3, url=url)


@contextmanager
def served(rows: int) -> Iterator[str]:
    """The URL of a server with the table."""
    sys.path.insert(0, str(ROOT / "tests"))
    from postgres_server import running_postgres

    with running_postgres() as server:
        server.execute(TABLE.format(rows=rows))
        server.execute("VACUUM ANALYZE mixed")
        yield server.url()


def by_driver(url: str) -> dict[str, float]:
    """COPY as psycopg documents it, read by pandas's fastest CSV parser; the price becomes a float."""
    import pandas as pd
    import psycopg

    with psycopg.connect(url) as link:

        def frame_of(sql: str) -> pd.DataFrame:
            text = io.BytesIO()
            with link.cursor().copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)".encode()) as copy:
                for row in copy:
                    text.write(row)
            text.seek(0)
            return pd.read_csv(
                text, names=list(COLUMNS), engine="pyarrow", true_values=["t"], false_values=["f"]
            )

        return measured(frame_of, SQL)


def by_connection(url: str) -> dict[str, float]:
    """The connection of rasgo_nb."""
    from rasgo_nb.connectors.open import open_connection

    return measured_whole(open_connection(url, name="mixed"), SQL)
