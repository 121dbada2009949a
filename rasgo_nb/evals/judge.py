"""A model that marks where only reading can tell: with a prompt, a cost and an agreement rate of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from rasgo_nb.agent.messages import Usage


@dataclass(frozen=True, slots=True)
class Vote:
    """What the judge said once; ``met`` is None where its reply could not be read."""

    met: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said of one answer: the majority of its votes. A tie is not met, no vote is None."""

    votes: tuple[Vote, ...]
    model: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def met(self) -> bool | None:
        """Whether most of the votes that could be read say so."""
        cast = [vote.met for vote in self.votes if vote.met is not None]
        return 2 * sum(cast) > len(cast) if cast else None

    @property
    def why(self) -> str:
        """The reason of the first vote with the majority."""
        reasons = [vote.why for vote in self.votes if vote.met == self.met]
        return reasons[0] if reasons else "The judge's reply could not be read."
