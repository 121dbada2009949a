"""What a tool call would do, and what the person lets it do without being asked.

A seat belt and never a sandbox: effects are read off the text of a call, and a text can hide what it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from rasgo_nb.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Effect = Literal["read", "compute", "rebind", "write_file", "network", "install", "write_warehouse"]
Rule = Literal["allow", "ask", "deny"]

EFFECTS: tuple[Effect, ...] = get_args(Effect)
RULES: tuple[Rule, ...] = get_args(Rule)
Name = TypeVar("Name", bound=str)

DEFAULT_RULES: Mapping[Effect, Rule] = {
    "read": "allow",
    "compute": "allow",
    "rebind": "ask",
    "write_file": "ask",
    "network": "ask",
    "install": "ask",
    "write_warehouse": "deny",
}


MEANINGS: Mapping[Effect, str] = {
    "read": "reads tables and files",
    "compute": "computes in the kernel",
    "rebind": "binds one of your variables anew, or deletes it",
    "write_file": "writes, moves or deletes files",
    "network": "reaches the network",
    "install": "installs packages or extensions",
    "write_warehouse": "changes a database",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a call would do; ``kind`` is None for what cannot be judged.

    ``says`` tells it to the person, without "cannot be judged"; it is empty for what goes without saying.
    ``name`` is the one that is rebound.
    """

    kind: Effect | None
    says: str = ""
    name: str = ""

    @property
    def sentence(self) -> str:
        """What the card shows."""
        is_open = self.kind is None and not self.says.startswith("runs another program")
        return f"cannot be judged: {self.says}" if is_open else self.says


@dataclass(frozen=True, slots=True)
class Above:
    """A limit that a call goes above: ``says`` for the card, and how the person raises it for good."""

    says: str
    mend: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What a call would do, as far as its text tells.

    ``sentences`` say it to the person, gravest first: "writes the file 'out.csv'". ``rebound`` are the
    person's names that it would bind anew or delete. ``unknown`` says what cannot be judged; that is asked,
    and so is what goes ``above`` a limit, each time.
    """

    kinds: frozenset[Effect] = frozenset()
    sentences: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    above: Above | None = None

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences; where all goes without saying, what its kinds mean."""
        return self.sentences or tuple(MEANINGS[kind] for kind in EFFECTS if kind in self.kinds)


# From grave to light; what cannot be judged may be anything that a person would be asked about.
_GRAVITY: tuple[Effect | None, ...] = (
    "write_warehouse", None, "install", "network", "write_file", "rebind", "read", "compute",
)  # fmt: skip


def gather(findings: Iterable[Finding]) -> Effects:
    """All that was found in a call, each thing once and the gravest first."""
    ranked = sorted(dict.fromkeys(findings), key=lambda one: _GRAVITY.index(one.kind))
    return Effects(
        kinds=frozenset(one.kind for one in ranked if one.kind is not None),
        sentences=tuple(dict.fromkeys(one.sentence for one in ranked if one.says)),
        rebound=tuple(dict.fromkeys(one.name for one in ranked if one.name)),
        unknown=tuple(dict.fromkeys(one.says for one in ranked if one.kind is None)),
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for each kind of effect; those that are not named have the usual one."""

    rules: Mapping[Effect, Rule] = field(default_factory=dict)

    def rule(self, effect: Effect) -> Rule:
        """The rule for one kind of effect."""
        return self.rules.get(effect, DEFAULT_RULES[effect])

    def judge(self, effects: Effects) -> Rule:
        """The strictest rule of all that the call would do; what cannot be judged is asked."""
        rules = {self.rule(effect) for effect in effects.kinds}
        if effects.unknown or effects.above:
            rules.add("ask")
        return next((rule for rule in ("deny", "ask") if rule in rules), "allow")


def with_rule(policy: Policy, effect: str, rule: object, source: str = "") -> Policy:
    """The policy with one rule changed; ``source`` says where it was read.

    Raises
    ------
    UnknownName
        when there is no such kind of effect, or no such rule.
    """
    kind = _one_of(effect, EFFECTS, "kind of effect", source)
    return Policy({**policy.rules, kind: _one_of(rule, RULES, "rule", source)})


def check_effect(effect: str) -> Effect:
    """The name as one of the kinds of effects.

    Raises
    ------
    UnknownName
        when there is none of that name; offers the nearest.
    """
    return _one_of(effect, EFFECTS, "kind of effect", "")


def _one_of(name: object, names: tuple[Name, ...], what: str, source: str) -> Name:
    for one in names:
        if one == name:
            return one
    near = get_close_matches(str(name), names, n=1)
    hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(names)}."
    raise UnknownName(f"There is no {what} {name!r}{f' (from {source})' if source else ''}. {hint}")
