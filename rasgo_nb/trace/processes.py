"""Which process writes a run, and whether it still lives."""

from __future__ import annotations

import os
import platform
from functools import cache


def this_process() -> str:
    """This one: its machine, its number, and when it began, since numbers come again."""
    return _described(os.getpid())


def is_alive(process: str) -> bool:
    """Whether the process lives; one of another machine is taken to."""
    import psutil

    host, _, rest = process.rpartition("|")
    number, _, began = rest.partition("@")
    if host != platform.node() or not number.isdecimal():
        return True
    try:
        return bool(abs(psutil.Process(int(number)).create_time() - float(began)) < 2.0)
    except (psutil.NoSuchProcess, psutil.ZombieProcess, ValueError):
        return False
    except psutil.AccessDenied:
        return True


@cache
def _described(number: int) -> str:
    import psutil

    return f"{platform.node()}|{number}@{psutil.Process(number).create_time():.2f}"
