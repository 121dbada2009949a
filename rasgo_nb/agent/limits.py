"""How far a run may go; crossing a limit stops it before more is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.errors import LimitReached

if TYPE_CHECKING:
    from rasgo_nb.agent.messages import Usage


@dataclass(frozen=True, slots=True)
class Limits:
    """None means no limit. Checked before each call, so the last one may end above."""

    max_steps: int | None = 30
    max_tokens: int | None = 1_000_000
    max_seconds: float | None = 900.0
    max_cost_usd: float | None = None

    def check(self, *, step: int, usage: Usage, elapsed_s: float) -> None:
        """Called before step number ``step`` is paid for.

        Raises
        ------
        LimitReached
            with the flag or setting that raises the limit.
        """
        if self.max_steps is not None and step > self.max_steps:
            raise LimitReached(
                f"No answer after {self.max_steps} steps. "
                f"Type `%ask --continue` to go on, or ask with `--max-steps {self.max_steps * 2}`."
            )
        if self.max_tokens is not None and usage.total_tokens >= self.max_tokens:
            raise LimitReached(
                f"The run used {usage.total_tokens:,} tokens, its limit is {self.max_tokens:,}. "
                f"Raise it with `%rasgo config max_tokens {self.max_tokens * 2}`, or type `%ask --continue`."
            )
        if self.max_seconds is not None and elapsed_s >= self.max_seconds:
            raise LimitReached(self.out_of_time())
        if self.max_cost_usd is not None:
            self._check_cost(self.max_cost_usd, usage.cost_usd)

    def _check_cost(self, most: float, cost_usd: float | None) -> None:
        if cost_usd is None:
            raise LimitReached(
                "What the run cost so far is not known, so max_cost_usd cannot be kept: "
                "one of its models has no price. Add it to prices.toml beside the settings, "
                "or type `%rasgo config max_cost_usd 0`."
            )
        if cost_usd >= most:
            raise LimitReached(
                f"The run cost {cost_usd:.2f} USD, its limit is {most:.2f}. "
                f"Raise it with `%rasgo config max_cost_usd {most * 2:g}`, or type `%ask --continue`."
            )

    def seconds_left(self, elapsed_s: float) -> float:
        """How long the run may still take."""
        return float("inf") if self.max_seconds is None else self.max_seconds - elapsed_s

    def out_of_time(self) -> str:
        """The sentence for a run that took too long."""
        return (
            f"No answer within {self.max_seconds:g} seconds. "
            f"Raise the limit with `%rasgo config max_seconds {(self.max_seconds or 0) * 2:g}`, "
            "or type `%ask --continue`."
        )
