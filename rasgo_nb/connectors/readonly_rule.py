"""What the rules of the SQL guard are made of, and what it says when it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasgo_nb.policy import Effect


class Refused(Exception):
    """Why a statement is no read; ``is_unknown`` when it was only not understood."""

    def __init__(self, part: str, why: str, *, is_unknown: bool = False) -> None:
        super().__init__(f"{part} {why}")
        self.is_unknown = is_unknown


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """Functions of one kind, by name and by the start or end of their names, all in lower case.

    A name may be qualified (``utl_http.request``); ``starts`` is held against the whole of what is written
    and against its last part. ``effect`` is what they do; None where that cannot be told. Functions that are
    ``allowed`` are reads, though of a kind that the person is asked about.
    """

    why: str
    names: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    effect: Effect | None = None
    but: frozenset[str] = frozenset()  # names that ``starts`` and ``ends`` do not mean
    but_starts: tuple[str, ...] = ()
    allowed: bool = False

    def covers(self, name: str) -> bool:
        """Whether the function, its name in lower case, is of this kind."""
        if name in self.names:
            return True
        if name in self.but or name.startswith(self.but_starts):
            return False
        return name.startswith(self.starts) or name.endswith(self.ends)


@dataclass(frozen=True, slots=True)
class DialectRules:
    """What is particular to a dialect."""

    functions: tuple[FunctionRule, ...] = ()
    read_pragmas: frozenset[str] = field(default=frozenset())
    asking_pragmas: frozenset[str] = frozenset()  # whose value is what they are asked about
    reads_files_by_name: bool = False  # FROM 'sales.csv'
    file_schemas: frozenset[str] = frozenset()  # FROM parquet.`/a/b`
    secret_tables: frozenset[str] = frozenset()  # that hold passwords, or files of the server
    read_commands: frozenset[str] = field(default=frozenset())  # read, whatever words follow
    explains: bool = True  # EXPLAIN changes nothing by itself
    locks: bool = False  # FOR UPDATE is left to the server, whose read-only transaction refuses it
    # Words that are no names in this dialect unless quoted, each of which makes more than a read of a
    # statement, wherever it stands.
    reserved: frozenset[str] = frozenset({"INTO"})
    # A statement that begins with SELECT or WITH and has none of the words of `statement_words.WRITING` is a
    # read by the vendor's grammar, so that one without a tree can be judged by its words.
    words_tell: bool = False
    # Whether a function that is in no list may be called: where a function of a user cannot write.
    unknown_functions: bool = True
    # Functions that may be called as if they were a column: ``(x).f`` is ``f(x)``.
    as_columns: tuple[FunctionRule, ...] = ()
    known_functions: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    """The names in a text, for lists that are long."""
    return frozenset(text.split())
