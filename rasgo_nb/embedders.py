"""Which embedder the settings name, and the vectors that it keeps for each open connection."""

from __future__ import annotations

import asyncio
import threading
import weakref
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb.agent.models.embeddings import open_embedder
from rasgo_nb.catalog.kept import opened, store_of
from rasgo_nb.catalog.stores.postgres_store import PostgresStore
from rasgo_nb.catalog.vectors.catalog_vectors import CatalogVectors
from rasgo_nb.catalog.vectors.minilm import MiniLM, is_installed
from rasgo_nb.errors import ModelFailed, RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from rasgo_nb.agent.models.embeddings import Embedder
    from rasgo_nb.catalog.vectors.base import TextEmbedder, TextKind
    from rasgo_nb.catalog.vectors.catalog_vectors import VectorState
    from rasgo_nb.config import Config
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.provider_settings import ProviderSettings

NONE = "none"
LOCAL = "minilm"

QUESTION_S = 2.0  # a search waits no longer for a provider
DOCUMENTS_S = 300.0


def open_text_embedder(
    setting: str, providers: Mapping[str, ProviderSettings], *, folder: Path | None = None
) -> TextEmbedder | None:
    """The embedder that the setting ``embedder`` names; None where words are searched alone.

    A provider is taken only where it is named: that there is a key for it is no wish to send it names.

    Raises
    ------
    RasgoError
        when what is named cannot be used, with what to type.
    """
    if setting == NONE or (not setting and not is_installed(folder)):
        return None
    if setting in ("", LOCAL):
        if not is_installed(folder):
            raise RasgoError("The local model is not installed. Type `%rasgo embeddings install`.")
        local = MiniLM(folder)
        local.warm()
        return local
    return ProviderEmbedder(open_embedder(setting, providers))


class ProviderEmbedder:
    """A ``TextEmbedder`` of a provider's ``Embedder``, which runs on a thread of its own."""

    def __init__(
        self, embedder: Embedder, *, question_s: float = QUESTION_S, documents_s: float = DOCUMENTS_S
    ) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._limits_s: dict[TextKind, float] = {"query": question_s, "document": documents_s}
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._is_closed = False
        # A daemon: a provider that does not answer must not keep the kernel from ending.
        self._thread = threading.Thread(target=self._run, name="rasgo_nb embedder", daemon=True)
        self._thread.start()

    def embed(self, texts: Sequence[str], *, kind: TextKind) -> np.ndarray:
        """One row for each text: see ``TextEmbedder``.

        Raises
        ------
        RasgoError
            when the provider fails, or takes longer than a search can wait.
        """
        limit_s = self._limits_s[kind]
        with self._lock:
            if self._is_closed:
                raise RasgoError(f"The embedder {self.name} was closed. Ask again.")
            future = asyncio.run_coroutine_threadsafe(self._embedder.embed(texts, kind=kind), self._loop)
        try:
            return future.result(limit_s)
        except TimeoutError:
            future.cancel()
            raise ModelFailed(
                f"{self.name} gave no vectors within {limit_s:g} s. Try again later, or type "
                "`%rasgo config embedder none`."
            ) from None
        except CancelledError:
            raise RasgoError(f"The embedder {self.name} was closed. Ask again.") from None
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop what runs, and close the connection to the provider; a second call does nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(self._ended())
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    async def _ended(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.gather(*others, return_exceptions=True)
        await self._embedder.aclose()


class Embedders:
    """The embedder in use, opened once for a setting, and the vectors of each connection's catalog."""

    def __init__(self) -> None:
        self.note = ""  # why there is none, where one is wanted
        self._lock = threading.Lock()
        self._setting: tuple[object, ...] | None = None
        self._embedder: TextEmbedder | None = None
        self._vectors: WeakKeyDictionary[Connection, CatalogVectors] = WeakKeyDictionary()

    @property
    def embedder(self) -> TextEmbedder | None:
        """What is in use."""
        return self._embedder

    def follow(self, connection: Connection, setting: str, providers: Mapping[str, ProviderSettings]) -> None:
        """Have the connection's catalog searched by vectors too, as the settings are now.

        Never raises for an embedder that cannot be used: ``note`` says why, and words are searched alone.
        """
        with self._lock:
            self._open(setting, providers)
            if self._embedder is None or connection in self._vectors:
                return
            store = store_of(connection)
            path = store.path and store.path.with_suffix(".vectors.sqlite3")
            name = self._embedder.name
            shared = store.shared_vectors(name) if isinstance(store, PostgresStore) else None
            vectors = CatalogVectors(store, self._embedder, path=path, shared=shared)
            self._vectors[connection] = vectors
            opened(connection).similar = vectors
            vectors.start(is_over=_is_over(connection))

    def follow_all(self, connections: Mapping[str, Connection], config: Config) -> None:
        """Follow each of these connections: ``follow``."""
        for connection in connections.values():
            self.follow(connection, config.embedder, config.providers)

    def states(self, connections: Mapping[str, Connection]) -> dict[str, VectorState]:
        """How far the vectors of each connection are, by its name; none where it is not followed."""
        followed = {name: self._vectors.get(connection) for name, connection in connections.items()}
        return {name: vectors.state() for name, vectors in followed.items() if vectors is not None}

    def vectors_of(self, connection: Connection) -> CatalogVectors | None:
        """The vectors of a connection that is followed."""
        return self._vectors.get(connection)

    def close(self) -> None:
        """Stop following, and let the embedder go."""
        with self._lock:
            self._let_go()

    def _open(self, setting: str, providers: Mapping[str, ProviderSettings]) -> None:
        """Have the embedder that is named now; one that was named before is let go."""
        is_local = setting in ("", LOCAL)
        wanted = (setting, is_local and is_installed(), providers.get(setting.partition(":")[0]))
        if wanted == self._setting:
            return
        self._let_go()
        self._setting = wanted
        try:
            self._embedder = open_text_embedder(setting, providers)
        except RasgoError as error:
            self.note = str(error)

    def _let_go(self) -> None:
        for connection, vectors in [*self._vectors.items()]:
            opened(connection).similar = None
            vectors.close()
        self._vectors.clear()
        if self._embedder is not None:
            self._embedder.close()
        self._embedder, self._setting, self.note = None, None, ""


def _is_over(connection: Connection) -> Callable[[], bool]:
    """Whether a connection is closed, or gone: it is not kept by being followed."""
    watched = weakref.ref(connection)

    def is_over() -> bool:
        seen = watched()
        return seen is None or seen.is_closed

    return is_over
