"""A memory as a text file: a header of TOML between lines of ``+++``, then the text, then any SQL.

+++
author = "ada"
at = "2026-11-23T20:00:00Z"
tables = ["shop.main.orders"]
+++

Amounts are in euro.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.memory.memory import Evidence, Memory
from rasgo_nb.settings_file import toml_key, toml_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rasgo_nb.memory.memory import Scope

MOST_BYTES = 200_000  # of one file
FENCE = "+++"
_TEXTS = ("author", "at", "connection", "dialect", "text", "sql")
_LISTS = ("tables", "columns")
_SQL = re.compile(r"(?:\A|\n\n)(?P<fence>`{3,})sql\n(?P<sql>.*?)\n(?P=fence)[ \t]*\n*\Z", re.S)
_ERROR_LINE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


class Unreadable(RasgoError):
    """A file that holds no memory; the line says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """A memory as it stands in a file; ``header`` is the file's own, with all that a person added to it."""

    memory: Memory
    header: str = ""


def text_of(memory: Memory) -> str:
    """The file of a memory. ``read_text`` makes the same memory of it, whatever is in its texts."""
    return _joined(_header(memory), memory)


def text_with(written: Written, memory: Memory) -> str:
    """The file of a memory whose text, author or date was changed, the rest of its header as it stood."""
    header = written.header
    for name in ("author", "at"):
        header = _with_line(header, name, getattr(memory, name))
    text = _joined(header, memory)
    try:
        if read_text(text, memory.id, memory.scope).memory == memory:
            return text
    except Unreadable:
        pass
    return text_of(memory)  # a hand-made header that cannot be mended line by line


def read_text(text: str, memory_id: str, scope: Scope, place: str | Path = "") -> Written:
    """The memory in a file, whoever wrote it: keys may be missing, in any order, or unknown.

    Raises
    ------
    Unreadable
        naming file and line, and what to do.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    header, body, above = _parts(text if "\n" in text else text.replace("\r", "\n"), str(place))
    table = _table(header, str(place))
    memory = Memory(memory_id, "", scope, **_fields(table, header, str(place)))
    found = _SQL.search(body)
    sql = str(table.get("sql", found["sql"] if found else ""))
    said = body[: found.start()] if found else body
    said = str(table.get("text", said.strip("\n")))
    if not said.strip() or not text.strip("\0"):  # zeros: what a power cut may leave
        line = above + 1
        raise Unreadable(f"{place}:{line}: there is no text. Write it there, or remove the file.")
    return Written(replace(memory, text=said, sql=sql), header)


def decoded(data: bytes, place: str | Path) -> str:
    """The text of a file.

    Raises
    ------
    Unreadable
        where it is too long, or not UTF-8.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"{place}:1: it has {len(data):,} bytes. Shorten it to {MOST_BYTES:,}.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"{place}:{line}: it is not UTF-8. Save it as UTF-8.") from None


def _parts(text: str, place: str) -> tuple[str, str, int]:
    """Header, body, and how many lines stand above the body."""
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines) or lines[start].strip() != FENCE:
        return "", text, 0
    for at in range(start + 1, len(lines)):
        if lines[at].rstrip() == FENCE:
            return "\n".join(lines[start + 1 : at]), "\n".join(lines[at + 1 :]), at + 1
    raise Unreadable(f"{place}:{start + 1}: the header has no end. Close it with a line of {FENCE}.")


