"""What scores of a few cases say of all: shares with intervals, and whether a difference is more than noise.

All that is random is seeded: the same results say the same.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    from rasgo_nb.evals.score import CaseResult

LEVEL = 0.95
_Z = 1.959963984540054  # the normal quantile of 0.975
_Z_POWER = 0.8416212335729143  # of 0.8
_DRAWS = 4_000
_EXACT_CASES = 14  # up to so many cases that differ all sign flips are counted
_CHUNK = 500

ByCase = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the range that holds the true one in 95 of 100 suites like this; ``n`` are cases."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How B differs from A in one score, over the cases that both worked off; ``difference`` is B less A.

    ``p`` is how likely noise alone makes a difference as large; ``differing`` counts cases whose mean scores
    differ. ``needed`` is the smallest difference that so many cases could show. ``is_real`` tells whether it
    is more than noise, after ``p`` was held against the level, corrected where several were compared.
    """

    score: str
    mean_a: float
    mean_b: float
    difference: float
    interval: tuple[float, float]
    p: float
    n: int
    differing: int
    needed: float
    is_real: bool
    says: str


def pass_at_k(correct: int, n: int, k: int) -> float:
    """The chance that at least one of ``k`` attempts is right, of ``correct`` in ``n``.

    The unbiased estimator 1 - C(n-c, k) / C(n, k) of Chen et al., "Evaluating Large Language Models Trained
    on Code" (2021), section 2.1. ``k`` is at most ``n``.
    """
    _check_k(correct, n, k)
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def pass_hat_k(correct: int, n: int, k: int) -> float:
    """The chance that all of ``k`` attempts are right, of ``correct`` in ``n``.

    The unbiased estimator C(c, k) / C(n, k) of Yao et al., "tau-bench" (2024), section 4.
    """
    _check_k(correct, n, k)
    return math.comb(correct, k) / math.comb(n, k)


def _check_k(correct: int, n: int, k: int) -> None:
    if not (0 <= correct <= n and 1 <= k <= n):
        raise ValueError(f"Give 0 <= correct <= n and 1 <= k <= n, not {correct}, {n}, {k}.")


def wilson(correct: int, n: int) -> Interval:
    """A share with its score interval (Wilson, Journal of the American Statistical Association 22, 1927)."""
    if n == 0:
        return Interval(math.nan, 0.0, 1.0, 0)
    share, z2 = correct / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if correct == 0 else max(0.0, middle - half)
    high = 1.0 if correct == n else min(1.0, middle + half)
    return Interval(share, low, high, n)


def mean_of_cases(by_case: Mapping[str, Sequence[float]], *, seed: int = 0) -> Interval:
    """The mean over cases of their mean scores, each case weighing the same.

    The interval is Wilson's where each case has one score of 0 or 1; else a percentile bootstrap that draws
    whole cases, whose repeats belong together (Davison and Hinkley, "Bootstrap Methods", 1997, section 3.8).
    Where all cases score the same that would have no width: it is Wilson's then, as if of one score each.
    """
    import numpy as np

    means = np.array([_mean(scores) for scores in by_case.values() if scores])
    n = len(means)
    if n == 0:
        return wilson(0, 0)
    is_binary = all(len(scores) <= 1 for scores in by_case.values()) and bool(
        np.isin(means, (0.0, 1.0)).all()
    )
    value = float(means.mean())
    if is_binary or (bool((means == means[0]).all()) and value in (0.0, 1.0)):
        return wilson(round(value * n), n)
    drawn = np.sort(_bootstrap(means, seed))
    low, high = np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(value, float(low), float(high), n)


