"""The notes that stand beside a question, taken apart: memories, and all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_BEGIN, _END = "<memories>", "</memories>"


@dataclass(frozen=True, slots=True)
class Notes:
    """``head`` and ``memories`` stand in a fence between two parts of ``before`` and ``after``."""

    before: str
    head: str
    memories: tuple[str, ...]
    after: str

    @property
    def other(self) -> str:
        """All but the memories."""
        return "\n".join(filter(None, (self.before.strip(), self.head, self.after.strip())))

    def without(self, numbers: Collection[int]) -> str:
        """The notes as they are sent without some memories, counted from 1."""
        left = [line for number, line in enumerate(self.memories, 1) if number not in numbers]
        fence = [_BEGIN, self.head, *left, _END] if left else []
        return self.before + "\n".join(filter(None, fence)) + self.after


def notes_of(text: str) -> Notes:
    """What the text of the notes holds; all of it is ``before`` where there are no memories."""
    before, begin, rest = text.partition(f"{_BEGIN}\n")
    inner, end, after = rest.partition(f"\n{_END}")
    if not begin or not end:
        return Notes(text, "", (), "")
    head: list[str] = []
    memories: list[str] = []
    for line in inner.split("\n"):
        if line.startswith("- ["):
            memories.append(line)
        elif memories:
            memories[-1] += f"\n{line}"
        else:
            head.append(line)
    return Notes(before, "\n".join(head), tuple(memories), after)
