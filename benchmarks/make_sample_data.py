"""Pack the tables of the sample database into ``rasgo_nb/connectors/sample_data``.

    python benchmarks/make_sample_data.py [folder with nycflights13/ and jaffle_shop/]

Each table becomes a Parquet file of narrow, sorted columns in which what follows from other columns is left
out; ``flights.sql`` and ``jaffle.sql`` beside the files turn them back. Nothing is lost but the order of
rows, and ``tests/connectors/test_sample.py`` compares every value with the originals.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
PACKED = ROOT / "rasgo_nb" / "connectors" / "sample_data"
DATA = Path(os.environ.get("RASGO_NB_DATA", ROOT.parent / "shared" / "data")) / "real_data"

MACROS = """
CREATE MACRO minutes(hhmm) AS (hhmm::INTEGER // 100 * 60 + hhmm::INTEGER % 100);
CREATE MACRO upper_half(id) AS ('0x' || replace(id, '-', '')[:16])::UBIGINT;
CREATE MACRO lower_half(id) AS ('0x' || replace(id, '-', '')[17:])::UBIGINT;
"""

# Rows of which others are told by number; the numbers are the row's place in the packed file.
NUMBERED = {
    "tail": """
        SELECT tailnum, (row_number() OVER (ORDER BY mode(carrier), tailnum) - 1)::INTEGER AS number
        FROM nycflights13.flights WHERE tailnum IS NOT NULL GROUP BY tailnum""",
    "customer": """
        SELECT id, name, (row_number() OVER (ORDER BY id) - 1)::INTEGER AS number
        FROM jaffle_shop.raw_customers""",
    "store": """
        SELECT *, (row_number() OVER (ORDER BY opened_at) - 1)::INTEGER AS number
        FROM jaffle_shop.raw_stores""",
    "ordering": """
        SELECT *, (row_number() OVER (ORDER BY ordered_at, id) - 1)::INTEGER AS number
        FROM jaffle_shop.raw_orders""",
}

SELECTS = {
    "airlines": "SELECT carrier, name FROM nycflights13.airlines ORDER BY carrier",
    "airports": """
        SELECT faa, name, lat, lon, alt::INTEGER AS alt, tz::INTEGER AS tz, dst, tzone
        FROM nycflights13.airports ORDER BY faa""",
    "planes": """
        SELECT tailnum, year::INTEGER AS year, type, manufacturer, model, engines::INTEGER AS engines,
            seats::INTEGER AS seats, speed::INTEGER AS speed, engine
        FROM nycflights13.planes ORDER BY tailnum""",
    "tails": "SELECT tailnum FROM tail ORDER BY number",
    # Sorted by route, so that what a route decides comes in runs. Left out: the clock times (the schedule
    # plus the delay), the delay on arrival (given by the gain) and the time in the air (by what lies between
    # gate and air; that varies less than the flight). Hour, minute and time_hour follow from the schedule.
    "flights": """
        SELECT dest, carrier, origin, flight::INTEGER AS flight,
            (make_date(year, month, day) - DATE '2013-01-01')::INTEGER AS day_number,
            minutes(sched_dep_time) AS sched_dep,
            (minutes(sched_arr_time) - minutes(sched_dep_time) + 1440) % 1440 AS sched_block,
            distance::INTEGER AS distance, tail.number AS tail,
            dep_delay::INTEGER AS dep_delay, (arr_delay - dep_delay)::INTEGER AS gain,
            ((minutes(sched_arr_time) - minutes(sched_dep_time) + 1440) % 1440
                + arr_delay - dep_delay - air_time)::INTEGER AS ground,
            CASE WHEN arr_delay IS NULL THEN arr_time::INTEGER END AS diverted_arr_time
        FROM nycflights13.flights LEFT JOIN tail USING (tailnum)
        ORDER BY dest, carrier, origin, flight, day_number""",
    # Fahrenheit, per cent and inches have two decimals at most, pressure one; wind speeds are whole knots
    # that were multiplied by 1.15078.
    "weather": """
        SELECT origin, (epoch(time_hour - TIMESTAMP '2013-01-01') // 3600)::INTEGER AS hour_number,
            round(temp * 100)::INTEGER AS temp, round(dewp * 100)::INTEGER AS dewp,
            round(humid * 100)::INTEGER AS humid, wind_dir::INTEGER AS wind_dir,
            round(wind_speed / 1.15078)::INTEGER AS wind_speed,
            round(wind_gust / 1.15078)::INTEGER AS wind_gust, round(precip * 100)::INTEGER AS precip,
            round(pressure * 10)::INTEGER AS pressure, round(visib * 100)::INTEGER AS visib
        FROM nycflights13.weather ORDER BY origin, time_hour""",
    "customers": "SELECT upper_half(id) AS high, lower_half(id) AS low, name FROM customer ORDER BY number",
    "stores": """
        SELECT upper_half(id) AS high, lower_half(id) AS low, name, opened_at, tax_rate
        FROM store ORDER BY number""",
    "products": "SELECT * FROM jaffle_shop.raw_products ORDER BY sku",
    "supplies": "SELECT * FROM jaffle_shop.raw_supplies ORDER BY sku, id",
    # The total is the sum of subtotal and tax; tax is the rate times the subtotal, at most a cent off.
    "orders": """
        SELECT upper_half(o.id) AS high, lower_half(o.id) AS low, customer.number AS customer,
            store.number AS store,
            date_diff('minute', TIMESTAMP '2018-09-01', ordered_at)::INTEGER AS minute_number,
            (subtotal // 100)::INTEGER AS subtotal_dollars,
            (subtotal * (tax_rate * 10000)::INTEGER // 10000 - tax_paid)::INTEGER AS tax_rounding
        FROM ordering AS o JOIN customer ON customer.id = o.customer JOIN store ON store.id = store_id
        ORDER BY o.number""",
    "items": """
        SELECT upper_half(i.id) AS high, lower_half(i.id) AS low, o.number AS order_number, sku
        FROM jaffle_shop.raw_items AS i JOIN ordering AS o ON o.id = order_id
        ORDER BY order_number, sku, i.id""",
    "tweets": """
        SELECT upper_half(t.id) AS high, lower_half(t.id) AS low, customer.number AS customer,
            date_diff('microsecond', TIMESTAMP '2018-09-01', tweeted_at)::BIGINT AS microsecond_number,
            content
        FROM jaffle_shop.raw_tweets AS t JOIN customer ON customer.id = user_id
        ORDER BY tweeted_at, t.id""",
}

RISING = ("day_number", "hour_number", "minute_number", "microsecond_number", "order_number")


def main() -> None:
    con = originals(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
    PACKED.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, select in SELECTS.items():
        path = PACKED / f"{name}.parquet"
        write(con.sql(select).to_arrow_table(), path)
        total += path.stat().st_size
        print(f"{name:10} {path.stat().st_size:>9,} bytes")
    print(f"{'together':10} {total:>9,} bytes")


def originals(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection that shows the Parquet files of ``folder`` as tables, a schema per subfolder."""
    import duckdb

    con = duckdb.connect()
    con.execute(MACROS)
    for source in ("nycflights13", "jaffle_shop"):
        con.execute(f"CREATE SCHEMA {source}")
        for path in sorted((folder / source).glob("*.parquet")):
            con.read_parquet(str(path)).create(f"{source}.{path.stem}")
    for name, select in NUMBERED.items():
        con.sql(select).create(name)
    return con


def write(table: pa.Table, path: Path) -> None:
    """One row group, one page per column: the files are read whole, and compress best that way."""
    import pyarrow.parquet as pq

    encodings = {field.name: encoding(field) for field in table.schema}
    by_dictionary = [name for name, chosen in encodings.items() if chosen is None]
    pq.write_table(
        table,
        path,
        use_dictionary=by_dictionary,
        column_encoding={name: chosen for name, chosen in encodings.items() if chosen},
        # Brotli packs these columns best, but gives up on random ids, whose few fixed bits zstd finds.
        compression={name: "zstd" if name in ("high", "low") else "brotli" for name in encodings},
        compression_level={name: 22 if name in ("high", "low") else 11 for name in encodings},
        row_group_size=len(table),
        data_page_size=1 << 27,
        max_rows_per_page=max(len(table), 1),
        write_statistics=False,
        store_schema=False,
    )


def encoding(field: pa.Field) -> str | None:
    """Integers byte plane by byte plane, rising ones as differences; None: by dictionary."""
    import pyarrow as pa

    if field.name in RISING:
        return "DELTA_BINARY_PACKED"
    return "BYTE_STREAM_SPLIT" if pa.types.is_integer(field.type) else None


if __name__ == "__main__":
    main()
