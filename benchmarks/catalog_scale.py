"""A catalog of 100,000 tables with 1 M columns: how long it takes to fill, open, search and bring up to date.

python -m benchmarks.catalog_scale [--quick]

The tables are made up: words as warehouses have them, some in very many tables, most in few. What is asked
are questions in plain words, with common words among them.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rasgo_nb.connectors.base import TableDetail

TABLES = 100_000
COLUMNS = 10
QUESTIONS = 200
SEED = 20_240_817


def _apart(words: str) -> list[str]:
    return words.split()


_SUBJECTS = _apart(
    """
    order customer product invoice payment shipment session event account user store campaign ticket
    refund subscription contract employee supplier warehouse stock price discount tax delivery return
    visit click lead opportunity claim policy premium loan deposit transfer card merchant device sensor
    meter trip driver vehicle route flight booking hotel room guest review rating article author page
    search ad impression
    """
)
_ASPECTS = _apart(
    """
    daily weekly monthly hourly raw staging fact dim summary history snapshot archive backup log detail
    line item status type category region country city channel segment source target import export delta
    temp
    """
)
_COLUMNS = _apart(
    """
    id name code date created_at updated_at status type amount quantity price total count region country
    city email phone address description comment flag rank score rate ratio currency start_date end_date
    year month week day hour user_id customer_id order_id product_id store_id account_id session_id
    source_id
    """
)
_PLAIN = (
    "how many {0} were there per {1} last {2}",
    "what is the total amount of {0} by {1} and region",
    "which {1} had the most {0} with status closed",
    "show the average price of each {0} for the {3} {1}",
    "list name and email of customers with more than three {0}",
    "number of {0} in the {3} by month and country",
)


def measure(*, quick: bool) -> list[Figure]:
    """In a process of its own, whose memory is that of the catalog alone."""
    with tempfile.TemporaryDirectory() as folder:
        count = TABLES // 10 if quick else TABLES
        filled = _in_process("fill", folder, count)
        searched = _in_process("search", folder, count)
    figures = {**filled, **searched}
    return [Figure(what, figures[key], unit, bar) for what, key, unit, bar in _FIGURES]


_FIGURES: tuple[tuple[str, str, str, float | None], ...] = (
    ("index of 10,000 tables, without the database's time", "fill_s", "s", 60),
    ("1 % of the tables changed, brought in", "change_s", "s", 3),
    ("open from disk: all names, one table by its name", "open_s", "s", 1),
    ("the first search after that, which reads all words", "first_s", "s", None),
    ("search, half of the questions below", "p50_ms", "ms", None),
    ("search, p95", "p95_ms", "ms", 50),
    ("search, p95 of the processor's time alone", "p95_cpu_ms", "ms", None),
    ("store alone: candidates, p95", "match_p95_ms", "ms", None),
    ("memory of the process that searches, at its peak", "rss_mb", "MB", 1000),
    ("size of the file", "file_mb", "MB", None),
)


def _in_process(what: str, folder: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.catalog_scale", "--part", what, folder, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def tables(count: int, *, seed: int = SEED) -> Iterator[TableDetail]:
    """So many tables, the same for the same seed."""
    from rasgo_nb.connectors.base import Column, TableDetail, TableName

    chance = random.Random(seed)
    rare = [_made_up(chance) for _ in range(max(500, count // 10))]
    for number in range(count):
        subject, aspect = _often_first(_SUBJECTS, chance), chance.choice(_ASPECTS)
        own = chance.choice(rare)
        name = TableName(
            "prod", f"{chance.choice(_SUBJECTS)}_{number % 400}", f"{own}_{subject}_{aspect}_{number}"
        )
        columns = [Column(f"{subject}_id", "BIGINT")]
        for place in range(COLUMNS - 1):
            word = (
                chance.choice(_COLUMNS) if place % 3 else f"{chance.choice(rare)}_{chance.choice(_COLUMNS)}"
            )
            comment = _said(rare, chance) if place % 4 == 0 else ""
            columns.append(
                Column(f"{word}_{place}", chance.choice(("TEXT", "BIGINT", "DATE")), comment=comment)
            )
        yield TableDetail(name, tuple(columns), comment=_said(rare, chance), row_count=number)


def _often_first(words: list[str], chance: random.Random) -> str:
    return words[min(int(chance.paretovariate(0.6)) - 1, len(words) - 1)]


def _made_up(chance: random.Random) -> str:
    return "".join(
        chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randint(2, 4))
    )


def _said(rare: list[str], chance: random.Random) -> str:
    words = [chance.choice(_SUBJECTS), "of the", chance.choice(rare), "per", chance.choice(_ASPECTS)]
    return f"All {' '.join(words)} with {chance.choice(_COLUMNS)} and {chance.choice(_SUBJECTS)}"


def questions(count: int, *, seed: int = SEED) -> list[str]:
    """Questions in plain words; every other one also has a word that few tables hold."""
    chance = random.Random(seed + 1)
    known = [table.name.table.split("_")[0] for table in tables(500)]
    asked = []
    for number in range(count):
        words = [chance.choice(_SUBJECTS), chance.choice(_SUBJECTS), chance.choice(("year", "month", "week"))]
        text = chance.choice(_PLAIN).format(*words, chance.choice(known))
        asked.append(f"{text} of {chance.choice(known)}" if number % 2 else text)
    return asked


def _fill(path: Path, count: int) -> dict[str, float]:
    from rasgo_nb.catalog.stores.sqlite_store import SqliteStore

    store = SqliteStore(path)
    made = list(tables(count))
    started = time.perf_counter()
    for first in range(0, count, 500):
        store.put_tables((table, "1") for table in made[first : first + 500])
    took_s = time.perf_counter() - started
    changed = [replace(table, comment=f"{table.comment} (changed)") for table in made[::100]]
    started = time.perf_counter()
    marks = store.marks()
    store.put_tables((table, "2") for table in changed if marks[table.name] != "2")
    change_s = time.perf_counter() - started
    store.close()
    size = sum(one.stat().st_size for one in path.parent.iterdir())
    return {"fill_s": took_s * 10_000 / count, "change_s": change_s, "file_mb": size / 1e6}


def _search(path: Path, _count: int) -> dict[str, float]:
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.catalog.search.words import stems
    from rasgo_nb.catalog.stores.sqlite_store import SqliteStore

    asked = questions(QUESTIONS)
    started = time.perf_counter()
    store = SqliteStore(path)
    catalog = Catalog(store)
    name = str(catalog.names()[-1])
    assert catalog.table(name)
    open_s = time.perf_counter() - started
    catalog.search(asked[0], limit=10)
    first_s = time.perf_counter() - started - open_s
    for question in asked:  # others of the same words
        catalog.search(question, limit=10)
    asked = questions(QUESTIONS, seed=SEED + 1)
    took = _each_ms(lambda question: catalog.search(question, limit=10), asked)
    worked = _each_ms(lambda question: catalog.search(question, limit=10), asked, clock=time.process_time)
    matched = _each_ms(lambda question: store.match(stems(question), 300), asked)
    return {
        "open_s": open_s,
        "first_s": first_s,
        "p50_ms": took[len(took) // 2],
        "p95_ms": took[int(len(took) * 0.95)],
        "p95_cpu_ms": worked[int(len(worked) * 0.95)],
        "match_p95_ms": matched[int(len(matched) * 0.95)],
        "rss_mb": _peak_mb(),
    }


def _each_ms(
    work: Callable[[str], object], asked: list[str], *, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """How long each took, shortest first."""
    took = []
    for question in asked:
        started = clock()
        work(question)
        took.append(1000 * (clock() - started))
    return sorted(took)


def _peak_mb() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kilobytes elsewhere


_PARTS: dict[str, Callable[[Path, int], dict[str, float]]] = {"fill": _fill, "search": _search}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the tables")
    parser.add_argument("--part", nargs=3, metavar=("PART", "FOLDER", "TABLES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        part, folder, count = options.part
        print(json.dumps(_PARTS[part](Path(folder) / "catalog.sqlite3", int(count))))
        return
    for figure in measure(quick=options.quick):
        print(f"{figure.what:<55} {figure.value:10.2f} {figure.unit} {figure.verdict}")


if __name__ == "__main__":
    main()