def _table(header: str, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(header)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _ERROR_LINE.search(str(error))
        line = int(found[1] or 0) if found else 0
        said = _ERROR_LINE.sub("", str(error)).strip().rstrip(".")
        at = line + 1 if line else header.count("\n") + 2
        raise Unreadable(f"{place}:{at}: {said}. Mend the line; the header is TOML.") from None


def _fields(table: Mapping[str, Any], header: str, place: str) -> dict[str, Any]:
    """What the header says of a memory, each in the type that it has there."""

    def refused(name: str, wanted: str) -> Unreadable:
        found = re.search(rf"(?m)^\s*\[?{name}\b", header)
        line = header.count("\n", 0, found.start() if found else 0) + 2
        return Unreadable(f"{place}:{line}: {name} must be {wanted}. Mend the line.")

    given: dict[str, Any] = {}
    for name in _TEXTS:
        value = table.get(name, "")
        if isinstance(value, dict | list):
            raise refused(name, "a text in quotes")
        if name not in ("text", "sql"):
            given[name] = str(value)
    for name in _LISTS:
        value = table.get(name, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise refused(name, 'a list of texts, such as ["shop.main.orders"]')
        given[name] = tuple(values)
    for name, read in (("evidence", _evidence), ("profile", _profile)):
        value = table.get(name, {})
        if not isinstance(value, dict):
            raise refused(name, "a table of its own")
        try:
            given[name] = read(value)
        except (TypeError, ValueError):
            raise refused(name, "as the program writes it") from None
    return given


def _evidence(table: Mapping[str, Any]) -> Evidence:
    texts = {name: str(table.get(name, "")) for name in ("run", "question", "code")}
    return Evidence(texts["run"], int(table.get("step", 0)), texts["question"], texts["code"])


def _profile(table: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        column: {name: str(figure) for name, figure in figures.items()}
        for column, figures in table.items()
        if isinstance(figures, dict)
    }


def _header(memory: Memory) -> str:
    """What is known of a memory, empty things left out."""
    names = ("author", "at", "connection", "dialect", *_LISTS)
    known = {name: getattr(memory, name) for name in names if getattr(memory, name)}
    lines = [f"{name} = {toml_value(value)}" for name, value in known.items()]
    body = _body(memory.text, memory.sql)
    if _read_body(body) != (memory.text, memory.sql):
        lines += [f"text = {toml_value(memory.text)}", f"sql = {toml_value(memory.sql)}"]
    seen = memory.evidence
    if seen != Evidence():
        lines += ["", "[evidence]"]
        shown: dict[str, str | int] = {
            "run": seen.run_id,
            "step": seen.step,
            "question": seen.question,
            "code": seen.code,
        }
        lines += [f"{name} = {_on_lines(value)}" for name, value in shown.items() if value]
    for column, figures in memory.profile.items():
        lines += ["", f"[profile.{toml_key(column)}]"]
        lines += [f"{toml_key(name)} = {toml_value(figure)}" for name, figure in figures.items()]
    return "\n".join(lines)


def _on_lines(value: str | int) -> str:
    """A text of several lines as such, where TOML can have it so; a change of one line then shows as one."""
    if isinstance(value, int):
        return str(value)
    is_plain = "'''" not in value and not value.endswith("'") and re.sub(r"[\n\t]", "", value).isprintable()
    return (
        f"'''\n{value}'''"
        if "\n" in value and is_plain and f"\n{FENCE}" not in f"\n{value}"
        else toml_value(value)
    )


def _joined(header: str, memory: Memory) -> str:
    body = _body(memory.text, memory.sql)
    is_told = _read_body(body) == (memory.text, memory.sql)  # else the header tells it
    return "\n".join(filter(None, [FENCE, header, FENCE])) + f"\n\n{body if is_told else ''}"


def _body(text: str, sql: str) -> str:
    if not sql:
        return f"{text}\n"
    longest = max((len(run) for run in re.findall("`{3,}", sql)), default=2)
    fence = "`" * (longest + 1)
    return f"{text}\n\n{fence}sql\n{sql}\n{fence}\n"


def _read_body(body: str) -> tuple[str, str]:
    """What ``read_text`` makes of a body that begins after an empty line."""
    if "\r" in body or "\ufeff" in body[:1]:
        return "", ""
    found = _SQL.search(body)
    return (body[: found.start()] if found else body).strip("\n"), found["sql"] if found else ""


def _with_line(header: str, name: str, value: str) -> str:
    line = f"{name} = {toml_value(value)}"
    top, bracket, tables = header.partition("\n[")
    if top.startswith("["):
        top, bracket, tables = "", "", header
    replaced, times = re.subn(rf"(?m)^{name}\s*=.*$", lambda _: line, top, count=1)
    if not times:
        replaced = f"{line}\n{top}" if top else line
        bracket = bracket or ("\n" if tables else "")
    return f"{replaced}{bracket}{tables}"
