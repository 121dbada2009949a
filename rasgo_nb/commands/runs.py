"""``%rasgo runs`` and ``rasgo-nb runs``: what happened, from the record of runs."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.commands.new_file import written
from rasgo_nb.commands.runs_export import export_runs, import_runs
from rasgo_nb.commands.runs_table import keep_lines, runs_table
from rasgo_nb.commands.words import Words, read_words
from rasgo_nb.config import home_path
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.person import visible
from rasgo_nb.trace.store import BROKEN_OFF
from rasgo_nb.trace.traces import traces
from rasgo_nb.widgets.page import PageFacts, page_html
from rasgo_nb.widgets.text import run_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.config import Config
    from rasgo_nb.session import Session
    from rasgo_nb.trace.traces import TracedRun, Traces

_LIMIT = 20
_NONE = "No run is recorded yet. Ask a question with `%%ask`."
_OFF = "Runs are not recorded: trace is off. Type `%rasgo config trace on`."


def runs(session: Session, line: str) -> str:
    """What happened: runs [WORDS] | show | page | export | import | forget | keep"""
    return runs_command(line, session.config)


def runs_command(line: str | Sequence[str], config: Config) -> str:
    """What a line, or the words of one, says of the record."""
    words = read_words(line, _FLAGS)
    verb = words.plain[0] if words.plain else ""
    if verb not in VERBS:
        return _list(words, config)
    rest = Words(words.plain[1:], words.flags)
    return visible(VERBS[verb](rest, config))


_FLAGS = {
    "limit": int,
    "to": str,
    "otlp": str,
    "otel": bool,
    "all": bool,
    "since": int,
    "no-rows": bool,
    "content": bool,
    "force": bool,
    "yes": bool,
}


def _list(words: Words, config: Config) -> str:
    words.check("limit", example="runs delay --limit 50")
    searched, limit = " ".join(words.plain), words.number("limit") or _LIMIT
    found = traces(config).listed(searched, limit=limit + 1)
    off = [] if config.trace else [_OFF]
    if not found and searched:
        near = get_close_matches(words.plain[0], VERBS, n=1, cutoff=0.75)
        hint = f" Did you mean `%rasgo runs {near[0]}`?" if near else " `%rasgo runs` lists all."
        return visible("\n".join([f"No recorded run has {searched!r}.{hint}", *off]))
    if not found:
        return "\n".join(off or [_NONE])
    more = [f"… there are more; `%rasgo runs --limit {10 * limit}` lists them."] if len(found) > limit else []
    return visible("\n".join([*runs_table(found[:limit], datetime.now(UTC)), *more, *off]))


def _show(words: Words, config: Config) -> str:
    words.check(example="runs show RUN", most=1)
    record = traces(config)
    run = record.find(words.first)
    log = record.log(run.id)
    broken = ["This run broke off: it has no end."] if run.status == BROKEN_OFF else []
    head = f"run {run.id} · {run.began.astimezone():%Y-%m-%d %H:%M} · {run.status}"
    return "\n".join([head, run.question, "", run_text(log), *log.notes, *broken])


def _page(words: Words, config: Config) -> str:
    words.check("force", example="runs page RUN delays.html", most=2)
    record = traces(config)
    run = record.find(words.first)
    asked = words.plain[1] if len(words.plain) > 1 else f"run-{run.id}.html"
    path = home_path(asked)
    page = page_html(record.log(run.id), facts_of(run))
    written(path, [page], force="force" in words.flags, example=f"runs page {run.id} FILE.html")
    return f"The page of run {run.id} is in {path}."


def facts_of(run: TracedRun) -> PageFacts:
    """What the record knows of a run beside its events."""
    return PageFacts(run.began, run.interface, run.notebook, run.versions)


def recorded_facts(log: RunLog, config: Config) -> PageFacts:
    """What the record knows of a run that has just ended; little where it is not recorded."""
    try:
        return facts_of(traces(config).find(log.started.run_id if log.started else "-"))
    except RasgoError:
        return PageFacts()


def _forget(words: Words, config: Config) -> str:
    words.check("all", "yes", example="runs forget RUN", least=0 if "all" in words.flags else 1)
    record = traces(config)
    if "all" not in words.flags:
        gone = [record.forget(record.find(one).id) for one in words.plain]
        return f"{_counted(len(gone))} forgotten: {', '.join(one.id for one in gone)}."
    found = [run for run in record.listed(limit=-1) if run.status != "running"]
    if not found:
        return _NONE
    if "yes" not in words.flags:
        return f"{_counted(len(found))} would be forgotten. Type `%rasgo runs forget --all --yes`."
    record.forget_all(found)
    return f"{_counted(len(found))} forgotten."


def _keep(words: Words, config: Config) -> str:
    words.check(example="runs keep", most=0)
    return "\n".join([*keep_lines(traces(config), config), *([] if config.trace else [_OFF])])


def chosen_runs(words: Words, record: Traces) -> list[TracedRun]:
    """The runs that are named, or all, or those of the last days; the last one where none is."""
    if "all" in words.flags or "since" in words.flags:
        days = words.number("since")
        found = [
            run
            for run in record.listed(limit=-1)
            if not days or (datetime.now(UTC) - run.began).total_seconds() <= days * 86_400
        ]
        if not found:
            raise UnknownName(f"No run of the last {days} days is recorded. `%rasgo runs` lists all.")
        return found[::-1]
    return [record.find(one) for one in words.plain or [""]]


def _export(words: Words, config: Config) -> str:
    words.check(
        "to",
        "otlp",
        "otel",
        "all",
        "since",
        "no-rows",
        "content",
        "force",
        example="runs export --to runs.jsonl",
    )
    record = traces(config)
    return export_runs(chosen_runs(words, record), record, words)


def _import(words: Words, config: Config) -> str:
    words.check(example="runs import runs.jsonl", least=1, most=1)
    return import_runs(Path(home_path(words.first)), traces(config))


def _counted(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


VERBS: Mapping[str, Callable[[Words, Config], str]] = {
    "show": _show,
    "page": _page,
    "export": _export,
    "import": _import,
    "forget": _forget,
    "keep": _keep,
}
