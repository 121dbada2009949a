"""One recorded call, run once more through the tools of a run, in a scratch namespace."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Approval, ApprovalGiven, ApprovalRequested
from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import ToolCall
from rasgo_nb.agent.toolbox import CONNECTION, Toolbox
from rasgo_nb.agent.tools import ALL_TOOLS
from rasgo_nb.agent.tools.base import ToolContext
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.kernel_exec import CellResult, run_cell
from rasgo_nb.opening import caps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rasgo_nb.agent.events import Event, RunStarted
    from rasgo_nb.agent.messages import ToolResult
    from rasgo_nb.agent.run_log import CallLog
    from rasgo_nb.agent.used_connection import UsedConnection
    from rasgo_nb.outputs import OutputMessage
    from rasgo_nb.policy import Effects
    from rasgo_nb.ran import Ran
    from rasgo_nb.replay.scratch import Scratch
    from rasgo_nb.session import Session

SAMPLE = "sample"
_TOOLS = {"sql": "run_sql", "python": "run_python", "chart": "show_chart"}
_MOST_ERROR = 600  # characters


class LeftOut(Exception):
    """The call was not run; the text says why."""


class BrokenStep(Exception):
    """The call failed; the text is one line."""


@dataclass(frozen=True, slots=True)
class Again:
    """What the call gave; ``cut`` says where the result is not whole."""

    value: object
    cut: str = ""


class RunAgain:
    """Runs calls of one run again, on its connections or on those that stand for them."""

    def __init__(
        self,
        session: Session,
        started: RunStarted,
        scratch: Scratch,
        *,
        yes: bool,
        connections: Mapping[str, str],
    ) -> None:
        self.session, self.started, self.scratch = session, started, scratch
        self.person = _PersonOfReplay(yes=yes)
        self._instead = connections
        self._opened: list[str] = []

    async def open(self) -> None:
        """Open the connections.

        Raises
        ------
        UnknownName
            where one of the run is not known here; says how another is named in its place.
        """
        names = [self.started.connection, *self.started.others]
        for old in self._instead:
            if old not in names:
                raise UnknownName(
                    f"The run has no connection {old!r}, but {', '.join(names)}. "
                    f"Type for example `--connection {names[0]}=NAME`."
                )
        used = {name: await asyncio.to_thread(self._used, name) for name in names}
        usual = used[self.started.connection]
        self.context = ToolContext(
            connection=usual.connection,
            catalog=usual.catalog,
            settings=usual.settings,
            used=used,
            local=self.session.connections.local,
            run_id=f"{self.started.run_id}-replay",
            user_ns=self.scratch.names,
            hidden=self.session.shell.user_ns_hidden,
            run_code=self._run_code,
            person=self.person,
            policy=self.session.policy,
            privacy=self.session.privacy,
            transform=self.session.shell.transform_cell,
            caps=caps_of(self.session.config),
        )
        self.toolbox = Toolbox(ALL_TOOLS, self.context, Interface())

    def dialect_of(self, call: CallLog) -> str:
        """The dialect of a call's SQL."""
        return self.started.dialect_of(call.tool_call)

    async def run(self, ran: Ran) -> Again:
        """Run it, and bind what it makes to the name that it had.

        Raises
        ------
        LeftOut
            where a person would be asked.
        BrokenStep
            where it fails.
        """
        call = ToolCall(ran.call, _TOOLS[ran.kind], self._arguments(ran))
        context = replace(self.context, step=ran.step, report=self.person.hear)
        self._refuse_changes(call)
        self.person.begin(is_nobody=bool(ran.put_back))
        gate = self.toolbox.gate(call, context, self.person.hear)
        try:
            with tagged(self.context.run_id, ran.step):
                result = await self.toolbox.run(call, replace(context, gate=gate))
        except RasgoError as error:  # such as a sign-in that has lapsed
            raise BrokenStep(one_line(str(error))) from None
        if result.is_error:
            raise self._failure(ran, result)
        self._rename(ran, result)
        cut = result.value.cut if isinstance(result.value, QueryResult) else ""
        return Again(result.value, cut)

    def _arguments(self, ran: Ran) -> dict[str, object]:
        if ran.kind == "python":
            return {"code": ran.code}
        if ran.kind == "chart":
            return {**ran.arguments, "save_as": ran.name}
        named = ran.arguments.get(CONNECTION)
        choice = {CONNECTION: named} if named and len(self.context.used) > 1 else {}
        return {"sql": ran.code, "save_as": ran.name, **choice}

    def _refuse_changes(self, call: ToolCall) -> None:
        """A replay never changes a database, whatever policy allows."""
        tool = self.toolbox.tools[call.name]
        if tool.effects is None:
            return
        context = self.context.at(str(call.arguments.get(CONNECTION, ""))) if tool.queries else self.context
        effects = tool.effects(context, call.arguments)
        if "write_warehouse" in effects.kinds:
            raise LeftOut("; ".join(effects.told))

    def _rename(self, ran: Ran, result: ToolResult) -> None:
        """Two calls of a step may not know of each other's names; here later steps must find them."""
        page = result.page or {}
        given = str(page.get("dataframe") or page.get("figure") or ran.name)
        if ran.name and given != ran.name and given in self.scratch.names:
            value = self.scratch.names.pop(given)
            self.scratch.names[ran.name] = self.context.bound[ran.name] = value

    def _failure(self, ran: Ran, result: ToolResult) -> Exception:
        if self.person.refused is not None:
            return LeftOut("; ".join(self.person.refused.told) or "; ".join(self.person.refused.unknown))
        page = result.value if isinstance(result.value, dict) else (result.page or {})
        text = str(page.get("error", result.content))
        missing = _missing_name(text, ran)
        if missing:
            return BrokenStep(f"`{missing}` is not in this notebook. Run the cell that makes it, and again.")
        hint = _nearest(page.get("did_you_mean"))
        line = page.get("line")
        place = f"line {line}: " if line and ran.kind == "python" else ""
        return BrokenStep(one_line(f"{place}{text}{hint}"))

    async def _run_code(
        self,
        code: str,
        *,
        step: int,
        on_output: Callable[[OutputMessage], None],
        may_replace: Callable[[str, object], bool],
    ) -> CellResult:
        with self.scratch.entered():
            return await run_cell(
                self.session.shell,
                code,
                step=f"{step} of replay",
                on_output=on_output,
                may_replace=may_replace,
            )

    def close(self) -> None:
        """Close the connections that were opened for the replay alone."""
        for name in self._opened:
            if name in self.session.connections:
                current = self.session.current
                self.session.connections.disconnect(name)
                self.session.connections.current = "" if current == name else current

    def _used(self, name: str) -> UsedConnection:
        """The connection that stands for one of the run."""
        wanted = self._instead.get(name, name)
        try:
            return self.session.used(self._open_name(wanted, is_source=name in self._instead))
        except UnknownName as error:
            raise UnknownName(
                f"The run's connection {name!r} is not open here: {error} "
                f"Or name another in its place: `--connection {name}=NAME`."
            ) from None

    def _open_name(self, wanted: str, *, is_source: bool) -> str:
        """The name of a connection that is open or kept, or that was opened for this from its source."""
        session = self.session
        if wanted in session.connections or wanted in session.config.connections:
            return wanted
        if not is_source and wanted != SAMPLE:
            return wanted
        current = session.current
        try:
            name = session.connect(wanted).name
        finally:
            session.connections.current = current
        self._opened.append(name)
        return name


