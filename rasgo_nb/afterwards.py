"""What the person does with a run that has ended: keep its steps as cells, undo them, edit one and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.again import removable
from rasgo_nb.branch import call_with_code, step_of
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.promote import Cell, cells_of
from rasgo_nb.undo import lasting_effects, undone_news, undone_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.events import RunStarted
    from rasgo_nb.agent.run_log import RunLog, StepLog
    from rasgo_nb.session import Session

NOTHING = "There is nothing to promote: these steps only looked. Choose steps that ran SQL or Python."


def promote(session: Session, log: RunLog | None = None, steps: Sequence[int] = ()) -> list[Cell]:
    """The steps of a run, the last one by default, as cells; all steps where none is named.

    Raises
    ------
    RasgoError
        where there is no run, no such step, or nothing in them that can be a cell.
    """
    links = session.connections
    writable = {name for name, link in links.items() if not link.read_only}
    cells = cells_of(_whole(session, log), steps, sources=links.sources, writable=writable)
    if not cells:
        raise RasgoError(NOTHING)
    return cells


def edit(session: Session, log: RunLog, step: int, tool_call_id: str, code: str) -> Cell:
    """The cell that runs this code in the place of that call's, and goes on from there.

    Raises
    ------
    RasgoError
        where there is no such call, or none with code.
    """
    whole = _whole(session, log)
    assert whole.started is not None
    chosen = step_of(whole.steps, step)
    number = next((at for at, one in enumerate(chosen.calls, 1) if one.tool_call.id == tool_call_id), None)
    if number is None:
        raise UnknownName(f"Step {step} has no such call. Run its `%%ask` cell again.")
    call_with_code(chosen, number)
    flags = f"--from-step {step}{_call_flag(chosen, number)} --run {whole.started.run_id}"
    return {"cell_type": "code", "source": f"%%ask {flags}\n{code.strip()}", "metadata": {}}


def again(session: Session, log: RunLog, step: int, without: Sequence[str]) -> Cell:
    """The cell that asks again from that step on, without these items of what the model saw.

    Raises
    ------
    RasgoError
        where there is no such step or item, or one can't be left out.
    """
    whole = _whole(session, log)
    assert whole.started is not None
    items = ",".join(item.id for item in removable(whole, step, without))
    source = f"%%ask --from-step {step} --without {items} --run {whole.started.run_id}"
    return {"cell_type": "code", "source": source, "metadata": {}}


def undo(session: Session, step: int | None = None) -> str:
    """Undo the last run's steps from that one on, its last one by default; a line on what came of it.

    Raises
    ------
    RasgoError
        where there is no run, no such step, or nothing to undo.
    """
    kept = session.runs.find()
    steps = kept.log.steps
    numbers = [one.number for one in steps]
    if step is not None and step not in numbers:
        raise UnknownName(f"There is no step {step}. The last run has steps {numbers[0]} to {numbers[-1]}.")
    if not session.journal.steps:
        raise RasgoError("There is nothing to undo: no step of the last run changed a variable.")
    first = session.journal.steps[-1] if step is None else step
    went = session.journal.go_back(first, session.shell.user_ns)
    session.runs.went_back(first)
    session.news += undone_news(went)
    undone = [one for one in steps if one.number in went.steps]
    return undone_text(went, _lasting(session, undone, kept.started))


def _lasting(session: Session, steps: Sequence[StepLog], started: RunStarted) -> list[str]:
    names, transform = session.shell.user_ns, session.shell.transform_cell
    return lasting_effects(steps, names=names, dialect_of=started.dialect_of, transform=transform)


def _whole(session: Session, log: RunLog | None) -> RunLog:
    """All steps of the run, also where a page shows just those since it was gone on with."""
    if log is None or log.started is None:
        return session.runs.find().log
    return session.runs.find(log.started.run_id).log if session.runs.has(log.started.run_id) else log


def _call_flag(step: StepLog, number: int) -> str:
    return f" --call {number}" if len(step.calls) > 1 else ""
