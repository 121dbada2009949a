"""What ``--quiet`` shows of a run."""

from __future__ import annotations

from dataclasses import replace

from rasgo_nb.agent.events import Answered
from rasgo_nb.agent.run_log import RunLog


def answer_alone(log: RunLog) -> RunLog:
    """How the run ended, without anything that leads to a step.

    Its numbers are told of where one of them is unverified.
    """
    ended, provenance = log.ended, log.provenance
    if isinstance(ended, Answered):
        ended = replace(ended, answer=replace(ended.answer, steps=()))
    if provenance is None or provenance.verified == len(provenance.numbers):
        return RunLog(ended=ended)
    numbers = tuple(replace(number, places=()) for number in provenance.numbers)
    return RunLog(ended=ended, provenance=replace(provenance, numbers=numbers))
