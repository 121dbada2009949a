"""The room of memories: kept, found, edited, forgotten and brought back."""

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.memory.folders import Folders, folder_name, folders_for, notebook_path
from rasgo_nb.memory.memories import Memories
from rasgo_nb.memory.memory import Evidence, Memory

EURO = Memory("", "Amounts are in euro.", "me")


def test_what_is_kept_is_found_with_author_and_date(room, folders):
    kept = room.keep(EURO)
    assert kept.id.startswith("amounts-euro-")
    assert (kept.author, kept.at[:2], kept.at[-1]) == ("ada", "20", "Z")
    assert room.find(kept.id) == Memories(folders).find(kept.id) == kept


@pytest.mark.parametrize(
    ("scope", "place"),
    [("me", "me"), ("connection", "connections/shop"), ("notebook", "nb/.rasgo_nb/a"), ("team", "team")],
)
def test_each_scope_has_its_folder(room, tmp_path, scope, place):
    kept = room.keep(replace(EURO, scope=scope, connection="shop"))
    assert room.path_of(kept.id).parent == tmp_path / place
    assert room.listed() == [kept]


def test_only_named_connections_are_listed_where_some_are_named(room):
    room.keep(replace(EURO, scope="connection", connection="shop"))
    other = room.keep(replace(EURO, scope="connection", connection="Ware House/1"))
    assert room.listed(["Ware House/1"]) == [other]


def test_a_scope_without_a_folder_says_what_to_type(tmp_path):
    room = Memories(Folders(tmp_path / "me", tmp_path / "connections"))
    for scope, says in (
        ("team", "%rasgo config team_folder PATH"),
        ("notebook", "`--scope me`"),
        ("connection", "--scope me"),
    ):
        with pytest.raises(RasgoError, match=says):
            room.keep(replace(EURO, scope=scope))


def test_an_edit_changes_the_words_and_says_whose_they_are(room, folders):
    kept = room.keep(replace(EURO, author="bob", tables=("a.b",), evidence=Evidence("r1", 1)))
    edited = room.edit(kept.id, "Amounts are in dollars.")
    assert edited == replace(kept, text="Amounts are in dollars.", author="ada", at=edited.at)
    assert Memories(folders).find(kept.id) == edited


def test_a_forgotten_memory_can_be_brought_back(room):
    kept = room.keep(EURO)
    room.forget(kept.id)
    assert room.listed() == []
    assert room.restore(kept.id) == kept
    with pytest.raises(UnknownName, match="was forgotten"):
        room.restore(kept.id)


def test_a_wrong_id_offers_the_nearest_and_a_beginning_will_do(room):
    kept = room.keep(EURO)
    with pytest.raises(UnknownName, match=f"Did you mean {kept.id}"):
        room.find(kept.id.replace("euro", "eruo"))
    assert room.find(kept.id[:9]) == kept


def test_a_file_edited_by_hand_is_read_anew(room):
    kept = room.keep(EURO)
    path = room.path_of(kept.id)
    path.write_text(path.read_text().replace("euro", "Swiss francs"))
    assert room.find(kept.id).text == "Amounts are in Swiss francs."


def test_a_broken_file_is_told_and_the_others_are_read(room):
    kept = room.keep(EURO)
    (room.path_of(kept.id).parent / "broken.md").write_text("+++\nauthor = ada\n+++\nx")
    assert room.listed() == [kept]
    [problem] = room.problems
    assert "broken.md:2: " in problem
    assert problem.endswith("Mend the line; the header is TOML.")


def test_two_rooms_that_keep_at_once_overwrite_nothing(folders):
    rooms = [Memories(folders) for _ in range(4)]
    work = [
        threading.Thread(
            target=lambda room=room: [room.keep(replace(EURO, id="the-same")) for _ in range(25)]
        )
        for room in rooms
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len({one.id for one in rooms[0].listed()}) == 100


@pytest.mark.parametrize(
    "text",
    [
        "The key is sk-planted0123456789abcdef",
        "Connect with postgresql://ada:pa55word@db/shop",
        "The password is hunter2!",
        "api_key = 'a1b2c3d4'",
        "-----BEGIN RSA PRIVATE KEY-----",
        "  \u200b \u202e ",
        "a" * 4_001,
    ],
)
def test_a_secret_and_no_text_are_refused_in_one_line(room, folders, text):
    with pytest.raises(RasgoError) as caught:
        room.keep(replace(EURO, text=text))
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert not folders.me.exists() or not list(folders.me.iterdir())


def test_names_of_columns_are_no_secrets(room):
    text = "The column password is hashed; use EVENTS2024ARCHIVEDBYCUSTOMER7 instead."
    assert room.keep(replace(EURO, text=text, tables=("a.EVENTS2024ARCHIVEDBYCUSTOMER7",))).text == text


def test_a_secret_in_the_evidence_is_left_out(room):
    seen = Evidence("r1", 2, "How much?", "connect('postgresql://ada:pa55word@db/shop')")
    assert room.keep(replace(EURO, evidence=seen)).evidence == Evidence("r1", 2)


def test_what_cannot_be_seen_is_not_kept(room):
    persian = "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    text = f"In \u202eorue\u202c euro\u200b.\u2028Net \U000e0041of tax. {persian}"
    kept = room.keep(replace(EURO, text=text))
    assert kept.text == f"In orue euro.\nNet of tax. {persian}"


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "me").write_text("a file")
    with pytest.raises(RasgoError, match="Nothing can be kept in"):
        Memories(Folders(tmp_path / "me", tmp_path / "c")).keep(EURO)


