"""Words of names and sentences, brought to one form so that they can be compared."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
_SAME = {
    **dict.fromkeys(("avg", "average", "averaged", "averages", "averaging", "typical", "typically"), "mean"),
    **dict.fromkeys(("n", "cnt", "num", "nr", "no", "number"), "count"),
    **dict.fromkeys(("pct", "perc", "percentage", "percent"), "percent"),
    **dict.fromkeys(("dep", "departing"), "departure"),
    **dict.fromkeys(("arr", "arriving"), "arrival"),
    **dict.fromkeys(("min", "lowest", "least", "smallest", "shortest", "minimal"), "minimum"),
    **dict.fromkeys(("max", "highest", "most", "largest", "longest", "maximal", "peak"), "maximum"),
    **dict.fromkeys(("temp", "temps"), "temperature"),
    **dict.fromkeys(("qty", "quantities"), "quantity"),
    **dict.fromkeys(("amt",), "amount"),
    **dict.fromkeys(("rev", "turnover"), "revenue"),
    **dict.fromkeys(("dist",), "distance"),
    **dict.fromkeys(("std", "stddev", "sd"), "deviation"),
    **dict.fromkeys(("late", "delayed", "lateness"), "delay"),
    **dict.fromkeys(("sum", "totals", "overall"), "total"),
    **dict.fromkeys(("origins", "airports"), "airport"),
}
# Words of column names that say how, not what.
GENERIC = frozenset(
    [
        "count",
        "total",
        "mean",
        "median",
        "minimum",
        "maximum",
        "deviation",
        "value",
        "amount",
        "star",
        "row",
        "record",
        "percent",
        "share",
        "rate",
        "ratio",
        "distinct",
        "all",
        "result",
        "per",
    ]
)


def stem(word: str) -> str:
    """A word without its plural, or the one that it stands for."""
    low = word.casefold()
    if low in _SAME:
        return _SAME[low]
    if len(low) > 4 and low.endswith("ies"):
        return low[:-3] + "y"
    if len(low) > 4 and low.endswith(("ses", "xes", "ches", "shes")):
        return low[:-2]
    if len(low) > 3 and low.endswith("s") and not low.endswith("ss"):
        return low[:-1]
    return low


def stems(text: str) -> frozenset[str]:
    """The words of a text or name."""
    return frozenset(stem(word) for word in _WORD.findall(text.replace("count_star()", "count")))
