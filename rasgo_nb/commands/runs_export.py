"""Recorded runs for elsewhere: lines of JSON, OpenTelemetry's JSON, or a collector; and lines back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rasgo_nb.commands.new_file import check_place, written
from rasgo_nb.config import home_path
from rasgo_nb.errors import RasgoError
from rasgo_nb.trace.otel import check, send
from rasgo_nb.trace.otlp import traces_data
from rasgo_nb.trace.run_file import lines, read_runs, take_in
from rasgo_nb.trace.spans import spans_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rasgo_nb.commands.words import Words
    from rasgo_nb.trace.spans import Span
    from rasgo_nb.trace.traces import TracedRun, Traces

_NS = 1_000_000_000


def export_runs(runs: Sequence[TracedRun], record: Traces, words: Words) -> str:
    """Write or send the runs wherever the flags say; a line for each place."""
    force = "force" in words.flags
    places = {flag: home_path(words.text(flag)) for flag in ("to", "otlp") if flag in words.flags}
    _check(places, words, force=force)
    said = []
    if "to" in places:
        rows = "no-rows" not in words.flags
        pieces = (line for run in runs for line in lines(run, record.timed(run.id), rows=rows))
        written(places["to"], pieces, force=force, example=_EXAMPLE)
        without = "" if rows else ", without rows, results and what went over the wire"
        said.append(f"{_counted(len(runs))} written to {places['to']}{without}.")
    content = "content" in words.flags
    if "otlp" in places:
        written(places["otlp"], _otlp(runs, record, content=content), force=force, example=_EXAMPLE)
        said.append(f"{_counted(len(runs))} written to {places['otlp']} as OTLP/JSON{_with(content)}.")
    if "otel" in words.flags:
        for run in runs:
            send(run_spans(run, record, content=content))
        said.append(f"{_counted(len(runs))} sent by OpenTelemetry{_with(content)}.")
    return "\n".join(said)


_EXAMPLE = "runs export --to runs.jsonl"


def _check(places: dict[str, Path], words: Words, *, force: bool) -> None:
    """Before anything is written or sent."""
    if not places and "otel" not in words.flags:
        raise RasgoError(
            "Say where to: `%rasgo runs export --to FILE.jsonl`, `--otlp FILE.json` or `--otel`, which sends."
        )
    if "content" in words.flags and "no-rows" in words.flags:
        raise RasgoError("--content and --no-rows contradict each other. Leave one out.")
    for path in places.values():
        check_place(path, force=force, example=_EXAMPLE)
    if "otel" in words.flags:
        check()


def _otlp(runs: Sequence[TracedRun], record: Traces, *, content: bool) -> Iterator[str]:
    """A line for each run, as collectors read and write such files."""
    for run in runs:
        yield json.dumps(traces_data(run_spans(run, record, content=content)), ensure_ascii=True) + "\n"


def run_spans(run: TracedRun, record: Traces, *, content: bool = False) -> list[Span]:
    """The spans of a recorded run; where times were not recorded, all but its beginning is at its end."""
    events = list(record.timed(run.id))
    began, ended = run.began.timestamp(), run.began.timestamp() + run.elapsed_s
    first = [(began, event) for _, event in events[:1]]
    rest = [(at_s or ended, event) for at_s, event in events[1:]]
    return spans_of([(_ns(at_s), event) for at_s, event in (*first, *rest)], content=content)


def _ns(at_s: float) -> int:
    """Nanoseconds, of a time that is known to the microsecond."""
    return round(at_s * 1_000_000) * (_NS // 1_000_000)


def import_runs(path: Path, record: Traces) -> str:
    """Take the runs of a file into the record; what came of it."""
    runs = read_runs(path)
    new = take_in(runs, record.path)
    known = len(runs) - len(new)
    said = f"{_counted(len(new))} taken in from {path}" if new else f"Nothing new is in {path}"
    more = f"; {_counted(known)} {'is' if known == 1 else 'are'} recorded already" if known else ""
    return f"{said}{more}. `%rasgo runs` lists them."


def _with(content: bool) -> str:
    return ", with what was said" if content else ""


def _counted(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
