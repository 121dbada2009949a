"""Orders tables for a question by all that speaks for them: one sum, each part between 0 and about 1.

A page is scored as BM25F does (Robertson, Zaragoza 2009): the words of its fields are counted together, each
field with a weight and a length of its own, and only then saturated. A word counts once, by the best of the
forms that the page may hold it in. What the page covers of the question's weight is the score.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rasgo_nb.catalog.search.terms import Term
    from rasgo_nb.catalog.search.words import Page
    from rasgo_nb.connectors.base import TableName

# What a word says of its table by where it stands. Comments say little: long ones hold any word.
_FIELD_WEIGHTS = {
    "name": 3.0,
    "place": 1.0,
    "columns": 1.0,
    "comment": 0.5,
    "column_comments": 0.25,
    "facts": 0.75,
    "values": 0.25,
}
# How many words a field usually has, and how much more words than that take from each. Fixed, so that a
# table's score does not change with the tables beside it.
_USUAL_LENGTHS = {
    "name": 2.5,
    "place": 2.5,
    "columns": 15.0,
    "comment": 12.0,
    "column_comments": 40.0,
    "facts": 30.0,
    "values": 40.0,
}
_LENGTH_SHARES = {
    "name": 0.5,
    "place": 0.3,
    "columns": 0.5,
    "comment": 0.75,
    "column_comments": 0.75,
    "facts": 0.75,
    "values": 0.75,
}
_SATURATION = 1.2
VOTES = 0.5  # of a past query just like the question
SIMILAR = 0.5  # of a text just like the question
_TOGETHER = 0.5  # what a schema's best tables cover of the question together, for each of its tables
_TOGETHER_TABLES = 3  # of a schema that count: a large one must not win by its size
_JOINED = 0.2  # of the score of a table that is joined to one of the best
BEST = 6  # whose joins count

_VOTES, _SIMILAR = -1, -2  # stand among the places of terms


@dataclass(slots=True)
class Candidate:
    """A table that may be meant. ``shares`` has what speaks for it by the places of terms in the question."""

    name: TableName
    shares: dict[int, float] = field(default_factory=dict)
    spots: dict[int, tuple[str, str]] = field(default_factory=dict)  # field and word that a term was found in
    own: float = 0.0  # by itself
    score: float = 0.0  # with what is around it

    @property
    def is_similar(self) -> bool:
        """Whether its text is like the question."""
        return _SIMILAR in self.shares


def score_page(candidate: Candidate, page: Page, terms: Sequence[Term]) -> None:
    """Note what of the question the page covers, and where."""
    counts = _counts(page, {form for term in terms for form in term.forms})
    total = sum(term.name_weight for term in terms) or 1.0
    for place, term in enumerate(terms):
        best, form = max(
            ((trust * _said(counts.get(form), term), form) for form, trust in term.forms.items()),
            default=(0.0, ""),
        )
        if best:
            candidate.shares[place] = best / total
            where = counts[form]
            spoken = term.spoken if form == term.word else form
            candidate.spots[place] = max(where, key=lambda one: where[one]), spoken


def note_votes(candidate: Candidate, votes: float) -> None:
    """Past queries speak for the table: between 0 and 1."""
    candidate.shares[_VOTES] = VOTES * votes


def note_similar(candidate: Candidate, similarity: float) -> None:
    """The table's text is like the question: between 0 and 1."""
    candidate.shares[_SIMILAR] = SIMILAR * similarity


def sum_up(candidates: Iterable[Candidate]) -> dict[tuple[str, str], float]:
    """Add each table's shares and what its schema covers; by schema, what its best tables cover together."""
    schemas: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        candidate.own = sum(candidate.shares.values())
        schemas[schema_of(candidate.name)].append(candidate)
    covered = {schema: _covered(tables) for schema, tables in schemas.items()}
    for schema, tables in schemas.items():
        for candidate in tables:
            candidate.score = candidate.own + _TOGETHER * covered[schema]
    return covered


def sum_up_joined(candidates: Mapping[TableName, Candidate], joined: Mapping[TableName, TableName]) -> None:
    """Add to each table a share of the best one that it is joined to."""
    for name, other in joined.items():
        candidates[name].score += _JOINED * candidates[other].own


def score_beside(candidate: Candidate, covered: Mapping[tuple[str, str], float]) -> None:
    """Sum up a table that came later, with what its schema covers."""
    candidate.own = sum(candidate.shares.values())
    candidate.score = candidate.own + _TOGETHER * covered.get(schema_of(candidate.name), 0.0)


def ordered(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first; equals in order of name."""
    return sorted(candidates, key=lambda one: (-round(one.score, 9), one.name))


def schema_of(name: TableName) -> tuple[str, str]:
    """What tables lie together in."""
    return name.database, name.schema


def _covered(tables: Sequence[Candidate]) -> float:
    best: dict[int, float] = {}
    for candidate in sorted(tables, key=lambda one: (-round(one.own, 9), one.name))[:_TOGETHER_TABLES]:
        for place, share in candidate.shares.items():
            best[place] = max(best.get(place, 0.0), share)
    return sum(best.values())


def _counts(page: Page, forms: set[str]) -> dict[str, dict[str, float]]:
    """By form, how much of it each field has."""
    counts: dict[str, dict[str, float]] = {}
    for name in FIELDS:
        words = getattr(page, name).split()
        found = forms.intersection(words)  # in one go: pages of wide tables hold hundreds of words
        if found:
            share = _LENGTH_SHARES[name]
            unit = _FIELD_WEIGHTS[name] / (1 - share + share * len(words) / _USUAL_LENGTHS[name])
            for word in found:
                counts.setdefault(word, {})[name] = unit * words.count(word)
    return counts


def _said(fields: Mapping[str, float] | None, term: Term) -> float:
    """What a page says of a term by all its fields, or by its name alone, whichever is more."""
    if not fields:
        return 0.0
    return max(
        term.weight * _saturated(sum(fields.values())),
        term.name_weight * _saturated(fields.get("name", 0.0)),
    )


def _saturated(weight: float) -> float:
    return weight / (weight + _SATURATION)
