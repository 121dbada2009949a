"""Which words of the question mean which tables, columns and values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import MONTHS, STOP, words_of
from rasgo_nb.agent.models.offline.scoring import LIKE, column_score, table_score
from rasgo_nb.agent.models.offline.words import lemma, likeness, split_compound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.offline.question import Token
    from rasgo_nb.agent.models.offline.schema import Column, Schema, Table
    from rasgo_nb.agent.models.offline.values import Spelling, Values

_LONGEST = 5
_BY_UNIT = 0.7  # how likely "miles" means a column that is in miles
_MEASURING = words_of("mm cm km kg mile pound inch usd dollar euro percent million billion thousand")
_SOFT_STOP = words_of("time order record detail information first last average total")
_TAILS = ("id", "no", "num", "name", "code", "date", "type")
_VOCABULARY = words_of(
    "name date year type code number price first last birth time start end full text title "
    "count city state country amount rate level grade day month total id phone email address "
    "status order class group result play"
)
_INITIALS = {
    "fname": ("first", "name"),
    "lname": ("last", "name"),
    "mname": ("middle", "name"),
    "firstname": ("first", "name"),
    "lastname": ("last", "name"),
}


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of tokens and what it may mean; ``columns`` and ``tables`` best first, with scores."""

    start: int
    end: int
    text: str
    columns: tuple[tuple[float, Column], ...] = ()
    tables: tuple[tuple[float, Table], ...] = ()
    spellings: tuple[Spelling, ...] = ()
    value: object = None
    quoted: bool = False

    @property
    def letter(self) -> str:
        """C column, T table, X both, V a value of the data, Q a quoted text, N a number."""
        if self.value is not None:
            return "N" if isinstance(self.value, int | float) else "V" if self.spellings else "Q"
        if self.columns and self.tables:
            return "X"
        return "C" if self.columns else "T"


