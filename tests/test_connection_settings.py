"""Settings of a connection: read, checked with one clear line each, kept without secrets."""

import stat

import pytest

from rasgo_nb.config import config_path, load_config, save_connection, save_setting, settings_lines
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.errors import RasgoError
from rasgo_nb.policy import Policy

FULL = """
[connections.prod]
source = "snowflake"
options = { account = "acme", user = "ana", warehouse = "small" }
writable = true
privacy = "stats"
masked = ["email", "customers.*"]
timeout_s = 600
ask_above_gb = 0.5
ask_above_rows = 1_000_000
max_billed_gb = 100
policy = { write_warehouse = "ask" }
"""


@pytest.fixture
def file():
    path = config_path()
    path.parent.mkdir(parents=True)
    return path


def test_every_setting_of_a_connection_is_read(file):
    file.write_text(FULL)
    assert load_config().connections == {
        "prod": ConnectionSettings(
            source="snowflake",
            options={"account": "acme", "user": "ana", "warehouse": "small"},
            writable=True,
            privacy="stats",
            masked=("email", "customers.*"),
            policy=Policy({"write_warehouse": "ask"}),
            timeout_s=600.0,
            ask_above_gb=0.5,
            ask_above_rows=1_000_000,
            max_billed_gb=100.0,
        )
    }


def test_what_is_kept_is_what_was_read(file):
    file.write_text(FULL)
    read = load_config().connections["prod"]
    file.unlink()
    save_connection("prod", read)
    assert load_config().connections == {"prod": read}
    assert "connections.prod.masked = ['email', 'customers.*']" in settings_lines(load_config())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("privacy = 'all'", "rows, stats or schema"),
        ("privcy = 'rows'", "Did you mean `privacy`?"),
        ("timeout_s = -1", "a number from 0"),
        ("timeout_s = true", "a number from 0"),
        ("writable = 'perhaps'", "true or false"),
        ("masked = [1]", "names of columns"),
        ("source = 3", "a text"),
        ("policy = { write_warehouse = 'maybe' }", "no rule"),
        ("policy = { wriet_warehouse = 'ask' }", "Did you mean `write_warehouse`?"),
        ("options = { 'a b' = 'x' }", "no name for an option"),
        ("options = { account = ['x'] }", "a text of one line"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(file, line, said):
    file.write_text(f"[connections.prod]\n{line}\n")
    with pytest.raises(RasgoError) as caught:
        load_config()
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source", "postgresql://ana:s3cret-marker@host/shop"),
        ("source", "postgresql://host/shop?user=ana&password=s3cret-marker"),
        ("options.password", "s3cret-marker"),
        ("options.token", "s3cret-marker"),
        ("options.private_key_file_pwd", "s3cret-marker"),
        ("options.oauth_client_secret", "s3cret-marker"),
        ("password", "s3cret-marker"),
    ],
)
def test_a_secret_is_never_kept_nor_shown(file, name, value):
    with pytest.raises(RasgoError, match=r"rasgo-nb key set connection\.prod") as caught:
        save_setting(f"connections.prod.{name}", value)
    assert "s3cret" not in str(caught.value)
    assert not file.exists()


def test_the_environment_goes_before_the_file(file, monkeypatch):
    file.write_text("[connections.my-shop]\nsource = 'sample'\nprivacy = 'rows'\n")
    monkeypatch.setenv("RASGO_NB_CONNECTIONS_MY_SHOP_PRIVACY", "schema")
    monkeypatch.setenv("RASGO_NB_CONNECTIONS_MY_SHOP_POLICY_NETWORK", "deny")
    monkeypatch.setenv("RASGO_NB_CONNECTIONS_LAKE_SOURCE", "snowflake")
    monkeypatch.setenv("RASGO_NB_CONNECTIONS_LAKE_OPTIONS_WAREHOUSE", "small")
    assert load_config().connections == {
        "my-shop": ConnectionSettings(source="sample", privacy="schema", policy=Policy({"network": "deny"})),
        "lake": ConnectionSettings(source="snowflake", options={"warehouse": "small"}),
    }


def test_a_variable_that_names_no_setting_is_told(monkeypatch):
    monkeypatch.setenv("RASGO_NB_CONNECTIONS_PROD_PRIVCY", "rows")
    with pytest.raises(RasgoError, match="RASGO_NB_CONNECTIONS_PROD_PRIVCY names no setting"):
        load_config()


def test_nobody_else_can_read_the_file(file):
    save_setting("connections.prod.privacy", "stats")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_config().connections["prod"].privacy == "stats"
