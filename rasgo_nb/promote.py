"""Steps of a run as cells that need no model: SQL and charts as calls, Python as it ran."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import LOCAL
from rasgo_nb.connectors.open import usual_name
from rasgo_nb.connectors.statement_lines import on_lines
from rasgo_nb.errors import UnknownName
from rasgo_nb.promoted_text import as_line, heading, is_cell_magic, python_text, sql_text, text_literal
from rasgo_nb.ran import Ran, ran_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rasgo_nb.agent.events import RunStarted
    from rasgo_nb.agent.run_log import RunLog, StepLog

Cell = dict[str, Any]

_ENCODING = ("x", "y", "mark", "color", "title")
_SECRET = re.compile(r"(?i)://|(?:key|token|secret|passw\w*|pwd|credentials?)\s*=")
_MAX_QUESTION = 1_000  # characters in the metadata


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes a cell, in order, and why what nobody chose is among it."""

    run: RunStarted
    calls: Sequence[Ran]
    needed: Mapping[str, str] = field(default_factory=dict)  # by tool call id
    made: str = ""


def cells_of(
    log: RunLog,
    steps: Sequence[int] = (),
    *,
    sources: Mapping[str, str],
    writable: Collection[str] = (),
) -> list[Cell]:
    """The steps as cells of a notebook file, all where none is named; none for those that only looked.

    Calls that a chosen step needs, because they made what it reads, come along. ``sources`` says what each
    connection was opened from, ``writable`` which of them are not read-only.

    Raises
    ------
    UnknownName
        for a number that no step has.
    """
    assert log.started is not None
    _check_steps(log.steps, steps)
    done = ran_in(log.steps, log.started.dialect_of)
    chosen = [ran for ran in done if not steps or ran.step in steps]
    needed = _needed(chosen, done)
    calls = [ran for ran in done if ran in chosen or ran.call in needed]
    plan = _Plan(log.started, calls, needed, datetime.now(UTC).date().isoformat())
    cells = _opening(plan, sources, writable)
    for step in log.steps:
        of_step = [ran for ran in calls if ran.step == step.number]
        if of_step:
            cells.append(_heading(plan, step, of_step))
            cells += [cell for ran in of_step for cell in _cells(plan, ran)]
    return cells


def joined(cells: Sequence[Cell]) -> str:
    """The cells as one, for where there is just a next cell: headings as comments, cell magics as calls."""
    texts = []
    for number, cell in enumerate(cells, 1):
        source = str(cell["source"])
        if cell["cell_type"] == "markdown":
            texts.append(f"# {as_line(cell['metadata']['rasgo_nb']['heading'])}")
        elif is_cell_magic(source) and len(cells) > 1:
            texts.append(_magic_call(source))
        elif cell["metadata"]["rasgo_nb"].get("shows") and number < len(cells):
            before, _, shown = source.rpartition("\n")
            texts.append(f"{before}\ndisplay({shown})")
        else:
            texts.append(source)
    return "\n\n".join(texts)


def _check_steps(known: Iterable[StepLog], wanted: Sequence[int]) -> None:
    numbers = [step.number for step in known]
    for number in wanted:
        if number not in numbers:
            has = f"The run has steps {numbers[0]} to {numbers[-1]}." if numbers else "The run has no steps."
            raise UnknownName(f"There is no step {number}. {has}")


def _needed(chosen: Sequence[Ran], done: Sequence[Ran]) -> dict[str, str]:
    """By tool call id, why calls that nobody chose are needed: another one reads what they made."""
    needed: dict[str, str] = {}
    wanted = {ran.call for ran in chosen}
    for place in range(len(done) - 1, -1, -1):
        reader = done[place]
        if reader.call not in wanted:
            continue
        for name in sorted(reader.reads):
            maker = next((ran for ran in reversed(done[:place]) if name in ran.writes), None)
            if maker is not None and maker.call not in wanted:
                wanted.add(maker.call)
                needed[maker.call] = f"Here because step {reader.step} needs {name}."
    return needed


def _opening(plan: _Plan, sources: Mapping[str, str], writable: Collection[str]) -> list[Cell]:
    kinds = {ran.kind for ran in plan.calls}
    if not kinds & {"sql", "chart"}:
        return []
    lines = [f"# {_about(plan.run)}", "import rasgo_nb"]
    if "sql" in kinds:
        names = dict.fromkeys(_connection(plan, ran) for ran in plan.calls if ran.kind == "sql")
        opened = [name for name in names if name != LOCAL or name == plan.run.connection]
        lines += [
            "",
            *(_connecting(one, sources.get(one, ""), is_writable=one in writable) for one in opened),
        ]
    return [_cell("code", "\n".join(lines), _lineage(plan))]


