"""The data set of the connectors' contract, in the BigQuery stand-in."""

PEOPLE = """SELECT * FROM (VALUES
    (1::BIGINT, 'Ada', 1.7::DOUBLE, '1815-12-10'::DATE, true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL)) AS people (id, name, height, born, active)"""
VISITS = """SELECT 1::BIGINT AS person, '2024-01-02 03:04:05'::TIMESTAMP AS "select ""when"" 😀"
    UNION ALL SELECT 1, '2024-01-03 00:00:00'::TIMESTAMP"""


def load_data_set(tables):
    tables.add_dataset("shop", "main")
    key = {"primaryKey": {"columns": ["id"]}}
    tables.add("shop", "main", "people", PEOPLE, tableConstraints=key)
    referred = {"projectId": "shop", "datasetId": "main", "tableId": "people"}
    pairs = [{"referencingColumn": "person", "referencedColumn": "id"}]
    foreign = {"foreignKeys": [{"name": "fk$1", "referencedTable": referred, "columnReferences": pairs}]}
    tables.add("shop", "main", "visits", VISITS, tableConstraints=foreign)
    tables.add("shop", "main", "empty", "SELECT 1::BIGINT AS a WHERE false")
