"""``rasgo-nb eval`` and ``%rasgo eval``: suites worked off, compared, checked, and answers saved as cases."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.commands.words import Words, read_words
from rasgo_nb.config import load_config
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.check import check
from rasgo_nb.evals.evaluate import LOG, Evaluated, Plan, cases_of, check_plan, evaluate
from rasgo_nb.evals.progress import progress
from rasgo_nb.evals.report_rows import report_text
from rasgo_nb.evals.save_case import save_case
from rasgo_nb.evals.suite_file import read_suite
from rasgo_nb.evals.suites_named import SAMPLE, shipped, suites_named

if TYPE_CHECKING:
    import argparse

    from rasgo_nb.session import Session

_MOST_FAULTS = 20
_HELP = (
    "Type for example `%rasgo eval sample --model offline`, or `%rasgo eval save` to keep the last answer."
)


def run_eval(options: argparse.Namespace) -> int:
    """Work off, check or list; 1 where a check finds something, or not all was done.

    Raises
    ------
    RasgoError
        where the suites, models, interfaces or folders are not as they should be.
    """
    if options.list:
        print(listed())  # noqa: T201 - the command's answer
        return 0
    if not options.suites:
        raise RasgoError("Name a suite. Type for example `rasgo-nb eval sample --model offline`.")
    plan = _plan(options)
    return _check(plan) if options.check else _evaluate(plan, options)


def listed() -> str:
    """The shipped suites, a line each."""
    suites = [read_suite(path) for path in shipped().values()]
    width = max(len(suite.name) for suite in suites)
    lines = [f"{suite.name:<{width}}  {len(suite.cases):>3} cases  {suite.description}" for suite in suites]
    return "\n".join([*lines, f"{SAMPLE:<{width}}  all of them"])


def eval_command(session: Session, line: str) -> str:
    """Suites of questions: eval SUITE [--model NAME …] [--repeat N] | save [RUN] [--to FILE] [--name ID]"""
    if line.split()[:1] == ["save"]:
        words = read_words(line, {"to": str, "name": str})
        words.check("to", "name", example="eval save --to evals.yaml", least=1, most=2)
        return _save(session, words)
    if not line.strip():
        return f"{listed()}\n{_HELP}"
    return _in_process(_pieces(line))


def _save(session: Session, words: Words) -> str:
    log = session.runs.find(words.plain[1]).log if len(words.plain) > 1 else None
    place = save_case(session, log, to=words.text("to"), name=words.text("name"))
    file = words.text("to") or place.partition(",")[0]
    return f"Saved in {place}. `%rasgo eval {file} --check` tries it, `%rasgo eval {file}` asks a model."


def _pieces(line: str) -> list[str]:
    import shlex

    try:
        return shlex.split(line, posix=sys.platform != "win32")
    except ValueError:
        raise RasgoError(f"A quote is not closed in `{line}`. Close it, and run the cell again.") from None


def _in_process(pieces: list[str]) -> str:
    """In a process of its own: the person's kernel, namespace and connections stay as they are."""
    command = [sys.executable, "-m", "rasgo_nb", "eval", *pieces]
    # A group of its own, for an interrupt reaches all of the kernel's, and this one is passed on once.
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        process_group=None if sys.platform == "win32" else 0,
    ) as process:
        try:
            _relay(process)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
            try:
                _relay(process)  # what is left, and how to go on
            except KeyboardInterrupt:
                process.kill()
                raise
    return ""


def _relay(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for told in process.stdout:
        sys.stdout.write(told)
        sys.stdout.flush()


def _plan(options: argparse.Namespace) -> Plan:
    for name in ("repeat", "judge_votes", "jobs", "max_tokens", "max_cost", "max_minutes"):
        least = 1 if name in ("repeat", "judge_votes") else 0
        if not least <= getattr(options, name) < math.inf:
            raise RasgoError(f"--{name.replace('_', '-')} must be {least} or more.")
    config = load_config()
    plan = Plan(
        suites=tuple(suites_named(options.suites)),
        models=tuple(dict.fromkeys(options.model)) or (config.model or "offline",),
        interfaces=tuple(dict.fromkeys(options.interface)) or ("",),
        repeats=options.repeat,
        only=tuple(options.only),
        judge=options.judge,
        judge_votes=options.judge_votes,
        jobs=options.jobs,
        max_cost_usd=options.max_cost,
        max_tokens=options.max_tokens,
        max_minutes=options.max_minutes,
    )
    check_plan(plan, config)
    return plan


def _check(plan: Plan) -> int:
    with progress("checking") as told:
        faults = check(plan, told=told)
    cases = len(cases_of(plan))
    if not faults:
        of = "the gold program scores" if cases == 1 else f"gold programs of {cases} cases score"
        print(f"Good: {of} full marks, all other programs none.")  # noqa: T201
        return 0
    for fault in faults[:_MOST_FAULTS]:
        print(fault)  # noqa: T201
    print(f"{len(faults)} faults. Mend the suite where it is wrong, and check again.")  # noqa: T201
    return 1


def _evaluate(plan: Plan, options: argparse.Namespace) -> int:
    folder = Path(options.out or f"evals-{datetime.now().astimezone():%Y%m%d-%H%M%S}").expanduser()
    resume = Path(options.resume).expanduser() if options.resume else None
    with progress("asking") as told:
        done = evaluate(plan, folder, resume=resume, told=told)
    print(_told(done))  # noqa: T201
    return 1 if done.left else 0


def _told(done: Evaluated) -> str:
    lines = [report_text(done.results)] if done.results else ["Nothing was done."]
    if done.left:
        why = f": {done.why}" if done.why else ""
        lines += [f"Not run: {one}" for one in done.not_run[:_MOST_FAULTS]]
        lines.append(f"{done.left} left{why}. The same command with `--resume {done.log}` goes on.")
    return "\n".join([*lines, f"Report: {done.report}", f"Log:    {done.log.with_name(LOG)}"])
