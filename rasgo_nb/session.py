"""One per kernel, and the only room that knows all others: connections, model, tools, view."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.again import again_of
from rasgo_nb.agent.events import Event, MemoriesRecalled
from rasgo_nb.agent.loop import STOPPED
from rasgo_nb.agent.permissions import NotebookPolicy
from rasgo_nb.agent.privacy import NotebookPrivacy
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.agent.used_connection import UsedConnection
from rasgo_nb.asking import (
    NOT_BEGUN,
    Request,
    branching,
    check_question,
    check_request,
    going_on,
    interruptibly,
    reporter,
)
from rasgo_nb.branch import branch_of, usage_before
from rasgo_nb.catalog.crawl.crawl import rules_of
from rasgo_nb.catalog.kept import forget, reading_of, set_rules, share
from rasgo_nb.config import Config, load_config
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.connections import Connections
from rasgo_nb.conversation import Conversation, Turn
from rasgo_nb.embedders import Embedders
from rasgo_nb.errors import RasgoError
from rasgo_nb.journal import Journal
from rasgo_nb.kept_runs import KeptRun, KeptRuns
from rasgo_nb.meaning import bring_meaning, learn_beside
from rasgo_nb.memory_desk import SessionMemoryDesk
from rasgo_nb.opening import Opened, caps_of, limits_of, open_models, tables_of
from rasgo_nb.prepared import noting, prepare_namespace
from rasgo_nb.provenance.matching import LONGEST_S
from rasgo_nb.recording import recorder_of
from rasgo_nb.remembered import learn_from, recalled_for
from rasgo_nb.run import Run, gone_on, run_of
from rasgo_nb.trace.otel_live import OtelSending
from rasgo_nb.wanted_connection import typed, wanted_connection
from rasgo_nb.working import loop_of, opening_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.limits import Limits
    from rasgo_nb.agent.messages import Message
    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.catalog.sync import SyncReport
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.desk import Desk
    from rasgo_nb.memory.memory import Recalled

_UNSET = ConnectionSettings()
_ENDING_S = 1.0  # for a crawl to end


class Session:
    """Connections, settings and runs of one kernel.

    ``shell`` is the IPython shell whose namespace the agent works in.
    """

    def __init__(self, shell: Any, *, config: Config | None = None) -> None:
        self.shell = shell
        self.config = config or load_config()
        self.connections = Connections()
        self.embedders = Embedders()
        self.last_run: Run | None = None
        self.conversation = Conversation()
        self.watchers: list[Callable[[Event], None]] = []  # told of every event, as the view is
        self.privacy = NotebookPrivacy(lambda: {name: self.settings_of(name) for name in self.connections})
        self.policy = NotebookPolicy(lambda: self.config.policy)
        self._typed: dict[str, dict[str, Any]] = {}  # what ``connect`` was told that settings say otherwise
        self._policies: dict[str, NotebookPolicy] = {}  # of connections that have rules of their own
        self.journal = Journal()  # of the last run
        self.runs = KeptRuns()
        self.memory_desk = SessionMemoryDesk(self)
        self.otel = OtelSending()
        self.offered: set[str] = set()  # what was offered to the person, once
        self._noted = ""  # of the embedder
        self.tracing_s = LONGEST_S  # that an answer may wait until its numbers are traced
        self.news: list[str] = []  # what the model is told next, beside the person's words

    @property
    def current(self) -> str:
        """The name of the connection that questions go to."""
        return self.connections.current

    def connect(
        self,
        source: str | Path = "",
        *,
        name: str = "",
        read_only: bool | None = None,
        options: Mapping[str, str] | None = None,
        privacy: str = "",
        timeout_s: float | None = None,
    ) -> Connection:
        """Open a connection and send questions there from now on; as ``Connections.connect``.

        ``source`` is ``sample``, a DuckDB file, ``:memory:``, a folder or file of Parquet or CSV, a
        warehouse, or the name of a connection of the settings. The name of one that is open opens that one
        anew, and no source the current one.
        What is not given is as the settings of that name say.
        """
        again = str(source).strip() or self.current
        if again in self.connections and not options and again not in self.config.connections:
            connection = self.connections.connect_again(again)
            before = self._typed.get(connection.name, {})
        else:
            before = {}
            wanted = wanted_connection(source, name, options or {}, self.config.connections)
            connection = self.connections.connect(
                wanted.source,
                name=wanted.name,
                read_only=not wanted.settings.writable if read_only is None else read_only,
                request=wanted.request(timeout_s),
            )
        self._typed[connection.name] = {**before, **typed(privacy=privacy, timeout_s=timeout_s)}
        self.privacy.note_open()
        share(connection, self.config.catalog_store, self.connections.secrets)
        forget(connection)
        settings = self.settings_of(connection.name)
        set_rules(connection, rules_of(settings))
        self.embedders.follow(connection, self.config.embedder, self.config.providers)
        if connection.dialect != "duckdb":
            learn_beside(connection, settings)
        return connection

    def sync_meaning(self, connection: Connection) -> SyncReport | None:
        """Read what files and the warehouse say of its tables, where that has changed."""
        return bring_meaning(connection, self.settings_of(connection.name), is_asked=True)

    def set_typed(self, name: str, **settings: Any) -> None:
        """Have settings hold for a connection in this kernel, over what the file says."""
        self._typed[name] = {**self._typed.get(name, {}), **settings}

    def settings_of(self, name: str) -> ConnectionSettings:
        """What holds for a connection: what the settings say of that name."""
        kept = self.config.connections.get(name, ConnectionSettings())
        return replace(kept, **self._typed.get(name, {}))

    def connection(self, name: str = "") -> Connection:
        """The named connection, or the current one; as ``Connections.find``.

        One of the settings that is not open yet is opened for it, and questions go on to the current one.
        """
        current = self.current
        wanted = name or current or self.config.connection
        if wanted in self.connections or not self.config.connections.get(wanted, _UNSET).source:
            return self.connections.find(name, usual_source=self.config.connection)
        connection = self.connect(wanted)
        self.connections.current = current or connection.name
        return connection

    def close(self) -> None:
        """Close every connection, and let go of what could be undone."""
        self.journal.clear()
        self.embedders.close()
        self.otel.wait()
        readings = [reading_of(self.connections[name]) for name in self.connections]
        self.connections.close()
        for reading in filter(None, readings):
            reading.stop()
            reading.wait_for_end(_ENDING_S)  # what it holds of DuckDB when Python ends is told as leaked

    async def ask(
        self,
        question: str,
        *,
        model: str | Model = "",
        connection: str = "",
        max_steps: int | None = None,
        bind_as: str = "",
        interface: str | Interface = "",
        fresh: bool = False,
        view: Callable[[Event], None] | None = None,
        desk: Desk | None = None,
    ) -> Run:
        """Work off one question; the model sees the turns before it, unless ``fresh``.

        ``view`` is told every event; ``desk`` is where its pages put what the person clicks.

        Raises
        ------
        RasgoError
            one line for the person; the run so far is in ``last_run`` and under the name ``bind_as``.
        """
        check_question(question)
        check_request(bind_as, max_steps)
        conversation = Conversation() if fresh else self.conversation
        request = Request(conversation, Turn(question, model), question, model, interface, connection)
        return await self._work_off(request, max_steps=max_steps, bind_as=bind_as, view=view, desk=desk)

    async def go_on(
        self,
        words: str = "",
        *,
        model: str | Model = "",
        connection: str = "",
        max_steps: int | None = None,
        bind_as: str = "",
        interface: str | Interface = "",
        view: Callable[[Event], None] | None = None,
        desk: Desk | None = None,
    ) -> Run:
        """Go on with the last run where it stopped, with fresh limits; ``words`` are told to the model.

        The run that comes of it has the steps and the usage of both parts. Model, interface and connection
        stay what they were where none is named; another model gets the interface that fits it.

        Raises
        ------
        RasgoError
            as ``ask``, and where there is nothing to go on with.
        """
        check_request(bind_as, max_steps)
        turn = self.conversation.unfinished()
        request = going_on(
            self.conversation, turn, words, model=model, interface=interface, connection=connection
        )
        return await self._work_off(request, max_steps=max_steps, bind_as=bind_as, view=view, desk=desk)

    async def go_on_from(
        self,
        code: str,
        *,
        step: int,
        call: int | None = None,
        run: str = "",
        model: str | Model = "",
        connection: str = "",
        max_steps: int | None = None,
        bind_as: str = "",
        interface: str | Interface = "",
        view: Callable[[Event], None] | None = None,
        desk: Desk | None = None,
    ) -> Run:
        """Run other SQL or Python in a step of a run, the last one by default, and go on from there.

        What that step and later ones did to the namespace is undone first; ``call`` counts the calls of a
        step that has several. The run that comes of it is another: the old one stays as it was.

        Raises
        ------
        RasgoError
            as ``ask``, and where there is no such run, step or code.
        """
        check_request(bind_as, max_steps)
        branch = branch_of(self.runs.find(run), step=step, call=call, code=code)
        request = branching(branch, model=model, interface=interface, connection=connection)
        return await self._work_off(request, max_steps=max_steps, bind_as=bind_as, view=view, desk=desk)

    async def ask_again(
        self,
        words: str = "",
        *,
        step: int,
        without: Sequence[str],
        run: str = "",
        model: str | Model = "",
        connection: str = "",
        max_steps: int | None = None,
        bind_as: str = "",
        interface: str | Interface = "",
        view: Callable[[Event], None] | None = None,
        desk: Desk | None = None,
    ) -> Run:
        """Ask for the reply of a step again, without items of what the model saw there; go on from that.

        ``without`` are ids as `%rasgo saw` lists them. What that step and later ones did to the namespace is
        undone first. The run that comes of it is another, and notes what was left out.

        Raises
        ------
        RasgoError
            as ``ask``, where there is no such run, step or item, and for words, which have no place here.
        """
        check_request(bind_as, max_steps)
        if words.strip():
            raise RasgoError("--without asks the same question again. Leave the cell below it empty.")
        branch = again_of(self.runs.find(run), step=step, without=without)
        request = branching(branch, model=model, interface=interface, connection=connection)
        return await self._work_off(request, max_steps=max_steps, bind_as=bind_as, view=view, desk=desk)

    async def _work_off(
        self,
        request: Request,
        *,
        max_steps: int | None,
        bind_as: str,
        view: Callable[[Event], None] | None,
        desk: Desk | None,
    ) -> Run:
        """Open what the run needs, let the loop work, and keep what came of it."""
        log = RunLog()
        recorder = recorder_of(self)
        sending = self.otel.reader() if self.config.otel else None
        readers = (noting(self.journal, self.shell), *self.watchers, view, sending)
        report = reporter(log, *readers, recorder=recorder)
        async with AsyncExitStack() as closing:
            if recorder is not None:
                closing.callback(recorder.close)
            work = self._run(request, closing, limits_of(self.config, max_steps), log, report, bind_as, desk)
            await interruptibly(work, lambda: NOT_BEGUN if log.started is None else STOPPED)
        assert self.last_run is not None
        return self.last_run

    async def _run(
        self,
        request: Request,
        closing: AsyncExitStack,
        limits: Limits,
        log: RunLog,
        report: Callable[[Event], None],
        bind_as: str,
        desk: Desk | None,
    ) -> None:
        """The run itself, in one task that a stop ends wherever it is."""
        opened = await self._opened(request, closing)
        self.conversation = request.conversation
        if desk is not None:
            desk.open()
            closing.callback(desk.close)
        closing.callback(self.journal.end)
        if request.branch is not None:
            self.news.clear()  # the conversation is the one from before that, too
        note = prepare_namespace(request, self.journal, self.runs, self.shell.user_ns)
        note = f"{note} {self._embedder_note()}".strip()
        started = opened.started(request.turn.question, note, request.conversation.id)
        self.runs.began(started.run_id)
        opening = opening_of(request, opened)
        recalled = await asyncio.to_thread(self._recalled, request, opened)
        loop = loop_of(
            self, request, opened, opening, limits, log=log, report=report, desk=desk, recalled=recalled
        )
        loop.report(started)
        self.otel.tell(loop.report)
        if recalled:
            loop.report(MemoriesRecalled(recalled))
            self.memory_desk.watch(recalled, report)
        for event in request.branch.events() if request.branch else ():
            loop.report(event)
        try:
            await loop.run()
        finally:
            if log.ended is not None:  # else the view broke, as when the reader of a pipe has gone
                own = loop.messages[len(opening) :]
                run = run_of(log, [opening[0], *own], request.turn.bound)
                self._keep(request, own, run, bind_as)
                self.runs.keep(KeptRun(started, request.conversation, request.turn))
        await asyncio.to_thread(learn_from, log, opened.used)

    async def _opened(self, request: Request, closing: AsyncExitStack) -> Opened:
        """All that the run needs; ``closing`` closes the models that were opened for it."""
        models = await open_models(
            self.config,
            model=request.model,
            interface=request.interface,
            cache_key=request.conversation.id,
            closing=closing,
        )
        # In a thread: one that is opened for it may take a sign-in in a browser.
        names = [name.strip() for name in request.connection.split(",")]
        used = [await asyncio.to_thread(self.used, name) for name in names]
        return Opened(models, {one.connection.name: one for one in used})

    def used(self, name: str) -> UsedConnection:
        """A connection, as ``connection`` gives it, with its tables and what the settings say of it."""
        link = self.connection(name)
        settings = self.settings_of(link.name)
        catalog = tables_of(link, settings)
        return UsedConnection(link, catalog, settings, self._policy_of(link.name), caps_of(self.config))

    def _recalled(self, request: Request, opened: Opened) -> tuple[Recalled, ...]:
        """What bears on a new question; what goes on has been told already."""
        return () if request.turn.messages else recalled_for(self.memory_desk, request.turn.question, opened)

    def _embedder_note(self) -> str:
        """Why tables are found by words alone, where the settings want more; said once."""
        note = self.embedders.note
        is_new, self._noted = note != self._noted, note
        return note if is_new else ""

    def _policy_of(self, name: str) -> NotebookPolicy:
        """The policy of what one connection's statements do; the notebook's where it has none of its own."""
        if not self.settings_of(name).policy.rules:
            return self.policy
        if name not in self._policies:
            self._policies[name] = self.policy.over(lambda: self.settings_of(name).policy)
        return self._policies[name]

    def _keep(self, request: Request, messages: list[Message], run: Run, bind_as: str) -> None:
        """Remember what came of it; only now does the turn know a model, interface or connection."""
        turn = request.turn
        if request.branch is not None:
            run = replace(run, usage=usage_before(request.branch) + run.usage)
        turn.run = run = run if turn.run is None else gone_on(turn.run, run, steps_before=turn.steps)
        turn.messages, turn.interface = messages, request.interface
        turn.model, turn.connection = request.model or run.model, run.connection
        self.conversation.keep(turn)
        self.last_run = run
        if bind_as:
            self.shell.user_ns[bind_as] = run
