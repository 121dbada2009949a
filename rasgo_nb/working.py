"""The loop of a run, made of its request and of what was opened for it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rasgo_nb.agent.clock import Clock
from rasgo_nb.agent.context_window import ContextWindow
from rasgo_nb.agent.events import RunNoted
from rasgo_nb.agent.loop import Loop
from rasgo_nb.agent.prices import priced
from rasgo_nb.agent.privacy import words_of
from rasgo_nb.agent.reporting import ReportingModel
from rasgo_nb.agent.toolbox import Toolbox
from rasgo_nb.agent.tools import ALL_TOOLS, ALL_WITH_SPECIALIST
from rasgo_nb.agent.tools.base import ToolContext
from rasgo_nb.asking import said
from rasgo_nb.branch import PersonWithOwnEdit
from rasgo_nb.kernel_exec import run_cell
from rasgo_nb.memory.told import told
from rasgo_nb.mentions import mentioned
from rasgo_nb.opening import caps_of, instructions
from rasgo_nb.person import PersonOfShell
from rasgo_nb.provenance.telling import telling
from rasgo_nb.replay.lines import tell_departures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.agent.approval import Person
    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.limits import Limits
    from rasgo_nb.agent.messages import Message
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.agent.specialist import Specialist
    from rasgo_nb.agent.tools.base import Tool
    from rasgo_nb.asking import Request
    from rasgo_nb.conversation import Turn
    from rasgo_nb.desk import Desk
    from rasgo_nb.memory.memory import Recalled
    from rasgo_nb.opening import Opened
    from rasgo_nb.session import Session


def opening_of(request: Request, opened: Opened) -> list[Message]:
    """The instructions and the turns before, which stay the same from call to call."""
    earlier = request.conversation.before(request.turn, opened.models.interface)
    return [instructions(opened.used, opened.models.interface), *earlier]


def loop_of(
    session: Session,
    request: Request,
    opened: Opened,
    opening: list[Message],
    limits: Limits,
    *,
    log: RunLog,
    report: Callable[[Event], None],
    desk: Desk | None,
    recalled: Sequence[Recalled],
) -> Loop:
    """The loop that works the request off, from where its turn stands; it takes the session's news along."""
    face, branch = opened.models.interface, request.branch
    tools: tuple[Tool, ...] = ALL_WITH_SPECIALIST if opened.models.specialist else ALL_TOOLS
    if branch is not None:
        tools = tuple(tool for tool in tools if not branch.leaves_out(tool.name, face))
    notes = [*_mentioned(session, request.words, opened), *session.news, *filter(None, [told(recalled)])]
    said_now = said(request.words, notes)
    session.news.clear()
    clock = Clock()
    person: Person = PersonOfShell(session.shell, clock, desk)
    if branch is not None:
        person = PersonWithOwnEdit(person, branch.edited)
    messages = [*opening, *request.turn.messages, *said_now]
    tell_departures(opened.models.model, lambda note: report(RunNoted(note)))
    context = _context(session, request.turn, opened, person)
    context = replace(context, propose=lambda one: session.memory_desk.propose(one, log, report))
    price = priced(opened.models.model.name)
    label = f"{face.family} {face.version}"
    model = ReportingModel(opened.models.model, "reply", label, log, report, price)
    if context.specialist is not None:
        context = replace(context, specialist=_reporting_specialist(context.specialist, log, report))
    if not session.privacy.sight.is_open:
        context.said.update(words_of(map(str, messages)))
    return Loop(
        model=model,
        toolbox=Toolbox(tools, context, face),
        messages=messages,
        limits=limits,
        report=_with_numbers(session, request, log, report),
        window=ContextWindow(replace(model, purpose="summary"), face),
        priced=model.priced,
        steps_before=request.turn.steps,
        begun=branch.begun(face) if branch is not None else None,
        clock=clock,
    )


def _with_numbers(
    session: Session, request: Request, log: RunLog, report: Callable[[Event], None]
) -> Callable[[Event], None]:
    """The reader of events, told where an answer's numbers come from."""
    return telling(
        report,
        log,
        request.turn.question,
        shows_values=lambda: session.privacy.sight.is_open,
        earlier=request.turn.run.steps if request.turn.run else (),
        longest_s=session.tracing_s,
    )


def _reporting_specialist(specialist: Specialist, log: RunLog, report: Callable[[Event], None]) -> Specialist:
    model = ReportingModel(specialist.model, "sql", "", log, report, specialist.priced)
    return replace(specialist, inside=model.inside)


def _mentioned(session: Session, words: str, opened: Opened) -> list[str]:
    """What the @names in the person's words point at, in any of the connections."""
    lines = [
        line for one in opened.used.values() for line in mentioned(words, one.catalog, session.shell.user_ns)
    ]
    return list(dict.fromkeys(lines))


def _context(session: Session, turn: Turn, opened: Opened, person: Person) -> ToolContext:
    return ToolContext(
        connection=opened.usual.connection,
        catalog=opened.usual.catalog,
        settings=opened.usual.settings,
        used=opened.used,
        local=session.connections.local,
        run_id=opened.run_id,
        user_ns=session.shell.user_ns,
        hidden=session.shell.user_ns_hidden,
        run_code=partial(run_cell, session.shell, keep=session.journal.note_content),
        person=person,
        policy=session.policy,
        privacy=session.privacy,
        transform=session.shell.transform_cell,
        caps=caps_of(session.config),
        specialist=opened.models.specialist,
        sees_images=opened.models.interface.sees_images,
        note_bound=lambda step, call: session.journal.note_call(step, call, session.shell.user_ns),
        bound=turn.bound,
        bound_in_step=turn.bound_in_step,
        cuts=turn.cuts,
    )
