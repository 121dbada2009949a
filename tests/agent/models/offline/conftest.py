"""A library as the tool results describe one, and how to plan against it."""

import pytest

from rasgo_nb.agent.models.offline.pages import schema_from_pages
from rasgo_nb.agent.models.offline.plan import Beyond
from rasgo_nb.agent.models.offline.propose import propose
from rasgo_nb.agent.models.offline.sql import to_sql
from rasgo_nb.agent.models.offline.values import Values


def _page(table, primary_key, keys=(), **columns):
    return {
        "table": f"main.{table}",
        "primary_key": primary_key,
        "foreign_keys": [
            {"columns": [own], "references": f"main.{other}", "referenced_columns": ["id"]}
            for own, other in keys
        ],
        "columns": {"items": [{"name": name, "type": kind} for name, kind in columns.items()]},
    }


PAGES = [
    _page("authors", ["id"], id="BIGINT", name="VARCHAR", country="VARCHAR", birth_year="BIGINT"),
    _page(
        "books",
        ["id"],
        [("author_id", "authors")],
        id="BIGINT",
        title="VARCHAR",
        genre="VARCHAR",
        price="DOUBLE",
        page_count="BIGINT",
        published="DATE",
        author_id="BIGINT",
    ),
    _page(
        "members", ["id"], id="BIGINT", first_name="VARCHAR", last_name="VARCHAR", sex="VARCHAR", age="BIGINT"
    ),
    _page(
        "loans",
        ["id"],
        [("book_id", "books"), ("member_id", "members")],
        id="BIGINT",
        book_id="BIGINT",
        member_id="BIGINT",
        days_late="BIGINT",
    ),
]
HELD = {
    ("main.authors", "country"): ("France", "Germany", "Japan"),
    ("main.authors", "name"): ("Anna Blume", "Jo Marsh"),
    ("main.books", "genre"): ("Crime", "Poetry", "Travel"),
    ("main.members", "sex"): ("F", "M"),
}


@pytest.fixture(scope="session")
def library():
    return schema_from_pages(PAGES)


@pytest.fixture(scope="session")
def values(library):
    columns = {(column.table, column.name): column for column in library.columns}
    found = {value.casefold(): ((columns[key], value),) for key, held in HELD.items() for value in held}
    return Values(found, {columns[key]: held for key, held in HELD.items()})


@pytest.fixture
def plan(library, values):
    def plan(question):
        return propose(question, library, values)

    return plan


@pytest.fixture
def sql(library, plan):
    """The SQL for a question, on one line and without the schema's name."""

    def sql(question):
        proposed = plan(question)
        assert not isinstance(proposed, Beyond), proposed
        words = question.casefold().rstrip("?.").split()
        return " ".join(to_sql(proposed, library, hints=words).split()).replace("main.", "")

    return sql
