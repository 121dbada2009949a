"""``key set connection.NAME``: the passwords and tokens of connections, asked for and never shown."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.connection_settings import NAME, ConnectionSettings
from rasgo_nb.connectors.open import owner_of
from rasgo_nb.errors import MissingDependency, RasgoError, UnknownName
from rasgo_nb.secret_store import (
    PREFIX,
    KeyringRefused,
    NoKeyring,
    SecretsInKeyring,
    asked,
    asked_of_keyring,
    bound,
    unbound,
)
from rasgo_nb.secret_words import is_secret_option, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_USUAL = ("password", "token", "private_key_file_pwd", "oauth_client_secret", "service_account")


@dataclass(frozen=True, slots=True)
class ConnectionKeys:
    """Keys of the connections that settings keep, and of those that are open.

    ``owners`` says for whom the secrets of an open connection are. ``is_lasting`` refuses what would end with
    this process, as on a command line.
    """

    kept: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    secrets: SecretsInKeyring = field(default_factory=SecretsInKeyring)
    owners: Mapping[str, str] = field(default_factory=dict)
    is_lasting: bool = True

    def run(self, verb: str, entry: str, ask: Callable[[str], str] | None) -> str:
        """Set or forget ``connection.NAME`` or ``connection.NAME.SECRET``; what was done, as a line.

        Raises
        ------
        UnknownName
            for a name that no connection and no secret can have.
        RasgoError
            when nobody can be asked, or the keyring cannot be used and the key would not last.
        """
        name, _, what = entry.removeprefix(PREFIX).partition(".")
        what = what or "password"
        if not NAME.fullmatch(name) or not (what in _USUAL or is_secret_option(what)):
            raise UnknownName(
                f"{entry!r} names no key of a connection. Type for example `key set connection.prod`, or one "
                f"of {', '.join(f'connection.prod.{one}' for one in _USUAL[1:])}."
            )
        return self._forget(name, what) if verb == "forget" else self._set(name, what, ask)

    def lines(self) -> list[str]:
        """Which connections have a key, without any."""
        names = dict.fromkeys((*self.kept, *self.owners))
        held = {name: [what for what in _USUAL if self.secrets.find(f"{name}.{what}")] for name in names}
        return [f"connection.{name}: {', '.join(whats)} is held" for name, whats in held.items() if whats]

    def _set(self, name: str, what: str, ask: Callable[[str], str] | None) -> str:
        if self.is_lasting:
            _check_keyring(name, what)  # before the person takes the trouble to type
        entry = f"{PREFIX}{name}" if what == "password" else f"{PREFIX}{name}.{what}"
        # Looked up now: a kernel puts its own in place of it for each cell.
        secret = asked(ask or getpass.getpass, entry, what=what.replace("_", " ").capitalize())
        self.secrets.keep(f"{name}.{what}", bound(secret, self._owner(name)))
        where = self.secrets.news() or "It is in the keyring."
        return f"The {what} for {name} is kept. {where} Type `%rasgo connect {name}`, or connect as {name}."

    def _forget(self, name: str, what: str) -> str:
        is_held = bool(unbound(self.secrets.find(f"{name}.{what}"))[0])
        self.secrets.forget(f"{name}.{what}")
        return f"The {what} for {name} is forgotten." if is_held else f"No {what} was held for {name}."

    def _owner(self, name: str) -> str:
        """Whom the secret is for: the connection of that name, kept or open; else the first to use it."""
        kept = self.kept.get(name)
        if name in self.owners:
            return self.owners[name]
        return owner_of(without_secrets(kept.source), kept.options) if kept and kept.source else ""


def _check_keyring(name: str, what: str) -> None:
    instead = (
        f"In a notebook type `%rasgo key set {PREFIX}{name}.{what}`: it is held until the kernel ends; or "
        "use the vendor's own file."
    )
    try:
        asked_of_keyring("get_password", f"{PREFIX}{name}.{what}")
    except MissingDependency as missing:
        raise MissingDependency(f"{missing} {instead}") from None
    except NoKeyring as none:
        raise RasgoError(f"{none} {instead}") from None
    except KeyringRefused as refused:
        raise RasgoError(f"{refused} {instead}") from None
