"""What the parts of a statement can see: the sources of a FROM and the columns that each has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlglot import exp

    from rasgo_nb.connectors.base import TableDetail


@dataclass(frozen=True, slots=True)
class Outputs:
    """The columns that a query or table has, as keys; an open one may have others too.

    ``spelt`` are the same columns as they are written in messages. ``count`` is None where it is not known.
    """

    keys: tuple[str, ...] = ()
    is_open: bool = False
    count: int | None = None
    spelt: tuple[str, ...] = ()

    def named(self, keys: Sequence[str]) -> Outputs:
        """The same with the first columns under other names, as in ``t (a, b)``."""
        return replace(
            self,
            keys=(*keys, *self.keys[len(keys) :]),
            spelt=(*keys, *self.spelt[len(keys) :]),
        )


OPEN = Outputs(is_open=True)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One thing in a FROM. ``key`` is what its columns are qualified with; empty where nothing can be."""

    key: str
    title: str
    outputs: Outputs
    table: TableDetail | None = None
    is_hidden: bool = False  # on the far side of a semi or anti join

    def may_have(self, key: str) -> bool:
        """Whether it has the column, or its columns are not all known."""
        return self.outputs.is_open or key in self.outputs.keys

    def has(self, key: str) -> bool:
        """Whether it surely has the column."""
        return key in self.outputs.keys


@dataclass(slots=True)
class Scope:
    """What one SELECT sees. ``merged`` are the columns that USING makes one of two."""

    parent: Scope | None
    ctes: dict[str, Outputs]
    sources: list[Source] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)
    is_natural: bool = False
    aliases: set[str] = field(default_factory=set)
    bound: frozenset[str] = frozenset()  # parameters of lambdas, anywhere in the statement

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def called(self, key: str) -> list[Source]:
        """The sources of that name, from the innermost scope that has one."""
        for scope in self.chain():
            found = [source for source in scope.sources if source.key == key]
            if found:
                return found
        return []

    def with_column(self, key: str) -> list[Source]:
        """The sources that surely have the column, from the innermost scope that has one."""
        for scope in self.chain():
            found = [source for source in scope.sources if source.has(key)]
            if found:
                return found
            if any(source.outputs.is_open for source in scope.sources):
                return []
        return []

    def may_have(self, key: str) -> bool:
        """Whether a source of this scope or one around it may have the column."""
        return any(source.may_have(key) for scope in self.chain() for source in scope.sources)

    def is_open(self) -> bool:
        """Whether there is a source of whose columns not all are known."""
        return any(source.outputs.is_open for scope in self.chain() for source in scope.sources)

    def cte(self, key: str) -> Outputs | None:
        """The columns of the common table expression of that name."""
        return next((scope.ctes[key] for scope in self.chain() if key in scope.ctes), None)


def parts_of(column: exp.Column) -> list[exp.Identifier]:
    """The names of a column as written, from the widest to the column's own."""
    from sqlglot import exp

    return [part for part in column.parts if isinstance(part, exp.Identifier)]
