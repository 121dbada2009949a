"""Facts from dbt's manifests of all versions."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_data import data_folder

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.dbt_files import read_dbt
from rasgo_nb.catalog.sources.dbt_manifest import read_manifest
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.catalog.sources.source import DoesNotRead, SourceReading, cleaned
from rasgo_nb.connectors.base import TableName

ORDERS = TableName("shop", "main", "orders")
CUSTOMERS = TableName("shop", "main", "customers")
NAMES = Resolver([ORDERS, CUSTOMERS])
ORIGIN = Origin("dbt:shop", "models/orders.yml:orders", at="2024-05-01T10:00:00Z")
VERSION = "https://schemas.getdbt.com/dbt/manifest/v12.json"


def model(name="orders", **more):
    return {
        "resource_type": "model",
        "name": name,
        "package_name": "shop",
        "relation_name": f'"shop"."main"."{name}"',
        "original_file_path": f"models/{name}.sql",
        "patch_path": f"shop://models/{name}.yml",
        **more,
    }


def checked(test, on=("model.shop.orders",), **arguments):
    return {
        "resource_type": "test",
        "name": "a_long_name",
        "original_file_path": "models/orders.yml",
        "depends_on": {"nodes": list(on)},
        "test_metadata": {
            "name": test,
            "kwargs": {"model": "{{ get_where_subquery(ref('orders')) }}", **arguments},
        },
    }


def manifest(*nodes, **parts):
    keyed = {f"{node['resource_type']}.shop.{node['name']}": node for node in nodes}
    about = {"dbt_schema_version": VERSION, "project_name": "shop", "generated_at": ORIGIN.at}
    return {"metadata": about, "nodes": keyed, **parts}


def read(*nodes, **parts):
    return list(read_manifest(manifest(*nodes, **parts), NAMES, place="manifest.json").facts)


def test_a_model_tells_what_it_is_and_who_owns_it():
    columns = {"status": {"name": "status", "description": "where it is", "tags": ["pii"]}}
    meta = {"owner": "Ada", "synonyms": ["purchases"]}
    facts = read(model(description="One row per order", columns=columns, tags=["core"], meta=meta))
    origin = Origin(ORIGIN.source, ORIGIN.place, "Ada", ORIGIN.at)
    assert facts == [
        Fact("description", (ORDERS,), origin, "One row per order"),
        Fact("tag", (ORDERS,), origin, "core"),
        Fact("synonym", (ORDERS,), origin, "purchases"),
        Fact("owner", (ORDERS,), origin, "Ada"),
        Fact("description", (ORDERS,), origin, "where it is", columns=("status",)),
        Fact("tag", (ORDERS,), origin, "pii", columns=("status",)),
    ]


def test_what_a_model_is_made_of_is_told_through_one_that_has_no_table():
    between = model("between", config={"materialized": "ephemeral"})
    between["depends_on"] = {"nodes": ["model.shop.customers"]}
    orders = model(depends_on={"nodes": ["model.shop.between"]})
    assert read(orders, between, model("customers")) == [Fact("lineage", (ORDERS, CUSTOMERS), ORIGIN)]


def test_a_relationship_is_a_join():
    on = ("model.shop.orders", "model.shop.customers")
    test = checked("relationships", on, to="ref('customers')", field="id", column_name="customer_id")
    facts = read(model(), model("customers"), test)
    assert facts[0] == Fact(
        "join", (ORDERS, CUSTOMERS), ORIGIN, columns=("customer_id",), referenced_columns=("id",)
    )


@pytest.mark.parametrize("nested", [False, True])
def test_accepted_values_are_values_in_old_and_new_manifests(nested):
    arguments = {"values": ["placed", 1, True]}
    arguments = {"arguments": arguments} if nested else arguments
    facts = read(model(), checked("accepted_values", column_name="status", **arguments))
    assert facts[0] == Fact("values", (ORDERS,), ORIGIN, columns=("status",), values=("placed", "1", "true"))
    assert facts[1] == Fact(
        "test", (ORDERS,), ORIGIN, "values: placed, 1, true", "accepted_values", columns=("status",)
    )


def test_a_test_of_several_columns_names_them_all():
    test = checked("unique_combination_of_columns", combination_of_columns=["a", "b"])
    test["test_metadata"]["namespace"] = "dbt_utils"
    name = "dbt_utils.unique_combination_of_columns"
    assert read(model(), test) == [Fact("test", (ORDERS,), ORIGIN, name=name, columns=("a", "b"))]


def test_keys_that_a_model_promises_are_told():
    foreign = {"type": "foreign_key", "to": '"shop"."main"."customers"', "to_columns": ["id"]}
    columns = {"customer_id": {"name": "customer_id", "constraints": [foreign, {"type": "not_null"}]}}
    constraints = [{"type": "primary_key", "columns": ["id"]}]
    assert read(model(columns=columns, constraints=constraints)) == [
        Fact("test", (ORDERS,), ORIGIN, name="primary_key", columns=("id",)),
        Fact("join", (ORDERS, CUSTOMERS), ORIGIN, columns=("customer_id",), referenced_columns=("id",)),
    ]


def test_disabled_models_say_nothing():
    assert read(model(description="old", config={"enabled": False})) == []


def test_an_exposure_rests_on_tables():
    exposure = {
        "resource_type": "exposure",
        "name": "weekly",
        "label": "Weekly report",
        "owner": {"name": "Ada", "email": "ada@shop.example"},
        "depends_on": {"nodes": ["model.shop.orders"]},
    }
    (fact,) = read(model(), exposures={"exposure.shop.weekly": exposure})
    assert (fact.kind, fact.tables, fact.name) == ("exposure", (ORDERS,), "Weekly report")
    assert fact.origin.author == "Ada, ada@shop.example"


def semantic(**more):
    return {
        "resource_type": "semantic_model",
        "name": "orders",
        "depends_on": {"nodes": ["model.shop.orders"]},
        "measures": [{"name": "revenue", "agg": "sum", "expr": "amount"}, {"name": "n", "agg": "count"}],
        **more,
    }


def metric(name, kind, params, **more):
    on = {"nodes": ["semantic_model.shop.orders"]}
    return {
        "resource_type": "metric",
        "name": name,
        "type": kind,
        "type_params": params,
        "depends_on": on,
        **more,
    }


def metrics(*those):
    keyed = {f"metric.shop.{one['name']}": one for one in those}
    models = {"semantic_model.shop.orders": semantic()}
    facts = read(model(), metrics=keyed, semantic_models=models)
    return {fact.name: fact.sql for fact in facts if fact.kind == "metric" and fact.tables == (ORDERS,)}


def test_metrics_are_told_with_the_expressions_that_they_are_made_of():
    told = metrics(
        metric("revenue", "simple", {"measure": {"name": "revenue"}}),
        metric("aov", "ratio", {"numerator": {"name": "revenue"}, "denominator": {"name": "n"}}),
        metric("doubled", "derived", {"expr": "revenue * 2", "metrics": [{"name": "revenue"}]}),
    )
    assert told == {
        "revenue": "SUM(amount)",
        "aov": "SUM(amount) / NULLIF(COUNT(n), 0)",
        "doubled": "(SUM(amount)) * 2",
        "n": "COUNT(n)",
    }


def test_a_metric_may_hold_its_aggregation_itself():
    params = {
        "metric_aggregation_params": {"semantic_model": "orders", "agg": "count_distinct", "expr": "id"}
    }
    assert metrics(metric("orders", "simple", params))["orders"] == "COUNT(DISTINCT id)"


def test_a_metric_of_the_old_shape_is_told():
    old = {
        "resource_type": "metric",
        "name": "revenue",
        "calculation_method": "sum",
        "expression": "amount",
        "model": "ref('orders')",
        "filters": [{"field": "status", "operator": "=", "value": "'paid'"}],
        "depends_on": {"nodes": ["model.shop.orders"]},
    }
    (fact,) = read(model(), metrics={"metric.shop.revenue": old})
    assert (fact.sql, fact.text, fact.tables) == ("SUM(amount)", "Only where status = 'paid'", (ORDERS,))


def test_metrics_that_go_in_a_circle_have_no_expression():
    circle = metric("a", "derived", {"expr": "a + 1", "metrics": [{"name": "a"}]})
    assert metrics(circle)["a"] == "a + 1"


def test_an_entity_of_two_semantic_models_joins_their_tables():
    foreign = semantic(entities=[{"name": "customer", "type": "foreign", "expr": "customer_id"}], measures=[])
    own = semantic(entities=[{"name": "customer", "type": "primary", "expr": "id"}], measures=[])
    own["depends_on"] = {"nodes": ["model.shop.customers"]}
    facts = read(model(), model("customers"), semantic_models={"s.orders": foreign, "s.customers": own})
    joins = [(fact.tables, fact.columns, fact.referenced_columns) for fact in facts if fact.kind == "join"]
    assert joins == [((ORDERS, CUSTOMERS), ("customer_id",), ("id",))]


def test_a_saved_query_is_a_note_of_its_tables():
    params = {"metrics": ["revenue"], "group_by": ["Dimension('order__status')"]}
    saved = {
        "name": "weekly",
        "query_params": params,
        "depends_on": {"nodes": ["semantic_model.shop.orders"]},
    }
    models = {"semantic_model.shop.orders": semantic(measures=[])}
    (fact,) = read(model(), semantic_models=models, saved_queries={"saved_query.shop.weekly": saved})
    assert fact.text == "weekly\nMetrics: revenue\nBy: Dimension('order__status')"


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("https://schemas.getdbt.com/dbt/manifest/v12.json", ()),
        (
            "https://schemas.getdbt.com/dbt/manifest/v99.json",
            ("m.json has version 99, newer than 12; it was read as far as that goes.",),
        ),
        (None, ("m.json does not tell its version; it was read as one of version 12.",)),
    ],
)
def test_another_version_is_read_as_far_as_it_is_understood(version, problem):
    whole = manifest(model(description="orders"))
    whole["metadata"]["dbt_schema_version"] = version
    reading = read_manifest(whole, NAMES, place="m.json")
    assert (reading.problems, len(reading.facts), reading.read) == (problem, 1, 1)


def test_models_that_are_not_in_the_connection_are_counted_and_left_out():
    reading = read_manifest(manifest(model(), model("payments", description="x")), NAMES, place="m.json")
    assert reading == SourceReading(
        problems=("1 of 2 models and sources of m.json are not in this connection.",), read=2
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nodes": 1}', "[" * 100_000, '{"nodes": {}'])
def test_a_manifest_that_is_none_is_one_line(tmp_path, text):
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(DoesNotRead, match=r"manifest\.json is (cut off or no JSON|no manifest of dbt)"):
        read_dbt([path], NAMES)


def test_a_gzipped_manifest_cut_off_is_one_line(tmp_path):
    path = tmp_path / "manifest.json.gz"
    path.write_bytes(gzip.compress(json.dumps(manifest(model())).encode())[:-20])
    with pytest.raises(DoesNotRead, match="cut off"):
        read_dbt([path], NAMES)


_KEYS = st.sampled_from([
    "name", "description", "columns", "config", "meta", "tags", "owner", "depends_on", "nodes",
    "resource_type", "test_metadata", "kwargs", "values", "to", "field", "model", "type", "type_params",
    "measure", "expr", "metrics", "entities", "measures", "enabled", "materialized", "relation_name",
    "group", "labels", "agg", "filter", "where_filters", "query_params", "group_by",
    "metric_aggregation_params", "package_name", "constraints", "to_columns",
])  # fmt: skip
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["model", "test", "orders", "ref('orders')", "ratio", "relationships", "m.a", "m.b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)
_NODE = st.dictionaries(_KEYS, _JSON, max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "nodes": st.dictionaries(st.sampled_from(["m.a", "m.b", "t.c"]), _NODE | _JSON, max_size=3),
            "metadata": _JSON,
            "metrics": st.dictionaries(st.text(max_size=3), _NODE, max_size=2) | _JSON,
            "semantic_models": st.dictionaries(st.text(max_size=3), _NODE, max_size=2) | _JSON,
            "exposures": _JSON,
            "docs": _JSON,
            "groups": _JSON,
            "saved_queries": _JSON,
        }
    )
)
def test_whatever_a_manifest_holds_it_is_read(whole):
    for node in whole["nodes"].values():
        if isinstance(node, dict):
            node.setdefault("resource_type", "model")
            node.setdefault("relation_name", "main.orders")
    for fact in read_manifest(whole, NAMES, place="manifest.json").facts:
        cleaned(fact)


SHARED = data_folder()
MANIFESTS = sorted(SHARED.glob("dbt_manifests/*manifest.json.gz")) if SHARED else []
# Sources and models that the catalog beside the manifest does not have: they were never built there.
NOT_BUILT = {"salesforce_source__manifest.json.gz": 2, "xero_source__manifest.json.gz": 9}


@pytest.mark.skipif(not MANIFESTS, reason="the shared data sets are not at hand")
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifests_of_public_packages_are_read_without_a_problem(path):
    catalog = json.loads(
        gzip.decompress(path.with_name(path.name.replace("manifest", "catalog")).read_bytes())
    )
    built = [node["metadata"] for part in ("nodes", "sources") for node in catalog[part].values()]
    names = Resolver(TableName(one["database"] or "", one["schema"], one["name"]) for one in built)
    reading = read_dbt([path], names)
    told = f"{NOT_BUILT.get(path.name)} of {reading.read} models and sources of {path.name}"
    assert len(reading.facts) > 90
    assert reading.problems == ((f"{told} are not in this connection.",) if path.name in NOT_BUILT else ())
