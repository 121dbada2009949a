"""Marks of a run's tool calls, against those that the case names and those that its gold program made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.evals.compare_frames import compare_frames
from rasgo_nb.evals.compare_pairs import most_paired
from rasgo_nb.evals.marks_values import same_value
from rasgo_nb.evals.score import CallMade, Score
from rasgo_nb.evals.scorers_sql import same_text, sql_equivalent
from rasgo_nb.evals.worked import is_error, sql_of

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import CallLog
    from rasgo_nb.evals.case import CallWanted
    from rasgo_nb.evals.worked import Worked

CallMark = Literal["must", "may", "extra", "never", ""]

FINAL = "final_answer"
_LOOKS = frozenset(
    (
        "search_tables",
        "get_table_detail",
        "profile_columns",
        "list_variables",
        "describe_variable",
        "ask_user",
    )
)
_MOST_RESULT = 4_000  # characters


class MarkedCalls:
    """Which of a run's calls is which of the case's; each pair is looked at once."""

    def __init__(self, worked: Worked) -> None:
        self.worked = worked
        self.made = [(step, call) for step, call in worked.calls if call.tool_call.name != FINAL]
        self.musts = [wanted for wanted in worked.case.calls if wanted.rule == "must"]
        self.mays = [wanted for wanted in worked.case.calls if wanted.rule == "may"]
        self.nevers = [wanted for wanted in worked.case.calls if wanted.rule == "never"]
        self.met = most_paired(
            [
                [at for at, (_, call) in enumerate(self.made) if is_wanted(wanted, call, worked)]
                for wanted in self.musts
            ]
        )
        self.marks = [self._mark(at) for at in range(len(self.made))]

    def _mark(self, at: int) -> CallMark:
        call = self.made[at][1]
        if any(is_wanted(wanted, call, self.worked) for wanted in self.nevers):
            return "never"
        if at in self.met.values():
            return "must"
        if not (self.musts or self.mays):
            return ""
        if any(is_wanted(wanted, call, self.worked) for wanted in (*self.mays, *self.musts)):
            return "may"
        return "may" if is_of_gold(call, self.worked) else "extra"

    def precision(self) -> Score:
        """Of the calls made, the share that must or may appear."""
        if not (self.musts or self.mays):
            return Score(None, "the case names no calls")
        if not self.made:
            return Score(0.0 if self.musts else None, "no calls were made")
        good = sum(mark in ("must", "may") for mark in self.marks)
        extra = [self.made[at][1].tool_call.name for at, mark in enumerate(self.marks) if mark == "extra"]
        why = f"{good} of {len(self.made)} calls were asked for"
        return Score(good / len(self.made), why + (f"; not: {', '.join(extra[:5])}" if extra else ""))

    def recall(self) -> Score:
        """Of the calls that must appear, the share that did; one call stands for one of them."""
        if not self.musts:
            return Score(None, "the case demands no calls")
        lost = [_told(wanted) for at, wanted in enumerate(self.musts) if at not in self.met]
        why = f"{len(self.met)} of {len(self.musts)} demanded calls were made"
        return Score(len(self.met) / len(self.musts), why + (f"; not: {', '.join(lost[:5])}" if lost else ""))

    def none_forbidden(self) -> Score:
        """1 where no call appeared that must never."""
        if not self.nevers:
            return Score(None, "the case forbids no calls")
        bad = [
            call.tool_call.name
            for (_, call), mark in zip(self.made, self.marks, strict=True)
            if mark == "never"
        ]
        final = [call for _, call in self.worked.calls if call.tool_call.name == FINAL]
        bad += [FINAL for call in final if any(is_wanted(one, call, self.worked) for one in self.nevers)]
        return Score(0.0, f"forbidden: {', '.join(bad[:5])}") if bad else Score(1.0, "none was made")

    def kept(self) -> tuple[CallMade, ...]:
        """All calls with their marks, for looking."""
        marks = {id(call): mark for (_, call), mark in zip(self.made, self.marks, strict=True)}
        return tuple(
            CallMade(
                step,
                call.tool_call.name,
                dict(call.tool_call.arguments),
                is_error(call),
                call.result.content[:_MOST_RESULT] if call.result is not None else "",
                call.elapsed_s,
                marks.get(id(call), ""),
            )
            for step, call in self.worked.calls
        )


def is_wanted(wanted: CallWanted, call: CallLog, worked: Worked) -> bool:
    """Whether a call is the one that the case names: by tool, arguments, tables, outcome and SQL."""
    if call.tool_call.name != wanted.tool:
        return False
    if wanted.succeeds is not None and wanted.succeeds == is_error(call):
        return False
    made = call.tool_call.arguments
    if any(name not in made or not same_value(made[name], value) for name, value in wanted.arguments.items()):
        return False
    named = tables_of(call, worked)
    if any(not any(same_table(table, one) for one in named) for table in wanted.tables):
        return False
    return not wanted.sql or _asks_same(wanted.sql, call, worked)


def _asks_same(sql: str, call: CallLog, worked: Worked) -> bool:
    """Whether a call's SQL returns what this one does."""
    made = sql_of(call)
    if not made or same_text(made, sql):
        return bool(made)
    for gold in worked.gold.calls:
        if same_text(sql_of(gold), sql) and _frames_differ(gold, call):
            return False
    connection = worked.connection_of(call)
    if connection is None or is_error(call):
        return False
    return sql_equivalent(made, sql, connection, frames=worked.frames).value == 1


