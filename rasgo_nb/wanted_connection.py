"""What a person wants to be connected to: what they typed, over what their settings say of that name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.connectors.open import usual_name
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.secret_words import is_secret_option, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSET = ConnectionSettings()


@dataclass(frozen=True, slots=True)
class WantedConnection:
    """A connection to open; ``name`` is empty where it gets the usual one of its source."""

    source: str | Path = field(repr=False)
    name: str
    options: Mapping[str, str] = field(repr=False)
    settings: ConnectionSettings

    def request(self, timeout_s: float | None) -> ConnectRequest:
        """What the connector takes; ``timeout_s`` goes before the settings."""
        billed = int(self.settings.max_billed_gb * 1_000_000_000)
        return ConnectRequest(
            options=self.options,
            timeout_s=self.settings.timeout_s if timeout_s is None else timeout_s,
            max_bytes_billed=billed or None,
        )


def wanted_connection(
    source: str | Path,
    name: str,
    options: Mapping[str, str],
    kept: Mapping[str, ConnectionSettings],
) -> WantedConnection:
    """What to open; a source that is the name of a kept connection stands for what is kept of it."""
    of_source = kept.get(str(source).strip(), _UNSET)
    if of_source.source:
        name = name or str(source).strip()
        return WantedConnection(
            of_source.source, name, {**of_source.options, **options}, kept.get(name, of_source)
        )
    usual = usual_name(without_secrets(str(source))) if str(source).strip() else ""
    return WantedConnection(source, name, options, kept.get(name or usual, _UNSET))


def typed(*, privacy: str, timeout_s: float | None) -> dict[str, Any]:
    """The settings that were typed, by name."""
    found = {"privacy": privacy or None, "timeout_s": timeout_s}
    return {name: value for name, value in found.items() if value is not None}


def settings_to_keep(
    wanted: WantedConnection, *, is_writable: bool, privacy: str, timeout_s: float | None
) -> ConnectionSettings:
    """What ``--keep`` writes: enough to open it again by its name, and never a secret."""
    plain = {name: value for name, value in wanted.options.items() if not is_secret_option(name)}
    source = str(wanted.source)
    if Path(source).expanduser().exists():
        source = str(Path(source).expanduser().absolute())
    return replace(
        wanted.settings,
        source=without_secrets(source),
        options=plain,
        writable=is_writable,
        **typed(privacy=privacy, timeout_s=timeout_s),
    )
