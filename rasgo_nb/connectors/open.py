"""Opens what the person names: the sample, or anything that DuckDB reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import ConnectionFailed, OpenInOtherMode

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import Connection


def open_connection(source: str | Path, *, name: str = "", read_only: bool = True) -> Connection:
    """A connection to ``sample``, a DuckDB file, ``:memory:``, or a folder or file of Parquet or CSV.

    Raises
    ------
    ConnectionFailed
        with what to type next.
    """
    from rasgo_nb.connectors.duckdb import connect

    if not str(source).strip():
        raise ConnectionFailed(
            "Connect to what? Type `%rasgo connect sample`, or the path of a file or folder."
        )
    name = name or usual_name(source)
    if str(source) == "sample":
        from rasgo_nb.connectors.sample import build, default_path

        source = build(default_path())
    try:
        return connect(source, name=name, read_only=read_only)
    except OpenInOtherMode as refused:
        refused.name = name
        raise


def usual_name(source: str | Path) -> str:
    """What a connection is called when the person does not say: the path's last part, without endings."""
    stem = Path(str(source).rstrip("/\\")).name.split(".")[0]
    return re.sub(r"\W+", "_", stem).strip("_") or "memory"
