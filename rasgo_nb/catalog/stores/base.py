"""Where the catalog of one connection is held: tables as the database describes them, and facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.catalog.facts import Fact, FactKind
    from rasgo_nb.catalog.search.words import Page
    from rasgo_nb.connectors.base import TableDetail, TableName


@dataclass(frozen=True, slots=True)
class Match:
    """A table that holds words of a question; ``score`` grows with how well."""

    number: int
    name: TableName
    score: float


@dataclass(frozen=True, slots=True)
class FactMatch:
    """A fact that holds words of a question; ``score`` grows with how well."""

    fact: Fact
    score: float


class Store(Protocol):
    """Tables and facts of one connection. May be used from any thread, and by several kernels at once.

    Every change is whole or not at all, whatever ends the process. What is held can be read anew from where
    it came from: what a person wrote is not held here alone.
    """

    @property
    def generation(self) -> int:
        """Counts up with every change, whoever made it."""

    def names(self) -> Sequence[TableName]:
        """All tables, in order of name."""

    def marks(self) -> dict[TableName, str]:
        """What each table was marked with when it was put."""

    def put_tables(self, tables: Iterable[tuple[TableDetail, str]]) -> None:
        """Take in tables with their marks, in place of what was held under their names."""

    def drop_tables(self, names: Iterable[TableName]) -> None:
        """Let go of tables, where they are held."""

    def details(self, names: Sequence[TableName]) -> list[TableDetail]:
        """What is held of these tables, in their order; unknown ones are left out."""

    def put_facts(self, source: str, facts: Iterable[Fact]) -> None:
        """Take in all facts of a source, in place of those that it had."""

    def facts(
        self, *, tables: Sequence[TableName] | None = None, kinds: Sequence[FactKind] = (), source: str = ""
    ) -> list[Fact]:
        """The facts that speak of any of these tables, or of all; of these kinds, or all.

        The foreign keys of tables that are held are among them, as ``joins.declared_joins`` makes them: so
        that a table tells those that refer to it.
        """

    def named(self, spelling: str) -> list[TableName]:
        """The tables of that name, in order; with or without schema and database, in any case and quotes."""

    def has_schema(self, spelling: str) -> bool:
        """Whether tables of that schema, with or without its database, are held."""

    def match(self, terms: Sequence[str], limit: int) -> list[Match]:
        """The tables whose page holds any of the terms, best first; equals in order of name.

        Terms are stems, as ``words.page_of`` makes them of the table and its facts.
        """

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many pages each term occurs; without those that occur in none."""

    def name_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many names of tables each term occurs; without those that occur in none."""

    def vocabulary(self) -> list[str]:
        """Every term of the pages, in order."""

    def pages(self, numbers: Sequence[int]) -> dict[int, Page]:
        """The pages of tables by number; unknown ones are left out."""

    def numbers(self, names: Sequence[TableName]) -> dict[TableName, int]:
        """The numbers of tables; unknown ones are left out."""

    def match_facts(
        self, terms: Sequence[str], limit: int, kinds: Sequence[FactKind] = ()
    ) -> list[FactMatch]:
        """The facts of these kinds (metric, query and note where none is named) that hold any of the terms.

        Best first. Terms are stems, as ``words.stems_of_fact`` makes them of a fact.
        """

    def close(self) -> None:
        """Let go of files; a second call does nothing."""
