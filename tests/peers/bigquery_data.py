"""The data set of the connectors' contract, in the BigQuery stand-in."""

PEOPLE = """SELECT * FROM (VALUES
    (1::BIGINT, 'Ada', 1.7::DOUBLE, '1815-12-10'::DATE, true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL)) AS people (id, name, height, born, active)"""
VISITS = """SELECT 1::BIGINT AS person, '2024-01-02 03:04:05'::TIMESTAMP AS "select ""when"" 😀"
    UNION ALL SELECT 1, '2024-01-03 00:00:00'::TIMESTAMP"""

DATA_SET = (  # in GoogleSQL; a name of a column there has no quotes and no faces
    "CREATE OR REPLACE TABLE people (id INT64, name STRING, height FLOAT64, born DATE, active BOOL, "
    "PRIMARY KEY (id) NOT ENFORCED)",
    "INSERT INTO people VALUES (1, 'Ada', 1.7, DATE '1815-12-10', true), "
    "(2, 'Grace', NULL, DATE '1906-12-09', false), (3, NULL, 1.8, NULL, NULL)",
    "CREATE OR REPLACE TABLE visits (person INT64, at DATETIME, "
    "FOREIGN KEY (person) REFERENCES people (id) NOT ENFORCED)",
    "INSERT INTO visits VALUES (1, DATETIME '2024-01-02 03:04:05'), (1, DATETIME '2024-01-03 00:00:00')",
    "CREATE OR REPLACE TABLE empty (a INT64)",
)


def load_data_set(tables):
    tables.add_dataset("shop", "main")
    key = {"primaryKey": {"columns": ["id"]}}
    tables.add("shop", "main", "people", PEOPLE, tableConstraints=key)
    referred = {"projectId": "shop", "datasetId": "main", "tableId": "people"}
    pairs = [{"referencingColumn": "person", "referencedColumn": "id"}]
    foreign = {"foreignKeys": [{"name": "fk$1", "referencedTable": referred, "columnReferences": pairs}]}
    tables.add("shop", "main", "visits", VISITS, tableConstraints=foreign)
    tables.add("shop", "main", "empty", "SELECT 1::BIGINT AS a WHERE false")
