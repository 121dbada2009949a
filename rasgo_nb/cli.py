"""``rasgo-nb``: demo, ask, doctor."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

DEMO_QUESTION = "Which carriers have the longest average arrival delay?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when it went well, 1 with one line on stderr when not, 130 when stopped."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
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
    commands = parser.add_subparsers(required=True, metavar="demo | ask | doctor")

    demo = commands.add_parser("demo", help="answer a question about the sample data, with no key")
    demo.set_defaults(run=_demo)

    ask = commands.add_parser("ask", help="answer a question")
    ask.add_argument("question", nargs="+", help="the question; - reads it from standard input")
    ask.add_argument("--model", default="", metavar="NAME")
    ask.add_argument(
        "--connection", default="", metavar="SOURCE", help="sample, or the path of a file or folder"
    )
    ask.add_argument("--max-steps", type=int, metavar="N")
    ask.add_argument("--quiet", action="store_true", help="the answer, not the steps")
    ask.add_argument("--save", type=Path, metavar="FILE", help="write the run as HTML")
    ask.set_defaults(run=_ask)

    doctor = commands.add_parser("doctor", help="check what a run needs on this machine")
    doctor.set_defaults(run=_doctor)
    return parser


def _demo(_options: argparse.Namespace) -> int:
    options = argparse.Namespace(
        question=[DEMO_QUESTION], model="offline", connection="sample", max_steps=None, quiet=False, save=None
    )
    print(f"{DEMO_QUESTION}\n")
    return _ask(options)


def _ask(options: argparse.Namespace) -> int:
    from rasgo_nb.front import current_session
    from rasgo_nb.interrupt import run_sync
    from rasgo_nb.widgets.terminal import TerminalView

    question = sys.stdin.read() if options.question == ["-"] else " ".join(options.question)
    session = current_session()
    if options.connection:
        session.connect(options.connection)
    view = TerminalView(quiet=options.quiet)
    try:
        run_sync(session.ask(question, model=options.model, max_steps=options.max_steps, view=view))
    finally:
        if options.save is not None and view.log.ended is not None:
            _save(view, options.save)
        session.close()
    return 0


def _save(view: object, path: Path) -> None:
    from rasgo_nb.widgets.static import page_html

    path.write_text(page_html(view.log), encoding="utf-8")  # type: ignore[attr-defined]
    print(f"Saved {path}")


def _doctor(_options: argparse.Namespace) -> int:
    from rasgo_nb.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok  ' if finding.is_good else 'FAIL'}  {finding.what}: {finding.says}")
    return 0 if all(finding.is_good for finding in findings) else 1
