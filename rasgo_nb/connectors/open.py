"""Opens what the person names: the sample, anything that DuckDB reads, or a warehouse."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.connectors.dbt_profiles import read_target
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import ConnectionFailed, OpenInOtherMode
from rasgo_nb.secret_store import SecretsInMemory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.connectors.dbt_profiles import ProfileTarget

# By the first word of what the person names, or the scheme of a URL; other URLs go to SQLAlchemy.
KINDS = {
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "postgres": "postgres",
    "postgresql": "postgres",
    "sqlalchemy": "sqlalchemy",
    "dbt": "dbt",
}
_CHOSEN_WITHIN = frozenset({
    "warehouse", "role", "database", "schema", "dbname", "dataset", "location", "application_name",
    "connect_timeout", "login_timeout", "network_timeout", "options",
})  # fmt: skip
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
    if kind == "dbt":
        target = read_target(place)
        return open_connection(
            target.source,
            _of_target(target, request or ConnectRequest(), name),
            name=name,
            read_only=read_only,
        )
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


def owner_of(source: str | Path, options: Mapping[str, str]) -> str:
    """Whom a secret is for: the same for the same source and user, whatever is chosen within it."""
    who = sorted((name, value) for name, value in options.items() if name not in _CHOSEN_WITHIN)
    text = json.dumps([*kind_of(source), str(source).strip(), who])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _of_target(target: ProfileTarget, request: ConnectRequest, name: str) -> ConnectRequest:
    """The request with what dbt's profile says; what the person typed goes before that."""
    secrets = SecretsInMemory({f"{name}.{option}": secret for option, secret in target.secrets.items()})
    return replace(request, options={**target.options, **request.options}, secrets=secrets)


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
    """The section, project, or database of a URL; the kind, or the URL's scheme, where none is named."""
    bare = place.partition("?")[0]
    scheme, _, rest = bare.partition("://")
    if not rest and "://" not in bare:
        return "_".join(re.findall(r"\w+", bare)) or kind
    server, _, last = rest.partition("/")
    if not server:  # a file
        last = Path(last).name.split(".")[0]
    usual = re.findall(r"[A-Za-z0-9]+", scheme)[0]
    return "_".join(re.findall(r"\w+", last)) or usual
