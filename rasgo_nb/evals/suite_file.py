"""A suite as a person who knows the data writes it: one YAML file. docs/evals.md tells its format."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from rasgo_nb.agent.tools import ALL_WITH_SPECIALIST
from rasgo_nb.config import setting_names
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.case import (
    Budget,
    CallWanted,
    Case,
    Completion,
    EndState,
    Environment,
    FigureWanted,
    FrameWanted,
    Judged,
    Program,
    ProgramCall,
    Suite,
    ToolRule,
    ValueWanted,
)
from rasgo_nb.evals.suite_clock import moment_of
from rasgo_nb.evals.suite_nodes import Place, Problems, read_nodes
from rasgo_nb.figure import Mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUITE = ("suite", "description", "judge", "environment", "budget", "calls", "cases")
CASE = (
    "id",
    "question",
    "tags",
    "answer",
    "alternatives",
    "gold",
    "decoys",
    "calls",
    "tables",
    "end_state",
    "environment",
    "budget",
)
ANSWER = ("value", "frame", "figure", "contains", "lacks", "refusal", "judged")
TOOLS = tuple(tool.name for tool in ALL_WITH_SPECIALIST)
T = TypeVar("T")
FINAL = "final_answer"
REFUSE = "refuse"  # a program's last call, where it says why there is no answer
_MOST_PROBLEMS = 12


def read_suite(path: Path) -> Suite:
    """The suite of a file.

    Raises
    ------
    RasgoError
        naming file, line and field of everything that is wrong, and what would be right.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RasgoError(f"{path} is no UTF-8 text. Save it as UTF-8, and type the command again.") from None
    except OSError as error:
        raise RasgoError(
            f"{path} cannot be read: {error.strerror}. `rasgo-nb eval --list` shows suites."
        ) from None
    return suite_of(text, path)


def suite_of(text: str, path: Path) -> Suite:
    """The suite of a file's text; raises as ``read_suite``."""
    problems = Problems(path.name)
    whole = read_nodes(text, problems)
    suite = _suite(whole, path) if whole is not None else None
    if problems.lines or suite is None:
        lines = problems.text().splitlines()
        more = [f"… and {len(lines) - _MOST_PROBLEMS} more."] if len(lines) > _MOST_PROBLEMS else []
        raise RasgoError("\n".join([*lines[:_MOST_PROBLEMS], *more]))
    return suite


def _suite(whole: Place, path: Path) -> Suite | None:
    found = whole.fields(SUITE)
    for name in ("suite", "cases"):
        if whole.is_table and name not in found:
            whole.wrong(f"has no `{name}`. A suite begins with `suite: NAME` and has a list of `cases:`.")
    usual = Case("", "", Completion())
    usual = _with_common(usual, found)
    places = found["cases"].items() if "cases" in found and found["cases"].is_list else []
    if "cases" in found and not places:
        found["cases"].wrong("must be a list with at least one case")
    cases = tuple(_case(place, usual) for place in places)
    _check_ids(cases, places)
    return Suite(
        name=found["suite"].text() if "suite" in found else "",
        cases=cases,
        path=path,
        description=found["description"].text() if "description" in found else "",
        judge=found["judge"].text() if "judge" in found else "",
    )


def _check_ids(cases: tuple[Case, ...], places: list[Place]) -> None:
    seen: dict[str, int] = {}
    for case, place in zip(cases, places, strict=True):
        if case.id and case.id in seen:
            place.wrong(f"has the id {case.id!r} of the case in line {seen[case.id]}. Give it another.")
        seen.setdefault(case.id, case.line)


def _case(place: Place, usual: Case) -> Case:
    found = place.fields(CASE)
    for name in ("id", "question", "answer"):
        if place.is_table and name not in found:
            place.wrong(f"has no `{name}`")
    case = _with_common(usual, found)
    read: dict[str, Any] = {"line": place.line}
    for name, (field, of) in _FIELDS.items():
        if name in found:
            read[field] = of(found[name])
    if "question" in found and not read["question"]:
        found["question"].wrong("is empty")
    case = _changed(case, read)
    if case.gold is None and "answer" in found and _needs_gold(case):
        place.wrong("has no `gold`, which the answer is to be compared with")
    return case


