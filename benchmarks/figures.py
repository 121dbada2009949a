"""One measured number, the bar that it has to reach, and where the repository and its data are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
Verdict = Literal["", "ok", "missed"]


class Skipped(Exception):
    """A measurement that cannot be made here; the text says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """``bar`` is the most that is promised, the least where ``bar_is_least``; None where nothing is."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    bar_is_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.bar is None:
            return ""
        reached = self.value >= self.bar if self.bar_is_least else self.value <= self.bar
        return "ok" if reached else "missed"


def data_folder() -> Path:
    """The shared data sets.

    Raises
    ------
    Skipped
        where they are absent.
    """
    folder = Path(os.environ.get("RASGO_NB_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        raise Skipped("the data sets are absent; set RASGO_NB_DATA to their folder")
    return folder


def need_memory(gigabytes: float) -> None:
    """Let a measurement pass only where so much memory is free.

    Raises
    ------
    Skipped
        where it is not.
    """
    from psutil import virtual_memory

    free = virtual_memory().available / 1e9
    if free < gigabytes:
        raise Skipped(f"needs {gigabytes:g} GB of free memory, there are {free:.1f}")
