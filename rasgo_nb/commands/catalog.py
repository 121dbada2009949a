"""``%rasgo catalog``: what is known of a connection's tables; read anew, searched, and added to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.catalog.kept import catalog_of, read_beside, reading_of, store_of
from rasgo_nb.catalog.search.joins import KEYS
from rasgo_nb.catalog.sources.place import files_of
from rasgo_nb.catalog.sync import SYNCED
from rasgo_nb.commands.catalog_pages import fact_line, hit_lines, plain_line, table_lines
from rasgo_nb.commands.crawl_bar import STOPPED, bar_of, read_watched, report_line
from rasgo_nb.config import home_path, load_config, save_setting
from rasgo_nb.connectors.base import KnowsMeaning
from rasgo_nb.connectors.nearest import nearest_names, spelled_name
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.flags import read_flags
from rasgo_nb.meaning import last_sync
from rasgo_nb.memory_desk import teach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import Connection, TableDetail
    from rasgo_nb.session import Session

_MOST_HITS = 10
_MOST_FACTS = 8
_MOST_NOTES = 8
_FIRST_S = 2.0  # a status waits so long for the first reading
_MEMORY = "memory"  # the source of what a person has confirmed
_OWN = (SYNCED,)  # what a sync notes for itself


def catalog(session: Session, line: str) -> str:
    """What tables there are and mean: catalog [status | refresh | sync PATH | search WORDS | show TABLE]"""
    flags, rest = read_flags(line, {"connection": str})
    verb, _, rest = rest.strip().partition(" ")
    verb = verb or "status"
    if verb not in VERBS:
        near = nearest_names(verb, list(VERBS), most=1) or ["status"]
        raise UnknownName(
            f"There is no `%rasgo catalog {plain_line(verb, 40)}`. Type `%rasgo catalog {near[0]}`, or one "
            f"of: {', '.join(VERBS)}."
        )
    return VERBS[verb](session, session.connection(str(flags.get("connection", ""))), rest.strip())


def show_status(session: Session, connection: Connection, _rest: str) -> str:
    """Tables, facts by source, where they lie, and how far a reading is."""
    if reading_of(connection) is None:
        read_beside(connection).wait(_FIRST_S)
    store = store_of(connection)
    lies = "held in memory" if store.path is None else f"in {store.path} ({_size(store.path)})"
    lines = [f"{connection.name}: {_tables(len(store.names()))}, {lies}"]
    lines += source_lines(store.facts())
    lines.append(_search_line(session, connection))
    reading = reading_of(connection)
    if reading is not None and not reading.has_ended and reading.progress is not None:
        lines.append(f"reading: {bar_of(reading.progress)}")
    elif reading is not None and reading.error is not None:
        lines.append(f"the last reading failed: {reading.error}")
    elif reading is not None and reading.report is not None:
        lines.append(report_line(reading.report))
    synced = last_sync(connection)
    lines += map(plain_line, synced.notes[:_MOST_NOTES] if synced else ())
    lines += filter(None, [store.note])
    return "\n".join(lines)


def refresh(_session: Session, connection: Connection, rest: str) -> str:
    """Read what has changed, and wait for it; all with ``--full``."""
    flags, _ = read_flags(rest, {"full": bool})
    is_full = bool(flags.get("full"))
    under_way = reading_of(connection)
    if is_full and under_way is not None and not under_way.has_ended:
        before = read_watched(connection)  # it was begun to read what has changed
        if before is None or before.is_stopped:
            return STOPPED
    report = read_watched(connection, is_full=is_full)
    if report is None:
        return STOPPED
    return "\n".join([report_line(report), *map(plain_line, report.notes[:_MOST_NOTES])])


def sync_places(session: Session, connection: Connection, rest: str) -> str:
    """Read what files say of the tables: those of the settings, and one more that is added to them."""
    place = _kept_place(rest.strip("\"'")) if rest else ""
    before = session.settings_of(connection.name).meaning
    places = tuple(dict.fromkeys([*before, *([place] if place else [])]))
    if not places and not isinstance(connection, KnowsMeaning):
        raise RasgoError("No files are named. Type for example `%rasgo catalog sync path/to/dbt/target`.")
    catalog_of(connection)  # names in files mean nothing before the tables are known
    session.set_typed(connection.name, meaning=places)
    report = session.sync_meaning(connection)
    assert report is not None
    lines = [f"{source}: {count:,} facts" for source, count in report.facts.items()]
    lines += map(plain_line, report.notes[:_MOST_NOTES])
    return "\n".join([*lines, *([_kept(session, connection, places)] if place else [])])


def search(session: Session, connection: Connection, rest: str) -> str:
    """Find tables, metrics, queries and notes by words."""
    if not rest:
        raise RasgoError("Search for what? Type for example `%rasgo catalog search monthly revenue`.")
    found = _taught(session, connection)
    lines = hit_lines(found.search(rest, limit=_MOST_HITS)) or ["No table is found."]
    facts = [match.fact for match in found.search_facts(rest, limit=_MOST_FACTS)]
    lines += [f"  {fact_line(fact)}" for fact in facts]
    return "\n".join([*lines, *filter(None, [found.note])])


def show(session: Session, connection: Connection, rest: str) -> str:
    """A table with all that is known of it."""
    if not rest:
        raise RasgoError("Show which table? Type for example `%rasgo catalog show orders`.")
    found = _taught(session, connection)
    table = table_of(found, rest)
    return "\n".join(table_lines(table, found.facts([table.name]), found.neighbours(table.name)))


def note(session: Session, connection: Connection, rest: str) -> str:
    """Keep what you know of a table or column: note TABLE[.COLUMN] TEXT"""
    named, _, text = rest.partition(" ")
    if not text.strip():
        raise RasgoError("Type `%rasgo catalog note TABLE TEXT`, or `TABLE.COLUMN TEXT`.")
    found = catalog_of(connection)
    table, column = _table_and_column(found, named)
    kept = session.memory_desk.note(connection.name, str(table.name), column, text.strip(), "connection")
    of = f"{table.name}.{column}" if column else str(table.name)
    return f"Kept as {kept.id} for {of}; `%rasgo memory forget {kept.id}` takes it away."


def show_sources(_session: Session, connection: Connection, _rest: str) -> str:
    """Where facts come from, how many, and of when."""
    return "\n".join(source_lines(store_of(connection).facts()) or ["No source has been read."])


def forget_source(session: Session, connection: Connection, rest: str) -> str:
    """Drop all facts of a source, and have its files read no longer."""
    store = store_of(connection)
    known = sorted({fact.origin.source for fact in store.facts()} - {*_OWN, KEYS})
    if rest == _MEMORY:
        raise RasgoError("What you have confirmed is forgotten one by one. Type `%rasgo memory`.")
    if rest not in known:
        near = nearest_names(rest, known, most=1) if rest else []
        hint = f"Did you mean {near[0]}?" if near else f"Type one of: {', '.join(known)}."
        hint = hint if known else "None has been read: `%rasgo catalog sync PATH` reads one."
        raise UnknownName(f"There is no source {plain_line(rest, 80)!r}. {hint}")
    dropped = len(store.facts(source=rest))
    store.put_facts(rest, ())
    again = " Take its place out of `connections.NAME.meaning`, or the next sync reads it again."
    named = session.settings_of(connection.name).meaning
    return f"Dropped {dropped:,} facts of {rest}.{again if named else ''}"


def table_of(found: Catalog, name: str) -> TableDetail:
    """The table of that name.

    Raises
    ------
    UnknownName
        where there is none, or several; offers the nearest.
    """
    table = found.spelled(name)
    if table is not None:
        return table
    several = [str(one.name) for one in found.named(name)]
    near = several[:3] or nearest_names(name, [str(one) for one in found.names()], most=1)
    hint = f" Did you mean {' or '.join(near)}?" if near else " Find one with `%rasgo catalog search WORDS`."
    raise UnknownName(f"There is no table {plain_line(name, 80)!r}, or several of that name.{hint}")


def source_lines(facts: Iterable[Fact]) -> list[str]:
    """How many facts each source tells, and of when the newest is."""
    counts: Counter[str] = Counter()
    newest: dict[str, str] = {}
    for fact in facts:
        source, at = fact.origin.source, fact.origin.at
        if source not in _OWN:
            counts[source] += 1
            newest[source] = max(newest.get(source, ""), at)
    width = max(map(len, counts), default=0)
    return [
        f"  {source:<{width}}  {count:>7,} facts  {newest[source][:10]}".rstrip()
        for source, count in sorted(counts.items())
    ]


def _table_and_column(found: Catalog, named: str) -> tuple[TableDetail, str]:
    table = found.spelled(named)
    if table is not None:
        return table, ""
    head, _, column = named.rpartition(".")
    of = found.spelled(head) if head else None
    if of is None:
        return table_of(found, head if found.has(head) else named), ""
    names = [one.name for one in of.columns]
    own = spelled_name(column, names)
    if own is not None:
        return of, own
    near = nearest_names(column, names, most=1)
    hint = f" Did you mean {near[0]}?" if near else f" `%rasgo catalog show {of.name}` lists them."
    raise UnknownName(f"{of.name} has no column {plain_line(column, 80)!r}.{hint}")


def _kept_place(place: str) -> str:
    """As settings keep it: they hold for notebooks of every folder."""
    path = home_path(place)
    if not path.exists():
        raise RasgoError(f"There is no file or folder {place!r}. Type for example a dbt project's `target`.")
    files_of(path)  # one that holds nothing is refused, not kept
    return str(path.absolute())


def _kept(session: Session, connection: Connection, places: tuple[str, ...]) -> str:
    """Name the places in the settings, where the connection is one of theirs; else in this kernel alone."""
    if connection.name not in session.config.connections:
        return "That holds in this kernel. To keep it, keep the connection: `%rasgo connect --keep SOURCE`."
    path = save_setting(f"connections.{connection.name}.meaning", list(places))
    session.config = replace(session.config, connections=load_config().connections)
    return f"Kept in {path}: connections.{connection.name}.meaning."


def _taught(session: Session, connection: Connection) -> Catalog:
    """The catalog, with what the person keeps as it is now."""
    found = catalog_of(connection)
    teach(found, session.memory_desk.memories.listed(), connection.name)
    return found


def _search_line(session: Session, connection: Connection) -> str:
    """What finds tables here."""
    vectors = session.embedders.vectors_of(connection)
    if vectors is None:
        return f"search by words; {session.embedders.note or '`%rasgo embeddings` tells how to add meaning'}"
    state = vectors.state()
    pending = f", {state.wanted - state.done:,} to come" if state.done < state.wanted else ""
    said = f"; {state.note}" if state.note else ""
    return f"search by words and by {state.embedder}: {state.texts:,} texts as vectors{pending}{said}"


def _tables(count: int) -> str:
    return f"{count:,} table{'' if count == 1 else 's'}"


def _size(path: Path) -> str:
    try:
        return f"{path.stat().st_size / 1e6:,.1f} MB"
    except OSError:
        return "not written yet"


VERBS: dict[str, Callable[[Session, Connection, str], str]] = {
    "status": show_status,
    "refresh": refresh,
    "sync": sync_places,
    "search": search,
    "show": show,
    "note": note,
    "sources": show_sources,
    "forget": forget_source,
}
