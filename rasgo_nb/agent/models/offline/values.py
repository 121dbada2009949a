"""Which values of the data the question names: spellings that were found, and near forms of frequent ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.schema import Column
from rasgo_nb.agent.models.offline.words import lemma

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_NATION_ENDINGS = ("n", "an", "ian", "ean", "ese", "ish", "i", "ch", "nian", "lish")
_NATIONS = {
    "american": ("usa", "united states", "us", "united states of america"),
    "british": ("uk", "united kingdom"),
    "french": ("france",), "dutch": ("netherlands",), "spanish": ("spain",), "german": ("germany",),
    "swiss": ("switzerland",), "greek": ("greece",), "english": ("england",), "welsh": ("wales",),
    "scottish": ("scotland",), "irish": ("ireland",),
}  # fmt: skip
_LETTERS = {
    "female": "f", "females": "f", "woman": "f", "women": "f", "girl": "f", "girls": "f", "girls'": "f",
    "male": "m", "males": "m", "man": "m", "men": "m", "boy": "m", "boys": "m",
}  # fmt: skip

Spelling = tuple[Column, str]


@dataclass(frozen=True)
class Values:
    """``found`` maps a text in lower case to its spellings; ``frequent`` holds each column's values."""

    found: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    frequent: Mapping[Column, tuple[str, ...]] = field(default_factory=dict)

    def within(self, tables: Collection[str]) -> Values:
        """The values that columns of these tables hold."""
        found = {
            text: kept
            for text, spellings in self.found.items()
            if (kept := tuple(one for one in spellings if one[0].table in tables))
        }
        return Values(
            found, {column: held for column, held in self.frequent.items() if column.table in tables}
        )

    def exact(self, text: str) -> tuple[Spelling, ...]:
        """The values that equal the text but for case and blanks; else its near forms."""
        wanted = _bare(text)
        same = tuple(
            (column, spelling)
            for key in dict.fromkeys((text.casefold().strip(), wanted))
            for column, spelling in self.found.get(key, ())
            if _bare(spelling) == wanted
        )
        return same or tuple(
            (column, value)
            for column, values in self.frequent.items()
            for value in values
            if _bare(value) == wanted
        )

    def alike(self, text: str) -> tuple[Spelling, ...]:
        """Exact ones, else singular and plural, initials of the sexes, adjectives of nations."""
        return self.exact(text) or tuple(
            (column, value)
            for column, values in self.frequent.items()
            for value in values
            if _is_form(text.casefold(), value.casefold(), column)
        )

    def beginning(self, text: str) -> tuple[Spelling, ...]:
        """The values that begin with the text as whole words, where each column has just one."""
        wanted = _bare(text) + " "
        spellings = [
            (column, value) for column, value in self.containing(text) if _bare(value).startswith(wanted)
        ]
        columns = [column for column, _ in spellings]
        return tuple(spelling for spelling in spellings if columns.count(spelling[0]) == 1)

    def containing(self, text: str) -> tuple[Spelling, ...]:
        """The values that hold the text, wherever."""
        return self.found.get(text.casefold().strip(), ())


def _bare(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def _is_form(said: str, value: str, column: Column) -> bool:
    if said in _LETTERS and value in (_LETTERS[said], lemma(said)):
        return any(word in ("sex", "gender") for word in column.words) or value == lemma(said)
    if len(said) < 4 or len(value) < 4:
        return value in _NATIONS.get(said, ())
    if lemma(said) == lemma(value) or value in _NATIONS.get(said, ()):
        return True
    return any(said == value.rstrip("aeoiy") + end or said == value + end for end in _NATION_ENDINGS)
