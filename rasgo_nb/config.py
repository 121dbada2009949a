"""Settings: a default each, a file of the person's, the environment over it."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_PREFIX = "RASGO_NB_"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """How one provider is reached; empty texts mean the usual. Never holds a key.

    ``kind`` names the provider of ours that speaks to it, for entries under a name of the person's own.
    """

    kind: str = ""
    model: str = ""  # taken where the person names only the provider
    base_url: str = ""
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
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)


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
    for name in setting_names():
        variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
        if variable in environment:
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
    return [field.name for field in fields(Config) if field.name != "providers"]


def with_setting(config: Config, name: str, value: object, *, source: str = "") -> Config:
    """The settings with one changed; text is read as the setting's own type.

    Raises
    ------
    UnknownName
        when there is no such setting.
    RasgoError
        when the value is of another type.
    """
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
            f"Type for example `%rasgo config {name} {getattr(Config(), name) or 1}`."
        ) from None
    if kind in {int, float} and not 0 <= read < float("inf"):
        raise RasgoError(f"{name} must be 0 (no limit) or more, not {value!r}{_from(source)}.")
    return replace(config, **{name: read})


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
    settings = _read_file(path) | {name: getattr(checked, name)}
    lines = [f"{key} = {_toml(item)}" for key, item in sorted(settings.items())]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise RasgoError(
            f"The settings cannot be kept in {path}: {error}. Name another file in RASGO_NB_CONFIG."
        ) from None
    return path


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RasgoError(
            f"The settings in {path} cannot be read: {error}. Mend or remove the file."
        ) from None


def _toml(value: object) -> str:
    if isinstance(value, str):
        # The basic strings of TOML are those of JSON, but for the one control character that JSON lets pass.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def _from(source: str) -> str:
    return f" (from {source})" if source else ""
