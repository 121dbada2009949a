"""What a tool call would do, and what the person lets it do without being asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Effect = Literal["read", "compute", "rebind", "write_file", "network", "install", "write_warehouse"]
Rule = Literal["allow", "ask", "deny"]

EFFECTS: tuple[Effect, ...] = get_args(Effect)
RULES: tuple[Rule, ...] = get_args(Rule)

DEFAULT_RULES: Mapping[Effect, Rule] = {
    "read": "allow",
    "compute": "allow",
    "rebind": "ask",
    "write_file": "ask",
    "network": "ask",
    "install": "ask",
    "write_warehouse": "deny",
}


@dataclass(frozen=True, slots=True)
class Effects:
    """What a call would do, as far as its text tells.

    ``sentences`` say it to the person, gravest first: "writes the file 'out.csv'". ``rebound`` are the
    person's names that it would bind anew or delete. ``unknown`` says what cannot be judged; that is asked.
    """

    kinds: frozenset[Effect] = frozenset()
    sentences: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


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
        if effects.unknown:
            rules.add("ask")
        return next((rule for rule in ("deny", "ask") if rule in rules), "allow")
