"""The data set of the connectors' contract, in the words of Snowflake."""

from contract import ODD_NAME

DATA_SET = (
    "CREATE OR REPLACE TABLE people "
    "(id INTEGER PRIMARY KEY, name TEXT, height DOUBLE, born DATE, active BOOLEAN)",
    f"CREATE OR REPLACE TABLE visits (person INTEGER REFERENCES people (id), "
    f'"{ODD_NAME.replace(chr(34), chr(34) * 2)}" TIMESTAMP_NTZ)',
    "CREATE OR REPLACE TABLE empty (a INTEGER)",
    "INSERT INTO people VALUES (1, 'Ada', 1.7, '1815-12-10', true), (2, 'Grace', NULL, '1906-12-09', false), "
    "(3, NULL, 1.8, NULL, NULL)",
    "INSERT INTO visits VALUES (1, '2024-01-02 03:04:05'), (1, '2024-01-03 00:00:00')",
)

SLOW_QUERY = (
    "SELECT count(*) AS n FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) AS a, "
    "TABLE(GENERATOR(ROWCOUNT => 1000000)) AS b WHERE random() % 7 = 3"
)
MANY_ROWS = "SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 4000000))"
