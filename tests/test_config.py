"""Settings: defaults, the person's file, the environment over it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.config import Config, config_path, load_config, save_setting, setting_names
from rasgo_nb.errors import RasgoError
from rasgo_nb.provider_settings import ProviderSettings, looks_like_key


@pytest.fixture
def environment(tmp_path):
    return {"RASGO_NB_CONFIG": str(tmp_path / "deep" / "config.toml")}


def written(environment, text):
    path = config_path(environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_without_a_file_the_defaults_hold(environment):
    assert load_config(environment) == Config()


def test_the_environment_goes_over_the_file(environment):
    written(environment, 'model = "offline"\nmax_steps = 7\nmax_seconds = 2.5\n')
    config = load_config(environment | {"RASGO_NB_MAX_STEPS": "9"})
    assert (config.model, config.max_steps, config.max_seconds) == ("offline", 9, 2.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model = ", "cannot be read"),
        ("\x00", "cannot be read"),
        ('modl = "x"', "Did you mean `model`?"),
        ("[tool]\nx = 1", "There is no setting 'tool'"),
        ("max_steps = [1]", "max_steps must be a whole number"),
        ('embedder = "word2vec"', "embedder must be minilm, none or a provider's model, not 'word2vec'"),
        ("max_steps = true", "max_steps must be a whole number"),
        ("max_steps = 1.5", "max_steps must be a whole number"),
        ("max_steps = -1", "0 (no limit) or more"),
        ("max_seconds = nan", "0 (no limit) or more"),
        ("model = 3", "model must be a text"),
    ],
)
def test_a_broken_file_is_told_with_its_place(environment, text, says):
    written(environment, text)
    with pytest.raises(RasgoError) as caught:
        load_config(environment)
    assert says in str(caught.value)
    assert environment["RASGO_NB_CONFIG"] in str(caught.value)


def test_a_wrong_variable_is_told_by_its_name(environment):
    with pytest.raises(RasgoError, match="from RASGO_NB_MAX_STEPS"):
        load_config(environment | {"RASGO_NB_MAX_STEPS": "many"})


def test_a_kept_setting_leaves_the_others(environment):
    save_setting("max_steps", "1_000", environment)
    save_setting("model", "offline", environment)
    config = load_config(environment)
    assert (config.max_steps, config.model) == (1000, "offline")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_can_be_kept(tmp_path_factory, text):
    environment = {"RASGO_NB_CONFIG": str(tmp_path_factory.mktemp("kept") / "config.toml")}
    save_setting("model", text, environment)
    assert load_config(environment).model == text


def test_a_file_that_cannot_be_written_is_told(environment, tmp_path):
    (tmp_path / "deep").write_text("a file, not a folder")
    with pytest.raises(RasgoError, match=r"RASGO_NB_CONFIG|cannot be read"):
        save_setting("model", "offline", environment)


def test_every_setting_can_be_set_from_the_environment(environment):
    for name in setting_names():
        value = "none" if name == "embedder" else "1"
        load_config(environment | {f"RASGO_NB_{name.upper()}": value})


VLLM = """
[providers.vllm]
kind = "openai-compatible"
base_url = "http://localhost:8000/v1"
keyring = true