def _with_common(case: Case, found: dict[str, Place]) -> Case:
    """What a suite says for all its cases, and a case for itself."""
    read: dict[str, Any] = {}
    if "environment" in found:
        read["environment"] = _environment(found["environment"], case.environment)
    if "budget" in found:
        read["budget"] = _budget(found["budget"], case.budget)
    if "calls" in found:
        read["calls"] = _calls(found["calls"])
    return _changed(case, read)


def _changed(value: T, read: dict[str, Any]) -> T:
    return replace(value, **read)  # type: ignore[type-var]


def _needs_gold(case: Case) -> bool:
    return any(
        (one.value is not None and one.value.from_gold)
        or (one.frame is not None and one.frame.rows is None)
        or (one.figure is not None and one.figure.rows_from_gold)
        for one in (case.completion, *case.alternatives)
    )


def _completion(place: Place) -> Completion:
    found = place.fields(ANSWER)
    if place.is_table and not found:
        place.wrong(f"says nothing of what must come. It has one or more of: {', '.join(ANSWER)}.")
    read: dict[str, Any] = {}
    for name, of in (("value", _value), ("frame", _frame), ("figure", _figure), ("judged", _judged)):
        if name in found:
            read[name] = of(found[name])
    for name in ("contains", "lacks"):
        if name in found:
            read[name] = found[name].texts()
    if "refusal" in found:
        read["refusal"] = found["refusal"].switch()
    return Completion(**read)


def _value(place: Place) -> ValueWanted:
    """``value: 42``, or ``value: {is: 42, tolerance: 0.1, unit: km}``, or ``value: {from: gold}``."""
    if not place.is_table:
        return ValueWanted(place.value())
    found = place.fields(("is", "from", "tolerance", "unit"))
    from_gold = "from" in found and found["from"].one_of(("gold",)) == "gold"
    if ("is" in found) == ("from" in found):
        place.wrong("takes either `is: VALUE` or `from: gold`")
    read: dict[str, Any] = {"value": found["is"].value() if "is" in found else None, "from_gold": from_gold}
    return ValueWanted(**read, **_tolerance(found), **_words(found, ("unit",)))


def _frame(place: Place) -> FrameWanted:
    known = ("columns", "rows", "ordered", "names", "types", "extra_columns", "tolerance")
    found = place.fields(known)
    read: dict[str, Any] = _tolerance(found)
    if "columns" in found:
        read["columns"] = found["columns"].texts()
    if "rows" in found:
        read["rows"] = _rows(found["rows"], len(read.get("columns", ())))
    switches = {"ordered": "ordered", "names": "names_count", "types": "types_count"}
    for name, field in {**switches, "extra_columns": "extra_columns"}.items():
        if name in found:
            read[field] = found[name].switch()
    return FrameWanted(**read)


def _rows(place: Place, columns: int) -> tuple[tuple[Any, ...], ...]:
    rows = []
    for item in place.items():
        values = tuple(cell.value() for cell in item.items())
        if columns and len(values) != columns:
            item.wrong(f"has {len(values)} values for {columns} columns")
        rows.append(values)
    return tuple(rows)


def _figure(place: Place) -> FigureWanted:
    found = place.fields(("mark", "x", "y", "color", "rows"))
    read: dict[str, Any] = _words(found, ("x", "y", "color"))
    if "mark" in found:
        read["mark"] = found["mark"].one_of(get_args(Mark))
    if "rows" in found:
        read["rows_from_gold"] = found["rows"].one_of(("gold",)) == "gold"
    return FigureWanted(**read)


def _judged(place: Place) -> Judged:
    if place.is_text:
        return Judged(place.text())
    found = place.fields(("criteria", "model"))
    if "criteria" not in found:
        place.wrong("has no `criteria`: what the judge is to look for, in a sentence")
    return Judged(**{"criteria": "", **_words(found, ("criteria", "model"))})


def _program(place: Place) -> Program:
    """A list of tool calls, ``- run_sql: {sql: …}``; the last gives the answer, or refuses."""
    calls: list[ProgramCall] = []
    text = ""
    for item in place.items():
        if item.is_text:
            calls.append(ProgramCall(item.one_of(TOOLS)))
            continue
        for name, arguments in item.fields((*TOOLS, REFUSE)).items():
            if name == REFUSE:
                text = arguments.text()
            else:
                given = arguments.fields() if arguments.node.value else {}
                calls.append(ProgramCall(name, {key: one.value() for key, one in given.items()}))
    if not text and (not calls or calls[-1].tool != FINAL):
        place.wrong(f"must end with `- {FINAL}: {{text: …}}`, or with `- {REFUSE}: …` where it refuses")
    return Program(tuple(calls), text)