def _frames_differ(one: CallLog, other: CallLog) -> bool:
    """Whether two calls have frames that are not the same; False where one has none."""
    frames = [getattr(call.result.value, "frame", None) for call in (one, other) if call.result is not None]
    if len(frames) < 2 or frames[0] is None or frames[1] is None:
        return False
    return not compare_frames(frames[1], frames[0], extra_columns=False).same


def is_of_gold(call: CallLog, worked: Worked) -> bool:
    """Whether the gold program made the same call: looked with the same tool, or got the same result."""
    for gold in worked.gold.calls:
        if gold.tool_call.name != call.tool_call.name or is_error(gold) or is_error(call):
            continue
        if call.tool_call.name in _LOOKS or same_value(
            dict(gold.tool_call.arguments), dict(call.tool_call.arguments)
        ):
            return True
        held = [getattr(one.result.value, "frame", None) for one in (gold, call) if one.result is not None]
        if all(frame is not None for frame in held) and not _frames_differ(gold, call):
            return True
    return False


def tables_of(call: CallLog, worked: Worked) -> tuple[str, ...]:
    """The tables that a call's SQL or arguments name."""
    named: list[str] = []
    if sql := sql_of(call):
        dialect = worked.log.started.dialect_of(call.tool_call) if worked.log.started is not None else ""
        named += read_statement(sql, dialect or "duckdb").tables
    for name in ("tables", "table"):
        given = call.tool_call.arguments.get(name, ())
        if isinstance(given, str):
            named.append(given)
        elif isinstance(given, list | tuple):
            named += [str(one) for one in given]
    return tuple(dict.fromkeys(named))


def same_table(one: str, other: str) -> bool:
    """Whether two names are of one table, where one may leave out database or schema."""
    left, right = (name.replace('"', "").casefold().split(".")[::-1] for name in (one, other))
    return all(a == b for a, b in zip(left, right, strict=False))


def errors_mended(worked: Worked) -> Score:
    """Of the calls that failed, the share after which one of the same tool and purpose succeeded.

    The purpose of SQL are its tables: a statement on others mends nothing.
    """
    calls = [call for _, call in worked.calls]
    failed = [at for at, call in enumerate(calls) if is_error(call)]
    if not failed:
        return Score(None, "no call failed")
    open_ = [
        calls[at].tool_call.name
        for at in failed
        if not any(_mends(one, calls[at], worked) for one in calls[at + 1 :])
    ]
    mended = len(failed) - len(open_)
    why = f"{mended} of {len(failed)} failed calls were mended"
    return Score(mended / len(failed), why + (f"; not: {', '.join(open_[:5])}" if open_ else ""))


def _mends(later: CallLog, failed: CallLog, worked: Worked) -> bool:
    if is_error(later) or later.tool_call.name != failed.tool_call.name:
        return False
    meant, read = tables_of(failed, worked), tables_of(later, worked)
    # A statement that failed may have named a table that does not exist, so that one in common is enough.
    return not meant or len(meant) == 1 or any(same_table(one, other) for one in meant for other in read)


def _told(wanted: CallWanted) -> str:
    parts = [
        *wanted.tables,
        *(f"{name}={value}" for name, value in wanted.arguments.items()),
        wanted.sql[:60],
    ]
    return f"{wanted.tool}({', '.join(part for part in parts if part)})"
