"""What the time and the money of a run went to, step by step, as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Usage
from rasgo_nb.connectors.amounts import bytes_text
from rasgo_nb.widgets.plain import shortened
from rasgo_nb.widgets.text import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.run_log import RunLog, StepLog

_MOST_STEPS = 200
_KEY = (
    '<p class="small pale"><span class="key model" style="margin-left:0"></span>model'
    '<span class="key tool"></span>tools<span class="key rest"></span>the rest, the person included</p>'
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a step's time: what it was for, where it begins and how long it is, in seconds."""

    kind: str  # model, tool or rest
    start_s: float
    elapsed_s: float
    name: str


def times_html(log: RunLog) -> str:
    """A bar for each step, one after the other; empty where no time is known."""
    steps = [step for step in log.steps[:_MOST_STEPS] if step.elapsed_s > 0]
    total_s = sum(step.elapsed_s for step in steps)
    if not total_s:
        return ""
    start_s, rows = 0.0, []
    for step in steps:
        bars = "".join(_bar(span, total_s) for span in spans_of(step, start_s))
        tools = ", ".join(dict.fromkeys(call.tool_call.name for call in step.calls)) or "answer"
        rows.append(
            f'<a href="#step-{step.number}">{step.number}. {escape(shortened(tools, 60))}</a>'
            f'<div class="bar">{bars}</div><span class="took">{seconds(step.elapsed_s)}</span>'
        )
        start_s += step.elapsed_s
    return f'<div class="times">{"".join(rows)}</div>{_KEY}'


def spans_of(step: StepLog, start_s: float = 0.0) -> list[Span]:
    """What is known of a step's time: the reply, then its calls, which may have run side by side."""
    replies = [one.replied for one in step.model_calls if one.replied and not one.called.tool_call_id]
    model_s = sum(one.elapsed_s for one in replies)
    longest_s = sum(call.elapsed_s for call in step.calls)
    if not replies:
        model_s = max(0.0, step.elapsed_s - longest_s)
    tools_s = min(longest_s, max(0.0, step.elapsed_s - model_s))
    rest_s = max(0.0, step.elapsed_s - model_s - tools_s)
    parts = (
        ("model", model_s, "model"),
        ("tool", tools_s, ", ".join(call.tool_call.name for call in step.calls)),
        ("rest", rest_s, "the rest"),
    )
    spans = []
    for kind, elapsed_s, name in parts:
        if elapsed_s > 0:
            spans.append(Span(kind, start_s, elapsed_s, name))
        start_s += elapsed_s
    return spans


def _bar(span: Span, total_s: float) -> str:
    left, width = 100 * span.start_s / total_s, 100 * span.elapsed_s / total_s
    title = escape(f"{shortened(span.name, 80)}: {seconds(span.elapsed_s)}")
    return f'<i class="{span.kind}" style="left:{left:.2f}%;width:{width:.2f}%" title="{title}"></i>'


def usage_html(log: RunLog) -> str:
    """Tokens, money and bytes of each step and of all; empty where nothing is known."""
    steps = log.steps[:_MOST_STEPS]
    rows = [(str(step.number), step.usage) for step in steps if _has_use(step.usage)]
    if not rows:
        return ""
    whole = log.ended.usage if log.ended else sum((usage for _, usage in rows), Usage())
    columns = [one for one in _COLUMNS if any(_figure(one, usage) for _, usage in (*rows, ("", whole)))]
    head = "".join(f"<th class=right>{name}</th>" for name in columns)
    body = "".join(_row(f'<a href="#step-{name}">step {name}</a>', usage, columns) for name, usage in rows)
    foot = _row("in all", whole, columns)
    return (
        f"<div class=scroll><table class=list><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot>{foot}</tfoot></table></div>"
    )


_COLUMNS = ("requests", "tokens in", "cached", "written to cache", "tokens out", "USD", "billed")


def _row(title: str, usage: Usage, columns: Sequence[str]) -> str:
    cells = "".join(f"<td class=right>{_figure(one, usage) or '–'}</td>" for one in columns)
    return f"<tr><td>{title}</td>{cells}</tr>"


def _figure(column: str, usage: Usage) -> str:
    if column == "USD":
        return "not known" if usage.cost_usd is None else f"{usage.cost_usd:.4f}" if usage.cost_usd else ""
    if column == "billed":
        return bytes_text(usage.bytes_billed) if usage.bytes_billed else ""
    count = {
        "requests": usage.requests,
        "tokens in": usage.input_tokens,
        "cached": usage.cached_tokens,
        "written to cache": usage.cache_write_tokens,
        "tokens out": usage.output_tokens,
    }[column]
    return f"{count:,}" if count else ""


def _has_use(usage: Usage) -> bool:
    return bool(usage.total_tokens or usage.bytes_billed or usage.cost_usd is None)
