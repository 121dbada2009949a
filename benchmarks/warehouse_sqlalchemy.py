"""5 million rows by 8 columns from SQLite by SQLAlchemy into pandas: rasgo_nb against pandas.read_sql."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.against_driver import QUICK_ROWS, ROWS, compared, measured, measured_whole
from benchmarks.figures import need_memory

if TYPE_CHECKING:
    from benchmarks.figures import Figure

SQL = "SELECT * FROM mixed"
TABLE = """
CREATE TABLE mixed (
    quantity INTEGER, id INTEGER, price REAL, weight REAL, reference TEXT, ordered_on DATE,
    shipped_at TIMESTAMP, is_returned BOOLEAN
)
"""
ROWS_OF_IT = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO mixed SELECT
    i * 7919 % 1000003, i * 1000003, (i * 7919 % 100000007) / 100.0, i / 7.0,
    'order ' || (i * 48271 % 2147483647),
    date('2015-01-01', (i % 3650) || ' days'), datetime(1420070400 + i, 'unixepoch'), i % 3 = 0
FROM n
"""


def figures(*, quick: bool) -> list[Figure]:
    """Time and memory of the whole table."""
    need_memory(2 if quick else 8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mixed.db")
        with closing(sqlite3.connect(path)) as writer:
            writer.execute(TABLE)
            writer.execute(ROWS_OF_IT, [QUICK_ROWS if quick else ROWS])
            writer.commit()
        return compared(
            "sqlalchemy", by_connection, by_driver, rounds=3 if quick else 1, url=f"sqlite:///{path}"
        )


def by_driver(url: str) -> dict[str, float]:
    """pandas, told which columns are dates, as ours are."""
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine(url)
    dates = {"ordered_on": "%Y-%m-%d", "shipped_at": "%Y-%m-%d %H:%M:%S"}
    with engine.connect() as link:
        return measured(lambda sql: pd.read_sql(sqlalchemy.text(sql), link, parse_dates=dates), SQL)


def by_connection(url: str) -> dict[str, float]:
    """The connection of rasgo_nb."""
    from rasgo_nb.connectors.open import open_connection

    return measured_whole(open_connection(url, name="mixed"), SQL)
