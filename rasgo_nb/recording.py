"""What the record of a session's runs is told: where it lies, its limits, and what must not get into it."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from rasgo_nb.config import data_path
from rasgo_nb.memory.folders import notebook_path
from rasgo_nb.secret_store import seen_secrets
from rasgo_nb.secret_words import is_secret_option, secrets_in
from rasgo_nb.trace.recorder import Recorder, Recording
from rasgo_nb.trace.traces import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rasgo_nb.config import Config
    from rasgo_nb.session import Session

_FOLDERS = ("PWD", "OLDPWD")  # of a shell, no passwords


def recorder_of(session: Session) -> Recorder | None:
    """Who records the next run of the session; None where ``trace`` is off."""
    config = session.config
    if not config.trace:
        return None
    return Recorder(
        Recording(
            data_path() / FILE,
            rows=config.trace_rows,
            days=config.trace_days,
            megabytes=config.trace_mb,
            notebook=lambda: str(notebook_path(session.shell.user_ns) or ""),
            secrets=lambda: known_secrets(session.config, session.connections.addresses),
            is_open=lambda: session.privacy.sight.is_open,
        )
    )


def known_secrets(
    config: Config, addresses: list[str], environment: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """The values of all keys, passwords and tokens that this kernel knows of."""
    yield from seen_secrets()
    for name in environment:  # not its items: to read all values takes a step's time
        if _is_secret(name):
            yield environment.get(name, "").strip()
    for settings in config.providers.values():
        yield environment.get(settings.key_variable, "").strip()
        for text in settings.headers.values():
            yield environment.get(text[1:], "").strip() if text.startswith("$") else text
        addresses = [*addresses, settings.base_url, settings.proxy, environment.get(settings.proxy[1:], "")]
    for address in addresses:
        yield from secrets_in(address)


@cache
def _is_secret(variable: str) -> bool:
    return is_secret_option(variable) and variable not in _FOLDERS
