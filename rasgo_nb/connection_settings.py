"""How one connection is opened and what holds for it, as the person's settings say it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.policy import Policy, with_rule
from rasgo_nb.secret_words import is_secret_option, secret_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Privacy = Literal["rows", "stats", "schema"]
Known = Literal["known", "none"]

PRIVACIES: tuple[Privacy, ...] = get_args(Privacy)
NAME = re.compile(r"[^\W_][\w-]*")
_OPTION = re.compile(r"[A-Za-z][\w.-]*")
_VARIABLES = "RASGO_NB_CONNECTIONS_"
_WORDS = {bool: "true or false", float: "a number from 0", str: "a text", tuple: "names of columns"}
_CHOICES = {
    "privacy": "rows, stats or schema",
    "meaning": "files and folders",
    **dict.fromkeys(("values", "history"), "known or none"),
}
_EXAMPLES = {
    "source": "snowflake:prod",
    "writable": "true",
    "privacy": "stats",
    "masked": "email,customers.*",
    "timeout_s": "600",
    "ask_above_gb": "50",
    "ask_above_rows": "1000000",
    "max_billed_gb": "100",
    "values": "none",
    "history": "none",
    "meaning": "dbt/target,docs/tables",
}


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One entry of ``[connections.NAME]``. 0 means no limit, an empty text not set. Never holds a secret.

    ``source`` and ``options`` are what ``%rasgo connect`` takes. ``privacy`` is what the model may read:
    ``rows`` bounded samples of rows, ``stats`` aggregates and profiles only, ``schema`` names and types only;
    ``masked`` names columns whose values it never reads, as ``column``, ``table.column`` or with ``*``.
    ``values`` and ``history`` say whether the catalog takes in the usual values of columns and the queries
    that were run, as far as the warehouse knows them, or none. ``meaning`` are files and folders that say
    what the tables mean: a dbt project's ``target``, semantic models, a folder of YAML and Markdown.
    A query that would read more than ``ask_above_gb`` or ``ask_above_rows`` waits for the person. ``policy``
    goes before the one of all connections.
    """

    source: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    writable: bool = False
    privacy: Privacy = "rows"
    masked: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    timeout_s: float = 3600.0
    ask_above_gb: float = 10.0
    ask_above_rows: int = 0
    max_billed_gb: float = 0.0
    values: Known = "known"
    history: Known = "known"
    meaning: tuple[str, ...] = ()


_DEFAULTS = ConnectionSettings()
FIELDS = [one.name for one in fields(ConnectionSettings)]


def is_masked(masked: Iterable[str], parts: Sequence[str]) -> bool:
    """Whether ``masked`` names a column, as ``column``, ``table.column``, longer, or with ``*``.

    ``parts`` are those of the column's full name as far as it is known; case says nothing.
    """
    known = [part.casefold() for part in parts]
    return any(_fits(pattern.casefold().split("."), known) for pattern in masked)


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a pattern of some parts fits the end of the name."""
    least = min(len(pattern), len(parts))
    return all(fnmatchcase(part, one) for part, one in zip(parts[-least:], pattern[-least:], strict=True))


def with_connection_setting(
    connections: Mapping[str, ConnectionSettings], name: str, value: object, source: str = ""
) -> dict[str, ConnectionSettings]:
    """The connections with one setting changed.

    ``name`` is ``connections.NAME.FIELD``, ``….options.OPTION`` or ``….policy.EFFECT``; ``source`` says where
    it was read.

    Raises
    ------
    UnknownName
        when there is no such setting.
    RasgoError
        when the value is of another type, or a secret; that is not shown.
    """
    entry, setting, part = _parts_of(name, source)
    old = connections.get(entry, _DEFAULTS)
    if setting == "policy":
        changed: Any = with_rule(old.policy, part, value, source)
    elif setting == "options":
        changed = _with_option(old.options, entry, part, value, source)
    else:
        changed = _read(name, setting, value, source)
    return {**connections, entry: replace(old, **{setting: changed})}


def check_connection_setting(name: str) -> None:
    """Whether there is a setting of that name; as ``with_connection_setting``."""
    if name.count(".") > 1:
        _parts_of(name, "")


def connection_lines(entry: str, settings: ConnectionSettings) -> list[str]:
    """What is set for a connection, one line each."""
    lines = [
        f"connections.{entry}.{name} = {_shown(getattr(settings, name))}"
        for name in FIELDS
        if name not in ("options", "policy") and getattr(settings, name) != getattr(_DEFAULTS, name)
    ]
    lines += [f"connections.{entry}.options.{name} = {value!r}" for name, value in settings.options.items()]
    rules = settings.policy.rules.items()
    return lines + [f"connections.{entry}.policy.{effect} = {rule!r}" for effect, rule in rules]


def connection_table(settings: ConnectionSettings) -> dict[str, Any]:
    """A connection's settings as a table of the settings file; what is as usual is left out."""
    table: dict[str, Any] = {
        name: getattr(settings, name)
        for name in FIELDS
        if name not in ("options", "policy") and getattr(settings, name) != getattr(_DEFAULTS, name)
    }
    if settings.options:
        table["options"] = dict(settings.options)
    if settings.policy.rules:
        table["policy"] = dict(settings.policy.rules)
    return table


