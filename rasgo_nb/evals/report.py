"""One HTML file of an eval: every score with its interval, what differs by more than noise, and all cases."""

from __future__ import annotations

import json
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from rasgo_nb.evals.report_plots import COLOURS, bars, curves, scatter
from rasgo_nb.evals.report_rows import Runner, comparisons_of, cost_told, report_text, runners_of
from rasgo_nb.evals.score import SCORES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rasgo_nb.evals.case import Case, Completion
    from rasgo_nb.evals.judge import Agreement
    from rasgo_nb.evals.score import CallMade, CaseResult, Score
    from rasgo_nb.evals.statistics import Interval

__all__ = ["report_html", "report_text"]

_MOST_CHARS = 1_500  # of a text in a case
_MOST_CALLS = 20
_TITLES = {
    "answer": "Answer",
    "end_state": "End state",
    "calls_precision": "Calls: precision",
    "calls_recall": "Calls: recall",
    "tables_found": "Tables found first",
    "errors_mended": "Errors mended",
    "no_forbidden": "No forbidden call",
    "numbers_traced": "Numbers traced",
    "in_budget": "In budget",
}


def report_html(
    results: Iterable[CaseResult],
    *,
    title: str = "Evals",
    cases: Sequence[Case] = (),
    agreement: Agreement | None = None,
) -> str:
    """The page, whole in itself: no script, no network. ``cases`` add questions and what was wanted.

    ``agreement`` is the judge's, over the cases that it judged.
    """
    held = sorted(results, key=lambda one: (one.case, one.repeat))
    runners = runners_of(held)
    known = {case.id: case for case in cases}
    css = resources.files("rasgo_nb.evals").joinpath("report.css").read_text(encoding="utf-8")
    parts = [
        _head(title, held, runners),
        _summary(runners),
        _repeats(runners),
        _comparisons(runners),
        _judge(runners, agreement),
        _cases(held, known, len(runners)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{css}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def _head(title: str, results: Sequence[CaseResult], runners: Sequence[Runner]) -> str:
    cases = len({one.case for one in results})
    said = (
        f"{cases} cases, {len(runners)} model{'s' * (len(runners) != 1)} with interface, {len(results)} runs"
    )
    if not results:
        return f"<h1>{escape(title)}</h1><p>No case was run.</p>"
    return f'<h1>{escape(title)}</h1><p class="soft">{said}. Ranges hold the true figure 95 times of 100.</p>'


def _summary(runners: Sequence[Runner]) -> str:
    names = [score for score in SCORES if any(score in runner.scores for runner in runners)]
    cards = [
        f'<div class="card"><h3>{_TITLES[score]}</h3>'
        + bars([(one.name, one.scores[score]) for one in runners if score in one.scores])
        + "</div>"
        for score in names
    ]
    return f'<h2>Scores</h2><div class="cards">{"".join(cards)}</div>{_took(runners)}' if runners else ""


def _took(runners: Sequence[Runner]) -> str:
    heads = "".join(
        f'<th class="number">{name}</th>'
        for name in ("cases", "repeats", "tokens", "seconds", "steps", "cost")
    )
    rows = "".join(
        f'<tr><td>{_key(at)}{escape(one.name)}</td><td class="number">{one.cases}</td>'
        f'<td class="number">{one.repeats}</td><td class="number">{one.tokens:,.0f}</td>'
        f'<td class="number">{one.seconds:.2f}</td><td class="number">{one.steps:.1f}</td>'
        f'<td class="number">{cost_told(one.cost_usd)}</td></tr>'
        for at, one in enumerate(runners)
    )
    return (
        '<h2>What a case takes</h2><div class="card wide"><table><thead><tr><th>Model and interface</th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _key(at: int) -> str:
    return f'<b class="c{at % COLOURS}"></b>'


def _repeats(runners: Sequence[Runner]) -> str:
    with_answers = [one for one in runners if "answer" in one.scores]
    if not with_answers:
        return ""
    cards = []
    if any(one.repeats > 1 for one in with_answers):
        passes, holds = ([(one.name, part(one)) for one in with_answers] for part in (_passes, _holds))
        cards.append(_card("pass@k: at least one of k attempts is right", curves(passes, "pass@k")))
        cards.append(_card("pass^k: all of k attempts are right", curves(holds, "pass^k")))
    tokens = [(one.name, one.tokens, one.scores["answer"]) for one in with_answers]
    seconds = [(one.name, one.seconds, one.scores["answer"]) for one in with_answers]
    cards.append(_card("Right answers and tokens", scatter(tokens, "tokens a case")))
    cards.append(_card("Right answers and time", scatter(seconds, "seconds a case")))
    keys = " &nbsp; ".join(f"{_key(at)}{escape(one.name)}" for at, one in enumerate(runners))
    return f'<h2>Repeats and cost</h2><p>{keys}</p><div class="cards two">{"".join(cards)}</div>'


def _passes(runner: Runner) -> Sequence[Interval]:
    return runner.passes


def _holds(runner: Runner) -> Sequence[Interval]:
    return runner.holds


def _card(title: str, inside: str) -> str:
    return f'<div class="card"><h3>{escape(title)}</h3>{inside}</div>'


def _comparisons(runners: Sequence[Runner]) -> str:
    tables = []
    for one, other, each in comparisons_of(runners):
        rows = "".join(
            f'<tr class="{"real" if two.is_real else ""}"><td>{_TITLES[two.score]}</td>'
            f'<td class="number">{two.mean_a:.0%}</td><td class="number">{two.mean_b:.0%}</td>'
            f'<td class="number">{_points(two.difference)}</td><td>{escape(two.says)}</td></tr>'
            for two in each
        )
        tables.append(
            f'<div class="card wide compare"><h3>{escape(one.name)} (A) and {escape(other.name)} (B)</h3>'
            '<table><thead><tr><th>Score</th><th class="number">A</th><th class="number">B</th>'
            '<th class="number">Points</th>'
            f"<th>What can be said</th></tr></thead><tbody>{rows}</tbody></table></div>"
        )
    note = '<p class="soft">Paired over cases; p is corrected for all scores of a pair (Holm).</p>'
    return f"<h2>What differs by more than noise</h2>{note}{''.join(tables)}" if tables else ""


def _points(difference: float) -> str:
    """A difference in points; nothing is neither more nor less."""
    return f"{round(difference * 100):+d}" if round(difference * 100) else "0"


def _judge(runners: Sequence[Runner], agreement: Agreement | None) -> str:
    rows = "".join(
        f'<tr><td>{escape(one.name)}</td><td class="number">{one.judge_usage.requests:,}</td>'
        f'<td class="number">{one.judge_usage.total_tokens:,}</td>'
        f'<td class="number">{cost_told(one.judge_usage.cost_usd)}</td></tr>'
        for one in runners
        if one.judge_usage.total_tokens or one.judge_usage.requests
    )
    said = ""
    if agreement is not None and agreement.share is not None:
        kappa = "none can be told" if agreement.kappa is None else f"{agreement.kappa:.2f}"
        said = f"<p>Votes agree in {agreement.share:.0%}, over {agreement.n} cases; kappa: {kappa}.</p>"
    if not rows and not said:
        return ""
    return (
        f'<h2>The judge</h2><div class="card wide">{said}<table><thead><tr><th>Judged</th>'
        '<th class="number">requests</th><th class="number">tokens</th><th class="number">cost</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _cases(results: Sequence[CaseResult], known: Mapping[str, Case], runners: int) -> str:
    by_case: dict[str, list[CaseResult]] = {}
    for result in results:
        by_case.setdefault(result.case, []).append(result)
    if not by_case:
        return ""
    rows = "".join(_case(name, held, known.get(name)) for name, held in by_case.items())
    choices = (
        ("all", "All cases"),
        ("only-failed", "With a wrong answer"),
        ("only-differing", "Where models differ"),
    )
    filters = "".join(
        f'<label><input type="radio" name="show" id="{name}"{" checked" * (name == "all")}>{said}</label>'
        for name, said in choices
        if runners > 1 or name != "only-differing"
    )
    return f'<h2>Cases</h2><div class="cases"><div class="filters">{filters}</div>{rows}</div>'


def _case(name: str, results: Sequence[CaseResult], case: Case | None) -> str:
    values = {(one.model, one.interface): 0.0 for one in results}
    for one in results:
        values[one.model, one.interface] += _value(one, "answer") or 0.0
    right = sum(_value(one, "answer") == 1 for one in results)
    ran = sum(one.outcome != "not_run" for one in results)
    classes = "case" + " right" * (right == ran) + " differs" * (len(set(values.values())) > 1)
    shade = "unsure" if not ran or 0 < right < ran else "good" if right else "bad"
    question = f"<p>{escape(_cut(case.question))}</p>" if case is not None else ""
    wanted = (
        f'<p class="soft">Wanted: {escape(_cut(wanted_told(case.completion)))}</p>'
        if case is not None
        else ""
    )
    runs = "".join(_run(one) for one in results)
    return (
        f'<details class="{classes}"><summary><span class="name">{escape(name)}</span>'
        f'<span class="{shade}">{f"{right} of {ran} right" if ran else "not run"}</span></summary>'
        f'<div class="inside">{question}{wanted}{runs}</div></details>'
    )


def _value(result: CaseResult, score: str) -> float | None:
    return result.scores[score].value if score in result.scores else None


def wanted_told(completion: Completion) -> str:
    """What a completion asks, in a line."""
    parts = []
    if completion.refusal:
        parts.append("why there is no answer")
    if completion.value is not None:
        value = "what the gold program found" if completion.value.from_gold else str(completion.value.value)
        parts.append(f"the value {value} {completion.value.unit}".rstrip())
    if completion.frame is not None:
        count = (
            f"{len(completion.frame.rows)} rows"
            if completion.frame.rows is not None
            else "the gold program's rows"
        )
        parts.append(f"a frame with {count} of {', '.join(completion.frame.columns) or 'all columns'}")
    if completion.figure is not None:
        figure = completion.figure
        parts.append(
            f"a figure: {' '.join(part for part in (figure.mark, figure.x, figure.y, figure.color) if part)}"
        )
    parts += [f"says {word!r}" for word in completion.contains]
    parts += [f"does not say {word!r}" for word in completion.lacks]
    if completion.judged is not None:
        parts.append(f"judged: {completion.judged.criteria}")
    return "; ".join(parts)


def _run(result: CaseResult) -> str:
    scores = "".join(_chip(name, result.scores[name]) for name in SCORES if name in result.scores)
    run = f" · run {escape(result.run_id)}" if result.run_id else ""
    head = f"{escape(result.model)} · {escape(result.interface)} · attempt {result.repeat}{run}"
    took = f"{result.outcome.replace('_', ' ')}, {result.steps} steps, {result.elapsed_s:.2f} s"
    why = result.scores["answer"].why if "answer" in result.scores else ""
    said = result.answer or result.message
    details = "".join(
        f"<p class='soft'>{escape(name)}</p><pre>{escape(_cut(text))}</pre>"
        for name, text in result.details.items()
    )
    return (
        f'<div class="run"><p><b>{head}</b> <span class="soft">{took}</span></p>'
        f'<div class="scores">{scores}</div><p class="soft">{escape(_cut(why))}</p>'
        f"<pre>{escape(_cut(said)) or 'no answer'}</pre>{details}{_calls(result.calls)}</div>"
    )


def _chip(name: str, score: Score) -> str:
    if score.value is None:
        return ""
    shade = "good" if score.value == 1 else "bad" if score.value == 0 else "unsure"
    why = escape(_cut(score.why))
    return f'<span class="chip {shade}" title="{why}">{_TITLES[name]} {score.value:.0%}</span>'


def _calls(calls: Sequence[CallMade]) -> str:
    if not calls:
        return ""
    rows = "".join(
        f"<tr><td>{call.step}</td><td>{escape(call.tool)}</td><td>{escape(call.mark)}</td>"
        f'<td class="{"bad" if call.is_error else ""}">{"failed" if call.is_error else ""}</td>'
        f"<td>{_arguments(call)}</td></tr>"
        for call in calls[:_MOST_CALLS]
    )
    more = f"<p class='soft'>{len(calls) - _MOST_CALLS} more</p>" if len(calls) > _MOST_CALLS else ""
    return (
        f"<details><summary>{len(calls)} calls</summary><div class='wide'><table><thead><tr><th>Step</th>"
        f"<th>Tool</th><th>Mark</th><th></th><th>Arguments</th></tr></thead><tbody>{rows}</tbody></table></div>{more}</details>"
    )


def _arguments(call: CallMade) -> str:
    sql = call.arguments.get("sql") or call.arguments.get("code")
    text = sql if isinstance(sql, str) else json.dumps(dict(call.arguments), ensure_ascii=False, default=str)
    failed = f"<pre>{escape(_cut(call.result, 400))}</pre>" if call.is_error else ""
    return f"<pre>{escape(_cut(text, 800))}</pre>{failed}"


def _cut(text: str, most: int = _MOST_CHARS) -> str:
    return text if len(text) <= most else f"{text[:most]} …"
