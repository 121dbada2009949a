"""A model that marks where only reading can tell: with a prompt, a cost and an agreement rate of its own."""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.messages import Message, Text, Usage
from rasgo_nb.agent.prices import priced
from rasgo_nb.agent.retry import RetryPolicy, stream_with_retries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.base import Model

_PATIENCE = RetryPolicy(max_retries=2)
_PATIENCE_S = 120.0
_MOST_CHARS = 20_000  # of an answer
_OBJECT = re.compile(r"\{.*?\}", re.DOTALL)


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
        reasons = [vote.why for vote in self.votes if vote.met is not None and vote.met == self.met]
        return reasons[0] if reasons else "The judge's reply could not be read."

    @property
    def agreement(self) -> float | None:
        """The share of pairs of votes that agree; None where fewer than two could be read."""
        return agreement([[vote.met for vote in self.votes if vote.met is not None]]).share


@dataclass(frozen=True, slots=True)
class Agreement:
    """``share`` of pairs of votes that agree; ``kappa`` is what of that goes beyond chance.

    Both are None where nothing can be said; ``kappa`` also where all votes are the same, ``n`` are the items.
    """

    share: float | None
    kappa: float | None
    n: int


async def judge(answer: str, criteria: str, model: Model, *, question: str = "", votes: int = 1) -> Judgement:
    """What a model says of an answer, asked ``votes`` times; its usage is told apart from the run's.

    Raises
    ------
    ModelFailed
        when there was no reply.
    """
    prompt = resources.files("rasgo_nb.evals").joinpath("judge.md").read_text(encoding="utf-8")
    case = {"question": question, "criterion": criteria, "answer": answer[:_MOST_CHARS]}
    data = json.dumps(case, ensure_ascii=False)
    request = [Message("system", (Text(prompt),)), Message("user", (Text(data),))]
    cast: list[Vote] = []
    usage = Usage()
    for _ in range(votes):
        reply = Assembler(0, model.name)
        fragments = stream_with_retries(
            model, request, (), policy=_PATIENCE, seconds_left=lambda: _PATIENCE_S
        )
        async with aclosing(fragments) as stream:
            async for fragment in stream:
                reply.add(fragment)
        usage += priced(model.name)(reply.usage)
        cast.append(read_vote(reply.message().text))
    return Judgement(tuple(cast), model.name, usage)


def read_vote(text: str) -> Vote:
    """The vote of a judge's reply: its last JSON object that has ``met`` as true or false.

    A reply that holds both verdicts could not be read.
    """
    votes = []
    for found in _OBJECT.findall(text):
        try:
            said = json.loads(found)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and isinstance(said.get("met"), bool):
            votes.append(Vote(said["met"], str(said.get("why", ""))[:500]))
    if len({vote.met for vote in votes}) != 1:
        return Vote(None, text.strip()[:200])
    return votes[-1]


def agreement(votes: Sequence[Sequence[bool]], labels: Sequence[bool] | None = None) -> Agreement:
    """How far votes agree: with given labels where there are, else with each other.

    ``votes`` holds one sequence for each item judged. With labels it is the majority that counts, with
    Cohen's kappa (Educational and Psychological Measurement 20, 1960); without, pairs of votes on the same
    item, with Fleiss' kappa (Psychological Bulletin 76, 1971), each item weighing the same.
    """
    if labels is not None:
        pairs = [
            (2 * sum(cast) > len(cast), label) for cast, label in zip(votes, labels, strict=True) if cast
        ]
        return _cohen(pairs)
    several = [cast for cast in votes if len(cast) > 1]
    if not several:
        return Agreement(None, None, 0)
    shares = [
        (sum(cast) * (sum(cast) - 1) + (len(cast) - sum(cast)) * (len(cast) - sum(cast) - 1))
        / (len(cast) * (len(cast) - 1))
        for cast in several
    ]
    share = sum(shares) / len(shares)
    yes = sum(sum(cast) / len(cast) for cast in several) / len(several)
    return Agreement(share, _kappa(share, yes**2 + (1 - yes) ** 2), len(several))


def _cohen(pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    if not pairs:
        return Agreement(None, None, 0)
    share = sum(said == label for said, label in pairs) / len(pairs)
    said = sum(one for one, _ in pairs) / len(pairs)
    label = sum(one for _, one in pairs) / len(pairs)
    return Agreement(share, _kappa(share, said * label + (1 - said) * (1 - label)), len(pairs))


def _kappa(share: float, by_chance: float) -> float | None:
    return None if by_chance >= 1 - 1e-12 else (share - by_chance) / (1 - by_chance)
