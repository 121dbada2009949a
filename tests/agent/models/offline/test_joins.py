"""Ways from table to table along keys, declared or told by names."""

from rasgo_nb.agent.models.offline.joins import distance, join_tables
from rasgo_nb.agent.models.offline.pages import schema_from_pages


def test_a_bridge_is_found_between_two_tables(library):
    joins = join_tables(library, ["main.members", "main.books"])
    assert [join.table for join in joins] == ["main.loans", "main.books"]


def test_keys_that_nobody_declared_are_told_by_their_names():
    schema = schema_from_pages(
        [
            _bare("store", "id", "name"),
            _bare("sale", "id", "store_id", "amount"),
        ]
    )
    assert distance(schema, "store", "sale") == 1


def test_tables_without_a_key_are_not_joined():
    schema = schema_from_pages([_bare("moons", "radius"), _bare("songs", "tune")])
    assert join_tables(schema, ["moons", "songs"]) is None


def _bare(table, *columns):
    return {"table": table, "columns": {"items": [{"name": name, "type": "BIGINT"} for name in columns]}}


def test_a_column_points_at_the_table_that_it_is_named_for():
    schema = schema_from_pages(
        [
            _bare("visits", "guest_id", "day"),
            _bare("guests", "guest_id", "name"),
            _bare("bills", "guest_id", "sum"),
        ]
    )
    assert {key.referenced.table for key in schema.keys} == {"guests"}
