"""The view in a terminal: each step is written as it happens, and stays in the scroll."""

from __future__ import annotations

from typing import Any

from rasgo_nb.agent.events import (
    Answered,
    ApprovalGiven,
    ApprovalRequested,
    ContextShortened,
    Event,
    MemoriesRecalled,
    MemoryDecided,
    QueryEstimated,
    ReplyRetried,
    RunFailed,
    RunNoted,
    RunStarted,
    RunStopped,
    StepStarted,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutput,
    ToolProgress,
)
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.connectors.amounts import progress_text
from rasgo_nb.memory.memory import Proposal
from rasgo_nb.outputs import Stream
from rasgo_nb.widgets import text
from rasgo_nb.widgets.memory_text import proposal_lines, recalled_lines, waiting_line
from rasgo_nb.widgets.numbers_state import traced_text
from rasgo_nb.widgets.plain import encodable, without_colours


def _raise_broken_pipe() -> None:
    raise BrokenPipeError("Nobody reads the output any more.")


ANSWERING = "final_answer"  # this call is not shown: what it says is the answer below


class TerminalView:
    """Writes one run to a ``rich.console.Console``; plain text where that is no terminal."""

    def __init__(self, console: Any = None, *, quiet: bool = False) -> None:
        from rich.console import Console

        self.console = console or Console(highlight=False)
        # Its own would end the process in mid-run.
        self.console.on_broken_pipe = _raise_broken_pipe  # type: ignore[method-assign]
        self.quiet = quiet
        self.log = RunLog()
        self._in_text = False
        self._in_progress = False  # whether the last line is to be written over
        self._number = ""  # of a step that has written nothing yet

    def __call__(self, event: Event) -> None:
        """Write what the event adds."""
        self.log.add(event)
        if isinstance(event, ToolProgress):
            self._write_progress(event)
            return
        self._clear_progress()
        if isinstance(event, Answered | RunFailed | RunStopped):
            self._write_end(event)
        elif isinstance(event, MemoriesRecalled | MemoryDecided):
            self._write_memories(event)
        elif isinstance(event, RunNoted):
            self._end_text()
            self._line(event.note, style="yellow")
        elif not self.quiet:
            self._write(event)

    def _write(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._line(text.header_text(self.log), style="dim")
            case StepStarted():
                self._end_text()
                self._number = f"{event.step}. "
            case ContextShortened() | ReplyRetried():
                self._end_text()
                self._line(f"   {self.log.steps[-1].notes[-1]}", style="yellow")
                self._number = f"{event.step}. "
            case ThinkingDelta() if self._number:
                self._write_number()
                self._piece("thinking … ", style="dim")
            case TextDelta():
                self._write_number()
                self._piece(event.text)
            case ToolCallStarted() if event.tool_call.name != ANSWERING:
                self._write_call(event)
            case ApprovalRequested():
                self._end_text()
            case ApprovalGiven():
                self._write_approval(event)
            case QueryEstimated():
                self._write_estimate(event)
            case ToolOutput():
                self._write_output(event)
            case ToolCallFinished() if event.tool_call.name != ANSWERING or event.result.is_error:
                self._write_result(event)
            case _:
                pass  # the rest is only of use to a view that redraws

    def _write_number(self) -> None:
        if self._number:
            self._piece(self._number, style="bold")
        self._number = ""

    def _write_call(self, event: ToolCallStarted) -> None:
        self._write_number()
        self._end_text()
        call = f"   ▸ {event.tool_call.name} {text.arguments_text(event.tool_call)}"
        self._line(call.rstrip(), style="cyan")
        code = "\n".join(text.code_lines(event.tool_call))
        if code:
            self._code(code, "sql" if "sql" in event.tool_call.arguments else "python")

    def _write_approval(self, event: ApprovalGiven) -> None:
        call = self.log.call(event.tool_call_id)
        self._line(f"   {text.approval_text(call)}", style="green" if event.approval.approved else "yellow")
        if event.approval.code is not None:
            lines = text.bounded_lines(event.approval.code)
            self._code("\n".join(lines), "sql" if "sql" in call.tool_call.arguments else "python")

    def _write_memories(self, event: MemoriesRecalled | MemoryDecided) -> None:
        if self.quiet or self.log.ended is not None:  # what comes after the end is said where it was decided
            return
        self._end_text()
        if isinstance(event, MemoryDecided):
            said = f"kept as {event.memory.id}" if event.memory else "not kept"
            self._line(f"   memory {event.proposal_id}: {said}", style="dim")
            return
        for line in recalled_lines(event.recalled):
            self._line(line, style="yellow" if line.startswith(" ") else "dim")

    def _write_estimate(self, event: QueryEstimated) -> None:
        for fact in text.estimate_lines(self.log.call(event.tool_call_id)):
            self._line(f"   {fact}", style="dim")

    def _write_progress(self, event: ToolProgress) -> None:
        """One line that each next one is written over; none where nothing can be."""
        if self.console.is_terminal and not self._in_text and not self.quiet:
            self._in_progress = True
            self.console.file.write(f"\r\x1b[2K     {progress_text(event.progress)}")
            self.console.file.flush()

    def _clear_progress(self) -> None:
        if self._in_progress:
            self.console.file.write("\r\x1b[2K")
        self._in_progress = False

    def _write_output(self, event: ToolOutput) -> None:
        if isinstance(event.output, Stream):
            for line in without_colours(event.output.text).rstrip("\n").splitlines():
                self._line(f"     {line}")

    def _write_result(self, event: ToolCallFinished) -> None:
        call = self.log.call(event.tool_call.id)
        self._line(f"   {text.call_text(call)}", style="red" if event.result.is_error else "green")
        has_shown_code = bool(text.code_of(event.tool_call))
        shown = (
            [*text.result_lines(call), *text.rows_text(call)] if has_shown_code else text.detail_text(call)
        )
        for line in shown:
            self._line(f"     {line}")
        if isinstance(event.result.value, Proposal):
            for line in proposal_lines(event.result.value, None):
                self._line(f"     {line}", style="yellow")

    def _write_end(self, event: Answered | RunFailed | RunStopped) -> None:
        from rich.markdown import Markdown

        self._end_text()
        self.console.print()
        if isinstance(event, Answered):
            self.console.print(Markdown("\n".join(text.ended_text(event, self.log.provenance))))
            traced = traced_text(self.log.provenance)
            if traced and not self.quiet:
                self._line(traced, style="yellow" if "unverified" in traced else "dim")
        else:
            self._line(event.message, style="bold red")
        if not self.quiet:
            self._line(text.totals_text(len(self.log.steps), event.usage, event.elapsed_s), style="dim")
        waiting = waiting_line(self.log)
        if waiting:
            self._line(waiting, style="yellow")

    def _code(self, code: str, language: str) -> None:
        from rich.padding import Padding
        from rich.syntax import Syntax

        syntax = Syntax(code, language, theme="ansi_dark", background_color="default", word_wrap=True)
        self.console.print(Padding(syntax, (0, 0, 0, 5)))

    def _piece(self, piece: str, style: str = "") -> None:
        self._in_text = True
        self.console.print(encodable(piece), end="", style=style or None, markup=False, soft_wrap=True)

    def _end_text(self) -> None:
        if self._in_text:
            self.console.print()
        self._in_text = False

    def _line(self, line: str, style: str = "") -> None:
        self.console.print(encodable(line), style=style or None, markup=False, soft_wrap=True)