def settings_in(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The connections' settings that the environment holds: by their names, the variables.

    ``RASGO_NB_CONNECTIONS_PROD_PRIVACY`` is ``connections.prod.privacy``; ``names`` are known connections.

    Raises
    ------
    UnknownName
        for a variable that names no setting.
    """
    known = {name.upper().replace("-", "_"): name for name in names}
    ours = sorted(one for one in environment if one.startswith(_VARIABLES))
    return {_setting_of(variable, known): variable for variable in ours}


def _setting_of(variable: str, known: Mapping[str, str]) -> str:
    rest = variable.removeprefix(_VARIABLES)
    fitting = [
        (entry, setting, part)
        for setting in FIELDS
        for entry, part in [_taken_apart(rest, f"_{setting.upper()}", setting in ("options", "policy"))]
        if entry
    ]
    fitting.sort(key=lambda one: one[0] not in known)
    if not fitting:
        raise UnknownName(f"{variable} names no setting. Write for example {_VARIABLES}PROD_PRIVACY.")
    entry, setting, part = fitting[0]
    name = f"connections.{known.get(entry, entry.lower())}.{setting}"
    return f"{name}.{part.lower()}" if part else name


def _taken_apart(text: str, middle: str, has_part: bool) -> tuple[str, str]:
    """What stands before the name of a setting, and after it; empty texts where it is not there."""
    if has_part:
        entry, _, part = text.partition(f"{middle}_")
        return (entry, part) if part else ("", "")
    return text.removesuffix(middle) if text.endswith(middle) else "", ""


def _parts_of(name: str, source: str) -> tuple[str, str, str]:
    _, entry, setting, part = [*name.split(".", 3), "", "", ""][:4]
    if not NAME.fullmatch(entry):
        raise UnknownName(
            f"{entry!r} is no name for a connection{_from(source)}. Take letters, digits, - and _."
        )
    if is_secret_option(setting):
        raise RasgoError(_no_secret(entry, setting, source))
    if setting not in FIELDS or bool(part) != (setting in ("options", "policy")):
        near = get_close_matches(setting, FIELDS, n=1)
        names = {"options": "options.NAME", "policy": "policy.EFFECT"}
        known = ", ".join(names.get(one, one) for one in FIELDS)
        hint = (
            f"Did you mean `{near[0]}`?" if near and near[0] != setting else f"A connection's are: {known}."
        )
        raise UnknownName(f"There is no setting {name!r}{_from(source)}. {hint}")
    return entry, setting, part


def _with_option(
    options: Mapping[str, str], entry: str, name: str, value: object, source: str
) -> dict[str, str]:
    if not _OPTION.fullmatch(name):
        raise UnknownName(f"{name!r} is no name for an option{_from(source)}. Take the vendor's own word.")
    if is_secret_option(name):
        raise RasgoError(_no_secret(entry, name, source))
    if isinstance(value, bool | int | float):
        value = str(value).lower()
    if not isinstance(value, str) or "\n" in value:
        raise RasgoError(f"connections.{entry}.options.{name} must be a text of one line{_from(source)}.")
    others = {key: text for key, text in options.items() if key != name}
    return {**others, name: value} if value else others


def _no_secret(entry: str, name: str, source: str) -> str:
    key = f"connection.{entry}" if name == "password" else f"connection.{entry}.{name}"
    where = f"Take it out of {source} and type" if source else "Type"
    return f"Settings hold no {name}, and nothing of it is kept. {where} `rasgo-nb key set {key}`."


def _read(name: str, setting: str, value: object, source: str) -> object:
    if setting == "source" and isinstance(value, str) and (secret := secret_in(value)):
        raise RasgoError(_no_secret(name.split(".")[1], secret, source))
    try:
        return _READERS[setting](value)
    except (ValueError, OverflowError):
        words = _CHOICES.get(setting) or _WORDS[_kind(setting)]
        example = f"Type for example `%rasgo config {name} {_EXAMPLES[setting]}`."
        mended = "Mend it there." if source else example
        raise RasgoError(f"{name} must be {words}, not {value!r}{_from(source)}. {mended}") from None


def _kind(setting: str) -> type:
    kind = type(getattr(_DEFAULTS, setting))
    return float if kind is int else kind


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value.strip()


def _privacy(value: object) -> str:
    if value not in PRIVACIES:
        raise ValueError(value)
    return str(value)


def _known(value: object) -> str:
    if value not in get_args(Known):
        raise ValueError(value)
    return str(value)


def _names(value: object) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise ValueError(value)
    return tuple(word.strip() for word in words if word.strip())


def _truth(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def _number(value: object) -> float:
    number = float(str(value).replace("_", ""))
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise ValueError(value)
    return number


def _count(value: object) -> int:
    return int(_number(value))


_READERS: Mapping[str, Any] = {
    "source": _text,
    "writable": _truth,
    "privacy": _privacy,
    "masked": _names,
    "timeout_s": _number,
    "ask_above_gb": _number,
    "ask_above_rows": _count,
    "max_billed_gb": _number,
    "values": _known,
    "history": _known,
    "meaning": _names,
}


def _shown(value: object) -> str:
    return repr(list(value)) if isinstance(value, tuple) else repr(value)


def _from(source: str) -> str:
    return f" (from {source})" if source else ""
