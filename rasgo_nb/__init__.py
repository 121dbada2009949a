"""Ask your data a question in a notebook cell, and see every step behind the answer.

    %load_ext rasgo_nb
    %rasgo connect sample

    %%ask
    Which carriers have the longest delays?

The same from Python: ``rasgo_nb.connect("sample")``, ``rasgo_nb.ask("Which carriers ...")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb._version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.figure import Mark
    from rasgo_nb.run import Run


__all__ = [
    "__version__",
    "ask",
    "chart",
    "connect",
    "go_on",
    "load_ipython_extension",
    "sql",
    "unload_ipython_extension",
]


def ask(
    question: str,
    *,
    model: str | Model = "",
    connection: str = "",
    interface: str | Interface = "",
    max_steps: int | None = None,
    fresh: bool = False,
    quiet: bool = False,
) -> Run:
    """Work off one question, as ``%%ask`` does, and return the run.

    The model sees the questions asked before in this kernel, unless ``fresh``. ``interface`` is how it meets
    the tools: the name of a family, a file, or an ``Interface``. In a notebook or an
    IPython terminal the steps are shown, unless ``quiet``.

    Raises
    ------
    RasgoError
        one line that ends with what to do.
    """
    from rasgo_nb.front import ask_now

    return ask_now(
        question,
        model=model,
        connection=connection,
        interface=interface,
        max_steps=max_steps,
        fresh=fresh,
        quiet=quiet,
    )


def go_on(
    words: str = "",
    *,
    from_step: int | None = None,
    code: str = "",
    call: int | None = None,
    run: str = "",
    model: str | Model = "",
    max_steps: int | None = None,
    quiet: bool = False,
) -> Run:
    """Go on with the last run where it stopped, as ``%ask --continue`` does, and return all of it.

    With ``from_step`` go on from that step with other ``code``, SQL or Python, in it, as
    ``%%ask --from-step`` does: in its call number ``call`` where it has several, of the run with the id
    ``run`` or the last one.

    Raises
    ------
    RasgoError
        one line that ends with what to do; also where there is nothing to go on with.
    """
    from rasgo_nb.front import go_on_from_now, go_on_now

    if from_step is None:
        return go_on_now(words, model=model, max_steps=max_steps, quiet=quiet)
    return go_on_from_now(
        code, step=from_step, call=call, run=run, model=model, max_steps=max_steps, quiet=quiet
    )


def connect(
    source: str | Path = "",
    *,
    name: str = "",
    read_only: bool | None = None,
    privacy: str = "",
    timeout_s: float | None = None,
    **options: object,
) -> Connection:
    """Open ``sample``, a DuckDB file, ``:memory:``, a folder or file of Parquet or CSV, or a warehouse.

    A warehouse is named as in ``%rasgo connect``: ``snowflake:prod``, ``bigquery:my-project``, a URL; the
    vendor's own parameters are ``options``, such as ``account`` and ``user``. A password among them, or in a
    URL, is shown and kept nowhere. The connection is read-only, unless settings of that name or ``read_only``
    say otherwise. ``privacy`` is what a model may read of it: ``rows``, ``stats`` or ``schema``.

    Raises
    ------
    ConnectionFailed
        with what to type next.
    """
    from rasgo_nb.front import current_session

    return current_session().connect(
        source,
        name=name,
        read_only=read_only,
        options={option: str(value) for option, value in options.items()},
        privacy=privacy,
        timeout_s=timeout_s,
    )


def sql(statement: str, *, connection: str = "") -> pd.DataFrame:
    """Run one SQL statement and return its whole result, as a step of a run does; no model is asked.

    DataFrames of the notebook can be named in it as if they were tables. ``connection`` is the name of one
    that is open; the current one where it is empty. A result that a cap cut is warned of.

    Raises
    ------
    QueryRefused
        when the connection is read-only and the statement is not known to be a read.
    QueryError
        with the database's own message and the place.
    UnknownName
        when no connection of that name is open.
    """
    from rasgo_nb.calls import sql_now

    return sql_now(statement, connection=connection)


def chart(
    frame: pd.DataFrame, *, x: str, y: str = "", mark: Mark = "auto", color: str = "", title: str = ""
) -> Any:
    """Draw a ``plotly.graph_objects.Figure`` from a DataFrame, as a step of a run does; no model is asked.

    Raises
    ------
    CannotDraw
        says why, and what would work.
    """
    from rasgo_nb.calls import chart_now

    return chart_now(frame, x=x, y=y, mark=mark, color=color, title=title)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext rasgo_nb``: registers the magics and loads nothing heavy."""
    from rasgo_nb.magics import register

    register(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext rasgo_nb``."""
    from rasgo_nb.magics import unregister

    unregister(shell)
