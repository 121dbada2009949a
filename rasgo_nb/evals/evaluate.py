"""Works off suites by several models and interfaces; the log grows as results come, and can be resumed."""

from __future__ import annotations

import os
import time
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb._version import __version__
from rasgo_nb.agent.interface_file import wanted_file
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.choose import choose
from rasgo_nb.agent.prices import require_price
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.evals.log_file import Head, append, begin_log, go_on_log, read_log, result_line
from rasgo_nb.evals.report import report_html
from rasgo_nb.evals.suites_named import digest_of
from rasgo_nb.evals.work_off import Work
from rasgo_nb.evals.workers import results_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rasgo_nb.config import Config
    from rasgo_nb.evals.case import Case, Suite
    from rasgo_nb.evals.score import CaseResult

LOG, REPORT = "log.jsonl", "report.html"
_OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is worked off by whom, and where it ends: 0 means no limit.

    ``only`` are ids and tags of cases. ``jobs`` is the number of processes; 0 takes one for each processor.
    """

    suites: tuple[Suite, ...]
    models: tuple[str, ...] = (_OFFLINE,)
    interfaces: tuple[str, ...] = ("",)
    repeats: int = 1
    only: tuple[str, ...] = ()
    judge: str = ""
    jobs: int = 0
    max_cost_usd: float = 0.0
    max_tokens: int = 0
    max_minutes: float = 0.0

    def head(self) -> Head:
        """The first line of the log."""
        return Head(
            suites=tuple(suite.name for suite in self.suites),
            digest=digest_of(self.suites),
            models=self.models,
            interfaces=self.interfaces,
            repeats=self.repeats,
            version=__version__,
            began=datetime.now(UTC).isoformat(timespec="seconds"),
        )


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of a plan. ``left`` are works that were not done, ``why`` says why."""

    results: tuple[CaseResult, ...]
    log: Path
    report: Path
    left: int = 0
    why: str = ""


def cases_of(plan: Plan) -> list[tuple[Suite, Case]]:
    """The cases that are wanted; where there are several suites, ids begin with the suite's name.

    Raises
    ------
    UnknownName
        where ``only`` names a case or tag that there is not.
    """
    several = len(plan.suites) > 1
    cases = [
        (suite, replace(case, id=f"{suite.name}/{case.id}") if several else case)
        for suite in plan.suites
        for case in suite.cases
    ]
    known = {name for suite, case in cases for name in _names(suite, case)}
    for name in plan.only:
        if name not in known:
            raise UnknownName(
                f"There is no case or tag {name!r} in {', '.join(s.name for s in plan.suites)}."
            )
    return [(suite, case) for suite, case in cases if not plan.only or _names(suite, case) & {*plan.only}]


def works_of(plan: Plan) -> list[Work]:
    """Every case by every model and interface, as often as it is repeated."""
    return [
        Work(case, folder_of(suite), model, interface, repeat, plan.judge or suite.judge)
        for suite, case in cases_of(plan)
        for model in plan.models
        for interface in plan.interfaces
        for repeat in range(1, plan.repeats + 1)
    ]


def folder_of(suite: Suite) -> Path:
    """The folder that a suite's own paths are relative to."""
    return suite.path.resolve().parent if suite.path is not None else Path.cwd()


def check_plan(plan: Plan, config: Config) -> None:
    """Refuse before anything is paid for what cannot work.

    Raises
    ------
    RasgoError
        for an unknown model, interface, case or tag, and a limit on money without a known price.
    """
    works_of(plan)
    for model in (*plan.models, *filter(None, [plan.judge])):
        name = choose(model, config.providers).name
        if plan.max_cost_usd and name != _OFFLINE:
            require_price(name)
    for interface in filter(None, plan.interfaces):
        wanted_file(interface)


def evaluate(
    plan: Plan, folder: Path, *, resume: Path | None = None, told: Callable[[CaseResult, int, int], None]
) -> Evaluated:
    """Work the plan off; ``folder`` gets the log and the report, ``told`` each result with how many are done.

    ``resume`` is the log of an earlier run of the same plan, which is gone on with.

    Raises
    ------
    RasgoError
        where the folder cannot be written, or the log to go on with is of other suites.
    """
    works = works_of(plan)
    done = _done_before(plan, resume)
    keys = {(one.case, one.model, one.interface_asked, one.repeat) for one in done}
    todo = [work for work in works if work.key not in keys]
    path = resume or folder / LOG
    results = list(done)
    why = ""
    with go_on_log(path) if resume else begin_log(path, plan.head()) as log:
        began = time.monotonic()
        jobs = plan.jobs or os.cpu_count() or 1
        with closing(results_of(todo, jobs=jobs)) as coming, suppress(KeyboardInterrupt):
            why = "stopped by you"
            for result in coming:
                append(log, result_line(result))
                results.append(result)
                told(result, len(results), len(works))
                if why := _limit_met(plan, results, time.monotonic() - began):
                    break
            else:
                why = ""
    results = _with_interfaces(results)
    report = path.with_name(REPORT)
    _write_report(report, plan, results)
    left = len(works) - len(results)
    return Evaluated(tuple(results), path, report, left, why if left else "")


def _with_interfaces(results: Sequence[CaseResult]) -> list[CaseResult]:
    """A run that crashed has not told its interface: it had that of the others."""
    known = {(one.model, one.interface_asked): one.interface for one in results if one.run_id}
    return [
        one
        if one.run_id
        else replace(one, interface=known.get((one.model, one.interface_asked), one.interface))
        for one in results
    ]


def _names(suite: Suite, case: Case) -> set[str]:
    return {case.id, case.id.removeprefix(f"{suite.name}/"), *case.tags}


def _done_before(plan: Plan, resume: Path | None) -> Sequence[CaseResult]:
    if resume is None:
        return ()
    head, results = read_log(resume)
    if head.digest != digest_of(plan.suites):
        raise RasgoError(f"{resume} is of other suites, or they have changed. Leave `--resume` out.")
    return results


def _limit_met(plan: Plan, results: Iterable[CaseResult], elapsed_s: float) -> str:
    """Which limit is met; empty for none."""
    usages = [usage for one in results for usage in (one.usage, one.judge_usage) if usage is not None]
    usage = sum(usages, Usage())
    if plan.max_cost_usd and (usage.cost_usd is None or usage.cost_usd >= plan.max_cost_usd):
        return f"the limit of {plan.max_cost_usd:g} USD is met"
    if plan.max_tokens and usage.total_tokens >= plan.max_tokens:
        return f"the limit of {plan.max_tokens:,} tokens is met"
    if plan.max_minutes and elapsed_s >= plan.max_minutes * 60:
        return f"the limit of {plan.max_minutes:g} minutes is met"
    return ""


def _write_report(path: Path, plan: Plan, results: Sequence[CaseResult]) -> None:
    title = f"Evals: {', '.join(suite.name for suite in plan.suites)}"
    page = report_html(results, title=title, cases=[case for _, case in cases_of(plan)])
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RasgoError(f"{path} cannot be written: {error.strerror}. The log is whole.") from None
