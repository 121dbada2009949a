"""The statement that an answer rests on, kept with its question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import LOCAL, Answer, Answered
from rasgo_nb.catalog.check.statement import check_statement
from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.errors import RasgoError
from rasgo_nb.memory.memories import now
from rasgo_nb.memory.memory import Evidence, Memory
from rasgo_nb.ran import Ran, code_of, ran_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.run_log import CallLog, RunLog, StepLog
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.memory.memory import Proposal, Scope

_NO_ANSWER = (
    "The run has no answer, so there is nothing to verify. Ask with `%%ask`, then `%rasgo memory verify`."
)
_NO_SQL = "The answer rests on no SQL, so there is no query to keep. Keep its steps with `%rasgo promote`."


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL that a step ran, and on which connection."""

    step: int
    sql: str
    connection: str
    dialect: str


def statement_of(log: RunLog, steps: Sequence[int] = ()) -> Statement:
    """The SQL that made what the answer shows; of the steps that are named, or those that it rests on.

    Raises
    ------
    RasgoError
        where the run has no answer or no such SQL, or the SQL reads DataFrames: nobody else has these.
    """
    assert log.started is not None
    answer = _answer(log)
    done = ran_in(log.steps, log.started.dialect_of)
    if steps:
        chosen = [ran for ran in done if ran.step in steps and ran.kind == "sql"]
    else:
        chosen = _rested_on(done, answer.steps, answer.dataframes)
    if not chosen:
        where = (
            f"Step {steps[0]} ran no SQL. Type `%rasgo memory verify` for the answer's own." if steps else ""
        )
        raise RasgoError(where or _NO_SQL)
    last = chosen[-1]
    own = {ran.name for ran in done if ran.name}
    link = str(last.arguments.get("connection") or log.started.connection)
    frames = sorted(name for name in last.reads if name in own)
    if frames or (link == LOCAL and LOCAL not in log.started.connections.split(",")):
        read = f"the DataFrame {frames[0]}" if frames else "DataFrames of this notebook"
        raise RasgoError(
            f"The SQL of step {last.step} reads {read}, which nobody else has. "
            "Name a step that reads tables alone, as in `%rasgo memory verify 2`."
        )
    call = next(one for step in log.steps for one in step.calls if one.tool_call.id == last.call)
    return Statement(last.step, last.code, link, log.started.dialect_of(call.tool_call))


def verified_of(
    log: RunLog, question: str, scope: Scope, catalog: Catalog, steps: Sequence[int] = ()
) -> Memory:
    """The answer's question and statement as a memory that is not kept yet. Raises as ``statement_of``.

    ``catalog`` is that of the statement's connection. What its check finds is refused, too.
    """
    assert log.started is not None
    found = statement_of(log, steps)
    problems = check_statement(found.sql, found.dialect, catalog)
    if problems:
        raise RasgoError(f"The SQL of step {found.step} would be refused now: {problems[0].message}")
    read = [catalog.named(name) for name in read_statement(found.sql, found.dialect).tables]
    tables = dict.fromkeys(str(one[0].name) for one in read if len(one) == 1)
    if any(not one for one in read):
        raise RasgoError(
            f"The SQL of step {found.step} reads what is no table of {found.connection}, as a DataFrame. "
            "Name a step that reads tables alone, as in `%rasgo memory verify 2`."
        )
    return Memory(
        id="",
        text=question or log.started.question,
        scope=scope,
        at=now(),
        connection=found.connection,
        tables=tuple(tables),
        evidence=Evidence(log.started.run_id, found.step, log.started.question),
        sql=found.sql,
        dialect=found.dialect,
    )


def with_evidence(proposal: Proposal, log: RunLog) -> Proposal:
    """The proposal with the question of its run, and the code of the step that shows it."""
    memory = proposal.memory
    code = "\n\n".join(filter(None, (code_of(call) for call in _calls(log.steps, memory.evidence.step))))
    question = log.started.question if log.started else ""
    seen = replace(memory.evidence, question=question, code=code)
    return replace(proposal, memory=replace(memory, evidence=seen))


def _answer(log: RunLog) -> Answer:
    if isinstance(log.ended, Answered):
        return log.ended.answer
    values = [call.result.value for step in log.steps for call in step.calls if call.result is not None]
    found = [value for value in values if isinstance(value, Answer)]
    if not found:
        raise RasgoError(_NO_ANSWER)
    return found[-1]


def _calls(steps: Sequence[StepLog], number: int) -> list[CallLog]:
    return [call for step in steps if step.number == number for call in step.calls]


def _rested_on(done: Sequence[Ran], steps: Sequence[int], frames: Sequence[str]) -> list[Ran]:
    """The SQL that made the answer's first DataFrame; without one, that of its steps, or of the run."""
    makers = [ran for ran in done if frames and frames[0] in ran.writes]
    if makers:
        return makers if makers[-1].kind == "sql" else []
    of_steps = [ran for ran in done if ran.step in steps and ran.kind == "sql"]
    return of_steps if steps else [ran for ran in done if ran.kind == "sql"]
