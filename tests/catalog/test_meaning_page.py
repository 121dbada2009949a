"""What docs/meaning.md shows is read as it says."""

import re
from collections import Counter
from pathlib import Path

import pytest

from rasgo_nb.catalog.facts import Origin
from rasgo_nb.catalog.sources.markdown_notes import read_markdown
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.catalog.sources.yaml_notes import read_notes
from rasgo_nb.catalog.sources.yaml_text import read_yaml
from rasgo_nb.connectors.base import TableName

pytest.importorskip("yaml")

PAGE = (Path(__file__).parents[2] / "docs" / "meaning.md").read_text(encoding="utf-8")
YAML = re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1]
MARKDOWN = re.search(r"````markdown\n(.*?)````", PAGE, re.S)[1]
NAMES = Resolver([TableName("shop", "main", name) for name in ("orders", "customers", "shop_days")])
FILE = Origin("folder:docs", "orders.yml")


def test_the_yaml_of_the_page_is_read():
    reading = read_notes(read_yaml(YAML, "orders.yml"), NAMES, origin=FILE)
    assert reading.problems == ()
    assert Counter(fact.kind for fact in reading.facts) == {
        "description": 3, "synonym": 3, "owner": 1, "tag": 1, "values": 1, "join": 2, "note": 2, "metric": 1,
        "query": 1,
    }  # fmt: skip


def test_the_markdown_of_the_page_is_read():
    reading = read_markdown(MARKDOWN, NAMES, origin=FILE)
    assert reading.problems == ()
    assert [(fact.kind, fact.columns) for fact in reading.facts] == [
        ("note", ()),
        ("note", ("status",)),
        ("query", ()),
        ("note", ()),
    ]
    assert all(fact.tables == (TableName("shop", "main", "orders"),) for fact in reading.facts)