def _connection(plan: _Plan, ran: Ran) -> str:
    return str(ran.arguments.get("connection") or plan.run.connection)


def _connecting(name: str, source: str, *, is_writable: bool) -> str:
    """The line that opens the connection, or that says what to type where its source is not plain."""
    extra = ", read_only=False" if is_writable else ""
    named = f", name={text_literal(name)}"
    if not source or _SECRET.search(source):
        return f"# Open this connection before the cells below: rasgo_nb.connect(...{named}{extra})"
    is_known = source in ("sample", ":memory:") and usual_name(source) == name
    return f"rasgo_nb.connect({text_literal(source)}{'' if is_known else named}{extra})"


def _heading(plan: _Plan, step: StepLog, calls: Sequence[Ran]) -> Cell:
    titles = [str(ran.arguments.get("title") or "") for ran in calls] + [
        ran.name.replace("_", " ") for ran in calls
    ]
    plain = next((line for said in (step.text, *titles) if (line := heading(said))), f"Step {step.number}")
    lineage = _lineage(plan) | {"step": step.number, "heading": plain}
    return _cell("markdown", f"### {_escaped(plain)}", lineage)


def _cells(plan: _Plan, ran: Ran) -> list[Cell]:
    """The cell of one call, and one that puts back variables of the person's that later calls read."""
    later = plan.calls[plan.calls.index(ran) + 1 :]
    restored = [name for name in ran.put_back if any(name in other.reads for other in later)]
    lineage = _lineage(plan) | {
        "step": ran.step,
        "tool_call": ran.call,
        "sha256": sha256(_source_that_ran(ran).encode("utf-8", "surrogatepass")).hexdigest(),
    }
    if ran.kind == "chart":
        lineage["shows"] = ran.name
    comments = [_about(plan.run, ran.step), *filter(None, [plan.needed.get(ran.call, "")])]
    comments += _put_back_note(ran)
    saved = [f"{name}_before = {name}" for name in restored]
    source = _source(plan, ran)
    if not is_cell_magic(source):
        source = "\n".join([*(f"# {line}" for line in comments), *saved, source])
    cells = [_cell("code", source, lineage)]
    if restored:
        lines = [f"# {_about(plan.run, ran.step)}", *(f"{name} = {name}_before" for name in restored)]
        cells.append(_cell("code", "\n".join(lines), _lineage(plan) | {"step": ran.step}))
    return cells


def _put_back_note(ran: Ran) -> list[str]:
    if not ran.put_back:
        return []
    return [f"In the run, {', '.join(ran.put_back)} held afterwards what it held before."]


def _source_that_ran(ran: Ran) -> str:
    return ran.code or repr(sorted(ran.arguments.items()))


def _source(plan: _Plan, ran: Ran) -> str:
    if ran.kind == "python":
        return python_text(ran.code)
    if ran.kind == "sql":
        name = _connection(plan, ran)
        dialect = plan.run.others.get(name, plan.run.dialect)
        statement = sql_text(on_lines(ran.code, dialect))
        return f"{ran.name} = rasgo_nb.sql({statement}, connection={text_literal(name)})"
    given = {role: str(ran.arguments.get(role) or "") for role in _ENCODING}
    encoding = "".join(
        f", {role}={text_literal(value)}"
        for role, value in given.items()
        if value and not (role == "mark" and value == "auto")
    )
    return f"{ran.name} = rasgo_nb.chart({ran.arguments['dataframe']}{encoding})\n{ran.name}"


def _about(run: RunStarted, step: int | None = None) -> str:
    place = f"run {run.run_id}" if step is None else f"run {run.run_id}, step {step}"
    return f"{as_line(run.question, most=90)} ({place})"


def _lineage(plan: _Plan) -> dict[str, Any]:
    return {
        "run": plan.run.run_id,
        "question": as_line(plan.run.question, most=_MAX_QUESTION),
        "model": plan.run.model,
        "connection": plan.run.connection,
        "made": plan.made,
    }


def _cell(kind: str, source: str, lineage: Mapping[str, Any]) -> Cell:
    return {"cell_type": kind, "source": source, "metadata": {"rasgo_nb": dict(lineage)}}


def _magic_call(source: str) -> str:
    first, _, body = source.lstrip().partition("\n")
    name, _, line = first.removeprefix("%%").partition(" ")
    return f"get_ipython().run_cell_magic({name!r}, {line!r}, {body + chr(10)!r})"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, links and mathematics included."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$&@])", r"\\\1", text)
    return escaped.replace("://", "\\://").replace("www.", "www\\.")
