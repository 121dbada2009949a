"""What every tool is: a page that the model reads, and a function that runs.

A tool is written as one async function. Its name, docstring and annotated signature are the page:

    @tool
    async def search_tables(
        context: ToolContext,
        *,
        words: Annotated[str, "what to look for, in plain words"],
        limit: Annotated[int, "how many tables at most"] = 10,
    ) -> ToolOutput:
        '''Find tables ...'''
"""

from __future__ import annotations

import asyncio
import inspect
import textwrap
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from rasgo_nb.agent.approval import Gate, Nobody, Person
from rasgo_nb.agent.events import LOCAL, Event
from rasgo_nb.agent.messages import Image, Usage
from rasgo_nb.agent.page import Page
from rasgo_nb.agent.permissions import NotebookPolicy
from rasgo_nb.agent.privacy import NotebookPrivacy, Sight, sight_of
from rasgo_nb.agent.progress import ProgressTeller
from rasgo_nb.agent.specialist import Specialist
from rasgo_nb.agent.used_connection import UsedConnection
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.connectors.base import Caps, Connection, Progress
from rasgo_nb.errors import ToolError
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.namespace import free_name
from rasgo_nb.outputs import OutputMessage
from rasgo_nb.policy import Effects

if TYPE_CHECKING:
    import pandas as pd

    from rasgo_nb.memory.memory import Proposal

P = ParamSpec("P")
T = TypeVar("T")

GIVE_UP_S = 3.0  # work that cannot be stopped for so long is left to its thread


class RunCode(Protocol):
    """Runs code as a cell in the live namespace."""

    async def __call__(
        self,
        code: str,
        *,
        step: int,
        on_output: Callable[[OutputMessage], None],
        may_replace: Callable[[str, object], bool],
    ) -> CellResult:
        """As `kernel_exec.run_cell`, in the shell of the run."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """All that a tool may touch.

    ``connection``, ``catalog``, ``settings`` and ``caps`` are those of the call; ``used`` has all connections
    of the run, by name, the usual one first. ``local`` gives an empty DuckDB in memory, for statements that
    name only DataFrames. ``bound`` holds the objects that this run put into the user namespace, by name: a
    name is the run's own only while it still points at that object.
    """

    connection: Connection
    catalog: Catalog
    user_ns: dict[str, Any]
    run_code: RunCode
    settings: ConnectionSettings = field(default_factory=ConnectionSettings)
    used: Mapping[str, UsedConnection] = field(default_factory=dict)
    local: Callable[[], Connection] | None = None
    run_id: str = ""
    privacy: NotebookPrivacy = field(default_factory=NotebookPrivacy)
    said: set[str] = field(default_factory=set)  # every word that the model was sent, or sent itself
    person: Person = field(default_factory=Nobody)
    policy: NotebookPolicy = field(default_factory=NotebookPolicy)
    gate: Gate | None = None  # of the call that runs
    tool_call_id: str = ""
    transform: Callable[[str], str] | None = None  # what the shell makes of code before it is Python
    hidden: Mapping[str, object] = field(default_factory=dict)  # names that the shell put there itself
    caps: Caps | None = None
    step: int = 0
    show: Callable[[OutputMessage], None] = lambda _output: None
    report: Callable[[Event], None] = lambda _event: None
    note_bound: Callable[[int, str], None] = lambda _step, _call: None  # told before another call binds
    bound: dict[str, object] = field(default_factory=dict)
    bound_in_step: dict[str, int] = field(default_factory=dict)
    cuts: dict[str, str] = field(default_factory=dict)  # by name of the frame, what was cut from it
    specialist: Specialist | None = None  # the model that writes SQL, where one is set
    sees_images: bool = False  # whether the model looks at pictures
    propose: Callable[[Proposal], None] | None = None  # hands a memory to the person; None where nobody is
    proposed: list[Proposal] = field(default_factory=list)  # by this run

    def at(self, name: str) -> ToolContext:
        """The same for a call on the connection of that name; an empty name is the usual one.

        Raises
        ------
        ToolError
            when the run has none of that name; offers the nearest.
        """
        if not name or (not self.used and name == self.connection.name):
            return self
        if name == LOCAL and self.local is not None and name not in self.used:
            return self._with_local(self.local())
        if name not in self.used:
            names = list(self.used) or [self.connection.name]
            raise ToolError(
                f"There is no connection {name!r}. Connections: {', '.join(names)}.",
                did_you_mean=nearest_names(name, names, most=3),
            )
        one = self.used[name]
        return replace(
            self,
            connection=one.connection,
            catalog=one.catalog,
            settings=one.settings,
            caps=one.caps,
        )

    def at_local(self) -> ToolContext:
        """The same for a statement that names nothing but DataFrames: it runs in a DuckDB in memory."""
        if self.local is None or self.connection.dialect == "duckdb":
            return self
        return self._with_local(self.local())

    def _with_local(self, local: Connection) -> ToolContext:
        return replace(self, connection=local, catalog=Catalog([]), settings=ConnectionSettings())

    async def query(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work on the connection in a thread; a stop reaches the database at once."""
        working = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await self._stop(working)
            raise

    async def _stop(self, working: asyncio.Future[Any]) -> None:
        """Stop the work on the connection, also where its statement is checked and has not begun."""
        working.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody waits for it
        given_up = time.monotonic() + GIVE_UP_S
        while not working.done() and time.monotonic() < given_up:
            self.connection.interrupt()
            await asyncio.wait([working], timeout=0.01)

    def sight(self, *, of_notebook: bool) -> Sight:
        """What the model may read of the connection's tables, or of what also came from variables."""
        own = sight_of(self.connection.name, self.settings)
        return own.joined(self.privacy.sight) if of_notebook else own

    def progress(self) -> AbstractContextManager[Callable[[Progress], None]]:
        """What ``on_progress`` of the call's query is, within a block around the query."""
        return ProgressTeller(self.step, self.tool_call_id, self.report).open()

    def bind(self, wanted: str, value: object) -> str:
        """Put a value into the user namespace under the wanted name, or a free one like it.

        Never over a variable that this run did not make itself, nor over one of the same step: the calls of a
        step do not know of each other.
        """
        taken = {
            name: item
            for name, item in self.user_ns.items()
            if not self.is_own(name, item) or self.bound_in_step.get(name) == self.step
        }
        name = free_name(wanted, taken)
        self.user_ns[name] = value
        self.bound[name] = value
        self.bound_in_step[name] = self.step
        self.note_bound(self.step, self.tool_call_id)
        return name

    def frames(self) -> dict[str, pd.DataFrame]:
        """The DataFrames of the user namespace, by name."""
        import pandas as pd

        return {
            name: value
            for name, value in list(self.user_ns.items())
            if isinstance(value, pd.DataFrame) and not name.startswith("_")
        }

    def may_replace(self, name: str, value: object) -> bool:
        """Whether the call that runs may bind the name anew, or delete it."""
        return self.is_own(name, value) or (self.gate is not None and self.gate.may_rebind(name))

    def is_own(self, name: str, value: object) -> bool:
        """Whether this run bound the name to this object, rather than the person."""
        return name in self.bound and self.bound[name] is value


