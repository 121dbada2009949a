"""Texts of others as they stand in a promoted cell: literals, comments, headings, code."""

from __future__ import annotations

import re

_MAX_HEADING = 80
_PROMPT = re.compile(r"^(\s*)([>.])(>>|\.\.)", re.M)
_ESCAPES = {"\\": "\\\\", "\r": "\\r", "\t": "\t", "\n": "\n"}


def sql_text(statement: str) -> str:
    """A literal in triple quotes, the statement on lines of its own between two line breaks of ours."""
    text = statement.strip()
    has_prompts = _PROMPT.search(text) is not None
    if "\\" in text and '"""' not in text and not has_prompts and all(map(_stands_for_itself, text)):
        return f'r"""\n{text}\n"""'
    escaped = "".join(_escaped(letter) for letter in text).replace('"""', '\\"\\"\\"')
    # IPython takes prompts away from the lines of a cell, also inside a text.
    escaped = _PROMPT.sub(lambda found: f"{found[1]}\\x{ord(found[2]):02x}{found[3]}", escaped)
    return f'"""\n{escaped}\n"""'


def text_literal(text: str) -> str:
    """A literal in double quotes where that needs no escape."""
    return repr(text) if '"' in text else '"' + repr("'" + text)[2:-1] + '"'


def as_line(text: str, *, most: int = 200) -> str:
    """The text on one line of so many characters, without any that cannot be seen."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def heading(said: str) -> str:
    """The first sentence of what was said, as plain text; empty where nothing was."""
    lines = (as_line(re.sub(r"[*`]", "", line).lstrip("#>-+ \t"), most=2_000) for line in said.splitlines())
    first = next(filter(None, lines), "")
    sentence = re.split(r"(?<=[.!?:])\s", first, maxsplit=1)[0]
    return as_line(sentence, most=_MAX_HEADING).rstrip(".: ")


def is_cell_magic(source: str) -> bool:
    """Whether the cell belongs to a ``%%`` magic, above which nothing may stand."""
    return source.lstrip().startswith("%%")


def python_text(code: str) -> str:
    """The code so that a comment may stand above it: not indented as a whole, which IPython allows."""
    lines = code.strip("\r\n").split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    indent = re.match(r"[ \t]*", lines[0])[0] if lines else ""  # type: ignore[index]
    return "\n".join(line.removeprefix(indent) for line in lines)


def _stands_for_itself(letter: str) -> bool:
    return letter.isprintable() or letter in "\n\t"


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode()
