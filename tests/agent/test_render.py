"""Pages as a model reads them: within bounds, well formed, saying what was cut."""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.page import shown
from rasgo_nb.agent.render import render

JSON, XML, MARKDOWN = (
    Interface(result_format=name, max_result_chars=2_000) for name in ("json", "xml", "markdown")
)
ANY_TEXT = st.text(st.characters(), max_size=300)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(max_size=9) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(ANY_TEXT | st.integers(), inner, max_size=10)
    ),
    max_leaves=30,
)
PAGES = st.dictionaries(ANY_TEXT, VALUES, max_size=12)
GRID = {
    "shown": "1,000 of 4,112 rows",
    "columns": [f"column_{n}" for n in range(50)],
    "rows": [[f"{row}|{n}\n" for n in range(50)] for row in range(1_000)],
}


def table_like(columns, rows):
    return {
        "columns": [f"c{n}" for n in range(columns)],
        "rows": [["x" * 60] * columns] * rows,
        "shown": f"{rows:,} of 9 rows",
    }


@settings(deadline=None, max_examples=60)
@given(PAGES, st.sampled_from(["json", "xml", "markdown"]), st.integers(100, 3_000))
def test_any_page_is_written_within_the_bound_and_can_be_encoded(page, result_format, most):
    text = render(page, Interface(result_format=result_format, max_result_chars=most))
    assert len(text.encode("utf-8").decode("utf-8")) <= most
    if result_format == "json":
        json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    if result_format == "xml":
        ET.fromstring(text)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 80), st.integers(0, 60), st.sampled_from([JSON, XML, MARKDOWN]))
def test_any_grid_fits(columns, rows, interface):
    assert len(render({"preview": table_like(columns, rows)}, interface)) <= interface.max_result_chars


def test_a_grid_loses_rows_before_columns_and_says_so():
    preview = json.loads(render({"preview": GRID}, JSON))["preview"]
    assert preview["shown"] == f"{len(preview['rows']):,} of 4,112 rows"
    assert all(len(row) == len(preview["columns"]) for row in preview["rows"])
    assert len(preview["columns"]) == 50


def test_a_grid_of_very_many_columns_says_how_many_it_shows():
    page = {
        "columns": [f"a long name of a column {n}" for n in range(200)],
        "rows": [list(range(200))],
        "shown": "1 of 1 rows",
    }
    preview = json.loads(render({"preview": page | {"columns_shown": "200 of 5,000 columns"}}, JSON))[
        "preview"
    ]
    assert preview["columns_shown"] == f"{len(preview['columns'])} of 5,000 columns"


def test_the_longest_list_is_shortened_and_the_others_stay():
    page = {
        "short": shown(["a", "b"], total=2, noun="values"),
        "long": shown(["word"] * 900, total=5_000, noun="values"),
    }
    told = json.loads(render(page, JSON))
    assert told["short"] == {"shown": "2 of 2 values", "items": ["a", "b"]}
    assert told["long"]["shown"] == f"{len(told['long']['items'])} of 5,000 values"


def test_a_list_without_a_share_gets_one_when_it_is_cut():
    told = json.loads(render({"names": ["word"] * 900}, JSON))
    assert told["names_shown"] == f"{len(told['names'])} of 900"


def test_a_long_text_is_cut_and_the_page_stays_json():
    told = json.loads(render({"output": 'a "quoted" line\n' * 10_000, "rows": 3}, JSON))
    assert told["output"].endswith("…")
    assert told["rows"] == 3


def test_xml_holds_no_character_that_xml_forbids():
    root = ET.fromstring(render({"a b": "\x00\x1b[31m<script>&\ud800", "tables": [{"name": "x"}]}, XML))
    assert root.find("item").get("name") == "a b"
    assert root.find("item").text == "\ufffd\ufffd[31m<script>&\\ud800"
    assert root.find("tables/table/name").text == "x"


def test_markdown_writes_grids_and_like_facts_as_tables():
    page = {
        "rows": 2,
        "columns": [{"name": "id", "type": "INTEGER"}, {"name": "a|b", "type": "DATE", "comment": "x\ny"}],
        "preview": {"shown": "1 of 2 rows", "columns": ["id", "a|b"], "rows": [[1, None]]},
    }
    assert render(page, MARKDOWN).splitlines() == [
        "- **rows**: 2",
        "- **columns**",
        "  | name | type | comment |",
        "  | --- | --- | --- |",
        "  | id | INTEGER |  |",
        "  | a\\|b | DATE | x y |",
        "- **preview** (1 of 2 rows)",
        "  | id | a\\|b |",
        "  | --- | --- |",
        "  | 1 | null |",
    ]


def test_markdown_fences_text_of_several_lines():
    lines = render({"output": "one\n```\ntwo"}, MARKDOWN).splitlines()
    assert lines == ["- **output**", "  ````", "  one", "  ```", "  two", "  ````"]


@pytest.mark.parametrize("interface", [JSON, XML, MARKDOWN])
def test_what_does_not_show_is_written_as_an_escape_and_every_script_stays(interface):
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    page = {
        "comment": f"net\u202e{smuggled}\u200b of tax",
        "na\ufeffme": "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u5e74 \u0939\u093f",
    }
    text = render(page, interface).replace("\\\\", "\\")
    assert "net\\u202e\\U000e006f\\U000e0062" in text
    assert "\\u200b of tax" in text
    assert "na\\ufeffme" in text
    assert page["na\ufeffme"] in text
