"""``%rasgo saw``: what the models of a run saw, call by call."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasgo_nb.agent.seen import seen_in
from rasgo_nb.commands.words import read_words
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.person import visible
from rasgo_nb.recording import known_secrets
from rasgo_nb.trace.masking import Masking
from rasgo_nb.trace.traces import traces
from rasgo_nb.widgets.plain import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.agent.seen import SeenCall, SeenItem
    from rasgo_nb.session import Session

_FLAGS = {"run": str, "item": str, "wire": bool}
_EXAMPLE = "saw 2 --item 1.1"
_MAX_TITLE = 48
_MAX_RECEIPT = 100
_PURPOSES = {"reply": "reply", "summary": "summary of older steps", "sql": "SQL inside a tool call"}


def saw(session: Session, line: str) -> str:
    """What the model saw: saw [STEP] [--run ID] [--item ID] [--wire]"""
    words = read_words(line, _FLAGS)
    words.check(*_FLAGS, example=_EXAMPLE, most=1)
    if words.first and not words.first.isdecimal():
        raise RasgoError(f"A step is a number, not {words.first!r}. Type for example `%rasgo {_EXAMPLE}`.")
    step = int(words.first) if words.first else None
    log = log_of(session, words.text("run"))
    calls = seen_in(log, step)
    if not calls:
        raise UnknownName(_no_calls(log, step))
    if "item" in words.flags:
        text = _whole_item(calls, words.text("item"))
    elif "wire" in words.flags:
        text = "\n\n".join(_wire(calls))
    else:
        text = "\n\n".join("\n".join(_table(call)) for call in calls)
    return visible(Masking(known_secrets(session.config, session.connections.addresses)).masked(text))


def log_of(session: Session, run_id: str) -> RunLog:
    """The last run of this kernel, or the recorded one of an id or its beginning.

    Raises
    ------
    UnknownName
        where there is none.
    """
    if session.runs.has(run_id) or (not run_id and session.last_run is not None):
        return session.runs.find(run_id).log
    record = traces(session.config)
    return record.log(record.find(run_id).id)


def _no_calls(log: RunLog, step: int | None) -> str:
    numbers = [one.number for one in log.steps]
    if step is not None and step not in numbers:
        has = f"The run has steps {numbers[0]} to {numbers[-1]}." if numbers else "The run has no steps."
        return f"There is no step {step}. {has}"
    return "No model call is known of it. Ask a question with `%%ask`, then type `%rasgo saw`."


def _table(call: SeenCall) -> Iterator[str]:
    """A line for each item; the ids of those that can't be left out stand in brackets."""
    about = "" if call.is_counted else "about "
    head = f"{call.id} · {_PURPOSES[call.purpose]} · {call.model}"
    yield f"{head} · {about}{call.tokens:,} tokens in{_out(call)}"
    rows = [_row(item) for item in call.items]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else [0, 0, 0]
    for name, tokens, title, receipt in rows:
        yield f"  {name:<{widths[0]}}  {tokens:>{widths[1]}}  {title:<{widths[2]}}  {receipt}".rstrip()


def _row(item: SeenItem) -> tuple[str, str, str, str]:
    name = item.id if item.is_removable else f"({item.id})"
    return (
        name,
        f"{item.tokens:,}",
        shortened(item.title, _MAX_TITLE),
        shortened(str(item.receipt), _MAX_RECEIPT),
    )


def _out(call: SeenCall) -> str:
    if call.replied is None:
        return " · no reply is known"
    usage = call.replied.usage
    cached = f", {usage.cached_tokens:,} of them cached" if usage.cached_tokens else ""
    failed = f" · {call.replied.failure}" if call.replied.failure else ""
    return f"{cached} · {usage.output_tokens:,} out · {call.replied.elapsed_s:.1f} s{failed}"


def _whole_item(calls: Sequence[SeenCall], wanted: str) -> str:
    for call in reversed(calls):
        for item in call.items:
            if item.id == wanted:
                receipt = f"\n{item.receipt}" if str(item.receipt) else ""
                return f"{item.id} · {item.title} · {item.tokens:,} tokens{receipt}\n\n{item.text}"
    known = dict.fromkeys(item.id for call in calls for item in call.items)
    near = get_close_matches(wanted, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else "`%rasgo saw` lists them."
    raise UnknownName(f"The model saw no item {wanted!r}. {hint}")


def _wire(calls: Sequence[SeenCall]) -> Iterator[str]:
    sent = [(call, one) for call in calls for one in call.sent]
    if not sent:
        yield "Nothing went over a wire: this model needs none, or its record is gone."
    for call, one in sent:
        status = ", ".join(filter(None, (str(one.status or ""), one.failure)))
        yield f"{call.id} · {one.address} · {status}\n--- sent\n{one.request}\n--- received\n{one.response}"
