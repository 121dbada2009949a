"""Settings: a default each, a file of the person's, the environment over it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.policy import EFFECTS, Policy, check_effect, with_rule
from rasgo_nb.provider_settings import (
    ProviderSettings,
    is_default,
    mend,
    provider_lines,
    with_provider_setting,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.connection_settings import ConnectionSettings

ENVIRONMENT_PREFIX = "RASGO_NB_"


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting with its default. 0 means no limit, an empty text means not set."""

    model: str = ""  # provider:model; empty takes the first that can be used
    connection: str = ""  # opened when a question comes and none is open
    max_steps: int = 30
    max_tokens: int = 1_000_000
    max_seconds: float = 900.0
    max_cost_usd: float = 0.0
    max_rows: int = 10_000_000  # rows of one result that are brought into pandas
    max_result_mb: int = 0  # memory of one result; 0 takes half of what is free
    interface: str = ""  # family or file; empty takes the one for the model
    sql_model: str = ""  # provider:model that writes SQL for the main one; empty means none
    policy: Policy = field(default_factory=Policy)  # by kind of effect: allow, ask or deny
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)


POLICY_NAMES = [f"policy.{effect}" for effect in EFFECTS]


def load_config(environment: Mapping[str, str] = os.environ) -> Config:
    """The settings that hold now.

    Raises
    ------
    RasgoError
        naming the setting, where it was read and what it should be.
    """
    config = Config()
    path = config_path(environment)
    for name, value in _read_file(path).items():
        config = with_setting(config, name, value, source=str(path))
    for name in (*setting_names(), *POLICY_NAMES):
        if variable := variable_over(name, environment):
            config = with_setting(config, name, environment[variable], source=variable)
    return config


def config_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the person's settings are kept; ``RASGO_NB_CONFIG`` names another file."""
    if environment.get("RASGO_NB_CONFIG"):
        return Path(environment["RASGO_NB_CONFIG"])
    from platformdirs import user_config_path

    return user_config_path("rasgo_nb") / "config.toml"


def setting_names() -> list[str]:
    """Every setting, in the order of ``Config``."""
    return [
        field.name for field in fields(Config) if field.name not in ("policy", "providers", "connections")
    ]


