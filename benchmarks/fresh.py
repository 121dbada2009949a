"""Run something in a fresh process, where nothing is imported and no memory was used before."""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RESULT = "benchmark result: "


def in_fresh_process(function: Callable[..., Any], **arguments: object) -> Any:
    """What the function returns in a process of its own; arguments and result pass through JSON."""
    target = f"{function.__module__}:{function.__qualname__}"
    output = run([sys.executable, "-m", "benchmarks.fresh", target, json.dumps(arguments)])
    return result_in(output)


def result_in(output: str) -> Any:
    """The result that `print_result` wrote, whatever else was printed."""
    line = next(line for line in reversed(output.splitlines()) if line.startswith(RESULT))
    return json.loads(line[len(RESULT) :])


def print_result(result: object) -> None:
    print(f"{RESULT}{json.dumps(result)}", flush=True)


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
    """The command's standard output.

    Raises
    ------
    RuntimeError
        with what it wrote to standard error, when it fails.
    """
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def cpu_seconds(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> float:
    """User and system time of the command and all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_bytes() -> int:
    """The most memory that this process has had in use so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands `ru_maxrss` down from the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def used_bytes() -> int:
    """The memory that this process has in use now."""
    import psutil

    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    module, _, name = sys.argv[1].partition(":")
    print_result(getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2])))
