"""Where cases are worked off: a shell of its own, emptied before each, and nothing of the person's in it."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.config import Config, with_setting
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.clock import duckdb_clock
from rasgo_nb.evals.suite_clock import moment_of
from rasgo_nb.kernel_exec import run_cell
from rasgo_nb.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.evals.case import Budget, Environment

_KEPT = ("providers", "connections", "sql_model")  # of the person's settings: who is asked, and where
_SESSION = "rasgo_nb_session"  # as front.py has it: promoted calls find their session by the shell


@dataclass(slots=True)
class Workplace:
    """One per process. ``config`` are the person's settings, of which only a few hold here."""

    config: Config
    shell: Any = field(default_factory=lambda: _shell())

    def prepared(self, environment: Environment, budget: Budget) -> Session:
        """A session in an empty namespace, with the environment's connections; ``setup`` has not run.

        Raises
        ------
        RasgoError
            where a connection cannot be opened, or a setting is none.
        """
        self._empty()
        session = Session(self.shell, config=self._config(environment.settings, budget))
        setattr(self.shell, _SESSION, session)
        try:
            for name, source in environment.connections.items():
                session.connect(source, name=name)
            if environment.connections:
                session.connections.current = next(iter(environment.connections))
        except RasgoError:
            session.close()
            raise
        moment = moment_of(environment.clock) if environment.clock else None
        for name in session.connections if moment is not None else ():
            if hasattr(session.connections[name], "before_each"):
                session.connections[name].before_each = duckdb_clock(moment)  # type: ignore[arg-type, attr-defined]
        return session

    async def set_up(self, code: str) -> dict[str, object]:
        """Run the environment's Python; what it bound, by name, as it is now.

        Raises
        ------
        RasgoError
            where it fails.
        """
        before = set(self.shell.user_ns)
        if code.strip():
            result = await run_cell(self.shell, code, step="setup")
            if result.error is not None:
                where = f", line {result.error.line}" if result.error.line else ""
                raise RasgoError(
                    f"The case's setup fails{where}: {result.error.ename}: {result.error.evalue}"
                )
        made = {name: value for name, value in self.shell.user_ns.items() if name not in before}
        return {name: value for name, value in made.items() if not name.startswith("_")}

    def _empty(self) -> None:
        old = getattr(self.shell, _SESSION, None)
        if old is not None:
            old.close()
        self.shell.reset(new_session=False)
        random.seed(0)
        with suppress(ImportError):
            import numpy as np

            np.random.seed(0)

    def _config(self, settings: Mapping[str, Any], budget: Budget) -> Config:
        kept = {name: getattr(self.config, name) for name in _KEPT}
        config = Config(
            **kept,
            embedder="none",
            trace_days=0,  # by a clock that stands still, runs are old
            max_steps=budget.steps,
            max_seconds=budget.seconds,
            max_tokens=budget.tokens or Config().max_tokens,
            max_cost_usd=budget.cost_usd,
        )
        for name, value in settings.items():
            config = with_setting(config, name, value, source="the case's settings")
        return config


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config as Traitlets

    return InteractiveShell.instance(config=Traitlets({"HistoryManager": {"hist_file": ":memory:"}}))
