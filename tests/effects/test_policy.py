"""The rules over effects: what they make of a call, and how a person keeps one."""

import pytest

from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import config_path, load_config, save_setting
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.policy import EFFECTS, MEANINGS, Effects, Finding, Policy, gather


@pytest.fixture
def environment(tmp_path):
    return {"RASGO_NB_CONFIG": str(tmp_path / "config.toml")}


def test_the_strictest_rule_of_a_call_holds():
    policy = Policy({"network": "deny", "write_file": "allow"})
    assert policy.judge(Effects(frozenset({"read", "compute", "write_file"}))) == "allow"
    assert policy.judge(Effects(frozenset({"write_file", "rebind"}))) == "ask"
    assert policy.judge(Effects(frozenset({"rebind", "network"}))) == "deny"


def test_what_cannot_be_judged_is_asked():
    assert Policy(dict.fromkeys(EFFECTS, "allow")).judge(Effects(unknown=("calls `exec`",))) == "ask"


def test_findings_are_told_once_and_the_gravest_first():
    effects = gather(
        [
            Finding("rebind", "rebinds `df`", "df"),
            Finding(None, "calls `exec`"),
            Finding(None, "calls `exec`"),
            Finding("write_warehouse", "writes to the warehouse (DELETE FROM t)"),
        ]
    )
    assert effects.sentences == (
        "writes to the warehouse (DELETE FROM t)",
        "cannot be judged: calls `exec`",
        "rebinds `df`",
    )
    assert (effects.rebound, effects.unknown) == (("df",), ("calls `exec`",))


def test_a_rule_is_kept_in_the_settings_file(environment):
    save_setting("policy.network", "deny", environment)
    save_setting("policy.write_file", "allow", environment)
    text = config_path(environment).read_text(encoding="utf-8")
    assert text == '[policy]\nnetwork = "deny"\nwrite_file = "allow"\n'
    assert load_config(environment).policy == Policy({"network": "deny", "write_file": "allow"})


def test_the_environment_goes_over_the_file(environment):
    save_setting("policy.network", "deny", environment)
    assert load_config(environment | {"RASGO_NB_POLICY_NETWORK": "allow"}).policy.rule("network") == "allow"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[policy]\nnetwrk = "deny"', "Did you mean `network`?"),
        ('[policy]\nnetwork = "denny"', "Did you mean `deny`?"),
        ("[policy]\nnetwork = 1", "There is no rule 1"),
        ('policy = "deny"', "There is no kind of effect 'deny'"),
    ],
)
def test_a_wrong_rule_in_the_file_is_told_with_its_place(environment, text, says):
    config_path(environment).write_text(text, encoding="utf-8")
    with pytest.raises(RasgoError) as caught:
        load_config(environment)
    assert says in str(caught.value)
    assert environment["RASGO_NB_CONFIG"] in str(caught.value)


def test_the_table_shows_every_kind_with_its_rule_and_meaning(session):
    said = run_command(session, "policy").splitlines()
    assert [line.split()[0] for line in said[:-1]] == list(EFFECTS)
    assert all(MEANINGS[effect] in line for effect, line in zip(EFFECTS, said, strict=False))
    assert run_command(session, "policy write_warehouse").split()[:2] == ["write_warehouse", "deny"]


def test_a_rule_is_kept_and_holds_at_once(session):
    assert "policy.network = 'deny', kept in" in run_command(session, "policy network deny")
    assert (session.config.policy.rule("network"), load_config().policy.rule("network")) == ("deny", "deny")
    assert session.policy.rule("network") == "deny"


def test_a_new_rule_ends_what_was_allowed_in_this_notebook(session):
    session.policy.allow_always(Effects(frozenset({"network"})))
    assert "allowed in this notebook" in run_command(session, "policy network")
    run_command(session, "policy network ask")
    assert session.policy.rule("network") == "ask"


@pytest.mark.parametrize("line", ["netwrk deny", "network denny", "netwrk"])
def test_a_wrong_word_offers_the_nearest(session, line):
    with pytest.raises(UnknownName, match="Did you mean"):
        run_command(session, f"policy {line}")
