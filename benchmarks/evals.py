"""Evals of a suite of 500 questions by the offline model, twice, and the harness tried on itself.

The questions, databases and right queries are those of the Spider training set, sampled as nl2sql.py does.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import ROOT, Figure, data_folder
from benchmarks.nl2sql import SAMPLE, convert, sampled
from rasgo_nb.evals.case import Case, Completion, Environment, FrameWanted, Program, ProgramCall
from rasgo_nb.evals.suite_write import case_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.nl2sql import Question

BAR_MINUTES = 5.0
_QUICK = 20  # a part of the cases


def measure(*, quick: bool) -> list[Figure]:
    """Minutes of 500 cases on two processes, marks that differ when run again in another order, faults."""
    asked = sampled(SAMPLE // _QUICK if quick else SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        cases = cases_of(asked, home / "databases")
        began = time.perf_counter()
        first = marks_of(home, "first", cases)
        minutes = (time.perf_counter() - began) / 60
        mixed = random.Random(7).sample(cases, len(cases))
        second = marks_of(home, "second", mixed)
        faults, programs = checked(home, "sample_notebook" if quick else "sample")
    differing = sum(first[name] != second.get(name) for name in first)
    right = sum(marks["answer"] == 1 for marks in first.values()) / len(first)
    note = f"{len(cases)} cases, two processes; {right:.1%} of the answers are right"
    bar = BAR_MINUTES if not quick else None
    return [
        Figure("offline, all cases", minutes, "min", bar, note=note),
        Figure("cases marked otherwise in another order", differing, "cases", 0),
        Figure("wrongly marked programs of the shipped suites", faults, "programs", 0, note=programs),
    ]


def cases_of(asked: Sequence[Question], folder: Path) -> list[Case]:
    """The questions as cases; each database is written once, as a DuckDB file."""
    folder.mkdir()
    cases = []
    for question in asked:
        path = folder / f"{Path(question.database).stem}.duckdb"
        if not path.exists():
            convert(data_folder() / "nl2sql_devset" / question.database, path, keys=True)
        calls = (
            ProgramCall("run_sql", {"sql": question.sql, "save_as": "result"}),
            ProgramCall("final_answer", {"text": "It is in `result`.", "dataframes": ["result"]}),
        )
        cases.append(
            Case(
                id=question.id,
                question=question.text,
                completion=Completion(frame=FrameWanted(ordered=question.is_ordered)),
                gold=Program(calls),
                environment=Environment(connections={"asked": f"databases/{path.name}"}),
                tags=(question.difficulty,),
            )
        )
    return cases


def marks_of(home: Path, name: str, cases: Sequence[Case]) -> dict[str, dict[str, float | None]]:
    """The marks that ``rasgo-nb eval`` gives, by case."""
    suite = home / f"{name}.yaml"
    texts = [case_text(replace(case, line=0)) for case in cases]
    suite.write_text(f"suite: {name}\ncases:\n{''.join(texts)}", encoding="utf-8")
    _eval(home, str(suite), "--model", "offline", "--jobs", "2", "--out", str(home / name))
    lines = (home / name / "log.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    results = [json.loads(line) for line in lines]
    return {one["case"]: {score: mark["value"] for score, mark in one["scores"].items()} for one in results}


def checked(home: Path, suite: str) -> tuple[int, str]:
    """How many programs of a shipped suite are marked otherwise than they must be, and what was tried."""
    said = _eval(home, suite, "--check", "--jobs", "2").strip().splitlines()
    last = said[-1]
    return (0 if last.startswith("Good") else int(last.split()[0])), last


def _eval(home: Path, *arguments: str) -> str:
    environment = os.environ | {"RASGO_NB_HOME": str(home), "RASGO_NB_CONFIG": str(home / "config.toml")}
    command = [sys.executable, "-m", "rasgo_nb", "eval", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise RuntimeError(done.stderr[-2_000:])
    return done.stdout
