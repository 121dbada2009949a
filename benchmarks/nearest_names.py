"""How often the right name is the first that is offered for a wrong one.

python -m benchmarks.nearest_names [--quick] [--misses]

Names are those of the catalogs for retrieval; each is misspelt in the ways that people and models do. A wrong
column is looked for among the columns of its table, as in a statement; a wrong table in its database.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter, defaultdict
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED = 20_240_603
FIRST = 97.0
_KEYS = {
    **dict(zip("qwertyuiop", "wertyuiopo", strict=True)),
    **dict(zip("asdfghjkl", "sdfghjklk", strict=True)),
    **dict(zip("zxcvbnm", "xcvbnmn", strict=True)),
}
SHORT = {
    "quantity": "qty", "customer": "cust", "amount": "amt", "number": "num", "address": "addr",
    "account": "acct", "department": "dept", "description": "desc", "employee": "emp", "product": "prod",
    "transaction": "txn", "category": "cat", "average": "avg", "percent": "pct", "total": "tot",
    "manager": "mgr", "organization": "org", "location": "loc", "year": "yr", "document": "doc",
}  # fmt: skip
BRITISH = {"color": "colour", "center": "centre", "organization": "organisation", "license": "licence"}


def measure(*, quick: bool) -> list[Figure]:
    """Over all kinds of slips, and how long one name takes among 50,000."""
    scores, _ = score_all(every=5 if quick else 1)
    figures = [_figure(what, counts) for what, counts in sorted(scores.items())]
    return [*figures, Figure("one name among 50,000", time_of_many(), "ms", 50)]


def _figure(what: str, counts: Counter[str]) -> Figure:
    right, asked = sum(v for k, v in counts.items() if k.endswith("+")), sum(counts.values())
    return Figure(
        f"{what}: first", 100 * right / asked, "%", FIRST, bar_is_least=True, note=f"{asked:,} names"
    )


def score_all(*, every: int = 1, seed: int = SEED) -> tuple[dict[str, Counter[str]], list[str]]:
    """Counts by what is wrong; a kind of slip ends with ``+`` where it was made good."""
    from rasgo_nb.connectors.nearest import nearest_names

    chance = random.Random(seed)
    scores: dict[str, Counter[str]] = defaultdict(Counter)
    missed = []
    for what, name, names in list(_asked())[::every]:
        for kind, wrong in misspelt(name, chance):
            if wrong.casefold() in {one.casefold() for one in names}:
                continue
            first = nearest_names(wrong, names)[:1]
            is_right = bool(first) and first[0].casefold() == name.casefold()
            scores[what][f"{kind}{'+' if is_right else '-'}"] += 1
            if not is_right:
                missed.append(f"{what} {kind}: {wrong} is {name}, not {first} of {len(names)}")
    return dict(scores), missed


def _asked() -> Iterator[tuple[str, str, list[str]]]:
    for which in ("spider", "bird"):
        path = data_folder() / "retrieval" / f"{which}_catalog.jsonl"
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        tables = defaultdict(list)
        for entry in entries:
            tables[entry["db"]].append(entry["table"])
        for entry in entries:
            columns = [one["name"] if isinstance(one, dict) else one for one in entry["columns"]]
            yield "table", entry["table"], tables[entry["db"]]
            for column in columns:
                yield "column", column, columns


def misspelt(name: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """The name misspelt in each way that changes it."""
    for kind, way in WAYS.items():
        wrong = way(name, chance)
        if wrong and wrong.casefold() != name.casefold():
            yield kind, wrong


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", name) if word]


def _left_out(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name)) if len(name) > 3 else 0
    return name[:at] + name[at + 1 :] if at else ""


def _added(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) + 1)
    return name[:at] + chance.choice("aeioustrn") + name[at:] if len(name) > 2 else ""


def _mistaken(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name))
    other = _KEYS.get(name[at].lower(), "")
    return name[:at] + other + name[at + 1 :] if other and len(name) > 3 else ""


def _swapped(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 1) if len(name) > 3 else 0
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :] if at else ""


def _two_slips(name: str, chance: random.Random) -> str:
    return _swapped(_left_out(name, chance), chance) if len(name) > 6 else ""


def _number(name: str, _chance: random.Random) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else f"{name}s"


def _joined(name: str, _chance: random.Random) -> str:
    return "".join(_words(name)) if len(_words(name)) > 1 else ""


def _snake(name: str, _chance: random.Random) -> str:
    return "_".join(word.lower() for word in _words(name))


def _camel(name: str, _chance: random.Random) -> str:
    return "".join(word.capitalize() for word in _words(name))


def _shortened(name: str, _chance: random.Random) -> str:
    words = _words(name)
    return "_".join(SHORT.get(word.lower(), word) for word in words) if _knows(words, SHORT) else ""


def _lengthened(name: str, _chance: random.Random) -> str:
    long = {short: word for word, short in SHORT.items()}
    words = _words(name)
    return "_".join(long.get(word.lower(), word) for word in words) if _knows(words, long) else ""


def _british(name: str, _chance: random.Random) -> str:
    words = _words(name)
    return "_".join(BRITISH.get(word.lower(), word) for word in words) if _knows(words, BRITISH) else ""


def _knows(words: list[str], known: dict[str, str]) -> bool:
    return any(word.lower() in known for word in words)


def _turned(name: str, _chance: random.Random) -> str:
    return "_".join(reversed(_words(name))) if len(_words(name)) == 2 else ""


def _with_prefix(name: str, chance: random.Random) -> str:
    return f"{chance.choice(('dim_', 'fct_', 'tbl_', 'stg_'))}{name}"


def _with_suffix(name: str, chance: random.Random) -> str:
    return f"{name}{chance.choice(('_id', '_name', '_code', '_no'))}"


def _without_suffix(name: str, _chance: random.Random) -> str:
    return re.sub(r"_(id|name|code|no|number)$", "", name, flags=re.I) if len(name) > 5 else ""


WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "left out": _left_out, "added": _added, "mistaken": _mistaken, "swapped": _swapped,
    "two slips": _two_slips, "number": _number, "joined": _joined, "snake": _snake, "camel": _camel,
    "shortened": _shortened, "lengthened": _lengthened, "british": _british, "turned": _turned,
    "prefix": _with_prefix, "suffix": _with_suffix, "no suffix": _without_suffix,
}  # fmt: skip


def time_of_many() -> float:
    """Milliseconds to find one name among 50,000, the second time in a kernel."""
    from rasgo_nb.connectors.nearest import nearest_names

    words = ("customer", "order", "stock", "price", "region", "store", "daily", "event", "invoice", "ledger")
    names = [f"{a}_{b}_{number}" for a in words for b in words for number in range(500)]
    took = []
    for name in (
        "custmer_order_17",
        "dim_invoice_regions_99",
        "ledgerStock_250",
        "storeprice_3",
        "evnt_daily_1",
    ):
        started = time.perf_counter()
        nearest_names(name, names)
        took.append(1000 * (time.perf_counter() - started))
    return median(took)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nearest_names")
    parser.add_argument("--quick", action="store_true", help="one name of five")
    parser.add_argument("--misses", action="store_true", help="print what was missed")
    options = parser.parse_args()
    scores, missed = score_all(every=5 if options.quick else 1)
    for what, counts in sorted(scores.items()):
        figure = _figure(what, counts)
        print(f"{what}: {figure.value:.1f} % of {figure.note}")
        for kind in WAYS:
            asked = counts[f"{kind}+"] + counts[f"{kind}-"]
            print(f"    {kind:12} {100 * counts[f'{kind}+'] / max(asked, 1):5.1f} % of {asked}")
    print(f"one of 50,000: {time_of_many():.1f} ms")
    for line in missed[:: max(1, len(missed) // 80)] if options.misses else ():
        print(line)


if __name__ == "__main__":
    main()
