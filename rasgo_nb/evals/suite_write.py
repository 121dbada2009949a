"""Adds a case to a suite's file; whatever else is in the file stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.case import Budget, EndState, Environment
from rasgo_nb.evals.suite_file import REFUSE, read_suite, suite_of
from rasgo_nb.memory.whole_file import create, rewrite

if TYPE_CHECKING:
    from pathlib import Path

    from rasgo_nb.evals.case import CallWanted, Case, Completion, FrameWanted, Program, ValueWanted

_HEAD = "# Cases for `rasgo-nb eval`; docs/evals.md tells the format.\nsuite: {name}\ncases:\n"


def write_case(path: Path, case: Case) -> int:
    """Append the case to the file, which is made where there is none; its number in it, from 1.

    An id that is taken gets a number.

    Raises
    ------
    RasgoError
        where the file cannot be written, or is no suite that ends with its cases.
    """
    cases: tuple[Case, ...] = ()
    if not path.exists():
        before = _HEAD.format(name=re.sub(r"\W+", "_", path.stem) or "cases")
    else:
        cases = read_suite(path).cases
        before = path.read_text(encoding="utf-8-sig").rstrip() + "\n\n"
    case = replace(case, id=_free_id(case.id, {one.id for one in cases}))
    text = before + case_text(case, indent=_indent(before))
    _check(path, text, case)
    try:
        if path.exists():
            rewrite(path, text)
        else:
            create(path, text)
    except OSError as error:
        raise RasgoError(f"{path} cannot be written: {error.strerror}. Name another file.") from None
    return len(cases) + 1


def case_text(case: Case, *, indent: int = 0) -> str:
    """The case as an item of ``cases``."""
    yaml = load("yaml", extra="evals", purpose="A suite")

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined]
        """Writes texts of several lines as such."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        style = "|" if "\n" in value and not re.search(r"[ \t]$", value, re.M) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    written = yaml.dump([_case(case)], Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"{' ' * indent}{line}" if line.strip() else line for line in written.splitlines(True))


def _indent(before: str) -> int:
    """How far the items of the file's last list stand in."""
    found = re.findall(r"^cases:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ", before, re.M)
    return len(found[-1]) if found else 0


def _check(path: Path, text: str, case: Case) -> None:
    """Refuse what would not be read back as it was meant."""
    try:
        last = suite_of(text, path).cases[-1]
    except RasgoError:
        last = None
    if last is None or replace(last, line=0) != replace(case, line=0):
        raise RasgoError(
            f"{path} has fields after its cases, or settings for all of them, so that a case added at its "
            "end would not mean the same. Name another file."
        )


def _free_id(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}-{number}") not in taken)


def _case(case: Case) -> dict[str, Any]:
    calls = {
        rule: [_call(one) for one in case.calls if one.rule == rule]
        for rule in ("must", "may", "never")
        if any(one.rule == rule for one in case.calls)
    }
    fields: dict[str, Any] = {
        "id": case.id,
        "question": case.question,
        "tags": list(case.tags),
        "answer": _completion(case.completion),
        "alternatives": [_completion(one) for one in case.alternatives],
        "gold": _program(case.gold) if case.gold else None,
        "decoys": [{"program": _program(one)} for one in case.decoys],
        "calls": calls,
        "tables": list(case.tables),
        "end_state": _told(case.end_state, EndState(), ("values", "frames", "absent", "unchanged")),
        "environment": _environment(case.environment),
        "budget": _told(case.budget, Budget(), ("steps", "seconds", "tokens", "cost_usd")),
    }
    return {name: value for name, value in fields.items() if value or name == "answer"}


def _told(value: object, usual: object, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that are not as usual."""
    told = {name: getattr(value, name) for name in names if getattr(value, name) != getattr(usual, name)}
    return {name: _plain(one) for name, one in told.items()}


def _environment(environment: Environment) -> dict[str, Any]:
    return _told(environment, Environment(), ("connections", "clock", "setup", "settings", "turns"))


def _completion(completion: Completion) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if completion.value is not None:
        told["value"] = _value(completion.value)
    if completion.frame is not None:
        told["frame"] = _frame(completion.frame)
    if completion.figure is not None:
        figure = completion.figure
        words = {name: getattr(figure, name) for name in ("mark", "x", "y", "color") if getattr(figure, name)}
        told["figure"] = words | ({"rows": "gold"} if figure.rows_from_gold else {})
    told |= {
        name: list(getattr(completion, name)) for name in ("contains", "lacks") if getattr(completion, name)
    }
    if completion.refusal:
        told["refusal"] = True
    if completion.judged is not None:
        judged = completion.judged
        told["judged"] = {"criteria": judged.criteria} | ({"model": judged.model} if judged.model else {})
    return told


def _value(wanted: ValueWanted) -> dict[str, Any]:
    told: dict[str, Any] = {"from": "gold"} if wanted.from_gold else {"is": wanted.value}
    return told | _told(wanted, type(wanted)(), ("tolerance", "unit"))


def _frame(wanted: FrameWanted) -> dict[str, Any]:
    names = {"ordered": "ordered", "names_count": "names", "types_count": "types"}
    told = _told(wanted, type(wanted)(), ("columns", "rows", "extra_columns", "tolerance"))
    return told | {name: getattr(wanted, field) for field, name in names.items() if getattr(wanted, field)}


def _program(program: Program) -> list[Any]:
    calls = [{one.tool: _plain(one.arguments)} if one.arguments else one.tool for one in program.calls]
    return [*calls, {REFUSE: program.text}] if program.text else calls


def _call(wanted: CallWanted) -> Any:
    told = _told(wanted, type(wanted)(wanted.tool), ("arguments", "sql", "tables", "succeeds"))
    return {wanted.tool: told} if told else wanted.tool


def _plain(value: Any) -> Any:
    """Tuples and mappings as YAML's own."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "items"):
        return {key: _plain(one) for key, one in value.items()}
    return value
