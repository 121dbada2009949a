"""Which model a name means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.keys import KEYRING, key_for, key_variables, missing_key
from rasgo_nb.agent.models.providers import PROVIDERS, Provider
from rasgo_nb.agent.models.recorded import REPLAY
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.provider_settings import ProviderSettings, expanded, looks_like_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.base import Model

# How the names of a provider's models begin, for the person who left the provider out.
_FAMILIES = {
    "gpt-": "openai", "chatgpt-": "openai", "o3": "openai", "o4": "openai",
    "claude-": "anthropic", "command-": "cohere",
}  # fmt: skip

_KEY_HEADERS = {"authorization", "x-api-key", "api-key"}  # a gateway's own way of knowing who asks


@dataclass(frozen=True, slots=True)
class Choice:
    """A model's name, ``provider:model``, ``replay:...`` or ``offline``, and why it was taken unnamed."""

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
    if wanted == "offline" or wanted.startswith(REPLAY):
        return Choice(wanted)
    if looks_like_key(wanted) and wanted.partition(":")[0] not in {*PROVIDERS, *settings}:
        raise UnknownName(
            "What stands there as a model looks like a key, which no cell should hold. Delete it there, "
            "and type `rasgo-nb key set openai`, or another provider."
        )
    if wanted:
        return Choice(_full_name(wanted, settings))
    for entry in _entries(settings):
        own = settings.get(entry, ProviderSettings())
        provider = provider_of(entry, settings)
        if own.model or provider.default_model:
            why = _why_usable(entry, provider, own, environment)
            if why:
                return Choice(_full_name(entry, settings), why)
    return Choice("offline", "no other model has a key; `%rasgo model` tells more")


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
    own = settings.get(entry, ProviderSettings())
    if not (endpoint.key or goes_without_key(provider, own)):
        raise missing_key(entry, provider, own)
    load(provider.sdk, extra=provider.extra, purpose=f"The provider {entry}")
    made: Any = getattr(import_module(provider.module), provider.class_name)
    return made(name, endpoint, options or {}, cache_key)  # type: ignore[no-any-return]


def offers(
    settings: Mapping[str, ProviderSettings], environment: Mapping[str, str] = os.environ
) -> list[str]:
    """One line for each provider: how it is named, its usual model, and where its key is."""
    lines = []
    for entry in _entries(settings):
        own = settings.get(entry, ProviderSettings())
        try:
            provider = provider_of(entry, settings)
            says = _offer(entry, provider, own, environment)
        except RasgoError as error:
            says = str(error)
        lines.append(f"  {entry + ':MODEL':<24}  {says}")
    return [
        *lines,
        "  offline                   needs no key; answers by rules",
        "  replay:RUN                needs no key; plays a run's recorded replies, or replay:FILE.jsonl",
    ]


def provider_of(entry: str, settings: Mapping[str, ProviderSettings]) -> Provider:
    """The provider of a name's first half: ours, or one that the person set up under a name of their own.

    Raises
    ------
    UnknownName
        when there is none; offers the nearest.
    """
    own = settings.get(entry)
    kind = own.kind if own and own.kind else entry
    if kind in PROVIDERS:
        return PROVIDERS[kind]
    if own is not None:
        known = ", ".join(PROVIDERS)
        near = get_close_matches(kind, PROVIDERS, n=1, cutoff=0.5) or ["openai-compatible"]
        raise UnknownName(
            f"The settings of {entry} name no provider that there is as its kind ({known}). "
            f"Type for example `%rasgo config providers.{entry}.kind {near[0]}`."
        )
    raise UnknownName(f"There is no provider {entry!r}. {_nearest(entry, settings)}")


def goes_without_key(provider: Provider, own: ProviderSettings) -> bool:
    """Whether a provider may need no key, or a header of the person's own stands for one."""
    return provider.is_keyless or bool(_KEY_HEADERS & {name.lower() for name in own.headers})


def endpoint_of(
    entry: str, settings: Mapping[str, ProviderSettings], environment: Mapping[str, str] = os.environ
) -> Endpoint:
    """Address, key and connection settings of a provider: the settings first, then the environment.

    Raises
    ------
    RasgoError
        when a setting is taken from a variable that is not set, or the keyring can't be read.
    """
    provider = provider_of(entry, settings)
    own = settings.get(entry, ProviderSettings())
    # An address in the environment is for the provider itself, not for another that speaks like it.
    usual_url = environment.get(provider.url_variable, "") if entry == provider.name else ""
    extras = {"region": own.region, "project": own.project, "api_version": own.api_version}
    place = f"providers.{entry}"
    return Endpoint(
        provider=entry,
        base_url=own.base_url or usual_url,
        key=key_for(entry, provider, own, environment).text,
        headers={
            name: expanded(text, f"{place}.headers.{name}", environment) for name, text in own.headers.items()
        },
        proxy=expanded(own.proxy, f"{place}.proxy", environment),
        ca_bundle=own.ca_bundle,
        timeout_s=own.timeout_s,
        connect_timeout_s=own.connect_timeout_s,
        extras={name: value for name, value in extras.items() if value},
    )


def _entries(settings: Mapping[str, ProviderSettings]) -> list[str]:
    return [*PROVIDERS, *(entry for entry in settings if entry not in PROVIDERS)]


def _why_usable(entry: str, provider: Provider, own: ProviderSettings, environment: Mapping[str, str]) -> str:
    """Why a provider that nobody named can be taken; empty where it can't."""
    key = key_for(entry, provider, own, environment)
    if key:
        return f"its key is in {KEYRING}" if key.found_in == KEYRING else f"there is {key.found_in}"
    if provider.is_keyless and own.model:
        return f"the settings name its model, in providers.{entry}"
    return ""


def _offer(entry: str, provider: Provider, own: ProviderSettings, environment: Mapping[str, str]) -> str:
    usual = own.model or provider.default_model
    key = key_for(entry, provider, own, environment)
    names = key_variables(entry, provider, own)
    without = "needs no key" if provider.is_keyless else f"no key in {names[0]}" if names else "no key"
    if provider.is_keyless and names:
        without = f"no key in {names[0]}, may need none"
    said = [f"key in {key.found_in}" if key else without]
    return ", ".join([*said, *([f"usually {usual}"] if usual else [])])


def _nearest(wanted: str, settings: Mapping[str, ProviderSettings]) -> str:
    """What to type in place of a name that has no provider."""
    for beginning, entry in _FAMILIES.items():
        if wanted.lower().startswith(beginning):
            return f"Use `--model {entry}:{wanted}`."
    near = get_close_matches(wanted.lower(), ["offline", *_entries(settings)], n=1, cutoff=0.6)
    if near == ["offline"]:
        return "Use `--model offline`."
    if near:
        return f"Use `--model {near[0]}:MODEL` or `--model offline`."
    known = ", ".join([*_entries(settings), "offline"])
    return (
        f"There are: {known}. An endpoint of yours gets a name by `%rasgo config providers.NAME.kind KIND`."
    )


def _full_name(wanted: str, settings: Mapping[str, ProviderSettings]) -> str:
    entry, _, model = wanted.partition(":")
    provider = provider_of(entry, settings)
    own = settings.get(entry, ProviderSettings())
    model = model or own.model or provider.default_model
    if not model:
        raise RasgoError(f"Which model of {entry}? Type for example `--model {entry}:NAME`.")
    return f"{entry}:{model}"
