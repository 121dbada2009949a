"""Keys: found in the environment or the keyring, asked for, and never shown."""

import logging
from getpass import GetPassWarning

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from rasgo_nb.agent.models.choose import choose, endpoint_of, offers, open_model
from rasgo_nb.agent.models.keys import KEYRING, Key, key_for
from rasgo_nb.agent.models.providers import PROVIDERS
from rasgo_nb.commands.keys import run_key_command
from rasgo_nb.config import load_config
from rasgo_nb.errors import RasgoError
from rasgo_nb.provider_settings import ProviderSettings

PLANTED = "sk-planted-0123456789abcdefghij"


class Drawer(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.held = {}
        self.is_locked = False

    def get_password(self, service, username):
        if self.is_locked:
            raise KeyringLocked(f"cannot unlock for {PLANTED}")
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.held[service, username] = password

    def delete_password(self, service, username):
        del self.held[service, username]


@pytest.fixture
def drawer():
    before, drawer = keyring.get_keyring(), Drawer()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring():
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def environment(tmp_path):
    return {"RASGO_NB_CONFIG": str(tmp_path / "config.toml")}


def found(settings=None, **environment):
    return key_for("openai", PROVIDERS["openai"], settings or ProviderSettings(), environment)


def test_the_persons_own_variable_goes_first():
    own = ProviderSettings(key_variable="MINE")
    assert found(own, OPENAI_API_KEY="usual", MINE="mine") == Key("mine", "MINE")
    assert found(own, OPENAI_API_KEY="usual") == Key("usual", "OPENAI_API_KEY")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_line_break_that_ends_a_file_is_no_part_of_the_key(ending):
    assert found(OPENAI_API_KEY=f"{PLANTED}{ending}").text == PLANTED


@pytest.mark.parametrize("key", [f"{PLANTED}\n\n", f"sk-\n{PLANTED}", f"{PLANTED} x", f"„{PLANTED}“"])
def test_a_key_that_no_header_carries_is_refused_without_showing_it(key):
    with pytest.raises(RasgoError, match="rasgo-nb key set openai") as caught:
        endpoint_of("openai", {}, {"OPENAI_API_KEY": key})
    assert PLANTED not in str(caught.value)


def test_the_keyring_is_asked_only_where_settings_say_so(drawer):
    drawer.held["rasgo_nb", "openai"] = PLANTED
    assert not found()
    assert found(ProviderSettings(keyring=True)) == Key(PLANTED, KEYRING)


def test_a_key_is_asked_for_kept_found_and_forgotten(drawer, environment):
    said = run_key_command(["set", "openai"], {}, ask=lambda _: f"{PLANTED}\n", environment=environment)
    assert said == "The key for openai is kept in the keyring."
    kept = load_config(environment).providers
    choice = choose("", kept, environment)
    assert (choice.name.partition(":")[0], choice.note) == ("openai", "its key is in the keyring")
    assert run_key_command(["forget", "openai"], kept, environment=environment).endswith("is forgotten.")
    assert (drawer.held, load_config(environment).providers) == ({}, {})


def test_a_variable_that_goes_before_the_keyring_is_told(drawer, environment):
    environment["OPENAI_API_KEY"] = "another"
    said = run_key_command(["set", "openai"], {}, ask=lambda _: PLANTED, environment=environment)
    assert "OPENAI_API_KEY is set too" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set"], "never an argument"),
        (["set", "openai", PLANTED], "`rasgo-nb key set NAME`"),
        (["set", PLANTED], "could be a key"),
        (["set", "opnai"], "There is no provider"),
        (["set", "offline"], "needs no key"),
        (["frobnicate", "openai"], "never an argument"),
    ],
)
def test_a_wrong_key_line_says_what_to_type(words, says):
    with pytest.raises(RasgoError) as caught:
        run_key_command(words, {})
    assert says in str(caught.value)
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize("typed", ["", "\n", f"{PLANTED}\nmore"])
def test_a_typed_key_that_can_be_none_is_not_kept(drawer, environment, typed):
    with pytest.raises(RasgoError, match="rasgo-nb key set openai") as caught:
        run_key_command(["set", "openai"], {}, ask=lambda _: typed, environment=environment)
    assert (drawer.held, PLANTED in str(caught.value)) == ({}, False)


@pytest.mark.parametrize("refusal", [EOFError, NotImplementedError, GetPassWarning])
def test_nobody_to_ask_is_told(drawer, environment, refusal):
    def ask(_question):
        raise refusal

    with pytest.raises(RasgoError, match="in a terminal"):
        run_key_command(["set", "openai"], {}, ask=ask, environment=environment)


def test_a_machine_without_a_keyring_names_the_variable(no_keyring):
    with pytest.raises(RasgoError, match="Set OPENAI_API_KEY instead"):
        run_key_command(["set", "openai"], {}, ask=lambda _: PLANTED)


def test_a_locked_keyring_says_so_and_not_what_it_said(drawer):
    drawer.is_locked = True
    with pytest.raises(RasgoError, match="KeyringLocked") as caught:
        found(ProviderSettings(keyring=True))
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize("name", ["openai", "anthropic", "cohere", "azure"])
def test_a_provider_without_its_key_names_the_variable(name):
    with pytest.raises(RasgoError) as caught:
        open_model(f"{name}:some-model", {}, environment={})
    assert PROVIDERS[name].key_variables[0] in str(caught.value)
    assert f"`rasgo-nb key set {name}`" in str(caught.value)


def test_a_key_is_in_no_repr_list_or_log(drawer, environment, caplog):
    environment |= {"OPENAI_API_KEY": PLANTED, "TENANT": PLANTED}
    own = {"openai": ProviderSettings(headers={"X-Tenant": "$TENANT"}, proxy="$TENANT")}
    with caplog.at_level(logging.DEBUG):
        endpoint = endpoint_of("openai", own, environment)
        run_key_command(["set", "openai"], own, ask=lambda _: PLANTED, environment=environment)
    assert endpoint.key == endpoint.headers["X-Tenant"] == PLANTED
    shown = [repr(endpoint), repr(found(OPENAI_API_KEY=PLANTED)), *offers(own, environment), caplog.text]
    assert not any(PLANTED in text for text in shown)
