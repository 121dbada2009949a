"""bqemulator, a stand-in for BigQuery that others made, in an environment and a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LAUNCHER = Path(__file__).with_name("emulator_launch.py")
START_S = 60.0


@dataclass(frozen=True, slots=True)
class RunningEmulator:
    url: str
    storage_url: str


@contextmanager
def running_bqemulator(python: str) -> Iterator[RunningEmulator]:
    """With the empty dataset ``shop.main``."""
    rest, grpc = _free_port(), _free_port()
    command = [python, str(LAUNCHER), "start", "--project", "shop", "--log-level", "error"]
    ports = ["--rest-port", str(rest), "--grpc-port", str(grpc)]
    with subprocess.Popen(command + ports, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            emulator = RunningEmulator(f"http://127.0.0.1:{rest}", f"http://127.0.0.1:{grpc}")
            _make_dataset(emulator.url, process)
            yield emulator
        finally:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()


def _make_dataset(url: str, process: subprocess.Popen[bytes]) -> None:
    body = json.dumps({"datasetReference": {"projectId": "shop", "datasetId": "main"}}).encode()
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/bigquery/v2/projects/shop/datasets", body, head)
    given_up = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(request, timeout=START_S).close()
            return
        except OSError:
            if time.monotonic() > given_up or process.poll() is not None:
                raise
            time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
