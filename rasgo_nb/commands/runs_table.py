"""The list of recorded runs as text, and where the record is and how long it is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rasgo_nb.connectors.amounts import bytes_text
from rasgo_nb.widgets.plain import shortened
from rasgo_nb.widgets.text import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rasgo_nb.config import Config
    from rasgo_nb.trace.traces import TracedRun, Traces

_ID = 8  # letters of an id that are shown; more of them where those are not enough
_MAX_QUESTION = 48
_MAX_MODEL = 24
_HEADS = ("run", "when", "question", "model", "status", "steps", "time", "tokens", "cost", "numbers")
_RIGHT = {"steps", "time", "tokens", "cost", "numbers"}


def runs_table(runs: Sequence[TracedRun], now: datetime) -> list[str]:
    """A line for each run; columns in which nothing is said are left out."""
    most = _letters([run.id for run in runs])
    rows = [_row(run, now, most) for run in runs]
    said = [place for place, head in enumerate(_HEADS) if any(row[place] for row in rows) or head == "run"]
    table = [[_HEADS[place] for place in said], *([row[place] for place in said] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(said))]
    sides = [str.rjust if _HEADS[place] in _RIGHT else str.ljust for place in said]
    return [
        "  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True)).rstrip()
        for row in table
    ]


def _letters(ids: Sequence[str]) -> int:
    """How many letters tell these ids apart, at least eight."""
    return next((most for most in range(_ID, 64) if len({one[:most] for one in ids}) == len(ids)), 64)


def _row(run: TracedRun, now: datetime, letters: int) -> list[str]:
    usage = run.usage
    return [
        run.id[:letters],
        when(run.began, now),
        shortened(run.question, _MAX_QUESTION),
        shortened(run.model, _MAX_MODEL),
        run.status,
        str(run.steps),
        seconds(run.elapsed_s) if run.elapsed_s else "",
        f"{usage.total_tokens:,}" if usage.total_tokens else "",
        f"{usage.cost_usd:.4f} USD" if usage.cost_usd else "",
        f"{run.verified}/{run.numbers}" if run.numbers else "",
    ]


def when(began: datetime, now: datetime) -> str:
    """A time as one says it: today's by the clock, this week's by the day, others by the date."""
    here, today = began.astimezone(), now.astimezone()
    if here.date() == today.date():
        return f"today {here:%H:%M}"
    if here.date() == (today - timedelta(days=1)).date():
        return f"yesterday {here:%H:%M}"
    return f"{here:%Y-%m-%d %H:%M}"


def keep_lines(record: Traces, config: Config) -> list[str]:
    """Where the record is, what it holds, and how long."""
    runs = record.listed(limit=-1)
    files = [record.path, *(record.path.with_name(record.path.name + end) for end in ("-wal", "-shm"))]
    size = sum(one.stat().st_size for one in files if one.exists())
    oldest = f", the first of {runs[-1].began.astimezone():%Y-%m-%d}" if runs else ""
    days = f"{config.trace_days:,} days" if config.trace_days else "for ever"
    most = f"{config.trace_mb:,} MB" if config.trace_mb else "as large as it gets"
    rows = f"{config.trace_rows:,} rows of a result, where its privacy lets a model read rows"
    return [
        f"record  {record.path}",
        f"holds   {len(runs):,} run{'' if len(runs) == 1 else 's'} in {bytes_text(size)}{oldest}",
        f"kept    {days} (`%rasgo config trace_days N`; 0 keeps runs)",
        f"most    {most}, the oldest go first (`%rasgo config trace_mb N`; 0 is no limit)",
        f"rows    {rows} (`%rasgo config trace_rows N`)",
        f"sent    {'each run, when it ends' if config.otel else 'nothing'} (`%rasgo config otel on|off`)",
    ]
