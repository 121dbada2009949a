"""A room of memories in a folder of its own."""

import pytest

from rasgo_nb.memory.folders import Folders
from rasgo_nb.memory.memories import Memories


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "team").mkdir()  # as a checkout is there already
    return Folders(
        tmp_path / "me", tmp_path / "connections", tmp_path / "nb" / ".rasgo_nb" / "a", tmp_path / "team"
    )


@pytest.fixture
def room(folders):
    return Memories(folders, author="ada")
