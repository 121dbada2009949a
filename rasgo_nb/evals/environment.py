"""What a case finds: a session of its own, with nothing of the person's but models, keys and connections."""

from __future__ import annotations

import os
import random
import tempfile
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

from rasgo_nb.config import Config, load_config, with_setting
from rasgo_nb.connectors.duckdb import DuckDBConnection
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.clock import duckdb_clock, standing_clock
from rasgo_nb.evals.suite_clock import moment_of
from rasgo_nb.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rasgo_nb.evals.case import Case

_TRACING_S = 30.0  # so that marks do not depend on how busy the machine is
_SEED = 20_240_601


@contextmanager
def environment_of(case: Case, folder: Path) -> Iterator[Session]:
    """A session with the case's connections, settings and setup; all that it kept is gone afterwards.

    ``folder`` is that of the suite: paths of its sources are relative to it.
    """
    config = _config_of(case)
    home = tempfile.TemporaryDirectory(prefix="rasgo_nb_eval_", ignore_cleanup_errors=True)
    with home as path, _home(path), standing_clock(case.environment.clock):
        _set_seeds()
        session = Session(_fresh_shell(), config=config)
        session.tracing_s = _TRACING_S
        try:
            _connect(session, case, folder)
            _set_up(session, case)
            yield session
        finally:
            session.close()


def clock_told(case: Case, session: Session) -> dict[str, str]:
    """Which connections the case's clock does not reach, for the result's details."""
    beyond = [name for name, one in session.connections.items() if not isinstance(one, DuckDBConnection)]
    if not case.environment.clock or not beyond:
        return {}
    return {"clock": f"The clock of {', '.join(beyond)} goes on: only Python's and DuckDB's stand still."}


def _config_of(case: Case) -> Config:
    own = load_config()
    budget = case.budget
    config = Config(
        providers=own.providers,
        connections=own.connections,
        embedder="none",
        trace=False,
        max_steps=budget.steps,
        max_seconds=budget.seconds,
        max_tokens=budget.tokens,
        max_cost_usd=budget.cost_usd,
    )
    for name, value in case.environment.settings.items():
        config = with_setting(config, name, value, source=f"case {case.id}")
    return config


@contextmanager
def _home(path: str) -> Iterator[None]:
    before = os.environ.get("RASGO_NB_HOME")
    os.environ["RASGO_NB_HOME"] = path
    try:
        yield
    finally:
        if before is None:
            del os.environ["RASGO_NB_HOME"]
        else:
            os.environ["RASGO_NB_HOME"] = before


def _set_seeds() -> None:
    import numpy as np

    random.seed(_SEED)
    np.random.seed(_SEED)  # the global one is what a model's code draws from


def _fresh_shell() -> Any:
    """The shell of this process with an empty namespace; its history is kept nowhere."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config as Traitlets

    shell = InteractiveShell.instance(config=Traitlets({"HistoryManager": {"enabled": False}}))
    for name in [one for one in shell.user_ns if one not in shell.user_ns_hidden]:
        del shell.user_ns[name]  # not ``reset``, which collects all garbage each time
    return shell


def _connect(session: Session, case: Case, folder: Path) -> None:
    moment = moment_of(case.environment.clock) if case.environment.clock else None
    for name, source in case.environment.connections.items():
        beside = folder / source
        connection = session.connect(str(beside.resolve()) if beside.exists() else source, name=name)
        if moment is not None and isinstance(connection, DuckDBConnection):
            connection.before_each = (*connection.before_each, *duckdb_clock(moment))
    session.connections.current = next(iter(case.environment.connections))


def _set_up(session: Session, case: Case) -> None:
    if not case.environment.setup:
        return
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # IPython writes the traceback there
        ran = session.shell.run_cell(case.environment.setup, store_history=False, silent=True)
    error = ran.error_before_exec or ran.error_in_exec
    if error is not None:
        raise RasgoError(
            f"The setup of case {case.id} failed: {type(error).__name__}: {error}. "
            f"Mend `setup`; the case begins in line {case.line}."
        )
