"""The kernel's end of the link to JupyterLab: requests of a page are answered, changes are told.

The page's end, and what is said, is in labextension/src/lab/. Loading this file must stay cheap: the rooms
behind it are loaded with the first page.
"""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.lab.requests import catalog_works

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.events import Event
    from rasgo_nb.session import Session

TARGET = "rasgo_nb"
LOOK_S = 0.5  # between two looks at how far the reading of a catalog is
FIRST_NAMES_S = 0.5  # how long a completion waits for the first reading of a connection's names
_ATTRIBUTE = "rasgo_nb_links"
_CONNECTION = re.compile(r"""--connection[=\s]+(?:"([^"]*)"|'([^']*)'|(\S+))""")
_lock = threading.Lock()


class Links:
    """The pages that are linked to one kernel. ``shell`` is its IPython shell."""

    def __init__(self, shell: Any) -> None:
        from rasgo_nb.lab.state import RunRows
        from rasgo_nb.widgets.worker import Worker

        self.shell = shell
        self.runs = RunRows()
        self._comms: dict[str, Any] = {}
        self._worker = Worker()
        self._browser = Worker()  # what the panel browses may wait for a database
        self._told: dict[str, Any] = {}
        self._is_looking = False

    @property
    def session(self) -> Session | None:
        """The session of the shell, once there is one."""
        return getattr(self.shell, "rasgo_nb_session", None)

    def open(self, comm: Any) -> None:
        """Take in a page, and tell it how things stand."""
        hear = partial(self._on_message, comm)
        if hasattr(comm, "_reply_subshell_for"):
            # ipykernel 7.4 would send them to the loop that a cell blocks, not to the page's own subshell.
            comm._reply_subshell_for = lambda _data, default: default
        # The usual way fires pre_execute and post_execute: a request would take a cell's matplotlib figure.
        comm.handle_msg = hear
        comm.on_close(lambda _message: self._comms.pop(comm.comm_id, None))
        self._comms[comm.comm_id] = comm
        self._worker.do(partial(self._tell, comm))

    def close(self) -> None:
        """Close the link of every page."""
        for comm in list(self._comms.values()):
            comm.close()
        self._comms.clear()

    def on_event(self, event: Event) -> None:
        """Take in what a run reports, on its thread."""
        if self.runs.add(event, self._cell()):
            self._tell_soon()

    def on_cell_ended(self, *_result: object) -> None:
        """A cell may have connected, chosen a model, or ended with its run."""
        self.runs.end()
        self._tell_soon()

    def _cell(self) -> str:
        get_parent = getattr(self.shell, "get_parent", None)
        metadata = get_parent().get("metadata", {}) if get_parent is not None else {}
        cell = metadata.get("cellId", "")
        return cell if isinstance(cell, str) else ""

    def _tell_soon(self) -> None:
        if self._comms:
            self._worker.do(self._tell_all)

    def _tell_all(self) -> None:
        self._read_names()
        state = self._state()
        if state != self._told:
            self._told = state
            for comm in list(self._comms.values()):
                comm.send({"kind": "state", "state": state})
        self._look_again(state)

    def _look_again(self, state: dict[str, Any]) -> None:
        """While a catalog is read, tell every moment how far that is."""
        if self._is_looking or not any(one["crawl"] for one in state["connections"]):
            return
        self._is_looking = True
        timer = threading.Timer(LOOK_S, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        self._is_looking = False
        self._tell_soon()

    def _tell(self, comm: Any) -> None:
        self._read_names()
        self._told = self._state()
        comm.send({"kind": "state", "state": self._told})
        self._look_again(self._told)

    def _read_names(self) -> None:
        """Have the names of the current connection at hand before the first is typed."""
        from rasgo_nb.table_names import known_count, names_of

        connection = self._connection("")
        if connection is not None and known_count(connection) is None:
            names_of(connection, wait_s=0.0, then=self._tell_soon)

    def _state(self) -> dict[str, Any]:
        from rasgo_nb.lab.state import state_of

        return state_of(self.session, self.runs)

    def _on_message(self, comm: Any, message: dict[str, Any]) -> None:
        """Hear a request, on whichever thread; what takes time is done on another."""
        data = message["content"].get("data")
        if not isinstance(data, dict) or data.get("kind") != "request":
            return
        name = str(data.get("name"))
        browses = catalog_works(lambda: self.session)
        work = partial(_answer, comm, data.get("id"), {**self._works(), **browses}.get(name), data)
        if name == "stop":
            work()
        elif name in browses:
            self._browser.do(work)
        else:
            self._worker.do(work)

    def _works(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {
            "stop": self._stop,
            "complete": self._complete,
            "promote": self._promote,
        }

    def _stop(self, _request: dict[str, Any]) -> None:
        from rasgo_nb.interrupt import interrupt_main_thread

        if not self.runs.running:
            raise RasgoError("No run is under way.")
        interrupt_main_thread()

    def _complete(self, request: dict[str, Any]) -> dict[str, Any]:
        from rasgo_nb.completion import completions
        from rasgo_nb.table_names import names_of

        names = names_of(self._connection(_text(request, "flags")), wait_s=FIRST_NAMES_S)
        found, is_all = completions(
            _text(request, "typed"), names, self.shell.user_ns, self.shell.user_ns_hidden
        )
        items = [{"text": one.text, "kind": one.kind, "detail": one.detail} for one in found]
        return {"items": items, "all": is_all}

    def _promote(self, _request: dict[str, Any]) -> dict[str, Any]:
        from rasgo_nb.afterwards import promote

        if self.session is None:
            raise RasgoError("There is no run to promote. Ask a question with `%%ask`.")
        cells = promote(self.session)
        return {"cells": cells, "cell": next((row.cell for row in reversed(self.runs.as_list())), "")}

    def _connection(self, flags: str) -> Any:
        return asked_connection(self.session, flags)


def _answer(comm: Any, request_id: object, work: Callable[[Any], object] | None, data: Any) -> None:
    """Reply exactly once, errors too."""
    try:
        if work is None:
            raise RasgoError(f"The kernel's rasgo_nb knows no request {data.get('name')!r}. Restart it.")
        said = {"ok": True, "value": work(data)}
    except RasgoError as error:
        said = {"ok": False, "error": str(error)}
    except Exception as error:  # noqa: BLE001 - generated code may have left objects whose every method raises
        said = {"ok": False, "error": f"This failed in the kernel with {type(error).__name__}."}
    comm.send({"kind": "reply", "id": request_id, **said})


def _text(request: dict[str, Any], name: str) -> str:
    value = request.get(name, "")
    if not isinstance(value, str):
        raise RasgoError(f"The request's {name!r} is no text. Reload the page.")
    return value


def asked_connection(session: Session | None, flags: str) -> Any:
    """The connection that a cell with these flags asks, the first one of several; None where none is open."""
    if session is None:
        return None
    named = _CONNECTION.search(flags)
    names = next(filter(None, named.groups()), "") if named else session.current
    opened = (session.connections.get(name.strip()) for name in names.split(","))
    return next(filter(None, opened), None)


def accept_links(shell: Any) -> None:
    """Let pages link to the kernel of this shell, where it is one."""
    manager = _comm_manager(shell)
    if manager is not None:
        manager.register_target(TARGET, lambda comm, _message: links_of(shell).open(comm))


def refuse_links(shell: Any) -> None:
    """Close the links, and let no page link anew."""
    manager = _comm_manager(shell)
    if manager is not None and TARGET in manager.targets:
        manager.unregister_target(TARGET, manager.targets[TARGET])
    links = shell.__dict__.pop(_ATTRIBUTE, None)
    if links is not None:
        shell.events.unregister("post_run_cell", links.on_cell_ended)
        links.close()


def watch_runs(session: Session) -> None:
    """Let pages know of the session's runs, where its shell is a kernel's."""
    if _comm_manager(session.shell) is not None:
        session.watchers.append(links_of(session.shell).on_event)


def links_of(shell: Any) -> Links:
    """The links of a kernel's shell."""
    with _lock:  # a page may link on a subshell's thread while a cell makes the session
        if _ATTRIBUTE not in shell.__dict__:
            links = Links(shell)
            shell.events.register("post_run_cell", links.on_cell_ended)
            setattr(shell, _ATTRIBUTE, links)
        found: Links = getattr(shell, _ATTRIBUTE)
        return found


def _comm_manager(shell: Any) -> Any:
    return getattr(getattr(shell, "kernel", None), "comm_manager", None)
