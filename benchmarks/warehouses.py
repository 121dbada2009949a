"""5 million rows by 8 columns into pandas, each connector against its driver's own fastest way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import warehouse_bigquery, warehouse_postgres, warehouse_snowflake, warehouse_sqlalchemy

if TYPE_CHECKING:
    from benchmarks.figures import Figure

CONNECTORS = {
    "postgres": warehouse_postgres.figures,
    "bigquery": warehouse_bigquery.figures,
    "snowflake": warehouse_snowflake.figures,
    "sqlalchemy": warehouse_sqlalchemy.figures,
}  # one module and one function for each


def measure(*, quick: bool) -> list[Figure]:
    """Each connector's figures, one connector after the other."""
    return [figure for figures in CONNECTORS.values() for figure in figures(quick=quick)]
