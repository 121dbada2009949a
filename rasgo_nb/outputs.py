"""What a cell shows: nbformat's outputs as values, collected in order and within bounds."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

MOST_CHARACTERS = 64_000  # of stream text, at the head and again at the tail
MOST_OUTPUTS = 100  # at the head and again at the tail
_PIECE_CHARACTERS = 4_096

# What a carriage return overwrites, as progress bars do.
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\r\n])")

StreamName = Literal["stdout", "stderr"]
MimeBundle = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Stream:
    """Text that was written to stdout or stderr."""

    name: StreamName
    text: str


@dataclass(frozen=True, slots=True)
class DisplayData:
    """A mime bundle as ``display()`` made it; bytes are base64 text, as in a notebook file."""

    data: MimeBundle
    metadata: MimeBundle = field(default_factory=dict)
    display_id: str = ""


@dataclass(frozen=True, slots=True)
class ExecuteResult:
    """The mime bundle of the last expression."""

    data: MimeBundle
    metadata: MimeBundle = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellError:
    """An exception, its traceback cut to the frames of the code of the notebook and its steps.

    ``line`` is the line of the step's own code, counted from 1; None where the step's code is not involved.
    """

    ename: str
    evalue: str
    line: int | None
    traceback: str


@dataclass(frozen=True, slots=True)
class UpdateDisplayData:
    """Replace what an earlier ``DisplayData`` with this id shows; it may be one of an earlier step."""

    data: MimeBundle
    metadata: MimeBundle
    display_id: str


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """Forget all outputs of this step: now, or with ``wait`` when the next one comes."""

    wait: bool = False


Output = Stream | DisplayData | ExecuteResult | CellError  # what a notebook file keeps
OutputMessage = Output | UpdateDisplayData | ClearOutput  # what is told while the code runs


class OutputLog:
    """The outputs of one step in order, the first and the last of very many.

    ``on_output`` is told of each as it comes (text by lines), always on the thread that made the log. From
    the point where the head is full it hears nothing until ``finish``, which tells what was cut and the tail.
    Any thread may write.
    """

    def __init__(self, on_output: Callable[[OutputMessage], None]) -> None:
        self._on_output = on_output
        self._owner = threading.get_ident()
        self._lock = threading.RLock()
        self._untold: list[OutputMessage] = []
        self._clear_next = False
        self._forget()

    def _forget(self) -> None:
        self._head: list[Output] = []
        self._tail: deque[Output] = deque()
        self._pending: list[str] = []
        self._pending_name: StreamName = "stdout"
        self._pending_characters = 0
        self._head_outputs = self._head_characters = self._tail_characters = 0
        self._head_is_full = False
        self._cut_outputs = self._cut_characters = self._cut_lines = 0

    def write(self, name: StreamName, text: str) -> None:
        """Add text to a stream; it is told at the end of a line or at a flush."""
        with self._lock:
            if name != self._pending_name:
                self.flush()
                self._pending_name = name
            self._pending.append(text)
            self._pending_characters += len(text)
            ends_line = not self._head_is_full and "\n" in text
            if ends_line or self._pending_characters >= _PIECE_CHARACTERS:
                self.flush()

    def flush(self) -> None:
        """Tell text that has no line end yet."""
        with self._lock:
            if self._pending:
                text, self._pending, self._pending_characters = "".join(self._pending), [], 0
                self._add_text(Stream(self._pending_name, text))
            self._tell()

    def add(self, output: Output) -> None:
        """Add an output after all text written so far."""
        with self._lock:
            self.flush()
            self._add(output)
            self._tell()

    def update(self, update: UpdateDisplayData) -> None:
        """Change every output with this display id."""
        with self._lock:
            self.flush()
            for outputs in (self._head, self._tail):
                for place, output in enumerate(outputs):
                    if isinstance(output, DisplayData) and output.display_id == update.display_id:
                        outputs[place] = replace(output, data=update.data, metadata=update.metadata)
            self._untold.append(update)
            self._tell()

    def clear(self, *, wait: bool) -> None:
        """Forget the outputs, now or when the next one comes."""
        with self._lock:
            self.flush()
            self._clear_next = wait
            if not wait:
                self._forget()
            self._untold.append(ClearOutput(wait))
            self._tell()

    def finish(self) -> tuple[Output, ...]:
        """All outputs, neighbouring text joined, and a line that tells about how much was cut."""
        with self._lock:
            self.flush()
            last = [self._cut_notice(), *self._whole_lines()] if self._cut_outputs else list(self._tail)
            self._untold.extend(last)
            self._tell()
            return tuple(_joined([*self._head, *last]))

    def _add_text(self, output: Stream) -> None:
        text, room = output.text, MOST_CHARACTERS - self._head_characters
        if self._head_is_full:
            room = 0
        elif room < len(text):
            # Half a line could be read as a value.
            room = text.rfind("\n", 0, room) + 1 or (room if room > _PIECE_CHARACTERS else 0)
        if room > 0:
            self._add(Stream(output.name, text[:room]))
        self._head_is_full = self._head_is_full or room < len(text)
        for start in range(room, len(text), _PIECE_CHARACTERS):
            self._add(Stream(output.name, text[start : start + _PIECE_CHARACTERS]))

    def _add(self, output: Output) -> None:
        if self._clear_next:
            self._clear_next = False
            self._forget()
        if self._head_is_full:
            self._add_to_tail(output)
        else:
            self._add_to_head(output)

    def _add_to_head(self, output: Output) -> None:
        self._head_outputs += not (self._head and _is_same_stream(self._head[-1], output))
        self._head_characters += _characters(output)
        self._head.append(output)
        self._untold.append(output)
        self._head_is_full = self._head_characters >= MOST_CHARACTERS or self._head_outputs >= MOST_OUTPUTS

    def _add_to_tail(self, output: Output) -> None:
        self._tail.append(output)
        self._tail_characters += _characters(output)
        while self._tail_characters > MOST_CHARACTERS or len(self._tail) > MOST_OUTPUTS:
            cut = self._tail.popleft()
            self._tail_characters -= _characters(cut)
            self._cut_outputs += 1
            self._cut_characters += _characters(cut)
            self._cut_lines += cut.text.count("\n") if isinstance(cut, Stream) else 0

    def _whole_lines(self) -> list[Output]:
        """The tail from its first line end on."""
        tail = list(self._tail)
        if tail and isinstance(tail[0], Stream):
            tail[0] = replace(tail[0], text=tail[0].text.partition("\n")[2] or tail[0].text)
        return tail

    def _cut_notice(self) -> Stream:
        if self._cut_characters:
            cut = f"{self._cut_lines:,} lines, {self._cut_characters:,} characters"
        else:
            cut = f"{self._cut_outputs:,} outputs"
        return Stream("stdout", f"[... {cut} cut here ...]\n")

    def _tell(self) -> None:
        if threading.get_ident() != self._owner:
            return
        untold, self._untold = self._untold, []
        for message in untold:
            self._on_output(message)


def _characters(output: Output) -> int:
    return len(output.text) if isinstance(output, Stream) else 0


def _is_same_stream(one: Output, other: Output) -> bool:
    return isinstance(one, Stream) and isinstance(other, Stream) and one.name == other.name


def _joined(outputs: list[Output]) -> list[Output]:
    joined: list[Output] = []
    texts: list[str] = []
    for output in outputs:
        if not isinstance(output, Stream):
            joined.append(output)
        elif joined and _is_same_stream(joined[-1], output):
            texts.append(output.text)
            joined[-1] = Stream(output.name, "".join(texts))
        else:
            texts = [output.text]
            joined.append(output)
    return [
        Stream(output.name, _OVERWRITTEN.sub("", output.text)) if isinstance(output, Stream) else output
        for output in joined
    ]
