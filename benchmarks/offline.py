"""How many development questions the offline model answers rightly, as ``nl2sql.py`` counts them."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.nl2sql import SAMPLE, sampled, score

BAR_EASY = 60.0
BAR_TOGETHER = 45.0


def measure(*, quick: bool) -> list[Figure]:
    """Execution accuracy in percent, over a fixed sample of questions."""
    asked = sampled(SAMPLE // 10 if quick else SAMPLE)
    shares, _ = score(asked)
    note = f"execution accuracy, a fixed sample of {len(asked)} questions"
    return [
        Figure("easy questions", 100 * shares.easy_share, "%", BAR_EASY, bar_is_least=True, note=note),
        Figure("easy and medium", 100 * shares.share, "%", BAR_TOGETHER, bar_is_least=True, note=note),
    ]
