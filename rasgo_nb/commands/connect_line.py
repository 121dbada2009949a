"""Reads what stands after ``%rasgo connect``: flags, a source, and options in the vendor's own words."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rasgo_nb.connection_settings import PRIVACIES
from rasgo_nb.connectors.open import kind_of, usual_name
from rasgo_nb.errors import RasgoError
from rasgo_nb.flags import read_flags
from rasgo_nb.secret_words import is_secret_option, secret_in, without_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FLAGS = {"name": str, "writable": bool, "privacy": str, "timeout": int, "keep": bool}
_TRAILING = re.compile(rf"\s--(?:{'|'.join(FLAGS)})(?=[\s=]|$)")
_OPTION = re.compile(r"(?P<name>[A-Za-z][\w.-]*)=(?P<value>.*)", re.S)


@dataclass(frozen=True, slots=True)
class ConnectLine:
    """What the person asks for; what they did not say is empty or None."""

    source: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    writable: bool | None = None
    privacy: str = ""
    timeout_s: float | None = None
    keep: bool = False


def read_connect_line(line: str, kept: Collection[str] = ()) -> ConnectLine:
    """The line taken apart; ``kept`` are names of the person's settings, which may be a source.

    Options are ``key=value`` with quotes as in a shell, and no escapes; the path of a file may hold blanks.

    Raises
    ------
    RasgoError
        for a flag or an option that cannot be, and for a line that holds a secret; that is not shown.
    """
    flags, rest = read_flags(line, FLAGS)
    trailing = _TRAILING.search(rest)
    if trailing:
        more, left = read_flags(rest[trailing.start() :], FLAGS)
        rest = f"{rest[: trailing.start()]} {left}"
        flags |= more
    asked = _with_flags(flags)
    words = rest.split(None, 1)
    if words and (kind_of(_unquoted(words[0]))[0] or words[0] in kept):
        asked = _with_words(asked, rest)
    else:
        asked = replace(asked, source=_unquoted(rest))
    _refuse_secrets(asked)
    return asked


def _with_flags(flags: Mapping[str, str | int | bool]) -> ConnectLine:
    privacy = str(flags.get("privacy", ""))
    if privacy and privacy not in PRIVACIES:
        raise RasgoError(f"--privacy takes rows, stats or schema, not {privacy!r}. Type `--privacy stats`.")
    return ConnectLine(
        name=str(flags.get("name", "")),
        writable=True if flags.get("writable") else None,
        privacy=privacy,
        timeout_s=float(flags["timeout"]) if "timeout" in flags else None,
        keep=bool(flags.get("keep")),
    )


def _with_words(asked: ConnectLine, rest: str) -> ConnectLine:
    source, *words = _shell_words(rest)
    options: dict[str, str] = {}
    for word in words:
        option = _OPTION.fullmatch(word)
        if option is None:
            raise RasgoError(
                f"After the source come options such as `user=ana`, not {_hidden(word)}. "
                "Type for example `%rasgo connect snowflake account=ORG-ACCOUNT user=ana`."
            )
        options[option["name"]] = option["value"]
    return replace(asked, source=source, options=options)


def _shell_words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.escape = ""
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:
        raise RasgoError("A quote is open in this line. Close it, and connect again.") from None


def _refuse_secrets(asked: ConnectLine) -> None:
    """A cell is kept in the notebook and in IPython's history, so it is no place for a secret."""
    secret = secret_in(asked.source) or next(filter(is_secret_option, asked.options), "")
    if not secret:
        return
    name = asked.name or usual_name(without_secrets(asked.source))
    key = f"connection.{name}" if secret == "password" else f"connection.{name}.{secret}"
    raise RasgoError(
        f"A {secret} in a cell stays in the notebook and in IPython's history: clear this cell. Nothing of "
        f"it was used. Type `%rasgo key set {key}`, which asks for it; then connect without it, with "
        f"`--name {name}`."
    )


def _hidden(word: str) -> str:
    """A word as it may be shown: what comes after a user's name could be a password."""
    return repr(without_secrets(word)) if len(word) < 40 else "a text that has no `=`"


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
