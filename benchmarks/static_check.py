"""How many failing queries are caught before they are sent, and how many good ones are called wrong.

python -m benchmarks.static_check [--quick] [--misses]

Queries are the right ones of the Spider training set, and ones made wrong on purpose. DuckDB itself says
which of them fail, on tables without rows.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlglot import exp

SEED = 20_240_602
CAUGHT = 90.0


@dataclass
class Score:
    """What became of the queries; ``by_kind`` counts those caught and those that fail, by how spoilt."""

    good: int = 0
    false_alarms: list[str] = field(default_factory=list)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    @property
    def caught_share(self) -> float:
        failing = sum(counts["failing"] for counts in self.by_kind.values())
        return 100 * sum(counts["caught"] for counts in self.by_kind.values()) / failing


def measure(*, quick: bool) -> list[Figure]:
    """In DuckDB's dialect, with what DuckDB says."""
    score = score_all(every=30 if quick else 5)  # all of them take minutes
    failing = sum(counts["failing"] for counts in score.by_kind.values())
    note = f"{failing:,} failing queries; 95 % checked within {quantiles(score.ms, n=20)[-1]:.1f} ms"
    alarms = Figure("false alarms", len(score.false_alarms), "", 0, note=f"{score.good:,} queries that run")
    return [
        Figure("failing queries caught", score.caught_share, "%", CAUGHT, bar_is_least=True, note=note),
        alarms,
    ]


def score_all(*, every: int = 1, seed: int = SEED) -> Score:
    """Check the right queries and one spoilt in each way that applies."""
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.duckdb import connect

    chance = random.Random(seed)
    score, links = Score(), {}
    for database, sql in right_queries()[::every]:
        if database not in links:
            link = connect(":memory:", name="checked", read_only=False)
            make_tables(database, lambda sql, link=link: link.run_query(sql))  # type: ignore[misc]
            details = link.describe_tables()
            links[database] = link, Catalog(details), details
        link, catalog, details = links[database]
        fails = lambda sql, link=link: _fails(link, sql)  # noqa: E731
        columns = {one.name.table: [column.name for column in one.columns] for one in details}
        _note(score, sql, "", "duckdb", catalog, fails)
        for kind, wrong in spoilt(sql, columns, chance):
            _note(score, wrong, kind, "duckdb", catalog, fails)
    for link, _, _ in links.values():
        link.close()
    return score


def right_queries() -> list[tuple[str, str]]:
    """Pairs of a database and a query that DuckDB answers rightly."""
    path = data_folder() / "nl2sql_devset" / "nl2sql_spider_train.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["db_file"], row["duckdb_sql"]) for row in rows if row["duckdb_same"] and row["duckdb_sql"]]


def _note(score: Score, sql: str, kind: str, dialect: str, catalog: Any, fails: Callable[[str], str]) -> None:
    from rasgo_nb.catalog.check.statement import check_statement

    started = time.perf_counter()
    problems = check_statement(sql, dialect, catalog)
    score.ms.append(1000 * (time.perf_counter() - started))
    failure = fails(sql)
    if not failure:
        score.good += 1
        if problems:
            score.false_alarms.append(f"{kind}: {sql}\n    {problems[0].message}")
        return
    counts = score.by_kind.setdefault(kind or "as it was", Counter())
    counts["failing"] += 1
    counts["caught"] += bool(problems)
    if not problems:
        score.missed.append(f"{kind}: {sql}\n    {failure}")


def _fails(link: Any, sql: str) -> str:
    from rasgo_nb.errors import QueryError

    try:
        link.run_query(sql)
    except QueryError as error:
        return error.message
    return ""


def make_tables(database: str, run: Callable[[str], object], *, fold: bool = False) -> None:
    """The tables of a database without their rows; ``fold`` makes their names lower case."""
    from sqlglot import exp

    from benchmarks.nl2sql import _type

    path = data_folder() / "nl2sql_devset" / database
    lite = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    lite.text_factory = lambda raw: raw.decode("utf-8", "replace")
    listed = lite.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (table,) in listed.fetchall():
        columns = lite.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
        spelt = [
            f"{_quoted(one[1].lower() if fold else one[1])} {_kind(_type(lite, table, one[1], one[2]))}"
            for one in columns
        ]
        name = exp.to_identifier(table.lower() if fold else table, quoted=True).sql("duckdb")
        run(f"CREATE TABLE {name} ({', '.join(spelt)})")
    lite.close()


