"""Works off suites by several models and interfaces; the log grows as results come, and can be resumed."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb._version import __version__
from rasgo_nb.agent.interface_file import wanted_file
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.choose import choose, open_model
from rasgo_nb.agent.prices import require_price
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.evals.judge import agreement
from rasgo_nb.evals.log_file import Head, append, begin_log, go_on_log, read_log, result_line
from rasgo_nb.evals.marks import asked_of_judge
from rasgo_nb.evals.report import report_html
from rasgo_nb.evals.suites_named import digest_of
from rasgo_nb.evals.work_off import Work
from rasgo_nb.evals.workers import results_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    judge_votes: int = 1
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
    """What came of a plan. ``left`` are works that were not done, ``why`` says why.

    ``results`` are in the order of the plan, whichever came first; those that were not run are among them,
    and among ``left``.
    """

    results: tuple[CaseResult, ...]
    log: Path
    report: Path
    left: int = 0
    why: str = ""

    @property
    def not_run(self) -> list[str]:
        """What was in the way of cases that could not be tried, each once."""
        return list(dict.fromkeys(one.message for one in self.results if one.outcome == "not_run"))


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
        Work(
            case,
            folder_of(suite),
            model,
            interface,
            repeat,
            plan.judge or suite.judge,
            plan.judge_votes,
        )
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
        for an unknown model, interface, case or tag, suites of the same name, a missing key or judge, and a
        limit on money without a known price.
    """
    names = [suite.name for suite in plan.suites]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RasgoError(f"Two suites are named {twice!r}. Give one of them another name, `suite: NAME`.")
    for work in works_of(plan):
        if not work.judge and any(not one.model for one in asked_of_judge(work.case)):
            raise RasgoError(f"Case {work.case.id} asks for a judge. Type for example `--judge MODEL`.")
    for model in (*plan.models, *filter(None, [plan.judge])):
        name = choose(model, config.providers).name
        open_model(name, config.providers)  # refuses where there is no key
        if plan.max_cost_usd and name != _OFFLINE:
            require_price(name)
    for interface in filter(None, plan.interfaces):
        wanted_file(interface)


def evaluate(
    plan: Plan, folder: Path, *, resume: Path | None = None, told: Callable[[CaseResult, int, int], None]
) -> Evaluated:
    """Work the plan off; ``folder`` gets the log and the report, ``told`` each result with how many are done.

    ``resume`` is the log of an earlier run of the same suites, which is gone on with; what could not be run
    is tried again. Limits count what the log holds already, except minutes.

    Raises
    ------
    RasgoError
        where the folder cannot be written, or the log to go on with is of other suites.
    """
    works = works_of(plan)
    done = _done_before(plan, resume)
    keys = {_key(one) for one in done}
    todo = [work for work in works if work.key not in keys]
    before = len(works) - len(todo)
    path = resume or folder / LOG
    came: list[CaseResult] = []
    usage = sum(map(_used, done), Usage())
    why = _limit_met(plan, usage, 0.0)
    with go_on_log(path) if resume else begin_log(path, plan.head()) as log:
        began = time.monotonic()
        jobs = plan.jobs or os.cpu_count() or 1
        with closing(results_of([] if why else todo, jobs=jobs)) as coming:
            try:
                for result in coming:
                    append(log, result_line(result))
                    came.append(result)
                    told(result, before + len(came), len(works))
                    usage += _used(result)
                    why = _limit_met(plan, usage, time.monotonic() - began)
                    if why:
                        break
            except KeyboardInterrupt:
                why = "stopped by you"
    results = _in_order(_with_interfaces([*done, *came]), works)
    report = path.with_name(REPORT)
    _write_report(report, plan, results)
    left = len(todo) - sum(one.outcome != "not_run" for one in came)
    return Evaluated(tuple(results), path, report, left, why if left else "")


def _key(result: CaseResult) -> tuple[str, str, str, int]:
    return result.case, result.model, result.interface_asked, result.repeat


def _in_order(results: Sequence[CaseResult], works: Sequence[Work]) -> list[CaseResult]:
    """As they were planned; what an earlier plan had besides comes last."""
    place = {work.key: at for at, work in enumerate(works)}
    return sorted(results, key=lambda one: place.get(_key(one), len(place)))


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
    return [one for one in results if one.outcome != "not_run"]


def _used(result: CaseResult) -> Usage:
    """What the run and its judges took."""
    return (result.usage or Usage()) + (result.judge_usage or Usage())


def _limit_met(plan: Plan, usage: Usage, elapsed_s: float) -> str:
    """Which limit is met; empty for none."""
    if plan.max_cost_usd and (usage.cost_usd is None or usage.cost_usd >= plan.max_cost_usd):
        return f"the limit of {plan.max_cost_usd:g} USD is met"
    if plan.max_tokens and usage.total_tokens >= plan.max_tokens:
        return f"the limit of {plan.max_tokens:,} tokens is met"
    if plan.max_minutes and elapsed_s >= plan.max_minutes * 60:
        return f"the limit of {plan.max_minutes:g} minutes is met"
    return ""


def _write_report(path: Path, plan: Plan, results: Sequence[CaseResult]) -> None:
    title = f"Evals: {', '.join(suite.name for suite in plan.suites)}"
    votes = [cast for one in results for cast in one.judge_votes]
    page = report_html(
        results,
        title=title,
        cases=[case for _, case in cases_of(plan)],
        agreement=agreement(votes) if votes else None,
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RasgoError(f"{path} cannot be written: {error.strerror}. The log is whole.") from None
