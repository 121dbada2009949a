"""A run as one HTML file: nothing is loaded from elsewhere and no script is needed to read it.

What it shows is drawn from the same ``RunState`` and ``SawState`` as the live view; all of it is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.widgets import text
from rasgo_nb.widgets.html_parts import bullets, prose
from rasgo_nb.widgets.kept import Kept
from rasgo_nb.widgets.marked_numbers import answer_html
from rasgo_nb.widgets.memory_text import recalled_text
from rasgo_nb.widgets.numbers_state import traced_text
from rasgo_nb.widgets.page_steps import Anchors, steps_html
from rasgo_nb.widgets.page_style import STYLE
from rasgo_nb.widgets.page_times import times_html, usage_html
from rasgo_nb.widgets.safe import line
from rasgo_nb.widgets.state import RunStates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.provenance import Provenance
    from rasgo_nb.widgets.safe import State

# A page loads nothing and runs nothing, whatever stands in it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_MAX_TITLE = 120
_MAX_ANSWER = 60_000
_MAX_LISTED = 300  # numbers of the table that says where each comes from


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says of its run beside what the run's events tell."""

    began: datetime | None = None
    interface: str = ""
    notebook: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def page_html(log: RunLog, facts: PageFacts | None = None) -> str:
    """A run as an HTML page of its own."""
    run = RunStates(log, Kept(), {}).run()
    anchors = Anchors.of(log)
    told = facts or PageFacts()
    pieces = (
        _head(run, log, told),
        _answer(run, log, anchors),
        _section("Steps", steps_html(run, log, anchors)),
        _section("Where the time went", times_html(log)),
        _section("What it took", usage_html(log)),
        _section("About this run", _about(run, log, told)),
    )
    title = escape(line(run["question"], _MAX_TITLE) or "A run")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="generator" content="rasgo_nb">'
        f"<title>{title}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(pieces)}</main></body></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


def _head(run: State, log: RunLog, facts: PageFacts) -> str:
    began = facts.began.strftime("%Y-%m-%d %H:%M UTC") if facts.began else ""
    status = f'<span class="status {run["status"]}">{run["status"]}</span>'
    kicker = " ".join(
        (status, *(f"<span>{escape(one)}</span>" for one in (began, f"run {run['id']}") if one))
    )
    notes = [*run.get("notes", ()), *([_BROKEN_OFF] if log.ended is None else [])]
    told = "".join(f"<li>{prose(one)}</li>" for one in notes)
    return (
        f'<header><div class="kicker">{kicker}</div><h1>{escape(run["question"])}</h1>{_facts(run, log)}'
        f"{f'<ul class=notes>{told}</ul>' if told else ''}</header>"
    )


_BROKEN_OFF = "The record of this run breaks off here: it has no end. What came later is not known."


def _facts(run: State, log: RunLog) -> str:
    usage = log.ended.usage if log.ended else None
    elapsed_s = log.ended.elapsed_s if log.ended else sum(step.elapsed_s for step in log.steps)
    tokens = f"{usage.input_tokens:,} in, {usage.output_tokens:,} out" if usage and usage.total_tokens else ""
    said = {
        "model": run["model"],
        "connection": run["connection"],
        "steps": f"{len(log.steps):,}",
        "time": text.seconds(elapsed_s),
        "tokens": tokens,
        "cost": f"{usage.cost_usd:.4f} USD" if usage and usage.cost_usd else "",
    }
    cells = (f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in said.items() if value)
    return f'<dl class="facts">{"".join(cells)}</dl>'


