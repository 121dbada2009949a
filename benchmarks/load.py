"""CPU time of ``%load_ext rasgo_nb`` above a bare shell, and of ``import rasgo_nb`` above a bare Python."""

from __future__ import annotations

import os
import sys
import tempfile
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.fresh import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

BAR_S = 0.15
_SHELL = (sys.executable, "-m", "IPython", "-c")
_PYTHON = (sys.executable, "-c")


def measure(*, quick: bool) -> list[Figure]:
    """Median differences over pairs that alternate."""
    pairs = 3 if quick else 9
    load, shell = _above(_SHELL, "%load_ext rasgo_nb", pairs)
    imported, python = _above(_PYTHON, "import rasgo_nb", pairs)
    return [
        Figure(
            "%load_ext rasgo_nb, CPU above a bare IPython",
            load,
            "s",
            BAR_S,
            note=f"bare shell {shell:.2f} s",
        ),
        Figure("import rasgo_nb, CPU above a bare Python", imported, "s", note=f"bare Python {python:.2f} s"),
    ]


def _above(command: Sequence[str], code: str, pairs: int) -> tuple[float, float]:
    """The median of what the code costs above ``pass``, and the median of ``pass``."""
    bare, loaded = [], []
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "IPYTHONDIR": folder}  # no profile of whoever runs it
        cpu_seconds([*command, code], env=env)  # writes bytecode and profile
        for _ in range(pairs):
            bare.append(cpu_seconds([*command, "pass"], env=env))
            loaded.append(cpu_seconds([*command, code], env=env))
    return median(with_it - without for with_it, without in zip(loaded, bare, strict=True)), median(bare)
