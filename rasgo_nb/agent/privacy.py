"""What of the data a model may read: the strictest level of the connections that it may have come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, get_args

from rasgo_nb.connection_settings import Privacy, is_masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connection_settings import ConnectionSettings

HIDDEN = "***"
_FEW_TABLES = 5_000

_STRICTNESS: Mapping[Privacy, int] = {level: place for place, level in enumerate(get_args(Privacy))}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a model may read of some data; ``why`` says by whose setting: "privacy level stats of prod"."""

    level: Privacy = "rows"
    masked: tuple[str, ...] = ()
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing is kept from the model."""
        return self.level == "rows" and not self.masked

    @property
    def reason(self) -> str:
        """Why something is kept from the model."""
        return self.why if self.level != "rows" else "columns are masked"

    def joined(self, other: Sight) -> Sight:
        """What holds for data that may have come from either: the stricter."""
        strict = max((self, other), key=lambda one: _STRICTNESS[one.level])
        return replace(strict, masked=tuple(dict.fromkeys((*self.masked, *other.masked))))

    def masks(self, table: str, column: str) -> bool:
        """Whether a column is masked; of a table that is not known, by the column's name alone."""
        return is_masked(self.masked, [*table.split("."), column] if table else [column])


def sight_of(name: str, settings: ConnectionSettings) -> Sight:
    """What a model may read of the tables of one connection."""
    return Sight(settings.privacy, settings.masked, f"privacy level {settings.privacy} of {name}")


class NotebookPrivacy:
    """What a model may read of the variables of one notebook: which data they came from is not told.

    So the strictest of all connections rules that were ever open in it; ``now`` gives those that are. Once a
    masked column is in the notebook, nothing of its variables but figures of SQL is told.
    """

    def __init__(self, now: Callable[[], Mapping[str, ConnectionSettings]] = dict) -> None:
        self._now = now
        self._strictest = Sight()
        self._masked_of = ""
        self._words: dict[int, tuple[Catalog, int, set[str]]] = {}  # catalogs are held: ids come again

    @property
    def sight(self) -> Sight:
        """What holds now."""
        self.note_open()
        if not self._masked_of:
            return self._strictest
        return self._strictest.joined(Sight("stats", why=f"masked columns of {self._masked_of}"))

    def note_open(self) -> None:
        """Remember the levels of the connections that are open: they hold when those are closed too."""
        for name, settings in self._now().items():
            self._strictest = self._strictest.joined(sight_of(name, settings))

    def note_masked(self, connection: str) -> None:
        """Remember that a variable holds values of a masked column of that connection."""
        self._masked_of = self._masked_of or connection

    def words_in(self, catalog: Catalog) -> set[str]:
        """The words of the names of all tables and columns: no level keeps these from a model."""
        tables = catalog.tables
        # Of a large catalog they are read again only when tables have come or gone: till then a new word is
        # taken for what may be data.
        state = catalog.store.generation if len(tables) <= _FEW_TABLES else len(tables)
        if id(catalog) not in self._words or self._words[id(catalog)][1] != state:
            names = (str(table.name) for table in tables)
            columns = (column.name for table in tables for column in table.columns)
            self._words[id(catalog)] = (catalog, state, words_of((*names, *columns)))
        return self._words[id(catalog)][2]


@cache
def _usual_words() -> frozenset[str]:
    """What databases and pandas say of any data: such a word tells of none."""
    text = resources.files("rasgo_nb.agent").joinpath("usual_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def words_of(texts: Iterable[str]) -> set[str]:
    """The words of some texts, as ``told_text`` knows them."""
    return {word.casefold() for text in texts for word in _WORD.findall(text)}


def is_told(name: str, known: set[str]) -> bool:
    """Whether a name holds no word but those that the model knows already: a pivot makes names of values."""
    return all(word in known or word in _usual_words() for word in _WORD.findall(name.casefold()))


def told_text(text: str, known: set[str]) -> str:
    """A foreign text with ``***`` for each word that is neither known nor one of the usual ones."""
    hidden = _WORD.sub(lambda found: found[0] if is_told(found[0], known) else HIDDEN, text)
    return re.sub(r"\*{3}(?:[^\w*]{1,3}\*{3})+", HIDDEN, hidden)
