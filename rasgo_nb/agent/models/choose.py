"""Which model a name means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.providers import PROVIDERS, Provider
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.provider_settings import ProviderSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.base import Model


@dataclass(frozen=True, slots=True)
class Choice:
    """A model's name, ``provider:model`` or ``offline``, and why it was taken where none was named."""

    name: str
    note: str = ""


def choose(
    wanted: str, settings: Mapping[str, ProviderSettings], environment: Mapping[str, str] = os.environ
) -> Choice:
    """The model that is wanted, else that of the first provider with a key, else ``offline``.

    Raises
    ------
    UnknownName
        for a provider that there is not.
    """
    if wanted == "offline":
        return Choice("offline")
    if wanted:
        return Choice(_full_name(wanted, settings))
    for entry in PROVIDERS.values():
        if entry.default_model and endpoint_of(entry.name, settings, environment).key:
            return Choice(_full_name(entry.name, settings), f"there is a key for {entry.name}")
    return Choice("offline", "no other model is set; `%rasgo model` tells more")


def open_model(
    name: str,
    settings: Mapping[str, ProviderSettings],
    *,
    options: Mapping[str, object] | None = None,
    cache_key: str = "",
    environment: Mapping[str, str] = os.environ,
) -> Model:
    """The model of that full name, ready to stream. Loads the provider's SDK, which may take a second.

    Raises
    ------
    MissingDependency
        when the SDK is not installed.
    RasgoError
        when there is no key, or a setting is wrong.
    """
    if name == "offline":
        from rasgo_nb.agent.models.offline.model import OfflineModel

        return OfflineModel()
    entry, _, _model = name.partition(":")
    provider = provider_of(entry, settings)
    endpoint = endpoint_of(entry, settings, environment)
    load(provider.sdk, extra=provider.extra, purpose=f"The provider {entry}")
    made: Any = getattr(import_module(provider.module), provider.class_name)
    return made(name, endpoint, options or {}, cache_key)  # type: ignore[no-any-return]


def offers(settings: Mapping[str, ProviderSettings]) -> list[str]:
    """One line for each provider: how it is named, and whether there is a key."""
    return [*(f"  {name}:MODEL" for name in [*PROVIDERS, *settings]), "  offline"]


def provider_of(entry: str, settings: Mapping[str, ProviderSettings]) -> Provider:
    """The provider of a name's first half: ours, or one that the person set up under a name of their own."""
    own = settings.get(entry)
    kind = own.kind if own and own.kind else entry
    if kind in PROVIDERS:
        return PROVIDERS[kind]
    names = [*PROVIDERS, *settings]
    near = get_close_matches(entry, names, n=1, cutoff=0.5)
    raise UnknownName(
        f"There is no provider {entry!r}. Use `--model {near[0] if near else 'openai'}:MODEL`, "
        "or `--model offline`."
    )


def endpoint_of(
    entry: str, settings: Mapping[str, ProviderSettings], environment: Mapping[str, str]
) -> Endpoint:
    """Address, key and connection settings of a provider: the settings first, then the environment."""
    provider = provider_of(entry, settings)
    own = settings.get(entry, ProviderSettings())
    key = next((environment[name] for name in provider.key_variables if environment.get(name)), "")
    return Endpoint(
        provider=entry,
        base_url=own.base_url or environment.get(provider.url_variable, ""),
        key=key,
        headers=own.headers,
        proxy=own.proxy,
        ca_bundle=own.ca_bundle,
        timeout_s=own.timeout_s,
        connect_timeout_s=own.connect_timeout_s,
    )


def _full_name(wanted: str, settings: Mapping[str, ProviderSettings]) -> str:
    entry, _, model = wanted.partition(":")
    provider = provider_of(entry, settings)
    own = settings.get(entry, ProviderSettings())
    model = model or own.model or provider.default_model
    if not model:
        raise RasgoError(f"Which model of {entry}? Type for example `--model {entry}:NAME`.")
    return f"{entry}:{model}"
