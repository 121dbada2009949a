"""SQLAlchemy over SQLite: always there, and the odd one of all databases."""

import sqlite3

import pytest
from contract import ODD_NAME, ConnectionContract

from rasgo_nb.connectors.open import open_connection

DATA_SET = f"""
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR, height DOUBLE, born DATE, active BOOLEAN);
CREATE TABLE visits (person INTEGER REFERENCES people (id), "{ODD_NAME.replace('"', '""')}" TIMESTAMP);
CREATE TABLE empty (a INTEGER);
INSERT INTO people VALUES (1, 'Ada', 1.7, '1815-12-10', true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL);
INSERT INTO visits VALUES (1, '2024-01-02 03:04:05'), (1, '2024-01-03 00:00:00');
"""
NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {})"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "people.db"
    writer = sqlite3.connect(path)
    writer.executescript(DATA_SET)
    writer.close()
    return path


@pytest.fixture
def connection(database):
    connection = open_connection(f"sqlite:///{database}", name="people")
    yield connection
    connection.close()


class TestSQLite(ConnectionContract):
    slow_query = f"{NUMBERS.format(1_000_000)} SELECT count(*) FROM n a, n b WHERE a.x * b.x % 7 = 3"
    many_rows = f"{NUMBERS.format(100_000_000)} SELECT x AS n FROM n"
    wrong_type = "SELECT json_extract(name, '$.a') FROM people"  # it takes any value for any other

    @pytest.fixture
    def connection(self, database):
        connection = open_connection(f"sqlite:///{database}", name="people")
        yield connection
        connection.close()
