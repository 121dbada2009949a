"""What calls showed and found, as HTML: one function for each kind of protocol.ts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.widgets.html_parts import BAD, MONO, bullets, facts, folded, note, pre, table
from rasgo_nb.widgets.memory_text import decided_text, fact_text
from rasgo_nb.widgets.safe import block

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rasgo_nb.widgets.safe import State

_ROWS, _COLUMNS = 10, 20  # of a result's table
_LISTED = 20  # rows of a list
_FEW_FACTS = 3  # of each hit
_MAX_TEXT = 4_000  # of one output


def output_html(output: State) -> str:
    """One ``OutputState``."""
    match output["kind"]:
        case "stream" | "text":
            return pre(block(output["text"], _MAX_TEXT))
        case "error":
            return pre(block(output["traceback"] or f"{output['ename']}: {output['evalue']}", _MAX_TEXT), BAD)
        case "image":
            source = f"data:{output['mime']};base64,{output['base64']}"
            return f'<img style="max-width:100%" src="{source}">'
        case "figure":
            return _figure(output)
        case _:
            return rows_html(output["rows"])


def body_html(body: State) -> str:
    """One ``BodyState``; empty for what the line of the call already says."""
    return _KINDS[body["kind"]](body)


def rows_html(rows: State) -> str:
    """The first rows of a frame, and how much that is of the whole."""
    shown = [row[:_COLUMNS] for row in rows["first"][:_ROWS]]
    columns = rows["columns"][:_COLUMNS]
    more = f", {_COLUMNS} of {len(rows['columns']):,} columns" if len(rows["columns"]) > _COLUMNS else ""
    cut = f"{len(shown):,} of {rows['total']:,} rows{more}" if rows["total"] > len(shown) or more else ""
    numeric = [column["numeric"] for column in columns]
    return table([column["name"] for column in columns], shown, numeric) + note(cut) + note(rows["note"])


def _figure(body: State) -> str:
    """A figure is an output of its own; here is its name."""
    figure = body["figure"]
    name = f"Figure {figure['name']}" if figure["name"] else "A figure"
    picture = ""
    if figure["image"]:
        picture = f'<img style="max-width:100%" src="data:image/png;base64,{figure["image"]}">'
    return picture or note(f"{name}. {figure['note']}".strip())


def _hits(body: State) -> str:
    rows = [
        [one["table"], one["family"] or one["rows"], one["why"], one["comment"]]
        for one in body["hits"][:_LISTED]
    ]
    known = [
        f"{one['table']}: {fact_text(fact)}"
        for one in body["hits"][:_LISTED]
        for fact in one["facts"][:_FEW_FACTS]
    ]
    more = folded(f"what is known of them: {len(known)}", bullets(known)) if known else ""
    return facts(["table", "size", "matched", "comment"], rows) + note(body["more"]) + more


def _tables(body: State) -> str:
    return "".join(_table(one) for one in body["tables"]) + note(body["more"])


def _table(one: State) -> str:
    rows = [[column["name"], column["type"], column["key"], column["comment"]] for column in one["columns"]]
    said = (one["name"], one["rows"] or one["kind"], one.get("layout", ""), one["comment"])
    title = " · ".join(piece for piece in said if piece)
    sample = rows_html(one["sample"]) if one["sample"] else ""
    columns = facts(["column", "type", "key", "comment"], rows)
    known = bullets([fact_text(fact) for fact in one["facts"][:_LISTED]]) if one["facts"] else ""
    return folded(title, columns + note(one["more"]) + known + sample, "margin-top:4px")


def _profiles(body: State) -> str:
    names = ["column", "type", "nulls", "distinct", "min", "max", "most frequent"]
    rows = [
        [
            *(one[name] for name in ("name", "type", "nulls", "distinct", "min", "max")),
            ", ".join(f"{value['value']} ({value['count']})" for value in one["top"][:4]),
        ]
        for one in body["profiles"]
    ]
    return facts(names, rows) + note(body["more"])


_CHANGES = {
    "new": "new",
    "rebound": "bound anew",
    "mutated": "changed in place",
    "deleted": "deleted",
    "put_back": "put back",
}


def _changes(body: State) -> str:
    said = [
        f"{word}: {', '.join(body['changes'][kind])}"
        for kind, word in _CHANGES.items()
        if body["changes"][kind]
    ]
    value = rows_html(body["value"]) if body["value"] else ""
    return note(" · ".join(said)) + value


def _variables(body: State) -> str:
    rows = [[one["name"], one["type"], one["summary"]] for one in body["variables"][:_LISTED]]
    more = f"{_LISTED} of {len(body['variables']):,}" if len(body["variables"]) > _LISTED else ""
    return facts(["variable", "type", "summary"], rows) + note(body["more"] or more)


def _reply(body: State) -> str:
    return f'<div style="{MONO}">{pre(body["text"])}</div>'


def _proposal(body: State) -> str:
    return pre(body["proposal"]["text"]) + note(decided_text(body["proposal"]))


def _plain(body: State) -> str:
    return pre(block(body["text"], _MAX_TEXT))


_KINDS: Mapping[str, Callable[[State], str]] = {
    "hits": _hits,
    "tables": _tables,
    "profiles": _profiles,
    "rows": lambda body: rows_html(body["rows"]),
    "changes": _changes,
    "figure": _figure,
    "variables": _variables,
    "reply": _reply,
    "proposal": _proposal,
    "plain": _plain,
}
