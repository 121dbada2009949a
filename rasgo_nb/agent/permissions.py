"""What one notebook lets runs do unasked: the rules of the settings, and what the person allowed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.policy import EFFECTS, Effect, Effects, Policy, Rule

if TYPE_CHECKING:
    from collections.abc import Callable


class NotebookPolicy:
    """``rules`` gives those of the settings as they are now.

    ``always`` holds the kinds of effect that the person allowed for the rest of this notebook; they are
    nowhere but in memory. It lifts "ask", never "deny".
    """

    def __init__(self, rules: Callable[[], Policy] = Policy) -> None:
        self.rules = rules
        self.always: set[Effect] = set()
        self._narrower: list[NotebookPolicy] = []

    def over(self, own: Callable[[], Policy]) -> NotebookPolicy:
        """This policy with the rules of one connection before it; what is allowed always there is its own."""
        narrower = NotebookPolicy(lambda: Policy({**self.rules().rules, **own().rules}))
        self._narrower.append(narrower)
        return narrower

    def rule(self, effect: Effect) -> Rule:
        """The rule that holds for one kind of effect."""
        rule = self.rules().rule(effect)
        return "allow" if rule == "ask" and effect in self.always else rule

    def judge(self, effects: Effects) -> Rule:
        """The strictest rule of all that a call would do; what cannot be judged is asked."""
        return Policy({effect: self.rule(effect) for effect in EFFECTS}).judge(effects)

    def kinds(self, effects: Effects, rule: Rule) -> tuple[Effect, ...]:
        """The kinds among the effects that have this rule."""
        return tuple(effect for effect in EFFECTS if effect in effects.kinds and self.rule(effect) == rule)

    def lifted(self, effects: Effects) -> bool:
        """Whether the call would be asked about, had the person not allowed such ones always."""
        return self.judge(effects) == "allow" and self.rules().judge(effects) == "ask"

    def allow_always(self, effects: Effects) -> bool:
        """Ask no more about such effects; False where there are none but what cannot be judged."""
        kinds = self.kinds(effects, "ask")
        self.always.update(kinds)
        return bool(kinds)

    def revoke(self, *effects: Effect) -> None:
        """Ask again about these kinds, or about all."""
        self.always.difference_update(effects or EFFECTS)
        for narrower in self._narrower:
            narrower.revoke(*effects)