class Linker:
    """Finds the mentions of one question."""

    def __init__(self, tokens: Sequence[Token], schema: Schema, values: Values) -> None:
        self.tokens = tokens
        self.schema = schema
        self.values = values
        self._nearness: dict[str, frozenset[int]] = {}

    def mentions(self) -> tuple[Mention, ...]:
        """The best cover of the question by mentions that do not overlap, in their order."""
        options = [*self._literals(), *self._value_spans(), *self._name_spans()]
        options.sort(key=lambda option: (-option[0], option[1].start))
        taken: set[int] = set()
        chosen = []
        for _, mention in options:
            span = range(mention.start, mention.end)
            if taken.isdisjoint(span):
                taken.update(span)
                chosen.append(mention)
        return tuple(sorted(chosen, key=lambda mention: mention.start))

    def _literals(self) -> list[tuple[float, Mention]]:
        return [
            (
                100.0,
                Mention(
                    at,
                    at + 1,
                    token.text,
                    spellings=self._spellings(token.text),
                    value=token.text,
                    quoted=True,
                ),
            )
            if token.kind == "quoted"
            else (90.0, Mention(at, at + 1, token.text, value=token.value))
            for at, token in enumerate(self.tokens)
            if token.kind in ("quoted", "number")
        ]

    def _spellings(self, text: str) -> tuple[Spelling, ...]:
        return self.values.exact(text) or self.values.alike(text)

    def _value_spans(self) -> list[tuple[float, Mention]]:
        found = []
        for start, end in self._spans(longest=8):
            text = self._text(start, end)
            single = end - start == 1
            capital = start > 0 and any(token.text[:1].isupper() for token in self.tokens[start:end])
            if (
                single
                and (self.tokens[start].lower in STOP or len(text) < 2)
                and not (capital and len(text) == 1)
            ):
                continue
            spellings = self.values.alike(text) if single else self.values.exact(text)
            if not spellings and capital and not self._names_exactly(start):
                spellings = self.values.beginning(text)
            if not spellings or (not capital and not single and self.tokens[start].lower in STOP):
                continue
            if single and self.tokens[start].lower in MONTHS:
                continue
            if single and not capital and self._names_exactly(start):
                continue
            weight = (end - start) * (1.2 if capital else 0.9)
            found.append((weight, Mention(start, end, text, spellings=spellings, value=text)))
        return found

    def _names_exactly(self, at: int) -> bool:
        word = self.tokens[at].lemma
        return any(word in words for words in self._words.values()) or any(
            word in table.words for table in self.schema.tables
        )

    def _name_spans(self) -> list[tuple[float, Mention]]:
        found = []
        for start, end in self._spans(longest=_LONGEST):
            columns = self._columns(start, end)
            tables = self._tables(start, end)
            best = max((score for score, _ in (*columns, *tables)), default=0.0)
            if best < 0.58:
                continue
            least = max(best - 0.3, 0.88 if tables and tables[0][0] >= 0.95 else 0.0)
            columns = tuple(option for option in columns if option[0] >= least)
            tables = tuple(option for option in tables if option[0] >= best - 0.12)
            words = sum(1 for token in self.tokens[start:end] if token.lower not in ("of", "the"))
            found.append((words * best, Mention(start, end, self._text(start, end), columns, tables)))
        return found

    def _spans(self, longest: int) -> list[tuple[int, int]]:
        count = len(self.tokens)
        return [
            (start, end)
            for start in range(count)
            for end in range(start + 1, min(count, start + longest) + 1)
            if self._is_span(start, end)
        ]

    def _is_span(self, start: int, end: int) -> bool:
        span = self.tokens[start:end]
        if "mark" in (span[0].kind, span[-1].kind) and not (end - start > 1 and len(span[-2].text) == 1):
            return False
        return all(token.kind != "quoted" and token.text not in ",;?!()" for token in span) and any(
            token.kind == "word" for token in span
        )

    def _text(self, start: int, end: int) -> str:
        return " ".join(token.text for token in self.tokens[start:end]).replace(" .", ".").replace(" '", "'")

    def _said(self, start: int, end: int) -> tuple[str, ...]:
        return tuple(
            part
            for token in self.tokens[start:end]
            for part in ([lemma(p) for p in token.lower.replace("-", "_").split("_") if p] or [token.lower])
        )

    def _columns(self, start: int, end: int) -> tuple[tuple[float, Column], ...]:
        said = self._said(start, end)
        if len(said) == 1 and said[0] in _MEASURING:
            return self._measured_in(said[0])
        if said == ("year",) and end < len(self.tokens) and self.tokens[end].lower == "old":
            return ()
        scored = [
            (score, column)
            for column, words in self._with_like_words(said)
            if (score := column_score(said, words, self.schema.table_of(column).words)) >= 0.5
        ]
        return tuple(sorted(scored, key=lambda option: -option[0])[:12])

    def _with_like_words(self, said: tuple[str, ...]) -> list[tuple[Column, tuple[str, ...]]]:
        """The columns that have a word like one of those said; others can't be meant."""
        near = {column for word in said for column in self._near(word)}
        return [(self._columns_in_order[at], self._words[self._columns_in_order[at]]) for at in sorted(near)]

    def _near(self, said: str) -> frozenset[int]:
        """The positions of the columns that have a word like this one."""
        if said not in self._nearness:
            alike = [word for word in self._positions if likeness(said, word) >= LIKE]
            self._nearness[said] = frozenset(at for word in alike for at in self._positions[word])
        return self._nearness[said]

    @cached_property
    def _columns_in_order(self) -> tuple[Column, ...]:
        return tuple(self._words)

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for at, words in enumerate(self._words.values()):
            for word in words:
                positions.setdefault(word, []).append(at)
        return positions

    def _measured_in(self, unit: str) -> tuple[tuple[float, Column], ...]:
        """The numbers whose comment says that they are in this unit, not in so many per something."""
        wanted = re.compile(rf"\bin (?:\w+ )?{re.escape(unit)}s?\b(?! per\b)", re.IGNORECASE)
        return tuple(
            (_BY_UNIT, column)
            for column in self.schema.columns
            if column.kind == "number" and wanted.search(column.comment)
        )[:12]

    def _tables(self, start: int, end: int) -> tuple[tuple[float, Table], ...]:
        said = self._said(start, end)
        if not self._may_name(said, start):
            return ()
        scored = [
            (score, table)
            for table in self.schema.tables
            if (score := table_score(said, self._table_words[table.name])) >= 0.55
        ]
        return tuple(sorted(scored, key=lambda option: -option[0])[:6])

    def _may_name(self, said: tuple[str, ...], start: int) -> bool:
        if (
            said == ("year",)
            and start + 1 < len(self.tokens)
            and self.tokens[start + 1].lower in ("old", "of")
        ):
            return False
        if len(said) > 1:
            return said[0] not in STOP and said[-1] not in STOP
        word = self.tokens[start].lower
        if lemma(word) in _SOFT_STOP:
            before = self.tokens[start - 1].lower if start else ""
            return word.endswith("s") or before in ("the", "each", "an")
        return word not in STOP and lemma(word) not in STOP

    @cached_property
    def _words(self) -> dict[Column, tuple[str, ...]]:
        return {
            column: self._taken_apart(column.words, self.schema.table_of(column).words)
            for column in self.schema.columns
        }

    @cached_property
    def _table_words(self) -> dict[str, tuple[str, ...]]:
        return {table.name: self._taken_apart(table.words, ()) for table in self.schema.tables}

    def _taken_apart(self, words: tuple[str, ...], table: tuple[str, ...]) -> tuple[str, ...]:
        return (
            tuple(
                part
                for word in words
                if not (word.isdigit() and len(words) > 1)
                for part in (
                    _INITIALS.get(word) or _tail(word, table) or split_compound(word, self._vocabulary)
                )
            )
            or words
        )

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        said = {
            token.lemma
            for token in self.tokens
            if token.kind == "word" and len(token.text) > 2 and token.lower not in STOP
        }
        named = {word for table in self.schema.tables for word in table.words if len(word) > 2}
        return frozenset(said | named) | _VOCABULARY


def _tail(word: str, table: tuple[str, ...]) -> tuple[str, ...]:
    """``aid`` and ``empno`` taken apart, where they begin as their table does or end in ``id``."""
    for tail in _TAILS:
        head = word.removesuffix(tail)
        if head == word or not head or len(head) > 5 or word in ("paid", "bid", "grid", "void"):
            continue
        if any(part.startswith(head) for part in table) or (tail == "id" and len(head) < 5):
            return (head, tail)
    return ()
