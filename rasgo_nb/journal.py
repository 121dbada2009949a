"""What each call of a run did to the user namespace, and how to go back to before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import is_
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import Keeper
from rasgo_nb.namespace import changed_content, names_of, persons_names

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from rasgo_nb.content import Kept
    from rasgo_nb.namespace import Snapshot

_MISSING: Any = object()  # what a name is bound to that does not exist


@dataclass(frozen=True, slots=True)
class WentBack:
    """What came of going back: each tuple sorted, a name in one of them at most.

    ``put_back`` hold again what they held, ``removed`` are gone again, ``left`` were changed by somebody else
    since and are as they were found, ``lost`` were changed in place by a step in a way that was not kept.
    """

    steps: tuple[int, ...] = ()
    put_back: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put_back or self.removed or self.left or self.lost)


@dataclass(frozen=True, slots=True, eq=False)
class _Binding:
    """What a name was bound to before and after a call, ``_MISSING`` where to nothing.

    ``content`` is that of the object after the call.
    """

    before: object
    after: object
    content: Kept | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """An object that a call changed in place, its content before and after, and the names that showed it."""

    before: Kept
    after: Kept
    shown: Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """All that one call did."""

    step: int
    call: str
    bindings: dict[str, _Binding]
    contents: tuple[_Content, ...]


@dataclass(slots=True)
class _Undoing:
    """The names that were met on the way back, by what became of them."""

    names: MutableMapping[str, Any]
    touched: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


class Journal:
    """Kept while a run goes on, and until the next one begins.

    It holds every object that a call of the run bound a name to or away from: let go of it with ``clear``.
    Names with a leading underscore and the shell's own are not followed, nor is anything beyond what
    ``namespace.snapshot`` keeps of content.
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._before: dict[str, object] = {}
        self._hidden: Mapping[str, object] = {}
        self._contents: list[_Content] = []

    def begin(self, names: Mapping[str, object], hidden: Mapping[str, object]) -> None:
        """Take the namespace as it is now for what the next call finds; before each step."""
        self._hidden = hidden
        self._before = dict(names)
        self._contents = []

    def note_content(self, before: Snapshot, touched: frozenset[str]) -> None:
        """Keep what the code of a call changed in place; right after it, with the snapshot from before it."""
        keeper = Keeper()
        for kept in changed_content(before, touched):
            keeper.keep(kept.value, depth=1)
            shown = {name: before.values[name] for name in names_of(before, kept.value)}
            self._contents.append(_Content(kept, keeper.kept[id(kept.value)], shown))

    def note_call(self, step: int, call: str, names: Mapping[str, object]) -> None:
        """Write down what the call did so far, before another one binds a name."""
        bindings = self._rebound(names)
        if bindings or self._contents:
            self._entries.append(_Entry(step, call, bindings, tuple(self._contents)))
            self._contents = []
        if bindings:
            self._before = dict(names)

    def _rebound(self, names: Mapping[str, object]) -> dict[str, _Binding]:
        """The person's names that are bound to something else by now, or no more."""
        if _is_same(names, self._before):
            return {}
        changed = [name for name, value in names.items() if self._before.get(name, _MISSING) is not value]
        changed += [name for name in self._before if name not in names]
        now = persons_names({name: names[name] for name in changed if name in names}, self._hidden)
        then = persons_names(
            {name: self._before[name] for name in changed if name in self._before}, self._hidden
        )
        keeper = Keeper()
        for value in now.values():
            keeper.keep(value, depth=1)
        return {
            name: _Binding(
                then.get(name, _MISSING), now.get(name, _MISSING), keeper.kept.get(id(now.get(name)))
            )
            for name in (*now, *(then.keys() - now.keys()))
        }

    def end(self) -> None:
        """Let go of what is needed only while a run goes on."""
        self._before, self._contents = {}, []

    def clear(self) -> None:
        """Forget everything, and let go of every object."""
        self._entries = []
        self.end()

    @property
    def steps(self) -> tuple[int, ...]:
        """The numbers of the steps that did something, in order."""
        return tuple(sorted({entry.step for entry in self._entries}))

    def made(self) -> dict[str, tuple[object, int]]:
        """What the calls bound names to, as far as they were not undone: object and step, by name."""
        made: dict[str, tuple[object, int]] = {}
        for entry in self._entries:
            for name, binding in entry.bindings.items():
                if binding.after is _MISSING:
                    made.pop(name, None)
                else:
                    made[name] = (binding.after, entry.step)
        return made

    def go_back(
        self, step: int, names: MutableMapping[str, Any], *, keep: frozenset[str] = frozenset()
    ) -> WentBack:
        """Undo what the calls from that step on did, but for those whose ids are in ``keep``.

        Only what is still as the run left it is put back. What was undone is forgotten.
        """
        undone = [entry for entry in self._entries if entry.step >= step and entry.call not in keep]
        self._entries = [entry for entry in self._entries if entry.step < step or entry.call in keep]
        undoing = _Undoing(names)
        for entry in reversed(undone):
            _undo_bindings(entry, undoing)
            _undo_contents(entry, undoing)
        done = undoing.touched - undoing.theirs - undoing.lost
        return WentBack(
            steps=tuple(sorted({entry.step for entry in undone})),
            put_back=tuple(sorted(name for name in done if name in names)),
            removed=tuple(sorted(name for name in done if name not in names)),
            left=tuple(sorted(undoing.theirs)),
            lost=tuple(sorted(undoing.lost - undoing.theirs)),
        )


def _is_same(names: Mapping[str, object], before: Mapping[str, object]) -> bool:
    """Whether nothing was bound since, which is soon told of 5,000 names."""
    return (
        len(names) == len(before)
        and all(map(is_, names, before))
        and all(map(is_, names.values(), before.values()))
    )


def _undo_bindings(entry: _Entry, undoing: _Undoing) -> None:
    for name, binding in entry.bindings.items():
        current = undoing.names.get(name, _MISSING)
        if current is binding.before is _MISSING:
            continue
        if name in undoing.theirs or _is_theirs(name, current, binding, undoing):
            undoing.theirs.add(name)
            continue
        undoing.touched.add(name)
        undoing.lost.discard(name)  # what it shows from here on is another object
        if binding.before is _MISSING:
            del undoing.names[name]
        else:
            undoing.names[name] = binding.before


def _is_theirs(name: str, current: object, binding: _Binding, undoing: _Undoing) -> bool:
    """Whether somebody else bound the name, or changed what it shows, since the call."""
    if current is not binding.after:
        return True
    if binding.content is None or name in undoing.lost:
        return False
    return binding.content.compare() == "changed"


def _undo_contents(entry: _Entry, undoing: _Undoing) -> None:
    for content in reversed(entry.contents):
        shown = {name for name, value in content.shown.items() if undoing.names.get(name) is value}
        undoing.theirs |= content.shown.keys() - shown
        if content.before.put_back is None:
            undoing.lost |= shown
        elif content.after.compare() == "changed":
            undoing.theirs |= shown
        else:
            content.before.put_back()
            undoing.touched |= shown