def test_the_notebook_is_known_by_what_the_front_end_tells(tmp_path):
    notebook = tmp_path / "My sales.ipynb"
    assert notebook_path({}, {"JPY_SESSION_NAME": str(notebook)}) == notebook
    assert notebook_path({"__vsc_ipynb_file__": str(notebook)}, {}) == notebook
    assert notebook_path({}, {"JPY_SESSION_NAME": "console-1"}) is None
    folder = folders_for(notebook, "", {"RASGO_NB_HOME": str(tmp_path)}).notebook
    assert folder.parent == tmp_path / ".rasgo_nb" / "memory"


def test_names_that_differ_by_case_or_sign_have_folders_of_their_own():
    names = ["shop", "Shop", "sh op", "sh/op", "../shop", "..", "", "\u5e97", "a" * 300, "con", "com1"]
    assert len({folder_name(name).casefold() for name in names}) == len(names)
    assert all(Path(folder_name(name)).name == folder_name(name) for name in names)
    assert not {folder_name(name).partition(".")[0] for name in ("nul", "CON")} & {"nul", "CON"}


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
def test_what_is_the_persons_own_is_for_nobody_else_to_read(room, folders):
    room.keep(Memory("", "Net of tax.", "me"))
    room.keep(Memory("", "Net of tax.", "connection", connection="shop"))
    own = [folders.of("me"), folders.of("connection", "shop")]
    assert [oct(one.stat().st_mode & 0o777) for one in own] == ["0o700", "0o700"]


def test_of_a_copy_in_the_teams_folder_ones_own_is_meant(room, folders):
    own = room.keep(EURO)
    (folders.team / f"{own.id}.md").write_text("Amounts are in euro, says the team.", encoding="utf-8")
    assert room.forget(own.id) == own
    assert room.find(own.id).scope == "team"
    assert room.restore(own.id) == own


def test_forgetting_two_of_one_id_in_a_day_keeps_both(room, folders):
    own = room.keep(EURO)
    room.forget(own.id)
    room.keep(replace(own, text="Amounts are in dollars."))
    room.forget(own.id)
    forgotten = [path.read_text(encoding="utf-8") for path in (folders.me / "forgotten").iterdir()]
    assert sorted(text.split("\n\n")[1] for text in forgotten) == [
        "Amounts are in dollars.\n",
        "Amounts are in euro.\n",
    ]


def test_a_team_folder_that_is_away_is_told_and_the_rest_is_read(room, folders):
    kept = room.keep(EURO)
    folders.team.rmdir()
    assert room.listed() == [kept]
    [problem] = room.problems
    assert "the team's folder is not there" in problem
    assert problem.endswith("`%rasgo config team_folder PATH`.")


def test_a_team_folder_that_cannot_be_written_says_how_to_name_another(room, folders):
    folders.team.rmdir()
    folders.team.write_text("no folder", encoding="utf-8")
    with pytest.raises(RasgoError, match=r"name another folder with `%rasgo config team_folder PATH`\.$"):
        room.keep(replace(EURO, scope="team"))


def test_a_memory_whose_file_cannot_be_read_is_not_said_to_be_gone(room):
    kept = room.keep(EURO)
    room.path_of(kept.id).write_bytes(b"Betr\xe4ge")
    with pytest.raises(RasgoError, match=rf"{kept.id}\.md:1: it is not UTF-8\. Save it as UTF-8\."):
        room.edit(kept.id, "Amounts are net.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_among_memories_is_not_waited_for(room, folders):
    folders.me.mkdir()
    os.mkfifo(folders.me / "pipe.md")
    assert room.listed() == []
    assert "pipe.md:1: it is no file." in room.problems[0]


def test_a_disk_that_fills_up_leaves_the_old_text_and_no_half_file(room, folders):
    resource = pytest.importorskip("resource")
    kept = room.keep(EURO)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(RasgoError, match="Nothing can be kept in"):
            room.edit(kept.id, "Amounts. " * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path.name for path in folders.me.iterdir()] == [f"{kept.id}.md"]
    assert room.find(kept.id) == kept
