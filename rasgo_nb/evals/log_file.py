"""The log of evals: lines of JSON. The first tells of the whole, each other is one case's result."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from rasgo_nb.agent.messages import Usage
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.score import CallMade, CaseResult, Score

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Head:
    """What the evals of a log are of; ``digest`` is that of the suites' text."""

    suites: tuple[str, ...]
    digest: str
    models: tuple[str, ...]
    interfaces: tuple[str, ...]
    repeats: int
    version: str
    began: str  # ISO, UTC
    format: int = FORMAT


def result_line(result: CaseResult) -> str:
    """One line, without its end."""
    return json.dumps(asdict(result), ensure_ascii=False, default=str)


def result_of(line: str) -> CaseResult:
    """The result of a line."""
    told: dict[str, Any] = json.loads(line)
    result = CaseResult(**{**told, "scores": {k: Score(**v) for k, v in told["scores"].items()}})
    return replace(
        result,
        calls=tuple(CallMade(**one) for one in told["calls"]),
        tags=tuple(told["tags"]),
        usage=Usage(**told["usage"]) if told["usage"] else None,
        judge_votes=tuple(map(tuple, told.get("judge_votes", ()))),
        judge_usage=Usage(**told["judge_usage"]) if told["judge_usage"] else None,
    )


def begin_log(path: Path, head: Head) -> IO[str]:
    """A new log, open for its results.

    Raises
    ------
    RasgoError
        where it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        log = path.open("x", encoding="utf-8")
    except OSError as error:
        raise RasgoError(
            f"{path} cannot be written: {error.strerror}. "
            f"Type for example `--out evals`, or `--resume {path}`."
        ) from None
    append(log, json.dumps(asdict(head), ensure_ascii=False))
    return log


def append(log: IO[str], line: str) -> None:
    """Write a line so that a crash right after leaves it there."""
    log.write(line + "\n")
    log.flush()


def read_log(path: Path) -> tuple[Head, list[CaseResult]]:
    """What a log holds; a last line that was cut is left out.

    Raises
    ------
    RasgoError
        where it is no log of evals.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last end of line was cut
        told = json.loads(lines[0])
        head = Head(**{**told, **{name: tuple(told[name]) for name in ("suites", "models", "interfaces")}})
        return head, [result_of(line.decode("utf-8")) for line in lines[1:]]
    except OSError as error:
        raise RasgoError(f"{path} cannot be read: {error.strerror}. Leave `--resume` out to begin.") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise RasgoError(f"{path} is no log of evals. Leave `--resume` out to begin a new one.") from None


def go_on_log(path: Path) -> IO[str]:
    """The log, open for further results; a last line that was cut is removed."""
    whole = path.read_bytes()
    log = path.open("r+", encoding="utf-8", newline="\n")
    log.truncate(whole.rfind(b"\n") + 1)
    log.seek(0, 2)
    return log
