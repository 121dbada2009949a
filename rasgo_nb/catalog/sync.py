"""Brings the facts of a store up to date with the files and semantic models that tell what tables mean."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.fit import fitted
from rasgo_nb.catalog.sources.models import read_models
from rasgo_nb.catalog.sources.place import content_mark, files_of, read_place, stamp
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.config import home_path
from rasgo_nb.connectors.base import KnowsMeaning
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rasgo_nb.catalog.sources.source import SourceReading
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import Connection

SYNCED = "synced"  # the source of what this file keeps for itself: which place was read, and when
_WAREHOUSE = "the warehouse's semantic models"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did. ``notes`` are one line each: what could not be read or is not in this connection.

    ``facts`` is how many facts the places hold now, by source; ``read`` counts the places that were read
    anew, the others had not changed.
    """

    facts: dict[str, int] = field(default_factory=dict)
    read: int = 0
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of a place: how it was, and how many facts it gave to which sources."""

    stamp: str = ""
    mark: str = ""
    sources: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    at: str = ""  # when it was read


def sync(
    store: Store,
    places: Sequence[str],
    *,
    folder: Path | None = None,
    connection: Connection | None = None,
    models_every_s: float = 0.0,
) -> SyncReport:
    """Read the places that have changed, and put their facts in place of those that they had.

    ``places`` are files and folders as settings name them, from ``folder`` on (the working folder if none).
    Of a ``connection`` whose warehouse holds semantic models those are read too, unless they were read less
    than ``models_every_s`` ago: each is a statement of its own. A place that is gone or
    does not read keeps its last facts, and a note says so; the facts of one that settings name no longer
    are dropped. What a person has confirmed is of other sources, and never touched.
    """
    began_s = time.monotonic()
    work = _Sync(store, connection.dialect if connection is not None else "")
    for place in dict.fromkeys(places):
        work.bring(place, (folder or Path.cwd()) / home_path(place))
    if isinstance(connection, KnowsMeaning):
        work.bring_models(connection, models_every_s)
    work.end()
    return SyncReport(work.counts(), work.read, tuple(work.notes), time.monotonic() - began_s)


def offered_project(folder: Path, places: Sequence[str]) -> str:
    """A line that offers the dbt project in or above a folder; "" if there is none, or it is read already."""
    above = [folder.absolute(), *folder.absolute().parents]
    found = next((one for one in above if (one / "dbt_project.yml").is_file()), None)
    if found is None:
        return ""
    named = [(folder / home_path(place)).absolute() for place in places]
    if any(one == found or found in one.parents or one in found.parents for one in named):
        return ""
    place = os.path.relpath(found, folder.absolute())
    return (
        f"There is a dbt project in {place}. Add it to `connections.NAME.meaning` to have its words searched."
    )


class _Sync:
    """One sync while it runs."""

    def __init__(self, store: Store, dialect: str) -> None:
        self.notes: list[str] = []
        self.read = 0
        self._store = store
        self._dialect = dialect
        self._before = {fact.name: _kept_in(fact) for fact in store.facts(source=SYNCED)}
        self._after: dict[str, _Kept] = {}
        self._taken: dict[str, str] = {}  # which place filled a source
        self._tables = _tables_mark(store)
        self._names: Resolver | None = None

    def bring(self, called: str, place: Path) -> None:
        """Read one place, unless it is as it was."""
        before = self._before.get(called, _Kept())
        try:
            files = files_of(place)
            now = f"{stamp(files)} {self._tables}"
            if before.stamp == now:
                return self._keep(called, before)
            mark = f"{content_mark(files)} {self._tables}"
            if before.mark == mark:
                return self._keep(called, replace(before, stamp=now))
            reading = read_place(place, self._resolver(), called=called)
        except (RasgoError, OSError) as error:
            told = str(error) if isinstance(error, RasgoError) else f"{place}: {error.strerror or error}."
            return self._keep(called, before, f"{told} {_last(before)}".strip())
        self._put(called, reading, now, mark)
        return None

    def bring_models(self, connection: KnowsMeaning, every_s: float) -> None:
        """Read what the warehouse itself holds, where that was not done just now."""
        before = self._before.get(_WAREHOUSE, _Kept())
        if before.stamp == self._tables and _age_s(before.at) < every_s:
            return self._keep(_WAREHOUSE, before)
        try:
            models = connection.semantic_models()
        except RasgoError as error:
            return self._keep(_WAREHOUSE, before, f"{error} {_last(before)}".strip())
        told = "\0".join(f"{model.name}\0{model.text}" for model in models)
        mark = f"{hashlib.sha256(told.encode(errors='surrogatepass')).hexdigest()} {self._tables}"
        if before.mark == mark:
            return self._keep(_WAREHOUSE, replace(before, at=_now()))
        self._put(_WAREHOUSE, read_models(models, self._resolver()), self._tables, mark)
        return None

    def end(self) -> None:
        """Drop what settings name no longer, and note what was read."""
        kept = {source for one in self._after.values() for source in one.sources}
        for called, one in self._before.items():
            for source in one.sources if called not in self._after else ():
                if source not in kept:
                    self._store.put_facts(source, ())
        self._store.put_facts(SYNCED, [_fact_of(called, one) for called, one in self._after.items()])

    def counts(self) -> dict[str, int]:
        """How many facts the sources hold now."""
        return {source: count for one in self._after.values() for source, count in one.sources.items()}

    def _put(self, called: str, reading: SourceReading, now: str, mark: str) -> None:
        facts, missing = fitted(reading.facts, self._store)
        by_source: dict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_source[fact.origin.source].append(fact)
        before = self._before.get(called, _Kept())
        self._announce(called, before, by_source)
        notes = list(reading.problems)
        if missing:
            shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            notes.append(f"{called} speaks of columns that are not there: {shown}.")
        for source in (*by_source, *(one for one in before.sources if one not in by_source)):
            if self._taken.setdefault(source, called) != called:
                notes.append(f"{called} and {self._taken[source]} are both {source}; the first one holds.")
                by_source.pop(source, None)
                continue
            stays = _of_files(self._store.facts(source=source), reading.unread) if reading.unread else []
            by_source[source] += stays
            self._store.put_facts(source, by_source[source])
        self.read += 1
        sources = {source: len(those) for source, those in by_source.items() if those}
        self._after[called] = _Kept(now, "" if reading.unread else mark, sources, tuple(notes), _now())
        self.notes += notes

    def _announce(self, called: str, before: _Kept, sources: Iterable[str]) -> None:
        """Note which sources a place is about to fill: whatever ends the process, they can be dropped."""
        fresh = dict.fromkeys(sources, 0).keys() - before.sources.keys()
        if fresh:
            begun = _Kept(sources={**before.sources, **dict.fromkeys(sorted(fresh), 0)})
            kept = {**self._before, **self._after, called: begun}
            self._store.put_facts(SYNCED, [_fact_of(name, one) for name, one in kept.items()])

    def _keep(self, called: str, kept: _Kept, problem: str = "") -> None:
        self._after[called] = kept
        for source in kept.sources:
            self._taken.setdefault(source, called)
        self.notes += [problem] if problem else kept.notes

    def _resolver(self) -> Resolver:
        if self._names is None:
            self._names = Resolver(self._store.names(), self._dialect)
        return self._names


def _tables_mark(store: Store) -> str:
    """A text that differs when other tables are held, or others of their columns: then names mean others."""
    digest = hashlib.sha256()
    for name, mark in store.marks().items():
        digest.update(f"{name}\0{mark}\0".encode(errors="surrogatepass"))
    return digest.hexdigest()[:16]


def _last(before: _Kept) -> str:
    return "What was read of it before still holds." if before.sources else ""


def _of_files(facts: list[Fact], files: tuple[str, ...]) -> list[Fact]:
    return [fact for fact in facts if fact.origin.place.partition(":")[0] in files]


def _fact_of(called: str, kept: _Kept) -> Fact:
    text = json.dumps([kept.stamp, kept.mark, dict(kept.sources), kept.notes])
    return Fact("tag", (), Origin(SYNCED, called, at=kept.at), name=called, text=text)


def _kept_in(fact: Fact) -> _Kept:
    one, mark, sources, notes = json.loads(fact.text)
    return _Kept(one, mark, sources, tuple(notes), fact.origin.at)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _age_s(at: str) -> float:
    """How long ago that was; for ever, where it is not told."""
    return (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() if at else float("inf")
