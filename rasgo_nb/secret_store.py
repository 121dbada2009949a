"""Where passwords and tokens of connections are held: never in a cell, a file of ours, a repr or a log."""

from __future__ import annotations

import getpass
import json
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from rasgo_nb._optional import load
from rasgo_nb.errors import MissingDependency, RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SERVICE = "rasgo_nb"  # what the keyring files our keys under
PREFIX = "connection."  # of the names that secrets of connections have in the keyring


_SEEN: set[str] = set()  # by this process, so that no text that is written down holds one


def note_secret(held: str) -> None:
    """Remember a secret that this process came to know."""
    secret, _ = unbound(held)
    if secret:
        _SEEN.add(secret)


def seen_secrets() -> frozenset[str]:
    """All that this process came to know."""
    return frozenset(_SEEN)


class NoKeyring(RasgoError):
    """This machine has no keyring."""


class KeyringRefused(RasgoError):
    """The keyring is there and refuses; ``kind`` says how, without words of its own."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The keyring refused ({kind}). Unlock it, and try again.")
        self.kind = kind


def asked_of_keyring(verb: str, entry: str, *values: str) -> Any:
    """What the operating system's keyring says; ``verb`` is a function of the keyring library.

    Raises
    ------
    MissingDependency
        when the library is not installed.
    NoKeyring, KeyringRefused
        when there is no keyring, or it cannot be opened.
    """
    keyring = load("keyring", extra="keyring", purpose="Keeping a key")
    try:
        found = getattr(keyring, verb)(SERVICE, entry, *values)
    except keyring.errors.NoKeyringError:
        raise NoKeyring("This machine has no keyring to keep keys in.") from None
    except keyring.errors.KeyringError as error:
        # The backend's own words may hold what it was given.
        raise KeyringRefused(type(error).__name__) from None
    for held in (*values, found):
        if isinstance(held, str):
            note_secret(held)
    return found


def asked(ask: Callable[[str], str], entry: str, *, what: str = "Key") -> str:
    """What the person types where it is not shown.

    Raises
    ------
    RasgoError
        when nobody can be asked, or nothing is typed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would go on and show what is typed
            key = ask(f"{what} for {entry} (it is not shown): ")
    except (
        EOFError,
        NotImplementedError,
        getpass.GetPassWarning,
    ):  # no terminal, or a notebook without a person
        raise RasgoError(
            f"Nobody can be asked for the {what.lower()} here. Type `rasgo-nb key set {entry}` in a terminal."
        ) from None
    key = key.strip("\r\n\t ")
    if not key:
        raise RasgoError(
            f"No {what.lower()} was given, nothing is changed. Type `rasgo-nb key set {entry}` again."
        )
    return key


class Secrets(Protocol):
    """Secrets by key; a key is made of a connection's name and what the secret is: ``prod.password``."""

    def find(self, key: str) -> str:
        """The secret; empty where there is none."""

    def keep(self, key: str, secret: str) -> None:
        """Hold it until it is forgotten, or as long as this kind of store lasts."""

    def forget(self, key: str) -> None:
        """Hold it no more; nothing where there was none."""


class SecretsInMemory:
    """Secrets that end with the kernel."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._secrets: dict[str, str] = dict(secrets or {})
        for secret in self._secrets.values():
            note_secret(secret)

    def __repr__(self) -> str:
        return f"SecretsInMemory({len(self._secrets)} held)"

    def find(self, key: str) -> str:
        """As ``Secrets.find``."""
        return self._secrets.get(key, "")

    def keep(self, key: str, secret: str) -> None:
        """As ``Secrets.keep``."""
        note_secret(secret)
        self._secrets[key] = secret

    def forget(self, key: str) -> None:
        """As ``Secrets.forget``."""
        self._secrets.pop(key, None)


class SecretsInKeyring:
    """Secrets in the keyring of the operating system; where there is none, in memory."""

    def __init__(self) -> None:
        self._memory = SecretsInMemory()
        self._notes: list[str] = []
        self._said: set[str] = set()

    def __repr__(self) -> str:
        return "SecretsInKeyring()"

    def find(self, key: str) -> str:
        """As ``Secrets.find``; a keyring that refuses is noted."""
        held = self._memory.find(key)
        if held:
            return held
        try:
            return asked_of_keyring("get_password", PREFIX + key) or ""
        except (MissingDependency, NoKeyring):
            return ""
        except KeyringRefused as refused:
            self.note(f"The keyring refused ({refused.kind}), so nothing in it was used.")
            return ""

    def keep(self, key: str, secret: str) -> None:
        """As ``Secrets.keep``; that it will end with the kernel is noted."""
        try:
            asked_of_keyring("set_password", PREFIX + key, secret)
        except (MissingDependency, NoKeyring, KeyringRefused):
            self._memory.keep(key, secret)
            self.note("No keyring could be used: secrets are held in memory, until the kernel ends.")
        else:
            self._memory.forget(key)

    def forget(self, key: str) -> None:
        """As ``Secrets.forget``."""
        self._memory.forget(key)
        with suppress(MissingDependency, NoKeyring, KeyringRefused):
            if asked_of_keyring("get_password", PREFIX + key) is not None:
                asked_of_keyring("delete_password", PREFIX + key)

    def note(self, sentence: str) -> None:
        """Have the person told, once in this kernel."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._notes.append(sentence)

    def news(self) -> str:
        """What the person was not told yet."""
        notes, self._notes = self._notes, []
        return " ".join(notes)


class SecretsOfSource:
    """The secrets of one connection as its connector sees them.

    A secret is bound to the ``owner`` that it was first used for, a source and its user: another source that
    goes by the same name is not given it. ``given`` are secrets of the caller's, which are kept nowhere.
    """

    def __init__(self, store: Secrets, owner: str, given: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._owner = owner
        self._given = SecretsInMemory(given)

    def __repr__(self) -> str:
        return f"SecretsOfSource({self._store!r})"

    def find(self, key: str) -> str:
        """As ``Secrets.find``; what belongs to another source is not found."""
        given = self._given.find(key)
        if given:
            return given
        secret, owner = unbound(self._store.find(key))
        if secret and not owner:
            self.keep(key, secret)
        if owner not in ("", self._owner):
            note = f"The secret kept as connection.{key} is of another source or user, and was not used."
            if isinstance(self._store, SecretsInKeyring):
                self._store.note(
                    f"{note} Type `%rasgo key set connection.{key}` to give one for this source."
                )
            return ""
        return secret

    def keep(self, key: str, secret: str) -> None:
        """As ``Secrets.keep``."""
        self._store.keep(key, bound(secret, self._owner))

    def forget(self, key: str) -> None:
        """As ``Secrets.forget``."""
        self._given.forget(key)
        self._store.forget(key)


def bound(secret: str, owner: str) -> str:
    """A secret together with whom it is for, as it is kept; an empty owner is the first that uses it."""
    return json.dumps({"secret": secret, "of": owner})


def unbound(held: str) -> tuple[str, str]:
    """The secret in what is kept, and its owner; one that was put there by other means has none."""
    try:
        kept = json.loads(held)
        return str(kept["secret"]), str(kept["of"])
    except (ValueError, TypeError, KeyError):
        return held, ""
