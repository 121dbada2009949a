import os

import pytest
import snowflake.connector  # noqa: F401 - it chooses its own folder when imported, before a test moves it

from rasgo_nb.connectors.snowflake_place import parameters_of
from rasgo_nb.errors import ConnectionFailed

CONNECTIONS = """
[default]
account = "acme-main"
user = "ada"

[prod]
account = "acme-prod"
user = "ada"
authenticator = "externalbrowser"
login_timeout = 40
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "snowflake"
    folder.mkdir()
    monkeypatch.setenv("SNOWFLAKE_HOME", str(folder))
    return folder


@pytest.fixture
def sections(home):
    (home / "connections.toml").write_text(CONNECTIONS)
    return home


def test_a_section_is_named_as_it_is_called(sections):
    assert parameters_of("prod", {})["account"] == "acme-prod"


def test_no_name_is_the_default_section(sections, monkeypatch):
    assert parameters_of("", {})["account"] == "acme-main"
    (sections / "config.toml").write_text('default_connection_name = "prod"')
    assert parameters_of("", {})["account"] == "acme-prod"
    monkeypatch.setenv("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "default")
    assert parameters_of("", {})["account"] == "acme-main"


def test_sections_may_be_in_config_toml(home):
    (home / "config.toml").write_text('[connections.lab]\naccount = "acme-lab"')
    assert parameters_of("lab", {}) == {"account": "acme-lab"}


def test_a_section_that_was_just_written_is_found(sections):
    parameters_of("prod", {})
    (sections / "connections.toml").write_text(CONNECTIONS.replace("[prod]", "[production]"))
    assert parameters_of("production", {})["account"] == "acme-prod"


def test_a_wrong_section_is_answered_with_the_nearest(sections):
    with pytest.raises(ConnectionFailed, match=r"no section \[prd\]. Nearest: prod.*connect snowflake:prod`"):
        parameters_of("prd", {})


def test_without_a_file_a_url_is_offered(home):
    with pytest.raises(ConnectionFailed, match=r"no connections\.toml in .*snowflake://user@account"):
        parameters_of("", {})


def test_a_file_that_is_no_toml_is_told_by_its_path(home):
    (home / "connections.toml").write_text("[prod\n")
    with pytest.raises(ConnectionFailed, match=r"connections\.toml is no TOML"):
        parameters_of("prod", {})


def test_a_url_has_everything_in_its_place():
    url = "snowflake://a%40b:p%3Aw@acme-prod/Sales%20DB/PUBLIC?warehouse=WH&role=READER&login_timeout=7"
    assert parameters_of(url, {}) == {
        "account": "acme-prod", "user": "a@b", "password": "p:w", "database": "Sales DB", "schema": "PUBLIC",
        "warehouse": "WH", "role": "READER", "login_timeout": 7,
    }  # fmt: skip


@pytest.mark.parametrize("url", ["snowflake://", "snowflake:///db", "snowflake://account/a/b/c"])
def test_what_is_no_url_is_told_with_one_that_is(url):
    with pytest.raises(ConnectionFailed, match="%rasgo connect snowflake://user@account"):
        parameters_of(url, {})


def test_options_go_before_the_section_and_have_the_driver_s_types(sections):
    given = {"login_timeout": "5", "client_session_keep_alive": "true", "user": "grace"}
    found = parameters_of("prod", given)
    assert (found["login_timeout"], found["client_session_keep_alive"], found["user"]) == (5, True, "grace")


def test_a_misspelt_option_is_answered_with_the_nearest(sections):
    with pytest.raises(ConnectionFailed, match=r"no option warehose. Nearest: warehouse.*warehouse=\.\.\.`"):
        parameters_of("prod", {"warehose": "WH"})


def test_an_option_of_a_wrong_type_says_what_it_takes(sections):
    with pytest.raises(ConnectionFailed, match="login_timeout takes a number, not soon"):
        parameters_of("prod", {"login_timeout": "soon"})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_that_cannot_be_read_says_why(home):
    (home / "connections.toml").mkdir()
    with pytest.raises(ConnectionFailed, match="cannot be read"):
        parameters_of("prod", {})
