"""``%rasgo replay`` and ``rasgo-nb replay``: a run's steps against today's data, without a model."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError
from rasgo_nb.flags import read_flags
from rasgo_nb.interrupt import run_sync
from rasgo_nb.recording import known_secrets
from rasgo_nb.replay.found import record_of, with_provenance
from rasgo_nb.replay.lines import save_lines
from rasgo_nb.replay.replay import TIMEOUT_S, replay
from rasgo_nb.replay.replay_html import replay_html
from rasgo_nb.replay.replay_text import replay_text
from rasgo_nb.trace.masking import Masking

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rasgo_nb.replay.outcome import Replay
    from rasgo_nb.session import Session

EXIT_CODES = {"same": 0, "drifted": 1, "broken": 2}
_FLAGS = {
    "steps": str,
    "yes": bool,
    "connection": str,
    "timeout": int,
    "json": str,
    "save-lines": str,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed; ``run_id`` is empty for the last run."""

    run_id: str = ""
    steps: tuple[int, ...] = ()
    yes: bool = False
    connections: Mapping[str, str] = field(
        default_factory=dict
    )  # the run's name, or empty: what stands for it
    timeout_s: float = TIMEOUT_S
    json: str = ""
    lines: str = ""


def replay_run(session: Session, line: str) -> str:
    """A run's steps on today's data: replay [RUN] [--steps 2,3] [--yes] [--connection OLD=NEW]"""
    wanted = _wanted(line)
    if wanted.lines:
        return saved_lines(session, wanted)
    replayed = replayed_now(session, wanted)
    if getattr(session.shell, "kernel", None) is None:
        return replay_text(replayed)
    bundle = {"text/plain": replay_text(replayed), "text/html": replay_html(replayed)}
    session.shell.display_pub.publish(bundle)
    return ""


def replay_in_terminal(session: Session, options: argparse.Namespace) -> int:
    """What ``rasgo-nb replay`` does: prints the report; the code that it ends with."""
    wanted = Wanted(
        options.run_id,
        steps_of(options.steps),
        options.yes,
        connections_of(options.connection),
        float(options.timeout),
        options.json,
        options.save_lines,
    )
    if wanted.lines:
        sys.stdout.write(f"{saved_lines(session, wanted)}\n")
        return 0
    replayed = replayed_now(session, wanted)
    sys.stdout.write(f"{replay_text(replayed)}\n")
    return EXIT_CODES[replayed.status]


def replayed_now(session: Session, wanted: Wanted) -> Replay:
    """The replay that is wanted, also written as JSON where that is.

    Raises
    ------
    RasgoError
        where the run is not known, or has no such step or connection.
    """
    log = with_provenance(record_of(session, wanted.run_id))
    usual = log.started.connection if log.started else ""
    replayed = run_sync(
        replay(
            session,
            log,
            steps=wanted.steps,
            yes=wanted.yes,
            connections={old or usual: new for old, new in wanted.connections.items()},
            timeout_s=wanted.timeout_s,
        )
    )
    if wanted.json:
        _write_json(Path(wanted.json).expanduser(), replayed)
    return replayed


def saved_lines(session: Session, wanted: Wanted) -> str:
    """Write the run's replies as lines that play again; says how."""
    path = Path(wanted.lines).expanduser()
    secrets = Masking(known_secrets(session.config, session.connections.addresses))
    count = save_lines(path, record_of(session, wanted.run_id), masked=secrets.masked)
    return f"{path} holds {count} replies. Play them with `--model replay:{wanted.lines}`."


def steps_of(text: str) -> tuple[int, ...]:
    """The numbers in ``2,3``.

    Raises
    ------
    RasgoError
        for anything else.
    """
    words = text.replace(",", " ").split()
    if not all(word.isdecimal() and len(word) < 10 for word in words):
        raise RasgoError(f"{text!r} are no steps. Type for example `--steps 2,3`.")
    return tuple(map(int, words))


def connections_of(text: str) -> dict[str, str]:
    """What stands for the run's connections, by their names: ``OLD=NEW``; an empty name is the usual one."""
    pairs = [part.strip() for part in text.split(",") if part.strip()]
    found = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        old, new = (old.strip(), new.strip()) if equals else ("", pair)
        if not new:
            raise RasgoError(f"{pair!r} names no connection. Type for example `--connection prod=staging`.")
        found[old] = new
    return found


def _wanted(line: str) -> Wanted:
    at = max(0, f" {line}".find(" --"))  # the run may stand before the flags or after them
    flags, last = read_flags(line[at:], _FLAGS) if "--" in line else ({}, line)
    words = f"{line[:at] if '--' in line else ''} {last}".split()
    if len(words) > 1:
        raise RasgoError(f"{' '.join(words)!r} is more than one run. Type `%rasgo replay RUN --steps 2,3`.")
    return Wanted(
        words[0] if words else "",
        steps_of(str(flags.get("steps", ""))),
        bool(flags.get("yes")),
        connections_of(str(flags.get("connection", ""))),
        float(flags.get("timeout", TIMEOUT_S)),
        str(flags.get("json", "")),
        str(flags.get("save-lines", "")),
    )


def _write_json(path: Path, replayed: Replay) -> None:
    told = {"status": replayed.status, **asdict(replayed)}
    try:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise RasgoError(
            f"{path} cannot be written: {reason}. Type for example `--json replay.json`."
        ) from None
