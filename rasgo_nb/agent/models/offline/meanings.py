"""Words that a comment on a column explains: "NULL = the order was cancelled", "1 = yes", "Y for active"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import is_known_word, words_of
from rasgo_nb.agent.models.offline.plan import Condition
from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.draft import Draft
    from rasgo_nb.agent.models.offline.reading import Reading
    from rasgo_nb.agent.models.offline.schema import Column, Schema, Table

# A value, a sign and what it stands for, up to the end of the clause; "or" after it makes it doubtful.
_EXPLAINED = re.compile(
    r"(?<!\w)(?P<value>NULL|'[^']+'|\"[^\"]+\"|-?\d+|[A-Z]{1,3})\s*(?:=|:|->|means|stands for|for|is)\s+"
    r"(?P<meaning>[^.;,()=]+)(?P<more>,? or\b)?"
)
_EMPTY = words_of("unknown none missing measured recorded known reported available calm midnight otherwise")
_ALIKE = 0.78


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word, the condition that it stands for, and how surely."""

    word: str
    condition: Condition
    weight: float


def read_meanings(reading: Reading, draft: Draft) -> None:
    """Move words that a comment explains from the question into the draft's conditions."""
    near = [table for table in (draft.subject, *reading.tables) if table is not None]
    known = meanings(reading.schema, tuple(dict.fromkeys(near)))
    for match in list(re.finditer(r"(?<= )(?P<negation>not )?(?P<word>[a-z]{4,})(?= )", reading.text)):
        meaning = _best(known, match["word"])
        if meaning is None:
            continue
        condition = meaning.condition
        draft.where.append(_negated(condition, match["word"]) if match["negation"] else condition)
        reading.text = reading.text.replace(f" {match[0]} ", " § ", 1)


def _best(known: tuple[Meaning, ...], word: str) -> Meaning | None:
    if is_known_word(word):
        return None
    fitting = [one for one in known if likeness(word, one.word) >= _ALIKE]
    return max(fitting, key=lambda one: one.weight, default=None)


def meanings(schema: Schema, tables: tuple[Table, ...]) -> tuple[Meaning, ...]:
    """The words that comments of the tables explain, or of all tables where none is named."""
    return tuple(
        meaning
        for table in tables or schema.tables
        for column in table.columns
        if column.comment
        for meaning in _explained(column, table)
    )


def _explained(column: Column, table: Table) -> list[Meaning]:
    found = []
    for match in _EXPLAINED.finditer(column.comment):
        words = re.findall(r"[a-z]{4,}", match["meaning"].casefold())
        content = [word for word in words if not is_known_word(word) and word not in _EMPTY]
        content = [word for word in content if all(likeness(word, part) < _ALIKE for part in table.words)]
        if len(content) != 1 or "not" in match["meaning"].split():
            continue
        condition = _condition(column, match["value"].strip("'\""), content[0])
        found.append(Meaning(content[0], condition, 0.5 if match["more"] else 1.0))
    return found


def _condition(column: Column, value: str, word: str) -> Condition:
    if value == "NULL":
        return Condition(column, "null", words=word, is_explained=True)
    if column.kind == "number" and value.lstrip("-").isdigit():
        return Condition(column, "=", (int(value),), words=word, is_explained=True)
    return Condition(column, "=", (value,), words=word, is_explained=True)


def _negated(one: Condition, word: str) -> Condition:
    operator = "not null" if one.operator == "null" else "!="
    return replace(one, operator=operator, words=f"not {word}")  # type: ignore[arg-type]
