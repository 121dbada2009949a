"""``key set``, ``key forget`` and ``key list``, in the notebook and in the shell alike."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.choose import offers, provider_of
from rasgo_nb.agent.models.keys import forget_key, set_key
from rasgo_nb.commands.connection_keys import ConnectionKeys
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.provider_settings import ProviderSettings, looks_like_key
from rasgo_nb.secret_store import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def run_key_command(
    words: Sequence[str],
    settings: Mapping[str, ProviderSettings],
    *,
    connections: ConnectionKeys | None = None,
    ask: Callable[[str], str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """Set or forget the key of a provider or connection, or list where keys are; what to tell the person.

    Raises
    ------
    RasgoError
        with what to type; a key that was typed as an argument is not shown.
    """
    refuse_key_in(" ".join(words))
    if not words or words == ["list"]:
        return "\n".join([*offers(settings, environment), *(connections or ConnectionKeys()).lines()])
    if len(words) != 2 or words[0] not in {"set", "forget"}:
        raise RasgoError("A key is asked for, never an argument. Type for example `rasgo-nb key set openai`.")
    verb, entry = words
    if entry.startswith(PREFIX):
        return (connections or ConnectionKeys()).run(verb, entry, ask)
    if ":" in entry:
        entry = entry.partition(":")[0]
    if entry == "offline":
        raise UnknownName("The offline model needs no key. Type for example `rasgo-nb key set openai`.")
    provider = provider_of(entry, settings)
    own = settings.get(entry, ProviderSettings())
    if verb == "forget":
        return forget_key(entry, provider, own, environment=environment)
    return set_key(entry, provider, own, ask=ask, environment=environment)


def refuse_key_in(line: str) -> None:
    """Stop a line that holds what could be a key, before anything of it is kept or shown.

    Raises
    ------
    RasgoError
        with the line to type instead.
    """
    if not any(looks_like_key(word) for word in line.split()):
        return
    first = line.split()[0]
    entry = first.split(".")[1] if first.startswith("providers.") and not looks_like_key(first) else "NAME"
    raise RasgoError(
        f"This line holds what could be a key, and nothing of it is kept. Type `rasgo-nb key set {entry}`."
    )