def _answer(run: State, log: RunLog, anchors: Anchors) -> str:
    answer = run["answer"]
    if answer is None:
        said = f'<div class="answer message">{prose(run["message"])}</div>' if run["message"] else ""
        return _section("No answer", said)
    numbers = log.provenance.numbers if log.provenance else ()
    assumed = _folded(
        f"{len(answer['assumptions'])} assumed" if len(answer["assumptions"]) > 3 else "Assumptions",
        bullets(answer["assumptions"]),
        is_open=True,
    )
    body = answer_html(_whole_text(log), numbers, lambda number: anchors.of_number(number))
    return _section(
        "Answer",
        f'<div class="answer">{body}</div>{_rests_on(answer["steps"], log)}'
        f"{assumed if answer['assumptions'] else ''}"
        f"{_traced(log.provenance, anchors) if log.provenance and numbers else ''}"
        f"{_saved(answer['verified'])}",
    )


def _rests_on(steps: Sequence[int], log: RunLog) -> str:
    """The steps that the answer names, as links."""
    known = {step.number for step in log.steps}
    links = [f'<a href="#step-{step}">step {step}</a>' for step in dict.fromkeys(steps) if step in known]
    return f"<p class=traced>Rests on {', '.join(links)}.</p>" if links else ""


def _saved(verified: State | None) -> str:
    return f"<p class=traced>Saved as verified query {escape(verified['id'])}.</p>" if verified else ""


def _whole_text(log: RunLog) -> str:
    """The answer as its numbers are counted in it."""
    answer = getattr(log.ended, "answer", None)
    said = answer.text if answer else ""
    more = f"\n\n… cut here, after {_MAX_ANSWER:,} characters." if len(said) > _MAX_ANSWER else ""
    return f"{said[:_MAX_ANSWER]}{more}"


def _traced(provenance: Provenance, anchors: Anchors) -> str:
    """How many numbers were traced, and of each where to."""
    share = round(100 * (provenance.share or 0))
    rows = []
    for number in provenance.numbers[:_MAX_LISTED]:
        where, said = anchors.of_number(number), escape(line(number.said, 300))
        place = f'<a href="#{where}">{escape(anchors.name(number))}</a>' if where else ""
        how = f"<mark class=unverified>{number.how}</mark>" if number.how == "unverified" else number.how
        rows.append(
            f"<tr><td class=right>{escape(line(number.text, 80))}</td><td>{how}</td><td>{place}</td>"
            f"<td>{said}</td></tr>"
        )
    cut = len(provenance.numbers) - len(rows)
    more = f'<p class="pale small">… {cut:,} more</p>' if cut > 0 else ""
    head = "<tr><th class=right>number</th><th></th><th>stands in</th><th>how</th></tr>"
    body = f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>"
    bar = f'<span class="bar"><i style="width:{share}%"></i></span>'
    return (
        f"<details class=traced><summary>{bar}{escape(traced_text(provenance))}</summary>"
        f'<div class=scroll><table class="list numbers">{body}</table></div>{more}</details>'
    )


def _folded(title: str, body: str, *, is_open: bool = False) -> str:
    opened = " open" if is_open else ""
    return f'<details class="traced"{opened}><summary>{escape(title)}</summary>{body}</details>'


def _about(run: State, log: RunLog, facts: PageFacts) -> str:
    recalled = [recalled_text(one) for one in run["recalled"] if not one["forgotten"]]
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    dialect = log.started.dialect if log.started else ""
    said = {
        "run": run["id"],
        "question of": facts.notebook,
        "began": facts.began.isoformat(timespec="seconds") if facts.began else "",
        "model": f"{run['model']} ({run['note']})" if run["note"] else run["model"],
        "interface": facts.interface or _interface_of(log),
        "connection": f"{run['connection']} ({dialect})" if dialect else run["connection"],
        "memories": "; ".join(recalled),
        "versions": versions,
    }
    rows = (f"<dt>{name}</dt><dd>{escape(line(value, 2_000))}</dd>" for name, value in said.items() if value)
    return f'<dl class="about">{"".join(rows)}</dl>'


def _interface_of(log: RunLog) -> str:
    return next((one.called.interface for step in log.steps for one in step.model_calls), "")
