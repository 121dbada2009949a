"""Starts the stand-in of Snowflake for the whole test session, and talks to it behind the driver's back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
# The conftest takes RASGO_NB_... out of the environment of each test; here it is read before.
INTERPRETER = os.environ.get("RASGO_NB_FAKESNOW") or f"{sys.prefix}/peers/fakesnow/bin/python"


class SnowflakePeer:
    """A running stand-in. ``options`` are what the driver needs to reach it, with a right password."""

    def __init__(self, port: int, stop: Callable[[], None]) -> None:
        self.port = port
        self.stop = stop
        self.options = {
            "account": "stand_in",
            "user": "ada",
            "host": "127.0.0.1",
            "port": str(port),
            "protocol": "http",
            "warehouse": "WH",
            "database": "TEST",
            "schema": "PUBLIC",
            "login_timeout": "5",
            "network_timeout": "5",
        }

    def history(self) -> list[dict[str, Any]]:
        """The statements that it was sent, the latest last."""
        told: list[dict[str, Any]] = self._ask("history")
        return told

    def logins(self) -> list[dict[str, Any]]:
        """What it was sent by those who signed in, the latest last."""
        told: list[dict[str, Any]] = self._ask("logins")
        return told

    def set(self, **settings: object) -> None:
        """How it behaves from now on; none is the usual way."""
        self._ask("settings", settings)

    def expire(self, code: str = "390114") -> None:
        """End all sessions with this code."""
        self._ask("expire", {"code": code})

    def _ask(self, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"http://127.0.0.1:{self.port}/stand-in/{what}", data), timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_snowflake() -> Iterator[SnowflakePeer]:
    """The stand-in; skips where the venv that it needs is not there, and fails where it does not start."""
    if not Path(INTERPRETER).exists():
        pytest.skip("no stand-in of Snowflake: `make peers` makes one; RASGO_NB_FAKESNOW is its interpreter")
    with subprocess.Popen(
        [INTERPRETER, "-m", "snowflake_stand_in"],
        env=os.environ | {"PYTHONPATH": str(HERE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline()
        if not port:
            raise RuntimeError(f"the stand-in of Snowflake does not start with {INTERPRETER}")
        try:
            yield SnowflakePeer(int(port), process.stdin.close)
        finally:
            process.stdin.close()  # once more does nothing