[providers.vllm.headers]
X-Tenant = "$TENANT"
"""


def test_a_provider_of_ones_own_is_read_from_its_table(environment):
    written(environment, VLLM)
    assert load_config(environment).providers == {
        "vllm": ProviderSettings(
            kind="openai-compatible",
            base_url="http://localhost:8000/v1",
            keyring=True,
            headers={"X-Tenant": "$TENANT"},
        )
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("providers = 3", "no name for a provider"),
        ("[providers]\nvllm = 3", "There is no setting 'providers.vllm'"),
        ("[providers.vllm]\nbase_ulr = 'x'", "Did you mean `base_url`?"),
        ("[providers.vllm]\nbase_url = 3", "must be a text"),
        ("[providers.vllm]\ntimeout_s = 'soon'", "a number above 0"),
        ("[providers.vllm]\ntimeout_s = 0", "a number above 0"),
        ("[providers.vllm]\nkeyring = 'perhaps'", "true or false"),
        ("[providers.vllm]\nheaders = 'x'", "headers.NAME"),
        ("[providers.vllm.headers]\nX = 3", "a text of one line"),
        ("[providers.vllm.headers]\n'X Y' = 'z'", "no name for a header"),
        ("[providers.offline]\nmodel = 'x'", "no name for a provider"),
        ("[providers.'a.b']\nmodel = 'x'", "There is no setting"),
    ],
)
def test_a_broken_provider_is_told_with_its_place(environment, text, says):
    written(environment, text)
    with pytest.raises(RasgoError) as caught:
        load_config(environment)
    assert says in str(caught.value)
    assert environment["RASGO_NB_CONFIG"] in str(caught.value)


@pytest.mark.parametrize("name", ["providers.lab.model", "providers.lab.headers.X-Key", "providers.lab.kind"])
@pytest.mark.parametrize("key", ["sk-planted0123456789abcdef", "Bearer a0b1c2d3e4f5a6b7c8d9e0f1a2b3"])
def test_what_could_be_a_key_is_refused_and_not_shown(environment, name, key):
    with pytest.raises(RasgoError) as caught:
        save_setting(name, key, environment)
    assert key[8:] not in str(caught.value)
    assert not config_path(environment).exists()


def test_a_kept_provider_setting_leaves_the_others(environment):
    written(environment, f"max_steps = 7\n{VLLM}")
    save_setting("providers.openai.timeout_s", "20", environment)
    save_setting("providers.vllm.headers.X-Team", "data", environment)
    save_setting("providers.vllm.keyring", "no", environment)
    config = load_config(environment)
    assert config.max_steps == 7
    assert config.providers["openai"] == ProviderSettings(timeout_s=20.0)
    assert config.providers["vllm"].headers == {"X-Tenant": "$TENANT", "X-Team": "data"}
    assert not config.providers["vllm"].keyring


def test_a_header_is_emptied_away(environment):
    written(environment, VLLM)
    save_setting("providers.vllm.headers.X-Tenant", "", environment)
    assert load_config(environment).providers["vllm"].headers == {}


@pytest.mark.parametrize(
    "text",
    [
        "command-a-plus-05-2026",
        "skywork-o1-open-llama-3.1-8b",
        "lab:hf-internal/tiny-random-2",
        "http://localhost:8000/v1",
        "Qwen2-5-Coder-32B-Instruct-GPTQ-Int4",
        "us.anthropic.claude-opus-5-5-v1:0",
        "3f2c1b8a-1111-4222-8333-0123456789ab",
        "ANTHROPIC_API_KEY_2",
    ],
)
def test_a_name_or_an_address_is_not_taken_for_a_key(text):
    assert not looks_like_key(text)


@given(
    entry=st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True).filter(
        lambda name: name != "offline"
    ),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_provider_setting_can_be_kept(tmp_path_factory, entry, text):
    environment = {"RASGO_NB_CONFIG": str(tmp_path_factory.mktemp("kept") / "config.toml")}
    save_setting(f"providers.{entry}.model", text, environment)
    kept = load_config(environment).providers.get(entry, ProviderSettings())
    assert kept.model == text.strip()


@pytest.mark.parametrize(
    "text",
    ["max_steps = 'many'", "[providers.lab]\ntimeout_s = 'x'", "[providers.lab]\nmodel = 3", "providers = 3"],
)
def test_a_wrong_file_is_mended_there_as_no_command_runs_until_then(tmp_path, text):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(RasgoError) as caught:
        load_config({"RASGO_NB_CONFIG": str(tmp_path / "own.toml")})
    assert str(caught.value).endswith("own.toml). Mend it there.")
