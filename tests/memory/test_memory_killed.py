"""A process that is killed at any moment loses no memory that was confirmed, and halves none."""

import random
import signal
import subprocess
import sys
import time

import pytest

from rasgo_nb.memory.folders import Folders
from rasgo_nb.memory.memories import Memories

ROUNDS = 30
KEEPS_AND_TELLS = """
import sys
from dataclasses import replace
from pathlib import Path
from rasgo_nb.memory.folders import Folders
from rasgo_nb.memory.memories import Memories
from rasgo_nb.memory.memory import Memory

room = Memories(Folders(Path(sys.argv[1]), Path(sys.argv[1]) / "connections"), author="ada")
print("begun", flush=True)
while True:
    kept = room.keep(Memory("", "Amounts are in euro. " * 100, "me", sql="SELECT 1 " * 100))
    print("kept", kept.id, flush=True)
    room.edit(kept.id, "Amounts are in dollars. " * 100)
    print("edited", kept.id, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_at_any_moment_loses_and_halves_nothing(tmp_path):
    chance = random.Random(7)
    told = []
    for _ in range(ROUNDS):
        working = subprocess.Popen(
            [sys.executable, "-c", KEEPS_AND_TELLS, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert working.stdout.readline() == "begun\n"
        told += [working.stdout.readline().rstrip("\n") for _ in range(chance.randrange(4))]
        time.sleep(chance.uniform(0.0, 0.02))
        working.send_signal(signal.SIGKILL)
        told += working.communicate()[0].splitlines()
    room = Memories(Folders(tmp_path, tmp_path / "connections"))
    found = {one.id: one for one in room.listed()}
    assert room.problems == []
    assert {line.split()[1] for line in told if line.count(" ") == 1} <= set(found)
    assert {len(one.text.split()) for one in found.values()} == {400}
    edited = {line.split()[1] for line in told if line.startswith("edited")}
    assert all("dollars" in found[one].text for one in edited)
    assert edited