def _decoy(place: Place) -> Program:
    found = place.fields(("why", "program"))
    if "program" not in found:
        place.wrong("has no `program`, a list of calls like `gold`")
        return Program(text="-")
    return _program(found["program"])


def _calls(place: Place) -> tuple[CallWanted, ...]:
    found = place.fields(get_args(ToolRule))
    return tuple(
        _call(item, rule) for rule in get_args(ToolRule) if rule in found for item in found[rule].items()
    )


def _call(item: Place, rule: Any) -> CallWanted:
    """``run_sql``, or ``run_sql: {tables: [orders]}``."""
    if item.is_text:
        return CallWanted(item.one_of(TOOLS), rule)
    tools = item.fields(TOOLS)
    if len(tools) != 1:
        item.wrong("must name one tool, such as `run_sql: {tables: [orders]}`")
        return CallWanted("", rule)
    tool, place = next(iter(tools.items()))
    found = place.fields(("arguments", "sql", "tables", "succeeds"))
    read: dict[str, Any] = _words(found, ("sql",))
    if "arguments" in found:
        read["arguments"] = {name: one.value() for name, one in found["arguments"].fields().items()}
    if "tables" in found:
        read["tables"] = found["tables"].texts()
    if "succeeds" in found:
        read["succeeds"] = found["succeeds"].switch()
    return CallWanted(tool, rule, **read)


def _end_state(place: Place) -> EndState:
    found = place.fields(("values", "frames", "absent", "unchanged"))
    read: dict[str, Any] = {
        name: found[name].texts() for name in ("frames", "absent", "unchanged") if name in found
    }
    if "values" in found:
        read["values"] = {name: one.value() for name, one in found["values"].fields().items()}
    return EndState(**read)


def _environment(place: Place, usual: Environment) -> Environment:
    found = place.fields(("connections", "clock", "setup", "settings", "turns"))
    read: dict[str, Any] = _words(found, ("setup",))
    if "connections" in found:
        read["connections"] = {name: one.text() for name, one in found["connections"].fields().items()}
        if not read["connections"]:
            found["connections"].wrong("names no connection, such as `{sample: sample}`")
    if "clock" in found:
        read["clock"] = found["clock"].text()
        if moment_of(read["clock"]) is None:
            found["clock"].wrong("is no time such as 2013-12-31T12:00:00")
    if "settings" in found:
        read["settings"] = {n: one.value() for n, one in found["settings"].fields(_settings()).items()}
    if "turns" in found:
        read["turns"] = found["turns"].texts()
    return _changed(usual, read)


def _settings() -> list[str]:
    """The settings that a case may set: what it is given beside those is the suite's own."""
    own = ("model", "interface", "connection", "trace", "trace_days", "trace_mb", "trace_rows")
    return [name for name in setting_names() if name not in own]


def _budget(place: Place, usual: Budget) -> Budget:
    found = place.fields(("steps", "seconds", "tokens", "cost_usd"))
    read: dict[str, Any] = {name: found[name].whole() for name in ("steps", "tokens") if name in found}
    read |= {name: found[name].number() for name in ("seconds", "cost_usd") if name in found}
    return _changed(usual, read)


def _tolerance(found: dict[str, Place]) -> dict[str, Any]:
    return {"tolerance": found["tolerance"].number()} if "tolerance" in found else {}


def _words(found: dict[str, Place], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name].text() for name in names if name in found}


_FIELDS: dict[str, tuple[str, Callable[[Place], Any]]] = {
    "id": ("id", lambda place: place.text().strip()),
    "question": ("question", lambda place: place.text().strip()),
    "tags": ("tags", Place.texts),
    "answer": ("completion", _completion),
    "alternatives": ("alternatives", lambda place: tuple(map(_completion, place.items()))),
    "gold": ("gold", _program),
    "decoys": ("decoys", lambda place: tuple(map(_decoy, place.items()))),
    "tables": ("tables", Place.texts),
    "end_state": ("end_state", _end_state),
}
