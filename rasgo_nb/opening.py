"""What a run works with, chosen by what the person named and by the settings, and opened."""

from __future__ import annotations

import asyncio
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import RunStarted
from rasgo_nb.agent.interface import Interface, choose_interface
from rasgo_nb.agent.limits import Limits
from rasgo_nb.agent.messages import Message, Text
from rasgo_nb.agent.models.choose import Choice, choose, open_model, provider_of
from rasgo_nb.agent.models.recorded import REPLAY
from rasgo_nb.agent.prices import priced, require_price
from rasgo_nb.agent.specialist import Specialist
from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.catalog.stores.sqlite_store_file import CatalogBusy
from rasgo_nb.connectors.base import Caps
from rasgo_nb.connectors.frames import default_caps
from rasgo_nb.errors import ConnectionFailed, QueryError, QueryRefused, QueryStopped
from rasgo_nb.meaning import bring_meaning
from rasgo_nb.replay.lines import recorded_interface, recorded_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AsyncExitStack

    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.agent.used_connection import UsedConnection
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.config import Config
    from rasgo_nb.connection_settings import ConnectionSettings
    from rasgo_nb.connectors.base import Connection

SEVERAL = (
    "There are several connections: {names}. Name one in `connection` of each call. A question that needs "
    "two of them: select what is needed of each into a DataFrame, then join the DataFrames with run_sql and "
    'connection="memory", in DuckDB SQL.'
)


@dataclass(frozen=True, slots=True)
class Models:
    """Who is asked, and in which words; ``note`` says why this model."""

    model: Model
    interface: Interface
    specialist: Specialist | None
    note: str


@dataclass(frozen=True, slots=True)
class Opened:
    """All that a run works with."""

    models: Models
    used: Mapping[str, UsedConnection]  # the usual one first
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def usual(self) -> UsedConnection:
        """The connection of a call that names none."""
        return next(iter(self.used.values()))

    def started(self, question: str, note: str, conversation: str) -> RunStarted:
        """The first event; ``note`` is what else the person should know."""
        link = self.usual.connection
        notes = " ".join(filter(None, (self.models.note, note)))
        others = {name: one.connection.dialect for name, one in list(self.used.items())[1:]}
        name = self.models.model.name
        return RunStarted(self.run_id, question, name, link.name, notes, link.dialect, others, conversation)


async def open_models(
    config: Config,
    *,
    model: str | Model,
    interface: str | Interface,
    cache_key: str,
    closing: AsyncExitStack,
) -> Models:
    """The models of a run; ``closing`` closes those that were opened for it.

    Raises
    ------
    RasgoError
        where a model is unknown, can't be opened, or has no price and money is limited.
    """
    choice = _choice(config, model)
    if isinstance(model, str) and choice.name.startswith(REPLAY):
        return await _recorded(config, choice.name, interface)
    _check_prices(config, choice)
    face = interface if isinstance(interface, Interface) else _interface(config, choice, interface)
    if isinstance(model, str):
        model = await _open(config, choice, face, cache_key=cache_key)
        closing.push_async_callback(model.aclose)
    specialist = await _specialist(config, closing, cache_key=cache_key)
    return Models(model, face, specialist, choice.note)


async def _recorded(config: Config, name: str, wanted: str | Interface) -> Models:
    """The models of a recording, with the interface that it was made with: the names of its tools fit."""
    model = await asyncio.to_thread(recorded_model, name, config)
    specialist = Specialist(model.sql_model()) if model.has_sql else None
    face, note = recorded_interface(model, wanted)
    return Models(model, face, specialist, note)


def instructions(used: Mapping[str, UsedConnection], interface: Interface) -> Message:
    """What the model is told before the question; of several connections, how to use them."""
    dialects = dict.fromkeys(one.connection.dialect for one in used.values())
    text = interface.instructions.replace("{dialect}", ", ".join(dialects))
    if len(used) > 1:
        names = ", ".join(f"{name} ({one.connection.dialect})" for name, one in used.items())
        text = f"{text.rstrip()}\n\n{SEVERAL.format(names=names)}\n"
    return Message("system", (Text(interface.in_its_words(text)),))


def limits_of(config: Config, max_steps: int | None) -> Limits:
    """Where a run ends in any case."""
    return Limits(
        max_steps=max_steps or config.max_steps or None,
        max_tokens=config.max_tokens or None,
        max_seconds=config.max_seconds or None,
        max_cost_usd=config.max_cost_usd or None,
    )


def caps_of(config: Config) -> Caps:
    """How much of a result is brought over."""
    most_bytes = config.max_result_mb * 1_000_000 or default_caps().max_bytes
    return Caps(max_rows=config.max_rows or sys.maxsize, max_bytes=most_bytes)


def _choice(config: Config, model: str | Model) -> Choice:
    if not isinstance(model, str):
        return Choice(model.name)
    return choose(model or config.model, config.providers)


def _check_prices(config: Config, choice: Choice) -> None:
    """A limit on money needs the price of every model that the run may ask."""
    if not config.max_cost_usd:
        return
    require_price(choice.name)
    if config.sql_model:
        require_price(choose(config.sql_model, config.providers).name)


def _interface(config: Config, choice: Choice, wanted: str) -> Interface:
    entry = choice.name.partition(":")[0]
    kind = provider_of(entry, config.providers).name if entry in config.providers else entry
    return choose_interface(choice.name, wanted or config.interface, kind=kind)


async def _open(config: Config, choice: Choice, face: Interface, *, cache_key: str) -> Model:
    """The model to ask; an SDK takes up to two seconds to load, so not on the kernel's thread."""
    return await asyncio.to_thread(
        open_model, choice.name, config.providers, options=face.options, cache_key=cache_key
    )


async def _specialist(config: Config, closing: AsyncExitStack, *, cache_key: str) -> Specialist | None:
    """The model that writes SQL, where the person set one."""
    if not config.sql_model:
        return None
    choice = choose(config.sql_model, config.providers)
    model = await _open(config, choice, _interface(config, choice, ""), cache_key=cache_key)
    closing.push_async_callback(model.aclose)
    return Specialist(model, priced(model.name))


def tables_of(link: Connection, settings: ConnectionSettings) -> Catalog:
    """Its tables, and what is said of them.

    Where they cannot be read, the line says of which connection, and what to type.
    """
    try:
        catalog = catalog_of(link)
    except (QueryRefused, QueryStopped):
        raise
    except QueryError as error:
        said = str(error).rstrip(".")
        raise ConnectionFailed(
            f"The tables of {link.name} cannot be read: {said}. Mend that and ask again, or open it anew "
            f"with `%rasgo connect {link.name}`."
        ) from None
    with suppress(CatalogBusy):  # what was synced before is there; the next question tries again
        bring_meaning(link, settings)
    return catalog
