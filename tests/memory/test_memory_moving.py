"""Memories leave as files, and come in from files."""

import zipfile

import pytest

from rasgo_nb.errors import RasgoError
from rasgo_nb.memory.folders import Folders
from rasgo_nb.memory.memories import Memories
from rasgo_nb.memory.memory import Memory
from rasgo_nb.memory.moving import export, incoming

EURO = Memory("", "Amounts are in euro.", "me")
QUERY = Memory("", "How many?", "connection", connection="Shop 1", sql="SELECT 1", dialect="duckdb")


@pytest.fixture
def other(tmp_path):
    return Memories(
        Folders(tmp_path / "o" / "me", tmp_path / "o" / "c", None, tmp_path / "o" / "team"), "bob"
    )


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_what_leaves_comes_in_elsewhere(room, other, tmp_path, name):
    kept = [room.keep(EURO), room.keep(QUERY)]
    export(kept, tmp_path / name)
    found = incoming(other, tmp_path / name)
    assert sorted(map(str, found.new)) == sorted(map(str, kept))
    assert [other.keep(one) for one in found.new] == list(found.new)
    assert incoming(other, tmp_path / name).known == found.new


def test_looking_at_what_would_come_in_keeps_nothing(room, other, tmp_path):
    export([room.keep(EURO)], tmp_path / "out")
    assert len(incoming(other, tmp_path / "out", "team").new) == 1
    assert other.listed() == []


def test_nothing_is_written_over(room, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(RasgoError, match="Name another path"):
        export([room.keep(EURO)], tmp_path / "out")


def test_a_zip_file_of_anything_is_told_line_by_line(other, tmp_path):
    with zipfile.ZipFile(tmp_path / "odd.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("../../me/escape.md", "Amounts are in dollars.")
        zipped.writestr("team/euro.md", "Amounts are in euro.")
        zipped.writestr("me/huge.md", b"a" * 5_000_000)
        zipped.writestr("me/secret.md", "The password is hunter2!")
        zipped.writestr("me/bad.md", "+++\nx = \n+++\ny")
        zipped.writestr("picture.png", b"\x89PNG")
    found = incoming(other, tmp_path / "odd.zip")
    assert [one.id for one in found.new] == ["euro"]
    assert [one.split(":")[0] for one in found.problems] == ["me/huge.md", "me/secret.md", "me/bad.md"]
    assert other.path_of(other.keep(found.new[0]).id).parent == other.folders.team


def test_a_path_that_is_nothing_is_told(other, tmp_path):
    with pytest.raises(RasgoError, match="cannot be read"):
        incoming(other, tmp_path / "none")