class _PersonOfReplay:
    """Whoever typed the replay: with ``--yes`` they said it of everything but changes to a database."""

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes
        self.refused: Effects | None = None  # of the call that runs
        self._asked: Effects | None = None
        self._is_nobody = False

    def begin(self, *, is_nobody: bool) -> None:
        """Another call runs; where nobody could be asked about it then, what it rebound was put back."""
        self.refused = self._asked = None
        self._is_nobody = is_nobody

    def hear(self, event: Event) -> None:
        """What the gate reports; what policy itself denies is refused without a question."""
        if isinstance(event, ApprovalRequested):
            self._asked = event.effects
        elif isinstance(event, ApprovalGiven) and not event.approval.approved:
            self.refused = self._asked

    async def reply(self, _tool_call_id: str, _question: str, _choices: Sequence[str]) -> str | None:
        """Nothing is said."""
        return None

    async def approve(self, _tool_call: ToolCall, effects: Effects, _code: str) -> Approval | None:
        """What they decide about a call."""
        if self._is_nobody:
            return None
        is_allowed = self.yes and "write_warehouse" not in effects.kinds
        return Approval(is_allowed, "you")


def one_line(text: str) -> str:
    """A text in one line of bounded length."""
    text = " ".join(text.split())
    return text if len(text) <= _MOST_ERROR else f"{text[: _MOST_ERROR - 1]}…"


def _nearest(found: object) -> str:
    """What would have been right, where the page of a failure says it: names, or names for wrong ones."""
    offers = []
    for one in found if isinstance(found, list | tuple) else ():
        if isinstance(one, dict):
            names = one.get("nearest") or ()
            offers += [f"{names[0]} for {one.get('wrong', '')}"] if names else []
        else:
            offers.append(str(one))
    return f" Did you mean {', '.join(offers)}?" if offers else ""


def _missing_name(error: str, ran: Ran) -> str:
    """The name that code reads and nothing has made; empty for any other failure."""
    if not error.startswith("NameError: name '"):
        return ""
    name = error.split("'")[1]
    return name if name in ran.reads else ""
