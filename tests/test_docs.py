"""What the page about models tells to type is typed here."""

import re
from pathlib import Path

import pytest

from rasgo_nb.agent.interface import choose_interface
from rasgo_nb.agent.models.choose import choose, endpoint_of
from rasgo_nb.agent.models.providers import PROVIDERS
from rasgo_nb.agent.prices import price_of
from rasgo_nb.cli import _parser
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import config_path, load_config
from rasgo_nb.provider_settings import ProviderSettings

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
CONFIG_LINES = re.findall(r"^    %rasgo (config .+)$", PAGE, re.M)
SHELL_LINES = re.findall(r"^    rasgo-nb (.+)$", PAGE, re.M)
FILES = dict(re.findall(r"```toml\n# (\S+)\n(.*?)```", PAGE, re.S))


@pytest.fixture
def written():
    for name, text in FILES.items():
        path = config_path().parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_every_config_line_is_taken(session):
    for line in CONFIG_LINES:
        assert "kept in" in run_command(session, line), line
    assert len(CONFIG_LINES) > 20


def test_every_endpoint_of_the_page_can_be_named(session):
    for line in CONFIG_LINES:
        run_command(session, line)
    environment = {"GATEWAY_KEY": "planted"}
    for entry in session.config.providers:
        assert choose(f"{entry}:MODEL", session.config.providers, environment).name == f"{entry}:MODEL"
        assert endpoint_of(entry, session.config.providers, environment).provider == entry
    assert endpoint_of("gateway", session.config.providers, environment).key == "planted"


@pytest.mark.parametrize("line", SHELL_LINES)
def test_every_shell_line_is_understood(line):
    assert _parser().parse_args(line.split()).run


def test_the_settings_file_says_what_the_page_says(written):
    config = load_config()
    assert (config.model, config.max_steps) == ("lab:qwen3-coder", 20)
    assert config.providers["lab"] == ProviderSettings(
        kind="openai-compatible",
        base_url="http://localhost:8000/v1",
        timeout_s=600.0,
        headers={"X-Gateway-Key": "$GATEWAY_KEY"},
    )


def test_the_price_and_the_interface_of_the_page_hold(written):
    price = price_of("gateway:anything")
    assert price is not None
    assert (price.rates.input, price.rates.cached_input, price.rates.output) == (1.0, 0.1, 5.0)
    interface = choose_interface("lab:qwen3-coder", kind="openai-compatible")
    assert (interface.family, interface.result_format, interface.context_window) == (
        "mine",
        "markdown",
        64_000,
    )


def test_every_provider_and_its_key_are_on_the_page():
    for provider in PROVIDERS.values():
        assert f"| `{provider.name}` |" in PAGE
        assert all(f"`{variable}`" in PAGE for variable in provider.key_variables)
