"""What ``rasgo-nb eval`` takes; loads nothing of what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``rasgo-nb eval`` takes."""
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="sample, a file, or a folder of files")
    parser.add_argument("--model", action="append", default=[], metavar="NAME", help="again for more")
    parser.add_argument("--interface", action="append", default=[], metavar="NAME", help="again for more")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="how often each case is asked")
    parser.add_argument("--only", action="append", default=[], metavar="ID|TAG", help="again for more")
    parser.add_argument("--judge-votes", type=int, default=1, metavar="N", help="ask it so often of each")
    parser.add_argument("--judge", default="", metavar="MODEL", help="who marks where only reading can tell")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes; one for each processor")
    parser.add_argument("--out", default="", metavar="FOLDER", help="where log and report go")
    parser.add_argument("--resume", default="", metavar="LOG", help="go on with an earlier one")
    parser.add_argument("--max-cost", type=float, default=0.0, metavar="USD", help="stop there")
    parser.add_argument("--max-tokens", type=int, default=0, metavar="N", help="stop there")
    parser.add_argument("--max-minutes", type=float, default=0.0, metavar="N", help="stop there")
    parser.add_argument("--check", action="store_true", help="try the suites' own programs instead of models")
    parser.add_argument("--list", action="store_true", help="the suites that come with the package")
