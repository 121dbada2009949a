"""What ``%rasgo`` does, and says when it cannot."""

import pytest

from rasgo_nb.commands.rasgo import COMMANDS, run_command
from rasgo_nb.config import config_path, load_config
from rasgo_nb.errors import RasgoError
from rasgo_nb.magics import ASK_FLAGS


def test_every_command_answers(shop):
    for name in COMMANDS:
        if name not in ("connect", "promote", "undo", "save", "replay", "saw"):
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
    assert len(lines) == 11
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


PLANTED = "sk-planted0123456789abcdef"


@pytest.mark.parametrize(
    "line",
    [
        f"config providers.openai.model {PLANTED}",
        f"config providers.openai.headers.Authorization Bearer {PLANTED}",
        f"config OPENAI_API_KEY {PLANTED}",
        f"config {PLANTED}",
        f"key set openai {PLANTED}",
        f"key set {PLANTED}",
        f"model {PLANTED}",
        f"doctor {PLANTED}",
    ],
)
def test_a_key_that_is_typed_into_a_cell_is_neither_kept_nor_shown(session, line):
    with pytest.raises(RasgoError, match="`rasgo-nb key set") as caught:
        run_command(session, line)
    assert PLANTED not in str(caught.value)
    assert not config_path().exists()


def test_what_is_set_for_a_provider_is_listed_without_secrets(session):
    run_command(session, "config providers.lab.proxy http://ada:secret@localhost:3128")
    run_command(session, "config providers.lab.headers.X-Team plainsecret")
    said = run_command(session, "config providers.lab.headers.X-Key $LAB_KEY")
    assert "providers.lab.headers.X-Key = '$LAB_KEY', kept in" in said
    listed = run_command(session, "config")
    assert "providers.lab.proxy = 'http://***@localhost:3128'" in listed
    assert "providers.lab.headers.X-Team is set" in listed
    assert "secret" not in listed
    assert run_command(session, "config providers.lab.base_url") == "providers.lab.base_url is not set"


def test_a_provider_setting_is_taken_back(session):
    run_command(session, "config providers.lab.kind openai")
    run_command(session, 'config providers.lab.kind ""')
    assert load_config().providers == {}


def test_the_status_says_which_model_and_why(session, monkeypatch):
    assert "model       offline (no other model has a key" in run_command(session, "status")
    monkeypatch.setenv("COHERE_API_KEY", "planted")
    assert "(there is COHERE_API_KEY)" in run_command(session, "status")
    assert "key in COHERE_API_KEY" in run_command(session, "model")


def test_a_setting_that_is_kept_leaves_the_model_of_this_notebook(session):
    run_command(session, "model offline")
    run_command(session, "config providers.openai.timeout_s 20")
    assert session.config.model == "offline"
    assert load_config().model == ""


def test_a_variable_that_goes_before_a_kept_setting_is_named(session, monkeypatch):
    monkeypatch.setenv("RASGO_NB_MODEL", "openai:gpt-mine")
    said = run_command(session, "config model anthropic:claude-mine")
    assert said == f"model is kept in {config_path()}. RASGO_NB_MODEL is set too, and goes before it."
    assert load_config().model == "openai:gpt-mine"
    assert load_config({"RASGO_NB_CONFIG": str(config_path())}).model == "anthropic:claude-mine"


def test_a_model_is_named_as_under_ask(session):
    assert run_command(session, 'model "openai:gpt-mine"').startswith("model openai:gpt-mine\n")
    assert "FAIL  key: There is no key for openai." in run_command(session, "doctor --model openai:gpt-mine")


def test_help_has_every_flag_of_ask(session):
    said = run_command(session, "help")
    assert [flag for flag in ASK_FLAGS if f"--{flag}" not in said] == []