def _bootstrap(
    values: np.ndarray[Any, np.dtype[np.float64]], seed: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Means of as many draws, with replacement."""
    import numpy as np

    rng = np.random.default_rng(seed)
    parts = [
        values[rng.integers(0, len(values), (_CHUNK, len(values)))].mean(axis=1)
        for _ in range(_DRAWS // _CHUNK)
    ]
    return np.concatenate(parts)


def passing(
    by_case: Mapping[str, Sequence[float]], k: int, *, all_of: bool = False, seed: int = 0
) -> Interval:
    """Pass@k, or pass^k where ``all_of`` them must be right: its mean over cases with ``k`` attempts or more.

    An attempt is right where it scores 1.
    """
    estimate = pass_hat_k if all_of else pass_at_k
    return mean_of_cases(
        {
            case: [estimate(sum(score >= 1 for score in scores), len(scores), k)]
            for case, scores in by_case.items()
            if len(scores) >= k
        },
        seed=seed,
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p of McNemar's test: cases that only A, or only B, has right.

    Binomial with one half (McNemar, Psychometrika 12, 1947; exact as in Agresti, "Categorical Data
    Analysis", section 11.1).
    """
    n = only_a + only_b
    tail = sum(math.comb(n, i) for i in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / (1 << n))


def sign_flip(differences: Iterable[float], *, seed: int = 0) -> float:
    """The two-sided p of a paired permutation test on the differences of cases.

    Under no difference each sign is as likely (Fisher, "The Design of Experiments", 1935, section 21). All
    flips are counted for few cases; else a seeded sample of them, counting the one that was seen (Phipson and
    Smyth, 2010).
    """
    import numpy as np

    values = np.array([value for value in differences if value])
    if not len(values):
        return 1.0
    seen = abs(values.sum()) * (1 - 1e-12)
    if len(values) <= _EXACT_CASES:
        bits = np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1
        return float((np.abs((1 - 2 * bits) @ values) >= seen).mean())
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(2 * _DRAWS // _CHUNK):
        signs = rng.integers(0, 2, (_CHUNK, len(values))) * 2 - 1
        hits += int((np.abs(signs @ values) >= seen).sum())
    return (hits + 1) / (2 * _DRAWS // _CHUNK * _CHUNK + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """The p of several tests, corrected (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    corrected = [0.0] * len(ps)
    largest = 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = largest
    return corrected


def smallest_difference(differences: Sequence[float], *, discordant: float = 0.25) -> float:
    """The true difference that so many cases would show with 80 % power at the 5 % level.

    Normal approximation of a paired test: (z(0.975) + z(0.8)) sd / sqrt(n). Where cases hardly differ, the
    spread is taken as if ``discordant`` of them did, since how much two others would differ is not known.
    """
    import numpy as np

    n = len(differences)
    if n < 2:
        return 1.0
    spread = max(float(np.std(differences, ddof=1)), math.sqrt(discordant) if not any(differences) else 0.0)
    return min(1.0, (_Z + _Z_POWER) * spread / math.sqrt(n))


def differs(
    a: Sequence[CaseResult] | Mapping[str, Sequence[float]],
    b: Sequence[CaseResult] | Mapping[str, Sequence[float]],
    score: str = "answer",
    *,
    names: tuple[str, str] = ("A", "B"),
    corrected_p: float | None = None,
) -> Comparison:
    """How B differs from A in one score, over the cases that both have it for.

    McNemar's exact test where each case has one score of 0 or 1, else sign flips over the cases' means. The
    interval of the difference is a bootstrap over cases. ``corrected_p`` decides in place of ``p`` where
    several scores are compared; see ``compared``.
    """
    ours, theirs = (_scores(results, score) for results in (a, b))
    shared = [case for case in ours if ours[case] and theirs.get(case)]
    if not shared:
        return Comparison(score, math.nan, math.nan, 0.0, (-1.0, 1.0), 1.0, 0, 0, 1.0, False, _NOTHING)
    means_a, means_b = ([_mean(held[case]) for case in shared] for held in (ours, theirs))
    differences = [later - earlier for earlier, later in zip(means_a, means_b, strict=True)]
    once = all(
        len(held[case]) == 1 and held[case][0] in (0.0, 1.0) for held in (ours, theirs) for case in shared
    )
    if once:
        p = mcnemar(sum(d < 0 for d in differences), sum(d > 0 for d in differences))
    else:
        p = sign_flip(differences)
    interval = _difference_interval(differences)
    difference = _mean(differences)
    decided = p if corrected_p is None else corrected_p
    comparison = Comparison(
        score,
        _mean(means_a),
        _mean(means_b),
        difference,
        interval,
        p,
        len(shared),
        sum(abs(d) > 1e-12 for d in differences),
        smallest_difference(differences),
        decided < 1 - LEVEL and difference != 0,
        "",
    )
    return _with_words(comparison, names, "p" if corrected_p is None else "corrected p", decided)


def compared(
    a: Sequence[CaseResult],
    b: Sequence[CaseResult],
    scores: Sequence[str],
    *,
    names: tuple[str, str] = ("A", "B"),
) -> list[Comparison]:
    """``differs`` for each score that both have, with the p of all of them corrected together (Holm)."""
    first = [differs(a, b, score, names=names) for score in scores]
    asked = [one for one in first if one.n]
    corrected = holm([one.p for one in asked])
    return [
        differs(a, b, one.score, names=names, corrected_p=p) for one, p in zip(asked, corrected, strict=True)
    ]


def by_case(results: Iterable[CaseResult], score: str) -> ByCase:
    """The scores by case, repeats in their order; those that say nothing are left out."""
    held: ByCase = defaultdict(list)
    for result in sorted(results, key=lambda one: (one.case, one.repeat)):
        mark = result.scores.get(score)
        if mark is not None and mark.value is not None:
            held[result.case].append(mark.value)
    return dict(held)


_NOTHING = "Nothing to compare: no case has this score on both sides."


def _scores(
    results: Sequence[CaseResult] | Mapping[str, Sequence[float]], score: str
) -> Mapping[str, Sequence[float]]:
    return results if isinstance(results, Mapping) else by_case(results, score)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _difference_interval(differences: Sequence[float]) -> tuple[float, float]:
    import numpy as np

    values = np.array(differences)
    low, high = np.quantile(_bootstrap(values, 0), ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)


def _with_words(one: Comparison, names: tuple[str, str], label: str, p: float) -> Comparison:
    points, low, high = (round(100 * share) for share in (one.difference, *one.interval))
    needed = f"{math.ceil(one.needed * 100 - 1e-9)} points would be needed"
    differing = f"{one.differing} of {one.n} cases differ"
    if one.is_real:
        better = names[1] if one.difference > 0 else names[0]
        if one.difference < 0:
            points, low, high = -points, -high, -low
        said = f"{differing}; {better} is better by {points} points ({low} to {high})"
        return replace(one, says=f"{said}, more than noise ({label} = {_told(p)}).")
    if not one.differing:
        return replace(one, says=f"No case differs; of {one.n} cases {needed}.")
    said = f"{differing} by {points:+d} points on the whole ({low} to {high}, {label} = {_told(p)})"
    return replace(one, says=f"No difference that {one.n} cases could show; {needed}: {said}.")


def _told(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "under 0.001"
