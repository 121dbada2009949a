"""What every front door shares: the session of the running shell, the fitting view, a run to its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rasgo_nb.afterwards import again, edit, promote
from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.interrupt import run_sync
from rasgo_nb.lab.link import watch_runs
from rasgo_nb.session import Session
from rasgo_nb.table_look import look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.connectors.base import TableDetail
    from rasgo_nb.desk import Desk
    from rasgo_nb.run import Run
    from rasgo_nb.widgets.callbacks import Callbacks

_ATTRIBUTE = "rasgo_nb_session"
_SHELF = "rasgo_nb_shelf"  # of an IPython shell: the runs whose frames its pages can still fetch


def session_of(shell: Any) -> Session:
    """The one session of an IPython shell."""
    session = getattr(shell, _ATTRIBUTE, None)
    if session is None:
        session = Session(shell)
        setattr(shell, _ATTRIBUTE, session)
        watch_runs(session)
    return session


def current_session() -> Session:
    """The session of the shell that runs this code; outside IPython, of a shell of its own."""
    from IPython.core.getipython import get_ipython
    from IPython.core.interactiveshell import InteractiveShell

    return session_of(get_ipython() or InteractiveShell.instance())


def view_for(shell: Any, *, quiet: bool) -> Callable[[Event], None]:
    """One output that is redrawn in a notebook, lines that stay in a terminal."""
    if getattr(shell, "kernel", None) is not None:
        from rasgo_nb.widgets.kept import Shelf
        from rasgo_nb.widgets.notebook import NotebookView

        if not hasattr(shell, _SHELF):
            setattr(shell, _SHELF, Shelf())
        callbacks = _callbacks(session_of(shell))
        return NotebookView(shell, quiet=quiet, callbacks=callbacks, shelf=getattr(shell, _SHELF))
    from rasgo_nb.widgets.terminal import TerminalView

    return TerminalView(quiet=quiet)


def _callbacks(session: Session) -> Callbacks:
    """What the session does for the pages of a run."""
    from rasgo_nb.widgets.callbacks import Callbacks

    def describe_table(log: RunLog, name: str) -> tuple[TableDetail, pd.DataFrame]:
        return look_at(session.connection(log.started.connection if log.started else ""), name)

    def facts_of_table(log: RunLog, name: str) -> list[Fact]:
        catalog = catalog_of(session.connection(log.started.connection if log.started else ""))
        table = catalog.spelled(name)
        return [] if table is None else [*catalog.facts([table.name]), *catalog.neighbours(table.name)]

    def save_eval(log: RunLog) -> str:
        from rasgo_nb.evals.save_case import save_case

        return save_case(session, log)

    return Callbacks(
        promote=partial(promote, session),
        edit=partial(edit, session),
        describe_table=describe_table,
        facts_of_table=facts_of_table,
        memory=session.memory_desk,
        again=partial(again, session),
        save_eval=save_eval,
    )


def desk_of(view: Callable[[Event], None] | None) -> Desk | None:
    """Where the pages of a view put what the person clicks; None for a view without pages."""
    return getattr(view, "desk", None)


def ask_now(question: str, *, quiet: bool, **options: Any) -> Run:
    """Ask from Python: shown in a notebook or a terminal shell, silent in a plain script."""
    session = current_session()
    view = None if quiet or _is_unwatched(session.shell) else view_for(session.shell, quiet=False)
    return run_sync(session.ask(question, view=view, desk=desk_of(view), **options))


def go_on_now(words: str, *, model: str | Model, max_steps: int | None, quiet: bool) -> Run:
    """Go on from Python; shown as ``ask_now`` is."""
    session = current_session()
    view = None if quiet or _is_unwatched(session.shell) else view_for(session.shell, quiet=False)
    desk = desk_of(view)
    return run_sync(session.go_on(words, model=model, max_steps=max_steps, view=view, desk=desk))


def go_on_from_now(code: str, *, quiet: bool, **options: Any) -> Run:
    """Go on from a step with other code; shown as ``ask_now`` is."""
    session = current_session()
    view = None if quiet or _is_unwatched(session.shell) else view_for(session.shell, quiet=False)
    return run_sync(session.go_on_from(code, view=view, desk=desk_of(view), **options))


def _is_unwatched(shell: Any) -> bool:
    from IPython.core.interactiveshell import InteractiveShell

    return type(shell) is InteractiveShell
