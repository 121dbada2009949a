"""An accepted run as a case: what was asked, what came of it, and the way there as its gold program."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import LOCAL, Answer
from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.case import (
    CallWanted,
    Case,
    Completion,
    Environment,
    FigureWanted,
    FrameWanted,
    Program,
    ProgramCall,
    ValueWanted,
)
from rasgo_nb.evals.setup_code import setup_code
from rasgo_nb.evals.suite_write import write_case
from rasgo_nb.ran import Ran, ran_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.kept_runs import KeptRun
    from rasgo_nb.session import Session

FILE = "evals.yaml"
_LOOKS = ("search_tables", "get_table_detail", "profile_columns", "list_variables", "describe_variable")
_CHART = ("dataframe", "mark", "x", "y", "color", "title")
_MAX_ID = 60
_MOST_NUMBERS = 5


def save_case(session: Session, log: RunLog | None = None, *, to: str = "", name: str = "") -> str:
    """Write a run, the last one by default, into a suite; says where: "evals.yaml, case 4".

    ``to`` is the suite's file, by default ``evals.yaml`` in the folder that the kernel works in.

    Raises
    ------
    RasgoError
        where there is no run, or it has no answer that a program could compare.
    """
    kept = session.runs.find(log.started.run_id if log and log.started else "")
    path = Path(to or FILE).expanduser()
    case = case_of(session, kept, name=name)
    return f"{path.name}, case {write_case(path, case)}"


def case_of(session: Session, kept: KeptRun, *, name: str = "") -> Case:
    """The run as a case; its rows are not written down, but made anew by its gold program."""
    run = kept.turn.run
    if run is None or run.status != "answered":
        raise RasgoError("The run has no answer. Ask again, and save the answer that you accept.")
    done = ran_in(kept.log.steps, kept.started.dialect_of)
    answer = _answer(kept) or Answer(run.answer)
    tables = _tables(kept, done)
    looked = [ProgramCall("get_table_detail", {"tables": list(tables)})] if tables else []
    calls = (*looked, *(_program_call(one) for one in done), _final_call(answer))
    return Case(
        id=name or _slug(kept.turn.question),
        question=kept.turn.question.strip(),
        completion=_completion(kept, answer, done),
        gold=Program(calls),
        calls=_wanted(done),
        tables=tables,
        environment=_environment(session, kept, done),
    )


def _answer(kept: KeptRun) -> Answer | None:
    values = [call.result.value for step in kept.log.steps for call in step.calls if call.result]
    return next((value for value in reversed(values) if isinstance(value, Answer)), None)


def _program_call(ran: Ran) -> ProgramCall:
    match ran.kind:
        case "python":
            return ProgramCall("run_python", {"code": ran.code})
        case "chart":
            given = {role: ran.arguments[role] for role in _CHART if ran.arguments.get(role)}
            return ProgramCall("show_chart", {**given, "save_as": ran.name})
        case _:
            at = {"connection": ran.arguments["connection"]} if ran.arguments.get("connection") else {}
            return ProgramCall("run_sql", {"sql": ran.code, "save_as": ran.name, **at})


def _final_call(answer: Answer) -> ProgramCall:
    named = {"dataframes": list(answer.dataframes), "figures": list(answer.figures)}
    return ProgramCall("final_answer", {"text": answer.text, **{k: v for k, v in named.items() if v}})


def _completion(kept: KeptRun, answer: Answer, done: Sequence[Ran]) -> Completion:
    figure = _figure(answer, done)
    frame = next((kept.turn.bound.get(name) for name in answer.dataframes), None)
    if frame is not None and getattr(frame, "shape", None) == (1, 1):
        return Completion(value=ValueWanted(from_gold=True), figure=figure)
    if frame is not None:
        columns = tuple(str(column) for column in frame.columns)  # type: ignore[attr-defined]
        return Completion(frame=FrameWanted(columns=columns, tolerance=1e-4), figure=figure)
    numbers = _numbers(kept)
    if not numbers and figure is None:
        raise RasgoError(
            "The answer names no DataFrame, no figure, and no number that a step backs, so no program could "
            "compare it. Ask so that the result is a table or a number, or write the case yourself: "
            "docs/evals.md has the format."
        )
    return Completion(contains=numbers, figure=figure)


def _figure(answer: Answer, done: Sequence[Ran]) -> FigureWanted | None:
    drawn = next((one for one in done if one.kind == "chart" and one.name in answer.figures[:1]), None)
    if drawn is None:
        return None
    mark, x, y, color = (str(drawn.arguments.get(role) or "") for role in ("mark", "x", "y", "color"))
    return FigureWanted("" if mark == "auto" else mark, x, y, color)


def _numbers(kept: KeptRun) -> tuple[str, ...]:
    """Numbers of the answer that steps back, as its text has them."""
    assert kept.turn.run is not None
    found = kept.turn.run.provenance.numbers if kept.turn.run.provenance else ()
    texts = [number.text for number in found if number.how in ("found", "derived")]
    return tuple(dict.fromkeys(texts))[:_MOST_NUMBERS]


def _wanted(done: Sequence[Ran]) -> tuple[CallWanted, ...]:
    tools = {"sql": "run_sql", "python": "run_python", "chart": "show_chart"}
    must = dict.fromkeys(tools[one.kind] for one in done)
    may = [tool for tool in (*_LOOKS, *tools.values(), "final_answer") if tool not in must]
    return (*(CallWanted(tool) for tool in must), *(CallWanted(tool, "may") for tool in may))


def _tables(kept: KeptRun, done: Sequence[Ran]) -> tuple[str, ...]:
    """The tables that the run's SQL read; not the DataFrames."""
    made = {name for one in done for name in one.writes}
    names: dict[str, None] = {}
    for one in done:
        if one.kind == "sql" and one.arguments.get("connection") != LOCAL:
            dialect = kept.started.others.get(str(one.arguments.get("connection", "")), kept.started.dialect)
            names |= dict.fromkeys(sorted(read_statement(one.code, dialect).tables))
    return tuple(name for name in names if name not in made)


def _environment(session: Session, kept: KeptRun, done: Sequence[Ran]) -> Environment:
    sources = session.connections.sources
    names = [name for name in kept.started.connections.split(",") if name in sources]
    earlier = [turn.question for turn in kept.conversation.before_turn(kept.turn).turns]
    return Environment(
        connections={name: sources[name] for name in names},
        clock=datetime.now().astimezone().isoformat(timespec="seconds"),
        setup=setup_code(_persons(session, kept, done), may_show=session.privacy.sight.is_open),
        turns=tuple(earlier),
    )


def _persons(session: Session, kept: KeptRun, done: Sequence[Ran]) -> dict[str, object]:
    """The person's own variables that the run read, by name."""
    names, made, found = session.shell.user_ns, set[str](), dict[str, object]()
    for one in done:
        for name in sorted(one.reads - made):
            if name in names and not name.startswith("_") and name not in session.shell.user_ns_hidden:
                found.setdefault(name, names[name])
        made |= one.writes
    persons = {name: value for name, value in found.items() if value is not kept.turn.bound.get(name)}
    changed = next((name for name in persons if name in made), None)
    if changed is not None:
        raise RasgoError(
            f"The run changed your variable {changed}, so what it found there can no longer be written down. "
            "Make it in the case's setup yourself: docs/evals.md has the format."
        )
    return persons


def _slug(question: str) -> str:
    words = re.findall(r"\w+", question.casefold())
    slug = ""
    for word in words:
        if len(slug) + len(word) > _MAX_ID:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or "case"
