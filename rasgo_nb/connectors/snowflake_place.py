"""What the person names, a section of ``connections.toml``, a URL or options, as the driver's parameters."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_OPTIONS = ("databases",)  # which databases are listed; all else is the driver's
_FLAGS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


def parameters_of(place: str, options: Mapping[str, str]) -> dict[str, Any]:
    """The driver's parameters, with those of ``options`` before those of the section or URL.

    Raises
    ------
    ConnectionFailed
        when there is no such section or option; offers the nearest.
    """
    found = _of_url(place) if "://" in place else _of_section(place, has_options="account" in options)
    return {**_typed(found, place), **_typed(options, place)}


def _of_url(url: str) -> dict[str, Any]:
    """``snowflake://user:password@account/database/schema?warehouse=...&role=...``."""
    parts = urlsplit(url)
    names = [unquote(part) for part in parts.path.split("/") if part]
    if not parts.hostname or len(names) > 2:
        raise ConnectionFailed(
            "That is no URL of Snowflake. Type `%rasgo connect snowflake://user@account/database/schema?warehouse=NAME`."
        )
    address = parts.netloc.rpartition("@")[2].partition(":")[0]
    found: dict[str, Any] = dict(parse_qsl(parts.query))
    found |= {"account": address.removesuffix(".snowflakecomputing.com")}
    found |= dict(zip(("database", "schema"), names, strict=False))
    if parts.username:
        found["user"] = unquote(parts.username)
    if parts.password:
        found["password"] = unquote(parts.password)
    return found


def _of_section(name: str, *, has_options: bool) -> dict[str, Any]:
    sections, default = _sections()
    wanted = name or os.environ.get("SNOWFLAKE_DEFAULT_CONNECTION_NAME") or default
    if wanted in sections:
        return dict(sections[wanted])
    if not name and has_options:
        return {}
    if not sections:
        raise ConnectionFailed(
            f"There is no connections.toml in {_folder()}. Write one with a section [{wanted}], or type "
            "`%rasgo connect snowflake://user@account/database/schema?warehouse=NAME`."
        )
    near = nearest_names(wanted, sections) or sorted(sections)[:5]
    raise ConnectionFailed(
        f"connections.toml has no section [{wanted}]. Nearest: {', '.join(near)}. "
        f"Type `%rasgo connect snowflake:{near[0]}`."
    )


def _sections() -> tuple[dict[str, dict[str, Any]], str]:
    """The sections by name, and the name of the one that is meant when none is named.

    As the driver reads them, but each time anew: ``connections.toml`` goes before ``[connections]`` of
    ``config.toml``.
    """
    config = _read(_folder() / "config.toml")
    own = _read(_folder() / "connections.toml")
    if "SNOWFLAKE_CONNECTIONS" in os.environ:
        own = tomllib.loads(os.environ["SNOWFLAKE_CONNECTIONS"])
    found = own or config.get("connections", {})
    sections = {name: section for name, section in found.items() if isinstance(section, dict)}
    return sections, str(config.get("default_connection_name", "default"))


def _folder() -> Path:
    """Where Snowflake's tools keep their settings."""
    home = Path(os.environ.get("SNOWFLAKE_HOME", "~/.snowflake")).expanduser()
    if home.exists():
        return home
    from platformdirs import user_config_path

    return user_config_path("snowflake", appauthor=False)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise ConnectionFailed(f"{path} is no TOML: {error}. Mend it and connect again.") from None
    except OSError as error:
        raise ConnectionFailed(
            f"{path} cannot be read: {error.strerror}. Mend that and connect again."
        ) from None


def _typed(given: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Texts as the types that the driver takes."""
    types = _driver_types()
    return {name: _value(name, value, types, place) for name, value in given.items()}


def _driver_types() -> dict[str, Any]:
    from snowflake.connector.connection import DEFAULT_CONFIGURATION

    types = {name: type_ for name, (_, type_) in DEFAULT_CONFIGURATION.items()}
    return types | dict.fromkeys(OWN_OPTIONS, str)


def _value(name: str, value: Any, types: Mapping[str, Any], place: str) -> Any:
    if name not in types:
        near = nearest_names(name, types) or ["account", "user", "role", "warehouse", "database", "schema"]
        typed = f"snowflake:{place}" if place and "://" not in place else "snowflake"
        raise ConnectionFailed(
            f"Snowflake has no option {name}. Nearest: {', '.join(near)}. "
            f"Type `%rasgo connect {typed} {near[0]}=...`."
        )
    if not isinstance(value, str):
        return value
    taken = types[name] if isinstance(types[name], tuple) else (types[name],)
    if bool in taken and value.casefold() in _FLAGS:
        return _FLAGS[value.casefold()]
    if str in taken:
        return value
    if name == "workload_identity_impersonation_path":
        return [part.strip() for part in value.split(",")]
    for type_ in (int, float):
        if type_ in taken and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return type_(float(value))
    if bytes in taken:
        return value.encode()
    if bool in taken or int in taken or float in taken:
        wanted = "true or false" if bool in taken else "a number"
        raise ConnectionFailed(f"Option {name} takes {wanted}, not {value[:40]}. Type `{name}=` again.")
    return value
