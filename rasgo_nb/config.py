"""Settings: a default each, a file of the person's, the environment over it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.connection_settings import (
    ConnectionSettings,
    check_connection_setting,
    connection_lines,
    connection_table,
    settings_in,
    with_connection_setting,
)
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.policy import EFFECTS, Policy, check_effect, with_rule
from rasgo_nb.provider_settings import (
    ProviderSettings,
    is_default,
    mend,
    provider_lines,
    with_provider_setting,
)
from rasgo_nb.secret_words import secret_in
from rasgo_nb.settings_file import read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    team_folder: str = ""  # where the team's memories lie, such as a git checkout; empty means none
    catalog_store: str = ""  # a team's postgresql://…, without a password; empty keeps catalogs here
    embedder: str = ""  # none, minilm or provider:model; empty takes minilm where it is installed
    trace: bool = True  # whether runs are recorded, on this machine
    trace_days: int = 90  # older runs are removed; 0 keeps them
    trace_mb: int = 500  # the oldest runs are removed above it; 0 means no limit
    trace_rows: int = 200  # rows of a result that are kept, where the privacy level lets a model read rows
    otel: bool = False  # whether each run is sent by OpenTelemetry when it ends, as its OTEL_ variables say
    policy: Policy = field(default_factory=Policy)  # by kind of effect: allow, ask or deny
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)


_ON, _OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")
TABLES = ("policy", "providers", "connections")
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
    for name, value in read_file(path).items():
        config = with_setting(config, name, value, source=str(path))
    for name in (*setting_names(), *POLICY_NAMES):
        if variable := variable_over(name, environment):
            config = with_setting(config, name, environment[variable], source=variable)
    for name, variable in settings_in(environment, config.connections).items():
        config = with_setting(config, name, environment[variable], source=variable)
    return config


def config_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the person's settings are kept; ``RASGO_NB_CONFIG`` names another file."""
    if environment.get("RASGO_NB_CONFIG"):
        return Path(environment["RASGO_NB_CONFIG"])
    from platformdirs import user_config_path

    return user_config_path("rasgo_nb") / "config.toml"


def home_path(text: str) -> Path:
    """A path as a person writes it, with ``~`` for home; as it stands, where nobody has that name."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def data_path(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of what is kept for the person; ``RASGO_NB_HOME`` names another."""
    if environment.get("RASGO_NB_HOME"):
        return home_path(environment["RASGO_NB_HOME"])
    from platformdirs import user_data_path

    return user_data_path("rasgo_nb", appauthor=False)


def setting_names() -> list[str]:
    """Every setting, in the order of ``Config``."""
    return [field.name for field in fields(Config) if field.name not in TABLES]


def variable_over(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The variable that goes before a kept setting; empty where none is set."""
    variable = f"{ENVIRONMENT_PREFIX}{name.upper().replace('.', '_').replace('-', '_')}"
    is_read = name in (*setting_names(), *POLICY_NAMES) or name.startswith("connections.")
    return variable if is_read and variable in environment else ""


def with_setting(config: Config, name: str, value: object, *, source: str = "") -> Config:
    """The settings with one changed; text is read as the setting's own type.

    ``providers.NAME.FIELD`` is one of a provider's; ``providers`` takes all of them, as tables. So do
    ``connections.NAME.FIELD`` and ``connections``, ``policy.EFFECT`` and ``policy``.

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
    if name.partition(".")[0] == "connections":
        connections = config.connections
        for path, item in _leaves(name, value):
            connections = with_connection_setting(connections, path, item, source)
        return replace(config, connections=connections)
    if name not in setting_names():
        near = get_close_matches(name, setting_names(), n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Settings: {', '.join(setting_names())}."
        raise UnknownName(f"There is no setting {name!r}{_from(source)}. {hint}")
    if name == "catalog_store" and isinstance(value, str) and secret_in(value):
        where = f"Take it out of {source} and type" if source else "Type"
        raise RasgoError(
            f"catalog_store holds no password, and nothing of it is kept. {where} "
            "`rasgo-nb key set connection.catalog_store`, or use libpq's own ~/.pgpass."
        )
    if name == "embedder" and value not in ("", "none", "minilm") and ":" not in str(value):
        raise RasgoError(
            f"embedder must be minilm, none or a provider's model, not {value!r}{_from(source)}. "
            f"{mend(source, '%rasgo config embedder openai:text-embedding-3-small')}"
        )
    kind = type(getattr(Config(), name))
    try:
        read = _read_as(kind, value)
    except ValueError:
        words = {int: "a whole number", float: "a number", str: "a text", bool: "on or off"}
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
    if kind is bool:
        return _read_switch(value)
    if kind is not str:
        return kind(str(value).replace("_", ""))
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _read_switch(value: object) -> bool:
    word = str(value).lower()
    if word not in (*_ON, *_OFF):
        raise ValueError(value)
    return word in _ON


def save_setting(name: str, value: object, environment: Mapping[str, str] = os.environ) -> Path:
    """Keep a setting in the person's file; the file as it was is replaced in one move."""
    checked = with_setting(Config(), name, value)
    path = config_path(environment)
    settings = read_file(path)
    table = name.partition(".")[0]
    if table in TABLES:
        kept = with_setting(Config(), table, settings.get(table, {}), source=str(path))
    if name in setting_names():
        settings[name] = getattr(checked, name)
    elif table == "policy":
        settings.setdefault("policy", {}).update(checked.policy.rules)
    elif table == "connections":
        connections = with_setting(kept, name, value).connections
        settings["connections"] = {entry: connection_table(one) for entry, one in connections.items()}
    else:
        _put_provider(settings, name.split(".", 3), checked.providers)
    write_file(path, settings)
    return path


def save_connection(
    name: str, connection: ConnectionSettings, environment: Mapping[str, str] = os.environ
) -> Path:
    """Keep all of one connection's settings in the person's file, in place of those of that name."""
    with_setting(Config(), f"connections.{name}", connection_table(connection))
    path = config_path(environment)
    settings = read_file(path)
    settings.setdefault("connections", {})[name] = connection_table(connection)
    write_file(path, settings)
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
    for entry, connection in config.connections.items():
        lines += connection_lines(entry, connection)
    if not name:
        return lines
    found = [line for line in lines if line.startswith((f"{name} ", f"{name}."))]
    if not found:
        parts = name.split(".")
        if parts[0] == "policy":
            check_effect(name.partition(".")[2])
        elif parts[0] == "connections":
            check_connection_setting(name)
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


def _from(source: str) -> str:
    return f" (from {source})" if source else ""
