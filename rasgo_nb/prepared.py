"""The namespace as a run finds it: what it goes on from is put back first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Event, StepStarted, ToolCallFinished
from rasgo_nb.branch import bind_again, made_before
from rasgo_nb.undo import LEFT_AS_IT_IS, left_over, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.asking import Request
    from rasgo_nb.journal import Journal
    from rasgo_nb.kept_runs import KeptRuns


def prepare_namespace(request: Request, journal: Journal, runs: KeptRuns, user_ns: dict[str, Any]) -> str:
    """Put back what the run goes on from; what the person should know of that."""
    branch = request.branch
    if not request.turn.messages:
        _forget_steps(journal, runs)
    if branch is None:
        return ""
    if runs.reaches(branch.run_id, branch.step):
        went = journal.go_back(branch.step, user_ns, keep=branch.kept_ids)
        runs.went_back(branch.step)
        made, note = journal.made(), sentence(left_over(went))
    else:
        _forget_steps(journal, runs)
        made = made_before(runs.find(branch.run_id), branch)
        bind_again(made, user_ns, runs.made())
        note = LEFT_AS_IT_IS
    branch.turn.bound.update({name: value for name, (value, _) in made.items()})
    branch.turn.bound_in_step.update({name: step for name, (_, step) in made.items()})
    return note


def noting(journal: Journal, shell: Any) -> Callable[[Event], None]:
    """A reader of events that has the journal note what each step does to the shell's namespace."""

    def note(event: Event) -> None:
        match event:
            case StepStarted():
                journal.begin(shell.user_ns, shell.user_ns_hidden)
            case ToolCallFinished():
                journal.note_call(event.step, event.tool_call.id, shell.user_ns)
            case _:
                pass

    return note


def _forget_steps(journal: Journal, runs: KeptRuns) -> None:
    journal.clear()
    runs.forget_reach()
