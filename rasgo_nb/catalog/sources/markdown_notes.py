"""What people note of tables in Markdown: a heading names the table or the question, the text is the note."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.source import MOST_SQL, SourceReading, clean
from rasgo_nb.catalog.sources.sql_tables import tables_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*(\w*).*")
_NAME = re.compile(r"[^\W\d][\w$-]*(?:\.[^\W\d][\w$-]*){0,3}")
_QUOTED = re.compile(r"`([^`\n]+)`")
_MOST_SECTIONS = 20_000


@dataclass(slots=True)
class _Section:
    """A heading with what stands below it, up to the next one."""

    level: int
    title: str
    line: int
    text: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


def read_markdown(text: str, names: Resolver, *, origin: Origin) -> SourceReading:
    """The facts of a file. Headings are ``table``, ``table.column``, a question, or anything else.

    A question with a fenced ``sql`` block below it is a query. Other text is a note of the table whose
    heading stands above it, or of the tables that it names in backticks.
    """
    reader = _Pages(names, origin)
    facts = tuple(reader.facts(_sections(text)))
    return SourceReading(facts, tuple(reader.told()), read=1)


class _Pages:
    """One file while it is read."""

    def __init__(self, names: Resolver, origin: Origin) -> None:
        self._names = names
        self._file = origin
        self._unknown: dict[str, None] = {}

    def told(self) -> Iterator[str]:
        if self._unknown:
            shown = ", ".join(list(self._unknown)[:3]) + (", …" if len(self._unknown) > 3 else "")
            yield f"{self._file.place} names tables that are not in this connection: {shown}."

    def facts(self, sections: list[_Section]) -> Iterator[Fact]:
        above: list[tuple[int, TableName | None, tuple[str, ...]]] = []  # the headings that hold this one
        for section in sections:
            above = [one for one in above if one[0] < section.level]
            meant = self._meant(section)
            if meant is not None:
                above.append((section.level, *meant))
            table, columns = above[-1][1:] if above else (None, ())
            if above and table is None:  # below the heading of a table that is not here
                continue
            yield from self._of(section, table, columns, is_named=meant is not None)

    def _of(
        self, section: _Section, table: TableName | None, columns: tuple[str, ...], *, is_named: bool
    ) -> Iterator[Fact]:
        place = f"{self._file.place}:{section.line}"
        origin = Origin(self._file.source, place, self._file.author, self._file.at)
        text = clean("\n".join(section.text))
        title = clean(section.title)
        is_query = bool(section.statements) and bool(title) and not is_named
        for sql in section.statements if is_query else ():
            found = tables_in(sql, self._names) or ((table,) if table else ())
            said = f"{title}\n{text}" if text else title
            yield Fact("query", found, origin, said, sql=sql, is_verified=True)
        if text and not is_query:
            tables = (table,) if table else self._mentioned(text)
            name = "" if is_named else title
            for said in [text] if text else ():
                yield Fact("note", tables, origin, said, name, columns=columns)

    def _meant(self, section: _Section) -> tuple[TableName | None, tuple[str, ...]] | None:
        """The table and column that a heading names; None where it names neither."""
        quoted = _QUOTED.fullmatch(section.title)
        title = quoted[1] if quoted else section.title
        if not _NAME.fullmatch(title):
            return None
        table = self._names.spelt(title)
        if table is not None:
            return table, ()
        before, dot, column = title.rpartition(".")
        table = self._names.spelt(before) if dot else None
        if table is not None:
            return table, (column,)
        if quoted or dot or "_" in title:
            self._unknown[title] = None
            return None, ()
        return None

    def _mentioned(self, text: str) -> tuple[TableName, ...]:
        found = [self._names.spelt(name) for name in _QUOTED.findall(text) if _NAME.fullmatch(name)]
        return tuple(dict.fromkeys(table for table in found if table is not None))


def _sections(text: str) -> list[_Section]:
    sections = [_Section(0, "", 1)]
    fence, is_sql, block = "", False, list[str]()
    for number, line in enumerate(_without_front(text).split("\n"), 1):
        found = _FENCE.fullmatch(line)
        if fence:
            if found and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                _end(sections[-1], block, is_sql=is_sql)
                fence, block = "", []
            else:
                block.append(line)
        elif found:
            fence, is_sql = found[1], found[2].casefold() == "sql"
        elif (heading := _HEADING.fullmatch(line)) and len(sections) < _MOST_SECTIONS:
            sections.append(_Section(len(heading[1]), heading[2].strip(), number))
        else:
            sections[-1].text.append(line)
    _end(sections[-1], block, is_sql=is_sql)
    return sections


def _end(section: _Section, block: list[str], *, is_sql: bool) -> None:
    """Take in a fenced block, closed or not."""
    text = "\n".join(block).strip()
    if text and is_sql:
        section.statements.append(clean(text, MOST_SQL))
    elif text:
        section.text.append(text)


def _without_front(text: str) -> str:
    """The text with blank lines in the place of the YAML that may stand at its beginning."""
    lines = text.replace("\r\n", "\n").split("\n")
    ends = [at for at, line in enumerate(lines[1:200], 1) if line.strip() in ("---", "...")]
    if lines[0].strip() != "---" or not ends:
        return "\n".join(lines)
    return "\n".join([""] * (ends[0] + 1) + lines[ends[0] + 1 :])
