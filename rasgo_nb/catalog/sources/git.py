"""Who wrote a file last, and when, where it lies in a git repository."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rasgo_nb.catalog.facts import Origin

if TYPE_CHECKING:
    from pathlib import Path

_ONE_S = 2.0  # a slow disk must not hold up a sync
_ALL_S = 6.0
# Settings of a foreign repository run no programs of theirs.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", f"core.hooksPath={os.devnull}")


class Authors:
    """The authors of files, until the time for asking is used up."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._until_s = time.monotonic() + _ALL_S
        self._is_there = True

    def of(self, path: Path, *, called: str) -> Origin:
        """The origin of a file; its date alone where git knows nothing of it."""
        author, at = self._asked(path) if self._is_there and time.monotonic() < self._until_s else ("", "")
        return Origin(self._source, called, author, at or _written(path))

    def _asked(self, path: Path) -> tuple[str, str]:
        command = [
            "git",
            *_SAFE,
            "--no-pager",
            "log",
            "-1",
            "--no-mailmap",
            "--format=%an%n%aI",
            "--",
            path.name,
        ]
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        try:
            done = subprocess.run(
                command,
                cwd=path.parent,
                env=environment,
                capture_output=True,
                timeout=_ONE_S,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            self._is_there = False
            return "", ""
        author, _, at = done.stdout.decode("utf-8", "replace").strip().partition("\n")
        return (author, _utc(at)) if done.returncode == 0 and at else ("", "")


def _utc(at: str) -> str:
    try:
        return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _written(path: Path) -> str:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except (OSError, OverflowError, ValueError):
        return ""