def variable_over(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The variable that goes before a kept setting; empty where none is set."""
    variable = f"{ENVIRONMENT_PREFIX}{name.upper().replace('.', '_')}"
    return variable if name in (*setting_names(), *POLICY_NAMES) and variable in environment else ""


def with_setting(config: Config, name: str, value: object, *, source: str = "") -> Config:
    """The settings with one changed; text is read as the setting's own type.

    ``providers.NAME.FIELD`` is one of a provider's; ``providers`` takes all of them, as tables. So do
    ``policy.EFFECT`` and ``policy``.

    Raises
    ------
    UnknownName
        when there is no such setting, or no such rule.
    RasgoError
        when the value is of another type.
    """
    if name.partition(".")[0] == "policy":
        policy = config.policy
        for path, item in _leaves(name, value):
            policy = with_rule(policy, path.partition(".")[2] or str(item), item, source)
        return replace(config, policy=policy)
    if name.partition(".")[0] == "providers":
        providers = config.providers
        for path, item in _leaves(name, value):
            providers = with_provider_setting(providers, path, item, source)
        return replace(config, providers=providers)
    if name not in setting_names():
        near = get_close_matches(name, setting_names(), n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Settings: {', '.join(setting_names())}."
        raise UnknownName(f"There is no setting {name!r}{_from(source)}. {hint}")
    kind = type(getattr(Config(), name))
    try:
        read = _read_as(kind, value)
    except ValueError:
        words = {int: "a whole number", float: "a number", str: "a text"}
        raise RasgoError(
            f"{name} must be {words[kind]}, not {value!r}{_from(source)}. "
            f"{mend(source, f'%rasgo config {name} {getattr(Config(), name) or 1}')}"
        ) from None
    if kind in {int, float} and not 0 <= read < float("inf"):
        raise RasgoError(f"{name} must be 0 (no limit) or more, not {value!r}{_from(source)}.")
    return replace(config, **{name: read})


def _leaves(name: str, value: object) -> list[tuple[str, object]]:
    """The dotted name and the value of each setting in a table."""
    if not isinstance(value, dict):
        return [(name, value)]
    return [leaf for key, item in value.items() for leaf in _leaves(f"{name}.{key}", item)]


def _read_as(kind: type, value: object) -> Any:
    if kind is not str:
        return kind(str(value).replace("_", ""))
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def save_setting(name: str, value: object, environment: Mapping[str, str] = os.environ) -> Path:
    """Keep a setting in the person's file; the file as it was is replaced in one move."""
    checked = with_setting(Config(), name, value)
    path = config_path(environment)
    settings = _read_file(path)
    if name in setting_names():
        settings[name] = getattr(checked, name)
    elif name.partition(".")[0] == "policy":
        with_setting(Config(), "policy", settings.get("policy", {}), source=str(path))
        settings.setdefault("policy", {}).update(checked.policy.rules)
    else:
        with_setting(Config(), "providers", settings.get("providers", {}), source=str(path))
        _put_provider(settings, name.split(".", 3), checked.providers)
    lines = _table_lines(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text("\n".join(lines).lstrip() + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise RasgoError(
            f"The settings cannot be kept in {path}: {error}. Name another file in RASGO_NB_CONFIG."
        ) from None
    return path


def settings_lines(config: Config, name: str = "") -> list[str]:
    """What holds, one line each and without secrets: every setting, or those under a name.

    Raises
    ------
    UnknownName
        when there is no such setting.
    """
    lines = [f"{one} = {getattr(config, one)!r}" for one in setting_names()]
    lines += [f"policy.{effect} = {config.policy.rule(effect)!r}" for effect in EFFECTS]
    for entry, settings in config.providers.items():
        lines += provider_lines(entry, settings)
    if not name:
        return lines
    found = [line for line in lines if line.startswith((f"{name} ", f"{name}."))]
    if not found:
        parts = name.split(".")
        if parts[0] == "policy":
            check_effect(name.partition(".")[2])
        elif parts[0] != "providers":
            with_setting(config, name, "")
        elif len(parts) > 2:
            with_provider_setting({}, name, "1" if parts[2].endswith("_s") else "", "")
        return [f"{name} is not set"]
    return found


def _put_provider(
    settings: dict[str, Any], parts: list[str], providers: Mapping[str, ProviderSettings]
) -> None:
    """Put one provider's setting into the file's tables; one that is the usual leaves them."""
    _, entry, name, *header = parts
    tables = settings.setdefault("providers", {})
    table = tables.setdefault(entry, {})
    value = getattr(providers[entry], name)
    if header:
        headers = {key: item for key, item in table.get(name, {}).items() if key != header[0]}
        table[name] = {**headers, **value}
    else:
        table[name] = value
    if is_default(name, table[name]):
        del table[name]


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RasgoError(
            f"The settings in {path} cannot be read: {error}. Mend or remove the file."
        ) from None


def _table_lines(table: Mapping[str, Any], name: str = "") -> list[str]:
    """A table as TOML: its values, then its tables."""
    lines = [
        f"{_toml_key(key)} = {_toml(item)}" for key, item in sorted(table.items()) if not _is_table(item)
    ]
    if name and lines:
        lines = ["", f"[{name}]", *lines]
    for key, item in sorted(table.items()):
        if _is_table(item):
            lines += _table_lines(item, f"{name}.{_toml_key(key)}" if name else _toml_key(key))
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # The basic strings of TOML are those of JSON, but for the one control character that JSON lets pass.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def _from(source: str) -> str:
    return f" (from {source})" if source else ""
