"""One search: which tables may be meant by a question, and what speaks for each."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.families import Family, families_of
from rasgo_nb.catalog.search.rank import (
    BEST,
    Candidate,
    note_similar,
    note_votes,
    ordered,
    schema_of,
    score_beside,
    score_page,
    sum_up,
    sum_up_joined,
)
from rasgo_nb.catalog.search.terms import Lexicon, Term, read_terms
from rasgo_nb.catalog.search.votes import LOOKED_AT, Votes, likeness, votes_of
from rasgo_nb.connectors.base import TableName

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.stores.base import Match, Store
    from rasgo_nb.catalog.vectors.base import SimilarSearch

_MOST_CANDIDATES = 450
_MOST_SHARDS = 3_000  # tables that are looked at where those of few families fill the candidates
_FEW_KINDS = 100
_MOST_ROWS = 12_000  # of the index that the words of a question may touch; rare words go first
_MOST_SIMILAR = 50
_LEAST_SIMILAR = 0.25  # of a table's text: a lower cosine says nothing
_LEAST_ALIKE = 0.4  # of a past question's: those about anything in the same field come near it
_MOST_JOINS = 500  # of the best tables: a calendar may be joined to all there are
_SCHEMAS, _SMALL_SCHEMA = 3, 40  # best schemas, of whose tables all are candidates where they are so few


@dataclass
class Snapshot:
    """What one generation of a store knows, read when it is first asked for."""

    store: Store
    generation: int
    names: Sequence[TableName]

    @cached_property
    def lexicon(self) -> Lexicon:
        """Its words."""
        return Lexicon(self.store, len(self.names))

    @cached_property
    def families(self) -> dict[TableName, Family]:
        """Its tables of a kind."""
        return families_of(self.names)

    def of_schema(self, schema: tuple[str, str], most: int) -> list[TableName]:
        """The first tables of a schema."""
        start = bisect_left(self.names, TableName(*schema, ""))
        some = self.names[start : start + most]
        return list(takewhile(lambda name: schema_of(name) == schema, some))


@dataclass
class Finding:
    """A question's candidates. ``find`` once, then look."""

    snapshot: Snapshot
    words: str
    similar: SimilarSearch | None = None
    terms: list[Term] = field(default_factory=list)
    votes: dict[TableName, Votes] = field(default_factory=dict)
    joins: list[Fact] = field(default_factory=list)
    note: str = ""
    _candidates: dict[TableName, Candidate] = field(default_factory=dict)
    _alike: dict[Fact, float] = field(
        default_factory=dict
    )  # past queries, and how like the question they are
    _numbers: dict[TableName, int] = field(default_factory=dict)  # in the store, as far as they are known

    def find(self) -> list[Candidate]:
        """The tables that may be meant, best first."""
        self.terms = read_terms(self.words, self.snapshot.lexicon)
        self._add_matches()
        self._add_similar()
        self._add_votes()
        self._score_pages(self._candidates.values())
        covered = sum_up(self._candidates.values())
        self._add_neighbours_in(covered)
        self._add_joined(covered)
        return ordered(self._candidates.values())

    def family(self, name: TableName) -> Family | None:
        """The family that the table stands for."""
        return self.snapshot.families.get(name)

    def _candidate(self, name: TableName) -> Candidate:
        """The candidate of a table, or of its family."""
        family = self.snapshot.families.get(name)
        name = family.meant_by(term.word for term in self.terms) if family else name
        if name not in self._candidates:
            self._candidates[name] = Candidate(name)
        return self._candidates[name]

    def _add_matches(self) -> None:
        forms = self._telling_forms()
        if not forms:
            return
        matches = self.snapshot.store.match(forms, _MOST_CANDIDATES)
        if len(matches) == _MOST_CANDIDATES and self._kinds(matches) < _FEW_KINDS:
            matches = self.snapshot.store.match(forms, _MOST_SHARDS)
        for match in matches:
            self._candidate(match.name)
            self._numbers[match.name] = match.number

    def _kinds(self, matches: Sequence[Match]) -> int:
        families = self.snapshot.families
        return len({families[one.name].newest if one.name in families else one.name for one in matches})

    def _telling_forms(self) -> list[str]:
        """The forms to look for, so that the index is not read through for words that most pages hold."""
        lexicon = self.snapshot.lexicon
        forms = sorted(
            {form for term in self.terms for form in term.forms},
            key=lambda form: (lexicon.frequency(form), form),
        )
        kept: list[str] = []
        rows = 0
        for form in forms:
            rows += lexicon.frequency(form)
            if kept and rows > _MOST_ROWS:
                break
            kept.append(form)
        return kept

    def _add_votes(self) -> None:
        words = [term.word for term in self.terms]
        weight = self.snapshot.lexicon.fact_weight
        found = self.snapshot.store.match_facts(words, LOOKED_AT, ("query",)) if words else []
        for one in found:
            self._alike[one.fact] = max(likeness(one.fact, words, weight), self._alike.get(one.fact, 0.0))
        for name, votes in votes_of(self._alike).items():
            if not self._is_held(name):
                continue
            candidate = self._candidate(name)
            if votes.share > self.votes.get(candidate.name, Votes()).share:
                self.votes[candidate.name] = votes
                note_votes(candidate, votes.share)

    def _is_held(self, name: TableName) -> bool:
        names = self.snapshot.names
        at = bisect_left(names, name)
        return at < len(names) and names[at] == name

    def _add_similar(self) -> None:
        if self.similar is None:
            return
        found = self.similar.similar(self.words, _MOST_SIMILAR)
        self.note = found.note
        for name, cosine in found.tables:
            if cosine > _LEAST_SIMILAR and self._is_held(name):
                note_similar(self._candidate(name), (cosine - _LEAST_SIMILAR) / (1 - _LEAST_SIMILAR))
        for fact, cosine in found.facts:
            if fact.kind == "query" and cosine > _LEAST_ALIKE:
                self._alike[fact] = (cosine - _LEAST_ALIKE) / (1 - _LEAST_ALIKE)

    def _score_pages(self, candidates: Collection[Candidate]) -> None:
        store = self.snapshot.store
        names = [one.name for one in candidates]
        numbers = {name: self._numbers[name] for name in names if name in self._numbers}
        numbers |= store.numbers([name for name in names if name not in numbers])
        pages = store.pages(list(numbers.values()))
        for candidate in candidates:
            number = numbers.get(candidate.name)
            if number in pages:
                score_page(candidate, pages[number], self.terms)

    def _add_neighbours_in(self, covered: dict[tuple[str, str], float]) -> None:
        """All tables of the best schemas, where they are few: one that no word finds may be needed too."""
        best = sorted(covered, key=lambda schema: (-round(covered[schema], 9), schema))[:_SCHEMAS]
        for schema in best:
            names = self.snapshot.of_schema(schema, _SMALL_SCHEMA + 1)
            if len(names) <= _SMALL_SCHEMA:
                self._add_beside(names, covered)

    def _add_joined(self, covered: dict[tuple[str, str], float]) -> None:
        best = [one.name for one in ordered(self._candidates.values())[:BEST]]
        self.joins = self.snapshot.store.facts(tables=best, kinds=("join",)) if best else []
        ways = [
            (name, other)
            for name, other in _both_ways(self.joins[:_MOST_JOINS])
            if other in best and name != other and self._is_held(name)
        ]
        self._add_beside([name for name, _ in ways], covered)
        joined: dict[TableName, TableName] = {}
        for name, other in ways:
            known = self._candidate(name).name
            held = joined.get(known)
            if known != other and (held is None or self._own(other) > self._own(held)):
                joined[known] = other
        sum_up_joined(self._candidates, joined)

    def _own(self, name: TableName) -> float:
        return self._candidates[name].own

    def _add_beside(self, names: Sequence[TableName], covered: dict[tuple[str, str], float]) -> None:
        """Candidates for what stands around them, and for the words that they hold themselves."""
        known = set(self._candidates)
        fresh = [one for one in map(self._candidate, names) if one.name not in known]
        fresh = list({one.name: one for one in fresh}.values())
        self._score_pages(fresh)
        for candidate in fresh:
            score_beside(candidate, covered)


def _both_ways(joins: Sequence[Fact]) -> list[tuple[TableName, TableName]]:
    pairs = [one.tables[:2] for one in joins if len(one.tables) > 1]
    return [way for one, other in pairs for way in ((one, other), (other, one))]
