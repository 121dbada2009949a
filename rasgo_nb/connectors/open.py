"""Opens what the person names: the sample, anything that DuckDB reads, or a warehouse."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import ConnectionFailed, OpenInOtherMode

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import Connection

# By the first word of what the person names, or the scheme of a URL; other URLs go to SQLAlchemy.
KINDS = {
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "postgres": "postgres",
    "postgresql": "postgres",
    "sqlalchemy": "sqlalchemy",
}
_KIND = re.compile(r"(?P<word>[A-Za-z][\w+.-]*)(?P<rest>$|:(?P<place>.*))", re.DOTALL)


def open_connection(
    source: str | Path, request: ConnectRequest | None = None, *, name: str = "", read_only: bool = True
) -> Connection:
    """A connection to ``sample``, what DuckDB reads (a file, a folder, ``:memory:``), or a warehouse.

    A warehouse is named by its kind (``snowflake``), its kind and place (``snowflake:prod``), or its URL.
    ``request`` holds all else that its connector takes.

    Raises
    ------
    ConnectionFailed
        with what to type next.
    """
    if not str(source).strip():
        raise ConnectionFailed(
            "Connect to what? Type `%rasgo connect sample`, or the path of a file or folder."
        )
    name = name or usual_name(source)
    kind, place = kind_of(source)
    if kind:
        request = replace(request or ConnectRequest(), place=place, name=name, read_only=read_only)
        connection: Connection = import_module(f"rasgo_nb.connectors.{kind}").connect(request)
        return connection
    return _open_duckdb(source, name=name, read_only=read_only)


def kind_of(source: str | Path) -> tuple[str, str]:
    """The connector that a source names, and the place for it; empty texts where DuckDB reads it.

    A URL is its own place; ``snowflake:prod`` has the place ``prod``.
    """
    found = _KIND.fullmatch(str(source).strip()) if isinstance(source, str) else None
    if found is None:
        return "", ""
    word = found["word"].casefold()
    is_url = (found["place"] or "").startswith("//")
    if is_url:
        return KINDS.get(word, "sqlalchemy"), str(source).strip()
    if word in KINDS and (found["rest"] == "" or found["place"]):
        return KINDS[word], (found["place"] or "").strip()
    return "", ""


def _open_duckdb(source: str | Path, *, name: str, read_only: bool) -> Connection:
    from rasgo_nb.connectors.duckdb import connect

    if str(source) == "sample":
        from rasgo_nb.connectors.sample import build, default_path

        source = build(default_path())
    try:
        return connect(source, name=name, read_only=read_only)
    except OpenInOtherMode as refused:
        refused.name = name
        raise


def usual_name(source: str | Path) -> str:
    """What a connection is called when the person does not say: the last part, without endings."""
    kind, place = kind_of(source)
    if kind:
        return _usual_name_of_place(kind, place)
    stem = Path(str(source).rstrip("/\\")).name.split(".")[0]
    return re.sub(r"\W+", "_", stem).strip("_") or "memory"


def _usual_name_of_place(kind: str, place: str) -> str:
    """The section, project, or database of a URL; the kind where none is named."""
    bare = place.partition("?")[0]
    last = bare.partition("://")[2].partition("/")[2] if "://" in bare else bare
    parts = [part for part in re.split(r"\W+", last) if part]
    return "_".join(parts) or kind
