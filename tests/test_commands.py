"""What ``%rasgo`` does, and says when it cannot."""

import pytest

from rasgo_nb.commands import COMMANDS, run_command
from rasgo_nb.config import load_config
from rasgo_nb.errors import RasgoError


def test_every_command_answers(shop):
    for name in COMMANDS:
        if name != "connect":
            assert run_command(shop, name)


def test_a_connection_is_opened_listed_and_marked(session, tmp_path):
    (tmp_path / "my data.csv").write_text("a,b\n1,2\n")
    said = run_command(session, f'connect --name mine "{tmp_path / "my data.csv"}"')
    assert said.startswith("Connected to mine (duckdb, read-only).")
    assert "* mine" in run_command(session, "connections")
    assert "mine" in run_command(session, "status")


def test_a_path_with_spaces_needs_no_quotes(session, tmp_path):
    (tmp_path / "my data.csv").write_text("a,b\n1,2\n")
    assert "my_data" in run_command(session, f"connect {tmp_path}/my data.csv")


def test_a_setting_is_kept_and_holds_at_once(session):
    assert "max_steps = 7, kept in" in run_command(session, "config max_steps 7")
    assert (session.config.max_steps, load_config().max_steps) == (7, 7)
    assert run_command(session, "config max_steps") == "max_steps = 7"


def test_a_text_setting_can_be_emptied(session):
    run_command(session, "config model offline")
    run_command(session, 'config model ""')
    assert load_config().model == ""


def test_help_lists_every_command(session):
    assert all(f"%rasgo {name}" in run_command(session, "help") for name in COMMANDS)
    assert run_command(session, "") == run_command(session, "help")


def test_tools_are_listed_with_what_they_do(session):
    lines = run_command(session, "tools").splitlines()
    assert len(lines) == 10
    assert all(line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("conect sample", "Type `%rasgo connect`."),
        ("zzz", "Type `%rasgo help`."),
        ("connect", "Type `%rasgo connect sample`"),
        ("connect nowhere.duckdb", "does not exist"),
        ("connect --nme x sample", "Did you mean --name?"),
        ("model offlin", "`--model offline`"),
        ("config modle x", "Did you mean `model`?"),
        ("config max_steps many", "Type for example `%rasgo config max_steps 30`."),
        ("config zzz", "Settings: model"),
    ],
)
def test_a_wrong_line_says_what_to_type(session, line, says):
    with pytest.raises(RasgoError) as caught:
        run_command(session, line)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
