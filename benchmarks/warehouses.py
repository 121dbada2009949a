"""5 million rows by 8 columns into pandas, each connector against its driver's own fastest way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import warehouse_bigquery, warehouse_postgres, warehouse_snowflake, warehouse_sqlalchemy
from benchmarks.figures import Skipped

if TYPE_CHECKING:
    from benchmarks.figures import Figure

CONNECTORS = {
    "postgres": warehouse_postgres.figures,
    "bigquery": warehouse_bigquery.figures,
    "snowflake": warehouse_snowflake.figures,
    "sqlalchemy": warehouse_sqlalchemy.figures,
}  # one module and one function for each


def measure(*, quick: bool) -> list[Figure]:
    """Each connector's figures, one connector after the other; those that cannot be measured here are told.

    Raises
    ------
    Skipped
        where none can be.
    """
    found: list[Figure] = []
    skipped = []
    for name, figures in CONNECTORS.items():
        try:
            found += figures(quick=quick)
        except Skipped as reason:
            skipped.append(f"{name}: {reason}")
            print(f"skipped {skipped[-1]}", file=sys.stderr, flush=True)
    if not found:
        raise Skipped("; ".join(skipped))
    return found
