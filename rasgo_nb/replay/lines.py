"""The replies of a run's models as lines that play again: from a run, from the trace, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.agent.interface import Interface, choose_interface
from rasgo_nb.agent.interface_file import families
from rasgo_nb.agent.models.lines_file import (
    RecordedReply,
    Recording,
    digest_of,
    read_recordings,
    write_recording,
)
from rasgo_nb.agent.models.recorded import LINES, REPLAY, RecordedModel
from rasgo_nb.errors import RasgoError
from rasgo_nb.trace.traces import traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.config import Config


def recording_of(log: RunLog) -> Recording:
    """The whole replies of a run, in order; those that broke off are not played again.

    Raises
    ------
    RasgoError
        where the run holds none.
    """
    if log.started is None:
        raise RasgoError("The run has not begun, so it has no replies. Ask a question with `%%ask`.")
    replies = tuple(_replies(log))
    calls = [one.called for step in log.steps for one in step.model_calls if one.called.purpose == "reply"]
    if not replies or not calls:
        raise RasgoError(
            f"Run {log.started.run_id} holds no whole reply of its model. Ask the question anew, "
            "and type `%rasgo replay --save-lines FILE.jsonl`."
        )
    return Recording(log.started.question, calls[0].model, calls[0].interface, replies)


def save_lines(path: Path, log: RunLog, *, masked: Callable[[str], str]) -> int:
    """Write a run's replies into a file that may be kept beside the notebook; how many they are.

    ``masked`` hides secrets in a line. Lines of the same question are replaced, those of others stay.
    Raises as ``recording_of``, and where the file cannot be written.
    """
    if path.suffix != LINES:
        raise RasgoError(
            f"{path} is no name for recorded lines. Type for example `--save-lines lines{LINES}`."
        )
    recording = recording_of(log)
    write_recording(path, recording, masked=masked)
    return len(recording.replies)


def recorded_model(name: str, config: Config) -> RecordedModel:
    """The model that ``replay:RUN`` or ``replay:FILE.jsonl`` names.

    Raises
    ------
    RasgoError
        where there is no such run or file, or it is damaged.
    """
    wanted = name.removeprefix(REPLAY).strip()
    if wanted.endswith(LINES):
        return RecordedModel(name, read_recordings(Path(wanted).expanduser()))
    if not wanted:
        raise RasgoError(f"Which run? Type for example `--model {REPLAY}lines{LINES}`, or see `%rasgo runs`.")
    found = traces(config)
    return RecordedModel(name, [recording_of(found.log(found.find(wanted).id))])


def recorded_interface(model: RecordedModel, wanted: str | Interface) -> tuple[Interface, str]:
    """The interface that the lines were recorded with, and what the person should know of them."""
    first = model.recordings[0]
    note = f"it plays replies of {first.model}, recorded with {first.interface}"
    if isinstance(wanted, Interface):
        return wanted, note
    family, _, version = first.interface.rpartition(" ")
    if not wanted and family not in families():
        return Interface(), note
    face = choose_interface(first.model, wanted or family)
    if not wanted and version != str(face.version):
        note += f", which is version {face.version} now"
    return face, note


def tell_departures(model: Model, tell: Callable[[str], None]) -> None:
    """Have a recorded model say where a conversation departs from its recording; others have nothing to."""
    if isinstance(model, RecordedModel):
        model.tell = tell


def _replies(log: RunLog) -> Iterator[RecordedReply]:
    for step in log.steps:
        for one in step.model_calls:
            replied = one.replied
            if replied is not None and not replied.failure:
                saw = digest_of(one.called.messages) if one.called.purpose == "reply" else ""
                yield RecordedReply(
                    one.called.purpose, replied.message, replied.stop_reason, replied.usage, saw
                )
