"""How tables are joined is told with how sure it is."""

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.catalog.search.joins import guessed_joins, said_of
from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName


def name(table, schema="main"):
    return TableName("", schema, table)


def table(table_name, *columns, keys=(), schema="main"):
    return TableDetail(
        name(table_name, schema),
        tuple(
            Column(*column) if isinstance(column, tuple) else Column(column, "INTEGER") for column in columns
        ),
        foreign_keys=tuple(ForeignKey((own,), name(other), (theirs,)) for own, other, theirs in keys),
    )


def join(one, column, other, theirs, source, weight=1.0):
    tables = (name(one), name(other))
    return Fact(
        "join", tables, Origin(source), columns=(column,), referenced_columns=(theirs,), weight=weight
    )


ORDERS = table("orders", "id", "customer_id", keys=[("customer_id", "customers", "id")])
CUSTOMERS = table("customers", "id", "region_id")
REGIONS = table("regions", "id")


def told(catalog, *tables):
    return [
        (join.tables[0].table, join.columns, join.tables[1].table, said_of(join))
        for join in catalog.joins([name(one) for one in tables])
    ]


def test_a_declared_key_is_surest_and_names_are_a_last_resort():
    catalog = Catalog.of([ORDERS, CUSTOMERS, REGIONS])
    assert told(catalog, "orders", "customers", "regions") == [
        ("orders", ("customer_id",), "customers", "declared key"),
        ("customers", ("region_id",), "regions", "same name"),
    ]


def test_tests_and_past_queries_say_how_tables_are_joined():
    facts = [
        join("customers", "region_id", "regions", "id", "history", 12.0),
        join("orders", "customer_id", "customers", "id", "dbt"),
    ]
    catalog = Catalog.of([table("orders", "customer_id"), CUSTOMERS, REGIONS], facts)
    assert [said for *_, said in told(catalog, "orders", "customers", "regions")] == [
        "dbt relationship",
        "seen in 12 past queries",
    ]


def test_a_join_that_several_sources_know_is_told_once_by_the_surest():
    facts = [join("customers", "id", "orders", "customer_id", "history")]
    assert [said for *_, said in told(Catalog.of([ORDERS, CUSTOMERS], facts), "orders", "customers")] == [
        "declared key"
    ]


def test_only_joins_between_the_given_tables_are_told():
    assert told(Catalog.of([ORDERS, CUSTOMERS, REGIONS]), "orders", "regions") == []


def test_a_table_knows_those_that_refer_to_it():
    assert [one.tables[0] for one in Catalog.of([ORDERS, CUSTOMERS]).neighbours(name("customers"))] == [
        name("orders")
    ]


def test_keys_of_other_types_or_schemas_are_not_guessed_to_fit():
    of_text = table("customers", ("id", "VARCHAR"))
    assert guessed_joins([table("orders", "customer_id"), of_text]) == []
    assert guessed_joins([table("orders", "customer_id"), table("customers", "id", schema="b")]) == []


def test_ids_of_different_things_are_not_joined():
    assert guessed_joins([table("orders", "id"), table("regions", "id")]) == []
