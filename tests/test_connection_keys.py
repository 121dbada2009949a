"""Secrets of connections: asked for, bound to their source, and found in no output, file or repr."""

import traceback

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from rasgo_nb.commands.connection_keys import ConnectionKeys
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import config_path
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.errors import RasgoError
from rasgo_nb.secret_store import SecretsInKeyring, SecretsInMemory, SecretsOfSource

MARKER = "s3cret-marker"


class Chest(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.held = {}
        self.is_locked = False

    def get_password(self, service, username):
        if self.is_locked:
            raise KeyringLocked(f"cannot unlock {MARKER}")
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.get_password(service, username)
        self.held[service, username] = password

    def delete_password(self, service, username):
        del self.held[service, username]


@pytest.fixture
def chest():
    before, chest = keyring.get_keyring(), Chest()
    keyring.set_keyring(chest)
    yield chest
    keyring.set_keyring(before)


def test_a_password_is_asked_for_and_reaches_only_its_own_source(chest):
    kept = {"prod": ConnectionSettings(source="postgres:shop", options={"host": "a", "user": "ana"})}
    keys = ConnectionKeys(kept)
    said = keys.run("set", "connection.prod", lambda question: MARKER)
    assert "in the keyring" in said
    assert MARKER not in said
    own = SecretsOfSource(SecretsInKeyring(), keys._owner("prod"))
    other = SecretsOfSource(SecretsInKeyring(), "another")
    assert own.find("prod.password") == MARKER
    assert other.find("prod.password") == ""


def test_a_secret_of_no_source_belongs_to_the_first_that_uses_it(chest):
    ConnectionKeys().run("set", "connection.prod.token", lambda question: MARKER)
    store = SecretsInKeyring()
    assert SecretsOfSource(store, "first").find("prod.token") == MARKER
    assert SecretsOfSource(store, "second").find("prod.token") == ""
    assert "of another source" in store.news()
    assert SecretsOfSource(store, "first").find("prod.token") == MARKER


def test_a_secret_that_is_given_is_kept_nowhere(chest):
    secrets = SecretsOfSource(SecretsInKeyring(), "me", {"prod.password": MARKER})
    assert secrets.find("prod.password") == MARKER
    assert not chest.held
    assert MARKER not in repr(secrets)


def test_forgetting_takes_it_out_of_the_keyring(chest):
    keys = ConnectionKeys({"prod": ConnectionSettings()})
    keys.run("set", "connection.prod", lambda question: MARKER)
    assert keys.lines() == ["connection.prod: password is held"]
    assert keys.run("forget", "connection.prod", None) == "The password for prod is forgotten."
    assert keys.lines() == []
    assert not chest.held


def test_without_a_keyring_a_notebook_holds_it_in_memory_and_says_so_once(session):
    store = session.connections.secrets
    keys = ConnectionKeys({}, store, is_lasting=False)
    assert "until the kernel ends" in keys.run("set", "connection.a", lambda question: MARKER)
    assert "until the kernel ends" not in keys.run("set", "connection.b", lambda question: MARKER)
    assert MARKER in store.find("a.password")


def test_without_a_keyring_a_command_line_says_what_to_type():
    with pytest.raises(RasgoError, match=r"`%rasgo key set connection\.prod\.password`") as caught:
        ConnectionKeys().run("set", "connection.prod", lambda question: MARKER)
    assert MARKER not in str(caught.value)


def test_a_locked_keyring_is_told_and_its_words_are_not(chest):
    chest.is_locked = True
    store = SecretsInKeyring()
    assert store.find("prod.password") == ""
    assert store.news() == "The keyring refused (KeyringLocked), so nothing in it was used."
    with pytest.raises(RasgoError, match="Unlock it") as caught:
        ConnectionKeys().run("set", "connection.prod", lambda question: MARKER)
    assert MARKER not in str(caught.value)


@pytest.mark.parametrize("entry", ["connection.", "connection.a b", "connection.prod.colour"])
def test_a_name_that_is_none_is_told(entry):
    with pytest.raises(RasgoError, match="names no key"):
        ConnectionKeys().run("set", entry, lambda question: MARKER)


def tried(work):
    try:
        return repr(work())
    except RasgoError as error:
        return "".join(traceback.format_exception_only(error)) + repr(error)


def test_a_planted_secret_is_in_no_output_repr_traceback_file_or_history(session, shell, chest):
    """Given in every place where one may be given, and in those where none may."""
    shell.run_line_magic("load_ext", "rasgo_nb")
    shell.user_ns["session"], shell.user_ns["secret"] = session, MARKER
    shell.user_ns["tried"] = tried
    shell.run_cell(
        "urls = [f'{kind}://ana:{secret}@127.0.0.1:9/shop' for kind in ('postgresql', 'mysql+nothing')]\n"
        "said = [tried(lambda: session.connect(url, name='prod')) for url in urls]\n"
        "own = {'host': '127.0.0.1', 'port': '9', 'password': secret}\n"
        "said.append(tried(lambda: session.connect('postgres', options=own)))"
    ).raise_error()
    session.connections.secrets.keep("prod.password", MARKER)
    outputs = [*shell.user_ns["said"], repr(session.connections), str(session.connections.sources)]
    for line in (f"config connections.prod.options.password {MARKER}", f"connect postgres password={MARKER}"):
        try:
            run_command(session, line)
        except RasgoError as error:
            outputs += [
                "".join(traceback.format_exception(error)).replace(line, ""),
                *error._render_traceback_(),
            ]
    outputs += [run_command(session, line) for line in ("connections", "config", "status", "key list")]
    outputs += [path.read_text() for path in config_path().parent.glob("**/*") if path.is_file()]
    outputs += [text for _, _, text in shell.history_manager.get_range()]
    assert not [text for text in outputs if MARKER in text]


def test_secrets_in_memory_are_in_no_repr():
    secrets = SecretsInMemory({"prod.password": MARKER})
    assert repr(secrets) == "SecretsInMemory(1 held)"
