"""What the page about recorded runs tells to type is typed here, and its tables have all that there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from rasgo_nb.agent.models.offline.model import OfflineModel
from rasgo_nb.cli import _parser
from rasgo_nb.commands.rasgo import COMMANDS, run_command
from rasgo_nb.commands.replay import EXIT_CODES
from rasgo_nb.commands.runs import VERBS
from rasgo_nb.config import Config, save_setting
from rasgo_nb.provenance.provenance import How
from rasgo_nb.replay.outcome import Status

DOCS = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))
README = Path(__file__).parents[1] / "README.md"
PAGE = next(path for path in DOCS if path.name == "trace.md").read_text(encoding="utf-8")
LINES = re.findall(r"^    %rasgo (.+?)(?:  +#.*)?$", PAGE, re.M)
ROWS = re.findall(r"^\| `%rasgo (runs [^`]+)` \|", PAGE, re.M)
STANDS_FOR = {"FILE": "of_page", "DAYS": "3", "staging": "shop", "delay": "orders"}


def typed(line, run_id):
    for word, stands_for in {"RUN": run_id, **STANDS_FOR}.items():
        line = line.replace(word, stands_for)
    return line


@pytest.fixture
def run_id(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return ask(OfflineModel())[1][0].run_id


def test_every_line_of_the_page_is_taken(shop, run_id):
    for line in LINES:
        assert run_command(shop, typed(line, run_id)), line
    assert len(LINES) > 10


@pytest.mark.parametrize("line", [line for line in ROWS if "--otel" not in line and "forget" not in line])
def test_every_verb_of_the_table_is_taken(shop, run_id, line):
    if "import" in line:
        run_command(shop, "runs export --to of_page.jsonl")
    assert "of_page" in run_command(shop, typed(line, run_id))


def test_every_verb_setting_mark_and_state_is_on_the_page():
    assert all(f"%rasgo runs {verb}" in PAGE for verb in VERBS)
    kept = [field.name for field in fields(Config) if field.name.startswith(("trace", "otel"))]
    assert all(f"| `{name}` |" in PAGE for name in kept)
    assert all(f"\n| {word} | " in PAGE for word in (*get_args(How), *get_args(Status)))
    assert all(f"\n| {code} | " in PAGE for code in EXIT_CODES.values())


def test_the_settings_have_the_usual_values_of_the_page():
    for name, usual in re.findall(r"^\| `(trace\w*|otel)` \| `?(\w+)`? \|", PAGE, re.M):
        assert getattr(Config(), name) == {"on": True, "off": False}.get(
            usual, usual if not usual.isdigit() else int(usual)
        )
        save_setting(name, usual)


def test_the_shell_line_of_the_page_is_understood():
    assert _parser().parse_args(["replay", "RUN", "--connection", "shop=shop.duckdb"]).run
    assert "rasgo-nb replay RUN --connection shop=shop.duckdb" in PAGE


def test_every_command_is_told_of_somewhere():
    told = README.read_text(encoding="utf-8") + "".join(path.read_text(encoding="utf-8") for path in DOCS)
    assert [name for name in COMMANDS if not re.search(rf"%rasgo {name}\b|`{name}`", told)] == []
