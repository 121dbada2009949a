"""Texts of a catalog as vectors: who makes them, where they are searched, and what a search finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.connectors.base import TableName

TextKind = Literal["query", "document"]


class TextEmbedder(Protocol):
    """Turns texts into vectors, waiting for them; may be called from any thread."""

    name: str  # what made a vector: vectors of different names are never compared

    def embed(self, texts: Sequence[str], *, kind: TextKind) -> np.ndarray:
        """One row for each text, in order: float32, shape (n, d), each of unit length.

        A text without words gets a row of zeros.

        Raises
        ------
        RasgoError
            when no vectors can be had now; words are searched all the same.
        """

    def close(self) -> None:
        """Let go of what is open; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class Near:
    """A vector that was found, by its number; ``similarity`` is the cosine, from -1 to 1."""

    number: int
    similarity: float


class CannotHold(RasgoError):
    """Where vectors should be kept, none can be; they are kept on this machine."""


class VectorIndex(Protocol):
    """Unit vectors of one embedder by number, from 0 to 2**63 - 1. May be used from any thread."""

    @property
    def embedder_name(self) -> str:
        """Whose vectors these are."""

    def __len__(self) -> int:
        """How many there are."""

    def held(self, numbers: Sequence[int]) -> set[int]:
        """Which of these numbers there are."""

    def add(self, numbers: Sequence[int], vectors: np.ndarray) -> None:
        """Take in vectors, shape (n, d), in place of those that had their numbers."""

    def remove(self, numbers: Sequence[int]) -> None:
        """Let go of vectors, where they are held."""

    def search(self, vector: np.ndarray, limit: int) -> list[Near]:
        """The nearest ``limit`` of shape (d,), best first; equals in order of number."""

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class Similar:
    """What is like a question, by cosine, best first. ``note`` says why nothing could be compared."""

    tables: tuple[tuple[TableName, float], ...] = ()
    facts: tuple[tuple[Fact, float], ...] = ()
    note: str = ""


class SimilarSearch(Protocol):
    """What the search over a catalog asks of vectors. May be called from any thread."""

    def similar(self, words: str, limit: int) -> Similar:
        """The tables and facts whose texts are most like the words, ``limit`` of each at most.

        Never raises for an embedder that fails or is slow: nothing is found then, and ``note`` says why.
        """
