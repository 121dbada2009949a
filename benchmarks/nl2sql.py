"""How many questions the offline model answers rightly, through the whole path from question to DataFrame.

python -m benchmarks.nl2sql [--all] [--quick] [--no-keys] [--misses]

Questions, databases and right answers are those of the Spider training set. An answer is right when its rows
are those of the right query: the same multiset, in the same order where the question asks for one, whatever
the order and names of the columns; numbers to 1e-6.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import sqlite3
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.session import Session

SAMPLE = 500
SEED = 20_240_601
_MOST_COLUMNS_TO_PERMUTE = 6


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str
    database: str
    sql: str
    is_ordered: bool
    difficulty: str


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of questions answered rightly."""

    questions: int
    right: int
    share: float
    easy_share: float
    medium_share: float
    elapsed_s: float


def questions() -> list[Question]:
    """The easy and medium questions whose right query DuckDB runs to the same rows."""
    path = data_folder() / "nl2sql_devset" / "nl2sql_spider_train.jsonl"
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [
        Question(
            one["id"], one["question"], one["db_file"], one["duckdb_sql"], one["ordered"], one["difficulty"]
        )
        for one in lines
        if one["duckdb_same"] and one["duckdb_sql"] and one["difficulty"] in ("easy", "medium")
    ]


def sampled(number: int) -> list[Question]:
    """So many questions, the same ones each time."""
    return random.Random(SEED).sample(questions(), number)


def score(asked: Sequence[Question], *, keys: bool = True) -> tuple[Score, list[Question]]:
    """Ask all questions, database by database; the score and the questions that were missed."""
    began = time.perf_counter()
    right: Counter[str] = Counter()
    missed = []
    by_database = defaultdict(list)
    for question in asked:
        by_database[question.database].append(question)
    for database, group in by_database.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "asked.duckdb"
            convert(data_folder() / "nl2sql_devset" / database, path, keys=keys)
            for question, is_right in _ask_all(path, group):
                right[question.difficulty] += is_right
                missed += [] if is_right else [question]
    total = Counter(question.difficulty for question in asked)
    shares = {one: right[one] / total[one] if total[one] else math.nan for one in ("easy", "medium")}
    elapsed = time.perf_counter() - began
    whole = Score(
        len(asked),
        right.total(),
        right.total() / len(asked),
        shares["easy"],
        shares["medium"],
        round(elapsed, 1),
    )
    return whole, missed


def _ask_all(path: Path, group: Iterable[Question]) -> list[tuple[Question, bool]]:
    import duckdb
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.config import Config
    from rasgo_nb.session import Session

    with duckdb.connect(str(path), read_only=True) as database:
        rows = {question.id: database.execute(question.sql).fetchall() for question in group}
    session = Session(InteractiveShell.instance(), config=Config())
    session.connect(path)
    judged = [
        (
            question,
            same_rows(rows[question.id], _answered(session, question.text), in_order=question.is_ordered),
        )
        for question in group
    ]
    session.close()
    return judged


def _answered(session: Session, text: str) -> list[tuple[Any, ...]] | None:
    """The rows of the run's result; None where there is no frame."""
    import pandas as pd

    from rasgo_nb.interrupt import run_sync

    run = run_sync(session.ask(text, model="offline"))
    session.shell.user_ns.clear()
    if not isinstance(run.result, pd.DataFrame):
        return None
    return list(run.result.itertuples(index=False, name=None))


def same_rows(
    right: Sequence[tuple[Any, ...]], given: Sequence[tuple[Any, ...]] | None, *, in_order: bool
) -> bool:
    """True for the same rows, with the columns in any order."""
    if given is None or len(right) != len(given):
        return False
    if not right:
        return True
    if len(right[0]) != len(given[0]):
        return False
    wanted = [tuple(map(_comparable, row)) for row in right]
    rows = [tuple(map(_comparable, row)) for row in given]
    width = len(wanted[0])
    few = width <= _MOST_COLUMNS_TO_PERMUTE
    for order in itertools.permutations(range(width)) if few else [tuple(range(width))]:
        turned = [tuple(row[at] for at in order) for row in rows]
        if turned == wanted if in_order else Counter(turned) == Counter(wanted):
            return True
    return False


def _comparable(value: Any) -> object:
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return value
    try:
        return round(float(value), 6)
    except (TypeError, ValueError):
        return str(value)


