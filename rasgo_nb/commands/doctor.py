"""Checks what a run needs on this machine, and says what to do about what is missing."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from rasgo_nb.config import config_path, load_config
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.errors import RasgoError
from rasgo_nb.secret_words import without_secrets
from rasgo_nb.widgets.live import why_not_live

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGES = ("ipython", "ipykernel", "pandas", "pyarrow", "duckdb", "sqlglot", "plotly", "jupyterlab")

_DRIVERS = {
    "Snowflake": ("snowflake-snowpark-python", "snowflake"),
    "BigQuery": ("google-cloud-bigquery", "bigquery"),
    "BigQuery Storage": ("google-cloud-bigquery-storage", "bigquery"),
    "Postgres": ("psycopg", "postgres"),
    "other databases": ("sqlalchemy", "sqlalchemy"),
    "keyring": ("keyring", "keyring"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    what: str
    says: str
    is_good: bool = True
    is_needed: bool = True  # whether a run fails without

    def __str__(self) -> str:
        mark = "ok  " if self.is_good else "FAIL" if self.is_needed else "note"
        return f"{mark}  {self.what}: {self.says}"

    @property
    def stops_a_run(self) -> bool:
        """Whether something must be done before a run can work."""
        return self.is_needed and not self.is_good


def examine() -> list[Finding]:
    """Every check, in the order in which they would fail a run."""
    return [
        Finding("python", sys.version.split()[0], sys.version_info >= (3, 11)),
        *(_package(name) for name in _PACKAGES),
        *(_driver(name, package, extra) for name, (package, extra) in _DRIVERS.items()),
        _tried("settings", _settings),
        *_kept_connections(),
        _tried("sample database", _sample),
        _live_view(),
    ]


def _driver(name: str, package: str, extra: str) -> Finding:
    """A driver is only needed by who connects there."""
    try:
        return Finding(name, f"{package} {version(package)}", is_needed=False)
    except PackageNotFoundError:
        return Finding(name, f"not installed; `pip install 'rasgo_nb[{extra}]'` brings it", is_needed=False)


def _kept_connections() -> list[Finding]:
    try:
        kept = load_config(os.environ).connections
    except RasgoError:  # told as a wrong setting
        return []
    return [
        Finding(
            f"connection {name}",
            f"{without_secrets(one.source)}; `rasgo-nb doctor --connection {name}` tries it",
        )
        for name, one in kept.items()
        if one.source
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        if name == "jupyterlab":
            return Finding(
                name, "not installed; `pip install 'rasgo_nb[lab]'` brings it (IPython works without)"
            )
        return Finding(name, f"missing; type `pip install {name}`", is_good=False)


def _live_view() -> Finding:
    missing = why_not_live()
    return Finding("live view", missing or "runs are shown alive in notebooks", not missing, is_needed=False)


def _settings() -> str:
    load_config(os.environ)
    path = config_path()
    return str(path) if path.exists() else f"none kept in {path}, defaults hold"


def _sample() -> str:
    connection = open_connection("sample")
    try:
        tables = connection.list_tables()
    finally:
        connection.close()
    return f"{len(tables)} tables can be read"


def _tried(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, check())
    except RasgoError as error:
        return Finding(what, str(error), is_good=False)
