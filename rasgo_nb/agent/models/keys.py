"""Keys: from the environment or the keyring, never from a cell, never shown."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.config import save_setting
from rasgo_nb.errors import MissingDependency, RasgoError
from rasgo_nb.secret_store import KeyringRefused, NoKeyring, asked, asked_of_keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rasgo_nb.agent.models.providers import Provider
    from rasgo_nb.provider_settings import ProviderSettings

KEYRING = "the keyring"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, in no repr, and where it was found; both empty where there is none."""

    text: str = field(default="", repr=False)
    found_in: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


def key_for(
    entry: str, provider: Provider, settings: ProviderSettings, environment: Mapping[str, str]
) -> Key:
    """The key of a provider: from its environment variables in order, else the keyring where settings say so.

    Raises
    ------
    MissingDependency
        when the settings say keyring and it is not installed.
    RasgoError
        when the keyring can't be opened.
    """
    for name in key_variables(entry, provider, settings):
        # A file or a command that a variable was filled from ends in a line break, which is no part of it.
        text = environment.get(name, "").removesuffix("\n").removesuffix("\r")
        if text:
            return Key(text, name)
    if settings.keyring:
        text = _asked_of_keyring("get_password", entry, provider) or ""
        return Key(text, KEYRING) if text else Key()
    return Key()


def key_variables(entry: str, provider: Provider, settings: ProviderSettings) -> tuple[str, ...]:
    """The variables that may hold the key, in order.

    The usual ones hold for our own entries, and for those that do not send it to another address.
    """
    own = (settings.key_variable,) if settings.key_variable else ()
    is_usual = entry == provider.name or not settings.base_url
    return (*own, *(provider.key_variables if is_usual else ()))


def missing_key(entry: str, provider: Provider, settings: ProviderSettings) -> RasgoError:
    """The error for a provider that needs a key where there is none."""
    names = key_variables(entry, provider, settings)
    variable = f"Set {names[0]} before the kernel starts" if names else "Name its variable in key_variable"
    return RasgoError(f"There is no key for {entry}. {variable}, or type `rasgo-nb key set {entry}`.")


def set_key(
    entry: str,
    provider: Provider,
    settings: ProviderSettings,
    *,
    ask: Callable[[str], str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """Ask for a key without showing it, and keep it in the keyring; what was done, as a line.

    Raises
    ------
    MissingDependency
        when keyring is not installed; nothing was asked then.
    RasgoError
        when nobody can be asked, or the key can be none, or the keyring refuses it.
    """
    _asked_of_keyring("get_password", entry, provider)  # before the person takes the trouble to type
    # Looked up now: a kernel puts its own in place of it for each cell.
    key = asked(ask or getpass.getpass, entry)
    Endpoint(provider=entry, key=key)
    _asked_of_keyring("set_password", entry, provider, key)
    save_setting(f"providers.{entry}.keyring", True, environment)
    over = next((name for name in key_variables(entry, provider, settings) if environment.get(name)), "")
    note = f" {over} is set too, and goes before it." if over else ""
    return f"The key for {entry} is kept in the keyring.{note}"


def forget_key(
    entry: str,
    provider: Provider,
    settings: ProviderSettings,
    *,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """Take a key out of the keyring; what was done, as a line.

    Raises
    ------
    MissingDependency
        when keyring is not installed.
    RasgoError
        when the keyring can't be opened.
    """
    held = _asked_of_keyring("get_password", entry, provider)
    if held:
        _asked_of_keyring("delete_password", entry, provider)
    if settings.keyring:
        save_setting(f"providers.{entry}.keyring", False, environment)
    return f"The key for {entry} is forgotten." if held else f"The keyring holds no key for {entry}."


def _asked_of_keyring(verb: str, entry: str, provider: Provider, *values: str) -> Any:
    variable = next(iter(provider.key_variables), "")
    instead = f", or set {variable}" if variable else ""
    try:
        return asked_of_keyring(verb, entry, *values)
    except MissingDependency:
        raise MissingDependency(
            f"Keys are kept by keyring, which is not installed. "
            f"Type `pip install 'rasgo_nb[keyring]'`{instead}."
        ) from None
    except NoKeyring as none:
        where = f"Set {variable}" if variable else "Name a variable in key_variable"
        raise RasgoError(f"{none} {where} instead.") from None
    except KeyringRefused as refused:
        raise RasgoError(f"The keyring refused ({refused.kind}). Unlock it{instead}.") from None
