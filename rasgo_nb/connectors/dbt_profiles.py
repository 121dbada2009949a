"""Connections out of dbt's ``profiles.yml``, in the words of the connector that each one needs."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.errors import ConnectionFailed, MissingDependency
from rasgo_nb.secret_words import is_secret_option

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE = re.compile(
    r"\{\{\s*env_var\(\s*(['\"])(?P<name>\w+)\1\s*(,\s*(['\"])(?P<usual>.*?)\4\s*)?\)"
    r"\s*(\|\s*\w+\s*)*\}\}"
)

# dbt's own settings, which no driver takes.
_OF_DBT = frozenset({
    "type", "threads", "schema", "dataset", "priority", "retries", "connect_retries", "connect_timeout",
    "job_retries", "job_retry_deadline_seconds", "job_creation_timeout_seconds", "query_tag",
    "reuse_connections", "client_session_keep_alive", "maximum_bytes_billed", "timeout_seconds",
    "job_execution_timeout_seconds",
    "search_path", "keepalives_idle", "extensions", "settings", "attach", "plugins", "fixed_retries",
    "execution_project", "gcs_bucket", "dataproc_region", "method", "pass",
})  # fmt: skip
_RENAMED = {
    "postgres": {"database": "dbname"},
    "snowflake": {"private_key_path": "private_key_file", "private_key_passphrase": "private_key_file_pwd"},
    "bigquery": {"keyfile": "credentials_file", "impersonate_service_account": "impersonate"},
}
_KINDS = {"postgres": "postgres", "redshift": "postgres", "snowflake": "snowflake", "bigquery": "bigquery"}


@dataclass(frozen=True, slots=True)
class ProfileTarget:
    """One output of a profile: what ``%rasgo connect`` takes for it, and the secrets by option."""

    source: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_target(place: str, environment: Mapping[str, str] = os.environ) -> ProfileTarget:
    """What ``dbt:profile`` or ``dbt:profile.target`` names, found where dbt looks for it.

    Raises
    ------
    ConnectionFailed
        when there is no such file, profile, target or variable; offers the nearest.
    MissingDependency
        when PyYAML is not installed.
    """
    path = _path(environment)
    profiles = {name: one for name, one in _read(path).items() if isinstance(one, dict) and "outputs" in one}
    name, _, target = place.partition(".")
    profile = _chosen(profiles, name or next(iter(profiles), ""), "profile", path)
    usual = _filled(profile.get("target", "default"), environment)
    output = _chosen(profile["outputs"] or {}, target or str(usual), "target", path)
    return _target({key: _filled(value, environment) for key, value in output.items()}, path)


def _path(environment: Mapping[str, str]) -> Path:
    folders = [environment.get("DBT_PROFILES_DIR"), ".", "~/.dbt"]
    paths = [Path(folder).expanduser() / "profiles.yml" for folder in folders if folder]
    found = next((path for path in paths if path.is_file()), None)
    if found is None:
        looked = ", ".join(map(str, paths))
        raise ConnectionFailed(f"There is no {looked}. Set DBT_PROFILES_DIR to the folder of profiles.yml.")
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        yaml = load("yaml", extra="dbt", purpose="Reading dbt's profiles.yml")
    except MissingDependency:
        raise MissingDependency(
            "dbt's profiles.yml needs PyYAML. Type `%pip install 'rasgo_nb[dbt]'`, and connect again."
        ) from None
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConnectionFailed(f"{path} cannot be read: {error}. Mend it, and connect again.") from None
    except yaml.YAMLError as error:
        # Its own words quote the file, which may hold passwords.
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = "" if line is None else f" in line {line + 1}"
        raise ConnectionFailed(f"{path} is no valid YAML{place}. Mend it, and connect again.") from None
    return read if isinstance(read, dict) else {}


def _chosen(table: Mapping[str, Any], name: str, what: str, path: Path) -> dict[str, Any]:
    found = table.get(name)
    if isinstance(found, dict):
        return found
    near = get_close_matches(name, map(str, table), n=1) or list(map(str, table))[:1]
    offer = f" Did you mean `{near[0]}`?" if near else ""
    raise ConnectionFailed(f"There is no {what} {name!r} in {path}.{offer}")


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    """A value with dbt's ``env_var()`` taken from the environment."""
    if not isinstance(value, str):
        return value

    def of(found: re.Match[str]) -> str:
        text = environment.get(found["name"], found["usual"])
        if text is None:
            raise ConnectionFailed(
                f"profiles.yml takes {found['name']} from the environment. Set it before the kernel starts."
            )
        return str(text)

    filled = _TEMPLATE.sub(of, value)
    if "{{" in filled or "{%" in filled:
        raise ConnectionFailed("profiles.yml holds a template other than env_var(). Write out what it gives.")
    return filled


def _target(output: Mapping[str, Any], path: Path) -> ProfileTarget:
    kind = str(output.get("type", ""))
    if kind == "duckdb":
        file = str(output.get("path") or ":memory:")
        return ProfileTarget(file if file == ":memory:" else str(path.parent / file))
    if kind not in _KINDS:
        raise ConnectionFailed(
            f"A dbt target of type {kind!r} is not read here. Connect by its SQLAlchemy URL instead."
        )
    connector = _KINDS[kind]
    options = _options(output, connector)
    secrets = {key: value for key, value in options.items() if is_secret_option(key)}
    if "pass" in output:
        secrets["password"] = str(output["pass"])
    if "keyfile_json" in output:
        secrets["service_account"] = json.dumps(output["keyfile_json"])
    plain = {key: value for key, value in options.items() if key not in secrets}
    project = plain.pop("project", plain.pop("database", "")) if connector == "bigquery" else ""
    return ProfileTarget(f"{connector}:{project}" if project else connector, plain, secrets)


def _options(output: Mapping[str, Any], connector: str) -> dict[str, str]:
    renamed = dict(_RENAMED[connector])
    schema = output.get("schema") or output.get("dataset")
    options = {
        renamed.get(key, key): str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in output.items()
        if key not in _OF_DBT and value is not None and not isinstance(value, dict | list)
    }
    if connector == "postgres" and schema:
        options["options"] = f"-c search_path={schema}"
    elif schema:
        options["schema" if connector == "snowflake" else "dataset"] = str(schema)
    return options