EffectsOfCall = Callable[[ToolContext, Mapping[str, object]], Effects]


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool returns: ``page`` for the model, before it is written, and ``value`` for the card.

    ``images`` go to models that see; ``usage`` is what a model inside the tool took. ``is_error`` is for a
    failure that has usage to tell; any other is a ``ToolError``. ``withheld`` tells the person what of the
    value the page leaves out for privacy.
    """

    page: Page
    value: object = None
    images: tuple[Image, ...] = ()
    usage: Usage | None = None
    is_error: bool = False
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; ``alone`` ones run one at a time, on the main thread.

    ``effects`` reads from the arguments what a call would do; without it, none is asked about. ``code`` names
    the argument that the person may edit before approving. ``queries`` ones work on a connection, which the
    model names where the run has several.
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    run: Callable[..., Awaitable[ToolOutput]]
    alone: bool = False
    effects: EffectsOfCall | None = None
    code: str = ""
    queries: bool = False


def tool(
    *, alone: bool = False, effects: EffectsOfCall | None = None, code: str = "", queries: bool = False
) -> Callable[[Callable[..., Awaitable[ToolOutput]]], Tool]:
    """Make a tool of an async function."""

    def make(function: Callable[..., Awaitable[ToolOutput]]) -> Tool:
        description = textwrap.dedent(" " * 4 + (function.__doc__ or "")).strip()
        parameters = parameters_of(function)
        return Tool(function.__name__, description, parameters, function, alone, effects, code, queries)

    return make


def parameters_of(function: Callable[..., object]) -> dict[str, object]:
    """The JSON Schema of a function's keyword-only arguments."""
    hints = get_type_hints(function, include_extras=True)
    properties: dict[str, object] = {}
    required: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        properties[name] = _schema(hints[name])
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_WORDS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _schema(hint: Any) -> dict[str, object]:
    if hasattr(hint, "__metadata__"):
        described: dict[str, object] = {}
        for note in hint.__metadata__:
            described |= {"description": note} if isinstance(note, str) else note
        return _schema(get_args(hint)[0]) | described
    if hint in _WORDS:
        return {"type": _WORDS[hint]}
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if get_origin(hint) is list:
        return {"type": "array", "items": _schema(get_args(hint)[0])}
    if get_origin(hint) is UnionType and NoneType in get_args(hint):
        inner = _schema(next(arm for arm in get_args(hint) if arm is not NoneType))
        return {"anyOf": [inner, {"type": "null"}]}
    raise TypeError(f"a tool parameter cannot be a {hint!r}")
