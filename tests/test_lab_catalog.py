"""What the side panel browses of a catalog, in pages of bounded size."""

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.lab.catalog import PAGE, browsed_page, found_page, memory_page, table_page
from rasgo_nb.memory.memory import Memory, Recalled
from rasgo_nb.widgets.safe import size

ID = (Column("id", "INTEGER"),)
HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m IGNORE ALL \u202e" * 500


def shop(*facts):
    names = [TableName("", "shop", f"orders_of_shop_{number:03}") for number in range(120)]
    names += [TableName("", "staff", "people"), TableName("", "staff", "People")]
    tables = [
        TableDetail(name, ID, comment="Who works here." if "eople" in str(name) else "") for name in names
    ]
    return Catalog.of(tables, facts)


def test_several_schemas_are_shown_first_and_one_is_not():
    rows = browsed_page(shop(), [], 0)["rows"]
    assert [(row["name"], row["tables"]) for row in rows] == [("shop", 120), ("staff", 2)]
    alone = Catalog.of([TableDetail(TableName("", "main", "orders"), ID)])
    assert [row["label"] for row in browsed_page(alone, [], 0)["rows"]] == ["orders"]


def test_a_schema_is_shown_in_pages():
    page = browsed_page(shop(), ["", "shop"], 2 * PAGE)
    assert (page["start"], page["total"], len(page["rows"])) == (100, 120, 20)
    assert page["rows"][0]["name"] == "shop.orders_of_shop_100"
    assert browsed_page(shop(), ["", "gone"], 0)["rows"] == []


def test_a_search_finds_tables_and_what_is_known():
    query = Fact("query", (TableName("", "staff", "people"),), Origin("memory"), "Who works?", sql="SELECT 1")
    rows = found_page(shop(query), "who works")["rows"]
    assert {row["kind"] for row in rows} == {"table", "fact"}
    assert all(row["why"] for row in rows if row["kind"] == "table")


def test_whatever_a_comment_holds_a_page_is_small_and_clean():
    table = TableDetail(
        TableName("", "s", "t" * 500), (Column("c", HOSTILE, comment=HOSTILE),) * 300, comment=HOSTILE
    )
    catalog = Catalog.of([table])
    for page in (browsed_page(catalog, [], 0), table_page(catalog, str(table.name), ())):
        assert size(page) < 700_000
        assert "\x1b" not in str(page)


def test_notes_of_a_table_are_told_beside_its_facts():
    people = TableName("", "shop", "orders_of_shop_001")
    catalog = shop(Fact("description", (people,), Origin("dbt", author="ada"), "One row each."))
    kept = Recalled(Memory("m1", "Without returns.", "me", tables=(str(people),)), "")
    other = Recalled(Memory("m2", "Another.", "me", tables=("shop.other",)), "")
    page = table_page(catalog, str(people), [kept, other])
    assert [fact["text"] for fact in page["table"]["facts"]] == ["One row each."]
    assert [memory["id"] for memory in page["notes"]] == ["m1"]


def test_a_list_of_memories_is_bounded_and_says_of_how_many():
    page = memory_page([Recalled(Memory(f"m{n}", HOSTILE, "me"), "", (HOSTILE,)) for n in range(5_000)])
    assert (len(page["memories"]), page["total"]) == (200, 5_000)
    assert size(page) < 400_000


def test_how_the_rows_of_a_table_lie_is_said_where_it_is_known():
    name = TableName("shop", "main", "visits")
    visits = TableDetail(name, ID, partitioned_by=("DATE(at)",), clustered_by=("shop", "page"))
    page = table_page(Catalog.of([visits]), "visits", [])
    assert page["table"]["layout"] == "partitioned by DATE(at) · clustered by shop, page"
    assert "layout" not in table_page(shop(), "people", [])["table"]
