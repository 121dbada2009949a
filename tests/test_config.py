"""Settings: defaults, the person's file, the environment over it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.config import Config, config_path, load_config, save_setting, setting_names
from rasgo_nb.errors import RasgoError


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
        load_config(environment | {f"RASGO_NB_{name.upper()}": "1"})
