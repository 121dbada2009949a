"""How many development questions the offline model answers rightly, as ``nl2sql.py`` counts them.

It is asked for ``accuracy(questions=N)``: the share of right answers, 0 to 1, under ``easy`` and ``together``
(easy and medium), over a fixed sample of N questions.
"""

from __future__ import annotations

import importlib
import importlib.util

from benchmarks.figures import Figure, Skipped, data_folder

BAR_EASY = 60.0
BAR_TOGETHER = 45.0
QUESTIONS = 500
_COUNTED_BY = "benchmarks.nl2sql"


def measure(*, quick: bool) -> list[Figure]:
    """Execution accuracy in percent."""
    data_folder()
    accuracy = getattr(importlib.import_module(_COUNTED_BY), "accuracy", None) if _is_there() else None
    if accuracy is None:
        raise Skipped(f"there is no {_COUNTED_BY}.accuracy")
    questions = 50 if quick else QUESTIONS
    shares = accuracy(questions=questions)
    note = f"execution accuracy, a fixed sample of {questions} questions"
    return [
        Figure("easy questions", 100 * shares["easy"], "%", BAR_EASY, bar_is_least=True, note=note),
        Figure("easy and medium", 100 * shares["together"], "%", BAR_TOGETHER, bar_is_least=True, note=note),
    ]


def _is_there() -> bool:
    return importlib.util.find_spec(_COUNTED_BY) is not None
