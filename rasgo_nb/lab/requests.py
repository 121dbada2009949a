"""What the side panel asks about the catalog and about memories. Loading this file must stay cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.session import Session
    from rasgo_nb.widgets.callbacks import MemoryDesk

State = dict[str, Any]


def catalog_works(session: Callable[[], Session | None]) -> dict[str, Callable[[State], object]]:
    """What answers each request, by name; ``session`` is that of the kernel, once there is one."""
    panel = _Panel(session)
    return {
        "catalog": panel.catalog,
        "catalog_table": panel.table,
        "memories": panel.memories,
        "memory_forget": panel.forget,
        "memory_restore": panel.restore,
        "memory_edit": panel.edit,
        "note": panel.note,
    }


class _Panel:
    def __init__(self, session: Callable[[], Session | None]) -> None:
        self._session = session

    def catalog(self, ask: State) -> object:
        from rasgo_nb.lab.catalog import browsed_page, found_page
        from rasgo_nb.widgets.asked import asked_number, asked_text

        words = asked_text(ask, "search").strip()
        if words:
            return found_page(self._catalog(ask), words)
        return browsed_page(self._catalog(ask), _path(ask), max(0, asked_number(ask, "start")))

    def table(self, ask: State) -> object:
        from rasgo_nb.lab.catalog import table_page
        from rasgo_nb.widgets.asked import asked_text

        desk = self._known_desk()
        return table_page(self._catalog(ask), asked_text(ask, "table"), desk.listed("") if desk else [])

    def memories(self, ask: State) -> object:
        from rasgo_nb.lab.catalog import memory_page
        from rasgo_nb.widgets.asked import asked_text

        words = asked_text(ask, "search")
        desk = self._known_desk()
        return memory_page(desk.listed(words.strip()) if desk else [])

    def forget(self, ask: State) -> object:
        from rasgo_nb.widgets.asked import asked_text

        self._desk().forget(asked_text(ask, "memory"))
        return None

    def restore(self, ask: State) -> object:
        from rasgo_nb.widgets.asked import asked_text
        from rasgo_nb.widgets.memory_state import memory_state

        return memory_state(self._desk().restore(asked_text(ask, "memory")))

    def edit(self, ask: State) -> object:
        from rasgo_nb.widgets.asked import asked_text
        from rasgo_nb.widgets.memory_requests import written_text
        from rasgo_nb.widgets.memory_state import memory_state

        return memory_state(self._desk().edit(asked_text(ask, "memory"), written_text(ask, "text")))

    def note(self, ask: State) -> object:
        from rasgo_nb.widgets.asked import asked_text
        from rasgo_nb.widgets.memory_requests import note_asked
        from rasgo_nb.widgets.memory_state import memory_state

        return memory_state(note_asked(self._desk(), ask, asked_text(ask, "connection")))

    def _catalog(self, ask: State) -> Catalog:
        from rasgo_nb.catalog.kept import catalog_of, opened, reading_of

        session = self._session()
        name = ask.get("connection")
        connection = session.connections.get(name) if session and isinstance(name, str) else None
        if connection is None:
            raise RasgoError(f"No connection {name!r} is open. Open it with `%rasgo connect`.")
        reading = reading_of(connection)
        is_read_now = reading is not None and not reading.has_ended
        return opened(connection) if is_read_now else catalog_of(connection)

    def _known_desk(self) -> MemoryDesk | None:
        session = self._session()
        return None if session is None else session.memory_desk

    def _desk(self) -> MemoryDesk:
        desk = self._known_desk()
        if desk is None:
            raise RasgoError("This kernel has no memory yet. Run `%load_ext rasgo_nb`, and try again.")
        return desk


def _path(ask: State) -> list[str]:
    path = ask.get("path")
    if not isinstance(path, list) or not all(isinstance(part, str) for part in path):
        raise RasgoError("The page's 'path' is not understood. Reload the page.")
    return path