def _kind(kind: str) -> str:
    return "DOUBLE PRECISION" if kind == "DOUBLE" else kind


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def spoilt(
    sql: str, columns: dict[str, list[str]], chance: random.Random, dialect: str = "duckdb"
) -> Iterator[tuple[str, str]]:
    """The query spoilt in each way that changes it."""
    import sqlglot

    for way in (_typo_in_table, _typo_in_column, _other_table, _foreign_column, _wrong_alias, _without_join,
                _fewer_groups, _bare_columns, _swapped_alias):  # fmt: skip
        tree = sqlglot.parse_one(sql, dialect=dialect)
        before = tree.sql(dialect)
        way(tree, columns, chance)
        after = tree.sql(dialect)
        if after != before:
            yield way.__name__.strip("_").replace("_", " "), after


Columns = dict[str, list[str]]  # of each table


def _typo(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name))
    ways = [
        name[:at] + name[at + 1 :],
        name[:at] + chance.choice("aeiorst") + name[at:],
        name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
        f"{name}s",
        name.replace("_", ""),
        f"{name}_id",
    ]
    return chance.choice([one for one in ways if one and not one[0].isdigit()] or [f"{name}x"])


def _pick(tree: exp.Expr, kind: type[exp.Expr], chance: random.Random) -> Any:
    found = [one for one in tree.find_all(kind) if one.name and one.name != "*"]
    return chance.choice(found) if found else None


def _rename(node: Any, part: str, name: str) -> None:
    from sqlglot import exp

    node.set(part, exp.to_identifier(name, quoted=not name.isidentifier()))


def _typo_in_table(tree: exp.Expr, _columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    if table := _pick(tree, exp.Table, chance):
        _rename(table, "this", _typo(table.name, chance))


def _typo_in_column(tree: exp.Expr, _columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    if column := _pick(tree, exp.Column, chance):
        _rename(column, "this", _typo(column.name, chance))


def _other_table(tree: exp.Expr, columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    if table := _pick(tree, exp.Table, chance):
        _rename(table, "this", chance.choice(sorted(columns)))


def _foreign_column(tree: exp.Expr, columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    if column := _pick(tree, exp.Column, chance):
        _rename(column, "this", chance.choice(columns[chance.choice(sorted(columns))]))


def _wrong_alias(tree: exp.Expr, _columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    if (column := _pick(tree, exp.Column, chance)) and column.table:
        _rename(column, "table", f"{column.table}{chance.randrange(3, 9)}")


def _swapped_alias(tree: exp.Expr, _columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    tables = [one.alias_or_name for one in tree.find_all(exp.Table)]
    if (column := _pick(tree, exp.Column, chance)) and column.table:
        _rename(column, "table", chance.choice(tables))


def _without_join(tree: exp.Expr, _columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    joins = list(tree.find_all(exp.Join))
    if joins:
        chance.choice(joins).pop()


def _fewer_groups(tree: exp.Expr, _columns: Columns, chance: random.Random) -> None:
    from sqlglot import exp

    groups = list(tree.find_all(exp.Group))
    if groups:
        group = chance.choice(groups)
        if len(group.expressions) > 1:
            chance.choice(group.expressions).pop()
        else:
            group.pop()


def _bare_columns(tree: exp.Expr, _columns: Columns, _chance: random.Random) -> None:
    from sqlglot import exp

    for column in tree.find_all(exp.Column):
        column.set("table", None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.static_check")
    parser.add_argument("--quick", action="store_true", help="one query of 30")
    parser.add_argument("--misses", action="store_true", help="print what was missed")
    options = parser.parse_args()
    score = score_all(every=30 if options.quick else 1)
    for kind, counts in score.by_kind.items():
        print(f"{kind:20} {counts['caught']:5} of {counts['failing']:5}")
    print(f"caught {score.caught_share:.1f} %; false alarms {len(score.false_alarms)} of {score.good}")
    print(f"95 % within {quantiles(score.ms, n=20)[-1]:.1f} ms")
    for line in score.false_alarms[:40]:
        print("FALSE", line)
    for line in score.missed[:60] if options.misses else ():
        print("MISSED", line)


if __name__ == "__main__":
    main()