def convert(source: Path, target: Path, *, keys: bool) -> None:
    """Write a SQLite database as a DuckDB file, with its keys where its rows respect them."""
    import duckdb

    with sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True) as lite:
        lite.text_factory = lambda raw: raw.decode("utf-8", "replace")
        names = [
            name
            for (name,) in lite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        with duckdb.connect(str(target)) as duck:
            waiting = names
            while waiting:
                left = [name for name in waiting if not _copy(lite, duck, name, keys=keys, foreign=keys)]
                if len(left) == len(waiting):
                    _copy(lite, duck, left[0], keys=keys, foreign=False) or _copy(
                        lite, duck, left[0], keys=False, foreign=False
                    )
                    left = left[1:]
                waiting = left


def _copy(lite: sqlite3.Connection, duck: Any, table: str, *, keys: bool, foreign: bool) -> bool:
    """Copy one table; False where the rows or the order of tables do not allow the keys."""
    import duckdb
    import pandas as pd

    columns = lite.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
    types = {column[1]: _type(lite, table, column[1], column[2]) for column in columns}
    parts = [f"{_quoted(name)} {kind}" for name, kind in types.items()]
    if keys:
        parts += _key_clauses(lite, table, columns, foreign=foreign)
    rows = lite.execute(f"SELECT * FROM {_quoted(table)}").fetchall()
    frame = pd.DataFrame(
        {name: pd.Series([_text(row[at]) for row in rows], dtype=object) for at, name in enumerate(types)}
    )
    try:
        duck.execute(f"CREATE TABLE {_quoted(table)} ({', '.join(parts)})")
        if rows:
            casts = ", ".join(f"CAST({_quoted(name)} AS {kind})" for name, kind in types.items())
            duck.register("copied", frame)
            duck.execute(f"INSERT INTO {_quoted(table)} SELECT {casts} FROM copied")
    except duckdb.Error:
        duck.execute(f"DROP TABLE IF EXISTS {_quoted(table)}")
        return False
    return True


def _key_clauses(lite: sqlite3.Connection, table: str, columns: list[Any], *, foreign: bool) -> list[str]:
    primary = [_quoted(column[1]) for column in sorted(columns, key=lambda column: column[5]) if column[5]]
    clauses = [f"PRIMARY KEY ({', '.join(primary)})"] if primary else []
    if not foreign:
        return clauses
    links: dict[int, list[Any]] = defaultdict(list)
    for row in lite.execute(f"PRAGMA foreign_key_list({_quoted(table)})"):
        links[row[0]].append(row)
    for rows in links.values():
        own = ", ".join(_quoted(row[3]) for row in rows)
        other = ", ".join(_quoted(row[4]) for row in rows if row[4])
        clauses.append(
            f"FOREIGN KEY ({own}) REFERENCES {_quoted(rows[0][2])}{f' ({other})' if other else ''}"
        )
    return clauses


def _type(lite: sqlite3.Connection, table: str, column: str, declared: str) -> str:
    held = {
        kind for (kind,) in lite.execute(f"SELECT DISTINCT typeof({_quoted(column)}) FROM {_quoted(table)}")
    }
    held.discard("null")
    if held and held <= {"integer"}:
        return "BIGINT"
    if held and held <= {"integer", "real"}:
        return "DOUBLE"
    wanted = declared.upper()
    if held or not any(word in wanted for word in ("INT", "REAL", "FLOA", "DOUB", "NUM", "DEC")):
        return "VARCHAR"
    return "BIGINT" if "INT" in wanted else "DOUBLE"


def _text(value: Any) -> Any:
    return value.decode("latin1") if isinstance(value, bytes) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every question, not a sample")
    parser.add_argument("--quick", action="store_true", help="a tenth of the sample")
    parser.add_argument("--no-keys", action="store_true", help="databases that declare no keys")
    parser.add_argument("--misses", action="store_true", help="print the questions that were missed")
    options = parser.parse_args()
    asked = questions() if options.all else sampled(SAMPLE // 10 if options.quick else SAMPLE)
    whole, missed = score(asked, keys=not options.no_keys)
    for question in missed if options.misses else ():
        print(f"{question.database}: {question.text}")
    print(f"{whole.right} of {whole.questions} right: {whole.share:.1%}")
    print(json.dumps(asdict(whole)))


if __name__ == "__main__":
    main()
