"""How many wrong numbers are marked in answers over real results, and how many right ones are, wrongly.

python -m benchmarks.provenance [--part tune|measure|second] [--misses]
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Skipped, data_folder
from benchmarks.provenance_answers import COMMON, FURTHER, KINDS, Draft, answers, planted
from benchmarks.provenance_questions import MEASURE, SECOND, TUNE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from benchmarks.provenance_answers import Question
    from rasgo_nb.agent.run_log import RunLog

SEED = 2_013
_PARTS = {
    "tune": (TUNE, COMMON),
    "measure": (MEASURE, COMMON + FURTHER),
    "second": (SECOND, COMMON + FURTHER),
}


@dataclass(slots=True)
class Counted:
    """What came of one part: planted numbers by kind and those that passed, right ones and those marked."""

    answers: int = 0
    planted: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    right: int = 0
    marked: int = 0
    times: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


def run(part: str, *, rounds: int = 3) -> Counted:
    """Tell and trace the answers of a part, each without and with wrong numbers."""
    questions, wordings = _PARTS[part]
    counted, random = Counted(), Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        con = _database(Path(folder))
        for question in questions:
            log, frame = logged(con, question)
            for _ in range(rounds):
                for draft in answers(question, frame, random, wordings):
                    _count(counted, question, log, draft, random)
    return counted


def _database(folder: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    from rasgo_nb.connectors import sample

    path = folder / "sample.duckdb"
    sample.build(path)
    return duckdb.connect(str(path), read_only=True)


def logged(con: duckdb.DuckDBPyConnection, question: Question) -> tuple[RunLog, object]:
    """A run of one query, as its events would have told of it, and its frame."""
    from rasgo_nb.agent.messages import ToolCall, ToolResult
    from rasgo_nb.agent.run_log import CallLog, RunLog, StepLog
    from rasgo_nb.connectors.base import QueryResult

    sql = re.sub(r"\{([\w/]+)\}", lambda match: str(data_folder() / f"{match[1]}.parquet"), question.sql)
    frame = con.execute(sql).df()
    result = ToolResult("call_1", "", value=QueryResult(frame, 0.1))
    call = CallLog(ToolCall("call_1", "run_sql", {"sql": question.sql, "save_as": "result"}), result=result)
    return RunLog(steps=[StepLog(1, calls=[call])]), frame


def _count(counted: Counted, question: Question, log: RunLog, draft: Draft, random: Random) -> None:
    from rasgo_nb.provenance.matching import traced

    counted.answers += 1
    began = time.perf_counter()
    numbers = traced(draft.text, log, question.words).numbers
    counted.times.append(time.perf_counter() - began)
    counted.right += len(numbers)
    for one in numbers:
        if one.how == "unverified":
            counted.marked += 1
            counted.misses.append(f"MARKED {one.text!r} in {draft.text!r}")
    for kind in KINDS:
        plant = planted(draft, random, kind)
        if plant is None:
            continue
        text, start, wrong = plant
        counted.planted[kind] += 1
        for one in traced(text, log, question.words).numbers:
            if one.start < start + len(wrong) and start < one.end and one.how != "unverified":
                counted.passed[kind] += 1
                counted.misses.append(f"PASSED {kind} {wrong!r} as {one.how}: {one.said!r} in {text!r}")
                break


def measure(*, quick: bool) -> list[Figure]:
    """Planted numbers that pass and right ones that are marked, on questions that nothing was tuned on."""
    return list(_figures(rounds=1 if quick else 3))


def _figures(*, rounds: int) -> Iterator[Figure]:
    for part, name in (("measure", "sample data"), ("second", "other data")):
        try:
            counted = run(part, rounds=rounds)
        except Skipped:
            continue
        total, passed = counted.planted.total(), counted.passed.total()
        kinds = ", ".join(f"{kind} {count}" for kind, count in counted.passed.items()) or "none passed"
        note = f"{counted.answers} answers; {kinds}"
        yield Figure(
            f"planted numbers marked, {name}",
            100 * (total - passed) / total,
            "%",
            100,
            True,
            f"{total}; {note}",
        )
        yield Figure(
            f"right numbers marked, {name}",
            100 * counted.marked / counted.right,
            "%",
            5,
            note=f"of {counted.right}",
        )
        slow = sorted(counted.times)
        yield Figure(
            f"time of an answer, {name}",
            1000 * slow[len(slow) // 2],
            "ms",
            50,
            note=f"longest {1000 * slow[-1]:.0f}",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", choices=sorted(_PARTS), default="measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--misses", action="store_true", help="print each number that was judged wrongly")
    options = parser.parse_args()
    counted = run(options.part, rounds=options.rounds)
    if options.misses:
        print("\n".join(counted.misses))
    slow = sorted(counted.times)
    print(f"{counted.answers} answers, {counted.right} right numbers, {counted.marked} of them marked")
    print(f"median {1000 * slow[len(slow) // 2]:.1f} ms, longest {1000 * slow[-1]:.0f} ms")
    for kind in KINDS:
        print(f"  {kind:12} {counted.planted[kind]:5} planted, {counted.passed[kind]:3} passed")
    print(f"  {'all':12} {counted.planted.total():5} planted, {counted.passed.total():3} passed")


if __name__ == "__main__":
    main()
