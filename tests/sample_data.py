"""Data that several tests ask about."""

from __future__ import annotations

import os
from pathlib import Path

ORDERS = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, country VARCHAR);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), amount DECIMAL(10, 2), ordered DATE
);
COMMENT ON TABLE orders IS 'one row per order';
COMMENT ON COLUMN orders.amount IS 'in euro';
INSERT INTO customers VALUES (1, 'Ada', 'France'), (2, 'Bob', 'Germany'), (3, 'Cy', 'Germany');
INSERT INTO orders VALUES
    (1, 1, 10.50, '2024-01-05'), (2, 1, 20.00, '2024-02-06'), (3, 2, 5.25, '2024-02-07'), (4, 2, 7.00, NULL);
"""


def data_folder() -> Path | None:
    """The shared data sets, where they are at hand."""
    folder = Path(os.environ.get("RASGO_NB_DATA", Path(__file__).parents[2] / "shared" / "data"))
    return folder if folder.is_dir() else None
