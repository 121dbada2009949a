"""What the person does with memories, whichever way they say it: by a card, the side panel or a command."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import MemoryDecided
from rasgo_nb.catalog.kept import catalog_of, opened, reading_of
from rasgo_nb.catalog.stores.sqlite_store_file import CatalogBusy
from rasgo_nb.connectors.nearest import spelled_name
from rasgo_nb.errors import UnknownName
from rasgo_nb.memory.as_facts import SOURCE, as_facts
from rasgo_nb.memory.figures import figures_at_hand
from rasgo_nb.memory.folders import folders_for, notebook_path
from rasgo_nb.memory.memories import Memories
from rasgo_nb.memory.memory import Memory, Recalled
from rasgo_nb.memory.proposals import Proposals
from rasgo_nb.memory.recall import catalog_for, recall, search
from rasgo_nb.memory.stale import flags_of
from rasgo_nb.verified import statement_of, verified_of, with_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.memory.memory import Proposal, Scope
    from rasgo_nb.session import Session

_MOST_WATCHED = 200
_MOST_RECALLING = 20  # runs: each holds what it showed


class SessionMemoryDesk:
    """The memories of one session, as ``widgets.callbacks.MemoryDesk`` says. May be used from any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.RLock()
        self._memories: Memories | None = None
        self.proposals = Proposals()
        self._kept: dict[str, str] = {}  # by proposal, the memory that came of it
        self._reports: dict[str, Callable[[Event], None]] = {}  # by proposal, the view of its run
        self._recalling: deque[tuple[set[str], Callable[[Event], None]]] = deque(maxlen=_MOST_RECALLING)

    @property
    def memories(self) -> Memories:
        """The room of those in reach, as settings and notebook are now."""
        folders = folders_for(notebook_path(self._session.shell.user_ns), self._session.config.team_folder)
        with self._lock:
            if self._memories is None or self._memories.folders != folders:
                self._memories = Memories(folders)
            return self._memories

    def propose(self, proposal: Proposal, log: RunLog, report: Callable[[Event], None]) -> None:
        """Hold what a call of the run proposed until the person decides; nothing is written."""
        with self._lock:
            self.proposals.add(with_evidence(proposal, log))
            self._reports[proposal.id] = report
            while len(self._reports) > _MOST_WATCHED:
                del self._reports[next(iter(self._reports))]

    def keep(self, proposal_id: str, text: str, scope: Scope) -> Memory:
        """Keep what was proposed, in these words; once more, and what came of it has the new words."""
        with self._lock:
            proposed = self.proposals.find(proposal_id).memory
            before = self._still_kept(proposal_id)
            if before is not None and before.scope == scope:
                kept = self.memories.edit(before.id, text)
            else:
                connection = proposed.connection or (self._session.current if scope == "connection" else "")
                wanted = replace(proposed, text=text, scope=scope, connection=connection)
                kept = self.memories.keep(self._with_profile(wanted))
                if before is not None:  # of another scope
                    self.memories.forget(before.id)
            self._kept[proposal_id] = kept.id
            self.proposals.settle(proposal_id)
            return kept

    def drop(self, proposal_id: str) -> None:
        """Let go of what was proposed."""
        with self._lock:
            self.proposals.settle(proposal_id)

    def edit(self, memory_id: str, text: str) -> Memory:
        """Change the words of what is kept."""
        with self._lock:
            return self.memories.edit(memory_id, text)

    def forget(self, memory_id: str) -> None:
        """Take away what is kept, so that ``restore`` can bring it back."""
        with self._lock:
            self.memories.forget(memory_id)
        self._tell_of(memory_id, None)

    def restore(self, memory_id: str) -> Memory:
        """Bring back what was forgotten."""
        with self._lock:
            memory = self.memories.restore(memory_id)
        self._tell_of(memory.id, memory)
        return memory

    def verify(self, log: RunLog, question: str, scope: Scope, steps: Sequence[int] = ()) -> Memory:
        """Keep the statement that the answer rests on as a verified query for this question."""
        catalog = catalog_of(self._session.connection(statement_of(log, steps).connection))
        memory = verified_of(log, question, scope, catalog, steps)
        return self._kept_once(memory)

    def note(self, connection: str, table: str, column: str, text: str, scope: Scope) -> Memory:
        """Keep what the person wrote of a table, or of one column of it."""
        link = self._session.connection(connection)
        detail = catalog_of(link).spelled(table)
        if detail is None:
            raise UnknownName(f"{link.name} has no table {table!r}. Type `%rasgo catalog search {table}`.")
        names = [one.name for one in detail.columns]
        own = spelled_name(column, names) if column else ""
        if own is None:
            raise UnknownName(f"{detail.name} has no column {column!r}. Columns: {', '.join(names)}.")
        name = str(detail.name)
        columns = (f"{name}.{own}",) if column else ()
        memory = Memory("", text, scope, connection=link.name, tables=(name,), columns=columns)
        return self._kept_once(self._with_profile(memory))

    def listed(self, words: str = "") -> list[Recalled]:
        """The memories in reach, with flags; those that the words find, best first, or all, newest first."""
        found = self.memories.listed()
        chosen = search(words, found) if words.strip() else found
        catalogs = self._open_catalogs({one.connection for one in chosen if one.connection})
        return [Recalled(one, "", flags_of(one, catalog_for(one, catalogs))) for one in chosen]

    def recalled(self, question: str, catalogs: Mapping[str, Catalog]) -> list[Recalled]:
        """What bears on a question, best first, with flags; the catalogs are taught it on the way."""
        memories = self.memories.listed()
        for name, catalog in catalogs.items():
            teach(catalog, memories, name)
        found = recall(question, memories, catalogs)
        return [self._with_figures(one, catalogs) for one in found]

    def tell(self, proposal_id: str, memory: Memory | None) -> None:
        """Tell the view of the run what was decided elsewhere than on its page."""
        report = self._reports.get(proposal_id)
        if report is not None:
            report(MemoryDecided(proposal_id, memory))

    def watch(self, recalled: Sequence[Recalled], report: Callable[[Event], None]) -> None:
        """Have the view of a run told when one of the memories that it used is taken away or brought back."""
        with self._lock:
            self._recalling.append(({one.memory.id for one in recalled}, report))

    def _tell_of(self, memory_id: str, memory: Memory | None) -> None:
        with self._lock:
            reports = [report for used, report in self._recalling if memory_id in used]
            proposals = [one for one, kept in self._kept.items() if kept == memory_id]
        for report in reports:
            report(MemoryDecided(memory_id, memory))
        for proposal_id in proposals:
            self.tell(proposal_id, memory)

    def _kept_once(self, memory: Memory) -> Memory:
        """Keep it, where the same is not kept yet: the cell of a note is run again with its notebook."""
        with self._lock:
            same = [one for one in self.memories.listed() if _content(one) == _content(memory)]
            return same[0] if same else self.memories.keep(memory)

    def _still_kept(self, proposal_id: str) -> Memory | None:
        try:
            return self.memories.find(self._kept[proposal_id]) if proposal_id in self._kept else None
        except UnknownName:  # forgotten since
            return None

    def _with_profile(self, memory: Memory) -> Memory:
        """With the figures of its columns, where looking is free."""
        link = self._session.connections.get(memory.connection)
        if link is None or not memory.columns:
            return memory
        figures = self._figures(link, opened(link), memory.columns)
        return replace(memory, profile=figures)

    def _with_figures(self, one: Recalled, catalogs: Mapping[str, Catalog]) -> Recalled:
        link = self._session.connections.get(one.memory.connection)
        catalog = catalogs.get(one.memory.connection)
        if not one.memory.profile or link is None or catalog is None:
            return one
        figures = self._figures(link, catalog, list(one.memory.profile))
        return replace(one, flags=flags_of(one.memory, catalog, figures))

    def _figures(
        self, link: Connection, catalog: Catalog, columns: Sequence[str]
    ) -> dict[str, dict[str, str]]:
        settings = self._session.settings_of(link.name)
        return figures_at_hand(link, catalog, columns, privacy=settings.privacy, masked=settings.masked)

    def _open_catalogs(self, names: set[str]) -> dict[str, Catalog]:
        found = {}
        for name in names:
            link = self._session.connections.get(name)
            reading = None if link is None else reading_of(link)
            # While it is being read a table that has not come yet would pass for one that is gone.
            if link is not None and not link.is_closed and (reading is None or reading.has_ended):
                found[name] = opened(link)
        return found


def _content(memory: Memory) -> tuple[object, ...]:
    """What two memories that say the same have in common."""
    about = (tuple(memory.tables), tuple(memory.columns))
    return memory.text.strip(), memory.sql.strip(), memory.scope, memory.connection, about


def teach(catalog: Catalog, memories: Sequence[Memory], connection: str) -> None:
    """Have the search of a connection find what is kept; does nothing where it knows all of it."""
    facts = as_facts(memories, catalog.store.named, connection=connection)
    if set(facts) != set(catalog.store.facts(source=SOURCE)):
        with suppress(CatalogBusy):  # then the next question tries again; recall reads the texts themselves
            catalog.store.put_facts(SOURCE, facts)
