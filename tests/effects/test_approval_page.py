"""What the page about approval tells to type is typed here, and its table is what holds."""

import re
from pathlib import Path

from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import config_path, load_config
from rasgo_nb.policy import DEFAULT_RULES, MEANINGS

PAGE = (Path(__file__).parents[2] / "docs" / "approval.md").read_text(encoding="utf-8")


def test_the_table_of_the_page_is_what_holds():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (\w+) \|$", PAGE, re.M)
    assert rows == [(effect, MEANINGS[effect], rule) for effect, rule in DEFAULT_RULES.items()]


def test_every_command_of_the_page_is_taken(session):
    lines = re.findall(r"^    %rasgo (policy\S*(?: \S+)*?)(?:  .*)?$", PAGE, re.M)
    assert [bool(run_command(session, line)) for line in lines] == [True] * 3


def test_the_settings_file_of_the_page_is_taken():
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(text, encoding="utf-8")
    assert load_config().policy.rule("network") == "deny"
