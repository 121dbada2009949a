"""What comments on columns explain, and which of several groups of tables a question is about."""

import time

import pytest

from rasgo_nb.agent.models.offline.meanings import meanings
from rasgo_nb.agent.models.offline.pages import schema_from_pages
from rasgo_nb.agent.models.offline.propose import propose
from rasgo_nb.agent.models.offline.reading import Reading
from rasgo_nb.agent.models.offline.scope import pasted_sql
from rasgo_nb.agent.models.offline.values import Values


def _page(table, comments=None, **columns):
    items = [
        {"name": name, "type": kind, "comment": (comments or {}).get(name, "")}
        for name, kind in columns.items()
    ]
    return {"table": table, "columns": {"items": items}}


@pytest.mark.parametrize(
    ("kind", "comment", "operator", "values"),
    [
        ("VARCHAR", "NULL means the parcel was lost.", "null", ()),
        ("BIGINT", "1 = lost, 0 = delivered", "=", (1,)),
        ("VARCHAR", "Y for lost; N for the others.", "=", ("Y",)),
    ],
)
def test_a_comment_explains_a_word(kind, comment, operator, values):
    schema = schema_from_pages([_page("parcels", {"state": comment}, id="BIGINT", state=kind)])
    lost = next(one.condition for one in meanings(schema, ()) if one.word == "lost")
    assert (lost.operator, lost.values) == (operator, values)


def test_all_links_come_from_tables_that_keys_join():
    pages = [
        _page("orders", id="BIGINT", shop_id="BIGINT", ordered_at="DATE"),
        _page("shops", id="BIGINT", name="VARCHAR"),
        _page("moons", radius="DOUBLE", month="BIGINT"),
    ]
    reading = Reading.of("orders per shop and month", schema_from_pages(pages), Values())
    assert {table.name for table in reading.schema.tables} == {"orders", "shops"}


@pytest.mark.parametrize(
    ("question", "is_sql"),
    [
        ("SELECT a, b FROM t", True),
        ("with x as (select 1 as a) select a from x;", True),
        ("Select the names from all shops", False),
        ("select name from shops that are open", False),
        ("SELECT 1 FROM t; DROP TABLE t", False),
    ],
)
def test_sql_is_told_from_english(question, is_sql):
    assert bool(pasted_sql(question)) == is_sql


def test_many_columns_are_read_in_a_moment():
    columns = {f"feature_{number}_amount": "DOUBLE" for number in range(5_000)}
    schema = schema_from_pages([_page("wide", **columns)])
    began = time.perf_counter()
    propose("average feature 17 amount by feature 20 amount", schema, Values())
    assert time.perf_counter() - began < 10
