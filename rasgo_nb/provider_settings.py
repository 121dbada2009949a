"""How each provider is reached, as the person's settings say it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY = re.compile(r"[A-Za-z][\w-]*")
_HEADER = re.compile(r"[A-Za-z0-9_-]+")
_VARIABLE = re.compile(r"\$\w+")
_KEY_PREFIX = re.compile(r"\b((sk|pk|rk|xai|gsk|nvapi)[-_]|(hf|ghp)_|AKIA|AIza)(?=[\w-]*\d)[\w.+/=-]{14,}")
_KEY_LETTERS = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}")
_ADDRESS = re.compile(r"(https?://|[./~])")
_LOGIN = re.compile(r"^([a-z][a-z0-9+.-]*://)?.*@", re.I | re.S)
_EXAMPLES = {
    "kind": "openai-compatible",
    "model": "MODEL",
    "base_url": "http://localhost:8000/v1",
    "proxy": "http://localhost:3128",
    "ca_bundle": "/path/to/ca.pem",
    "timeout_s": "120",
    "connect_timeout_s": "5",
    "key_variable": "MY_API_KEY",
    "keyring": "true",
    "region": "eu-west-1",
    "project": "my-project",
    "api_version": "2026-01-01",
}


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """How one provider is reached; empty texts mean the usual. Never holds a key.

    ``kind`` names the provider of ours that speaks to it, for entries under a name of the person's own.
    A header's value, and the proxy, may be ``$VARIABLE``: it is taken from the environment.
    """

    kind: str = ""
    model: str = ""  # taken where the person names only the provider
    base_url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = field(default="", repr=False)
    ca_bundle: str = ""
    timeout_s: float = 300.0  # the longest silence that is waited through
    connect_timeout_s: float = 10.0
    key_variable: str = ""  # the environment variable that holds the key, where it is not the usual one
    keyring: bool = False  # whether the key is kept in the keyring
    region: str = ""
    project: str = ""
    api_version: str = ""


_DEFAULTS = ProviderSettings()


def with_provider_setting(
    providers: Mapping[str, ProviderSettings], name: str, value: object, source: str
) -> dict[str, ProviderSettings]:
    """The providers with one setting changed; ``name`` is ``providers.NAME.FIELD``, or ``….headers.HEADER``.

    Raises
    ------
    UnknownName
        when there is no such setting.
    RasgoError
        when the value is of another type, or could be a key; it is not shown then.
    """
    entry, setting, header = _parts_of(name, source)
    old = providers.get(entry, _DEFAULTS)
    if setting == "headers":
        new = replace(old, headers=_with_header(old.headers, entry, header, value, source))
    else:
        new = replace(old, **{setting: _read(name, setting, value, source)})
    return {**providers, entry: new}


def provider_lines(entry: str, settings: ProviderSettings) -> list[str]:
    """What is set for a provider, one line each, without what may be secret."""
    lines = []
    for name in _names():
        value = getattr(settings, name)
        if name == "headers":
            lines += [
                f"providers.{entry}.headers.{header} = {text!r}"
                if _VARIABLE.fullmatch(text)
                else f"providers.{entry}.headers.{header} is set"
                for header, text in value.items()
            ]
        elif value != getattr(_DEFAULTS, name):
            shown = without_login(value) if name in {"base_url", "proxy"} else value
            lines.append(f"providers.{entry}.{name} = {shown!r}")
    return lines


def expanded(text: str, name: str, environment: Mapping[str, str]) -> str:
    """A setting's text, taken from the environment where it is ``$VARIABLE``.

    Raises
    ------
    RasgoError
        when the variable is not set.
    """
    if not _VARIABLE.fullmatch(text):
        return text
    if text[1:] not in environment:
        raise RasgoError(f"{name} is taken from {text}, which is not set. Set it and start the kernel anew.")
    return environment[text[1:]].strip()


def without_login(address: str) -> str:
    """An address as it may be shown: without the name and the password in it."""
    return _LOGIN.sub(r"\1***@", address)


def looks_like_key(text: str) -> bool:
    """Whether a text is more likely an API key than a name or an address."""
    if _KEY_PREFIX.search(text):
        return True
    return not _ADDRESS.match(text) and _KEY_LETTERS.search(text) is not None


def mend(source: str, line: str) -> str:
    """What to do about a wrong setting: no command runs until a file or variable is mended where it is."""
    return "Mend it there." if source else f"Type for example `{line}`."


def is_default(name: str, value: object) -> bool:
    """Whether a provider's setting has the value that it has when nobody set it."""
    return bool(value == getattr(_DEFAULTS, name))


def _names() -> list[str]:
    return [field.name for field in fields(ProviderSettings)]


def _parts_of(name: str, source: str) -> tuple[str, str, str]:
    _, entry, setting, header = [*name.split(".", 3), "", "", ""][:4]
    if not _ENTRY.fullmatch(entry) or entry in ("offline", "replay"):
        raise UnknownName(
            f"{entry!r} is no name for a provider{_from(source)}. "
            f"{mend(source, '%rasgo config providers.lab.base_url http://localhost:8000/v1')}"
        )
    if setting not in _names() or bool(header) != (setting == "headers"):
        near = get_close_matches(setting, _names(), n=1)
        known = ", ".join(name if name != "headers" else "headers.NAME" for name in _names())
        hint = f"Did you mean `{near[0]}`?" if near and near[0] != setting else f"A provider's are: {known}."
        raise UnknownName(f"There is no setting {name!r}{_from(source)}. {hint}")
    return entry, setting, header


def _with_header(
    headers: Mapping[str, str], entry: str, header: str, value: object, source: str
) -> dict[str, str]:
    line = f"`%rasgo config providers.{entry}.headers.{header} $MY_VARIABLE`"
    if not _HEADER.fullmatch(header):
        raise UnknownName(
            f"{header!r} is no name for a header{_from(source)}. Take letters, digits, - and _."
        )
    if not isinstance(value, str) or "\n" in value or "\r" in value:
        raise RasgoError(f"The header {header} must be a text of one line{_from(source)}.")
    if looks_like_key(value):
        raise RasgoError(
            f"The header {header} of {entry} holds what could be a key{_from(source)}. "
            f"Put it into an environment variable and type {line}."
        )
    others = {name: text for name, text in headers.items() if name != header}
    return {**others, header: value} if value else others


def _read(name: str, setting: str, value: object, source: str) -> Any:
    kind = type(getattr(_DEFAULTS, setting))
    try:
        return _READERS[kind](value)
    except ValueError:
        words = {bool: "true or false", float: "a number above 0", str: "a text"}
        shown = "" if kind is str else f", not {value!r}"
        raise RasgoError(
            f"{name} must be {words[kind]}{shown}{_from(source)}. "
            f"{mend(source, f'%rasgo config {name} {_EXAMPLES[setting]}')}"
        ) from None


def _text(value: object) -> str:
    if not isinstance(value, str) or looks_like_key(value):
        raise ValueError(value)
    return value.strip()


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not 0 < float(str(value)) < float("inf"):
        raise ValueError(value)
    return float(str(value))


def _truth(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


_READERS = {str: _text, float: _seconds, bool: _truth}


def _from(source: str) -> str:
    return f" (from {source})" if source else ""
