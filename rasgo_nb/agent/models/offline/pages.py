"""What the tool results say of the database: tables, keys, spellings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rasgo_nb.agent.models.offline.schema import Column, Key, Schema, Table, infer_keys
from rasgo_nb.agent.models.offline.values import Spelling, Values

Page = Mapping[str, object]


def schema_from_pages(pages: Iterable[object]) -> Schema:
    """The schema that ``get_table_detail`` pages tell of; keys that they don't declare are inferred."""
    details = [page for page in pages if isinstance(page, Mapping) and page.get("table")]
    tables = tuple(_table(page) for page in details)
    declared = [key for page in details for key in _keys(page, tables)]
    return Schema(tables, infer_keys(tables, declared))


def items(listing: object) -> list[Page]:
    """The entries of a listing, whether it says how many are shown or not."""
    found = listing.get("items", []) if isinstance(listing, Mapping) else listing
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list, whatever else is in it."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _table(page: Page) -> Table:
    name = str(page["table"])
    samples = _samples(page.get("sample"))
    columns = tuple(
        Column(
            name,
            str(one.get("name")),
            str(one.get("type", "")),
            str(one.get("comment", "")),
            samples.get(str(one.get("name")), ()),
        )
        for one in items(page.get("columns"))
    )
    rows = page.get("rows")
    return Table(
        name,
        columns,
        texts(page.get("primary_key")),
        rows if isinstance(rows, int) else None,
        str(page.get("comment", "")),
    )


def _samples(sample: object) -> dict[str, tuple[object, ...]]:
    if not isinstance(sample, Mapping) or not isinstance(rows := sample.get("rows"), list):
        return {}
    names = texts(sample.get("columns"))
    whole = [row for row in rows if isinstance(row, Sequence) and len(row) == len(names)]
    return {name: tuple(row[at] for row in whole) for at, name in enumerate(names)}


def _keys(page: Page, tables: Sequence[Table]) -> list[Key]:
    by_name = {table.name: table for table in tables}
    keys = []
    for one in items(page.get("foreign_keys")):
        home, target = by_name[str(page["table"])], by_name.get(str(one.get("references")))
        columns, referenced = texts(one.get("columns")), texts(one.get("referenced_columns"))
        if target is None or len(columns) != 1:
            continue
        own = home.column(columns[0])
        other = target.column((referenced or target.primary_key or columns)[0])
        if own is not None and other is not None:
            keys.append(Key(own, other))
    return keys


def values_from_pages(pages: Iterable[object], schema: Schema) -> Values:
    """The spellings and frequent values that ``profile_columns`` pages tell of."""
    found: dict[str, tuple[Spelling, ...]] = {}
    frequent: dict[Column, tuple[str, ...]] = {}
    for page in pages:
        table = schema.by_name.get(str(page.get("table"))) if isinstance(page, Mapping) else None
        if table is None or not isinstance(page, Mapping):
            continue
        for one in items(page.get("columns")):
            column = table.column(str(one.get("name")))
            if column is None:
                continue
            frequent[column] = _top_values(one.get("top_values"))
            for text, spellings in _found(one.get("found")):
                key = text.casefold().strip()
                found[key] = (*found.get(key, ()), *((column, spelling) for spelling in spellings))
    return Values(found, frequent)


def _top_values(listing: object) -> tuple[str, ...]:
    entries = listing.get("items", []) if isinstance(listing, Mapping) else listing
    if not isinstance(entries, list):
        return ()
    return tuple(
        one[0] for one in entries if isinstance(one, list | tuple) and one and isinstance(one[0], str)
    )


def _found(found: object) -> list[tuple[str, tuple[str, ...]]]:
    if not isinstance(found, Mapping):
        return []
    return [(str(text), texts(spellings)) for text, spellings in found.items()]


def table_page_of_variable(page: Page) -> Page:
    """A ``describe_variable`` page of a DataFrame, written as the page of a table."""
    columns = [
        {"name": one.get("name"), "type": _sql_type(str(one.get("dtype", "")))}
        for one in items(page.get("columns"))
    ]
    shape = page.get("shape")
    rows = shape[0] if isinstance(shape, list) and shape else None
    return {
        "table": str(page.get("name", "")),
        "rows": rows,
        "columns": columns,
        "sample": page.get("sample"),
    }


def _sql_type(dtype: str) -> str:
    if dtype.startswith(("int", "uint", "Int", "UInt")):
        return "BIGINT"
    if dtype.startswith(("float", "Float", "decimal")):
        return "DOUBLE"
    if dtype.startswith(("date", "timestamp")):
        return "TIMESTAMP"
    return "BOOLEAN" if dtype.startswith("bool") else "VARCHAR"
