"""The question as a line of symbols, from which the rules take what they understand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.focus import focused
from rasgo_nb.agent.models.offline.joins import distance
from rasgo_nb.agent.models.offline.lexicon import COMPARATIVES, MEASURES
from rasgo_nb.agent.models.offline.linking import Linker, Mention
from rasgo_nb.agent.models.offline.question import Token, tokenize
from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.offline.schema import Column, Schema, Table
    from rasgo_nb.agent.models.offline.values import Values

COL = r"[CX]\d+"
TAB = r"[TX]\d+"
NAME = r"[CTX]\d+"
VAL = r"[VQ]\d+"
NUM = r"N\d+"
DET = r"(?:(?:the|a|an|any|all|some|their|its|his|her|these|those|different|distinct|of) )*"
TAKEN = "§"

_SAYINGS: tuple[tuple[str, str], ...] = (
    (r"(?:how many|how much|what is the count of|count how many)", "HOWMANY"),
    (r"(?:the )?(?:total )?(?:number|numbers|count|counts|amount) of(?: times| total)?", "COUNTOF"),
    (r"count(?= (?:the )?(?:different |distinct |unique )?[CTXV]\d)", "COUNTOF"),
    (r"(?:no|not) (?:less|fewer|lower|smaller|earlier) than", "GE"),
    (r"(?:no|not) (?:more|greater|higher|larger|later|longer) than", "LE"),
    ((r"(?:at least|minimum of|greater than or equal to|more than or equal "
        r"to|equal to or (?:more|greater) than)"), "GE"),
    (r"(?:at most|up to|maximum of|less than or equal to)", "LE"),
    ((rf"({NUM}) (?:or (?:more|greater|higher|above|later|over|older|after)"
        rf"(?! (?:N\d|GT|LT))|and (?:above|over|up))"), r"GE \1"),
    (rf"({NUM}) or (?:less|fewer|lower|below|earlier|under|younger|before)(?! (?:N\d|GT|LT))", r"LE \1"),
    (rf"between ({NUM}|{VAL}) and ({NUM}|{VAL})|from ({NUM}|Q\d+) to ({NUM}|Q\d+)",
     r"BETWEEN \1\3 \2\4"),
    ((r"(?:more|greater|later|beyond|above|over|after|exceeding|exceeds|exceed|"
        r"past)(?: than)?(?= (?:the )?(?:N\d|Q\d|V\d|average|mean|avg))"), "GT"),
    ((r"(?:less|fewer|earlier|below|under|before|prior to)(?: than)?(?= (?:the "
        r")?(?:N\d|Q\d|V\d|average|mean|avg))"), "LT"),
    (r"(?:more|greater|higher|later) than", "GT"),
    (r"(?:less|fewer|lower|earlier) than", "LT"),
    (r"(?:is|are|was|were)? ?(?:not|n't) equal to", "NE"),
    (r"(?:equal to|equals|exactly|=|==)", "EQ"),
    (r">=", "GE"),
    (r"<=", "LE"),
    (r">", "GT"),
    (r"<", "LT"),
    (r"(?:!=|<>)", "NE"),
)  # fmt: skip


@dataclass
class Reading:
    """What is left of the question. A rule takes a pattern away; what nobody takes was not understood."""

    question: str
    schema: Schema
    values: Values
    tokens: tuple[Token, ...] = ()
    mentions: tuple[Mention, ...] = ()
    text: str = ""
    chosen: list[Column] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)  # values that no column was found for

    @classmethod
    def of(cls, question: str, schema: Schema, values: Values) -> Reading:
        """The question with its mentions as symbols."""
        tokens = tokenize(_with_weekday(question, schema))
        mentions = Linker(tokens, schema, values).mentions()
        part = focused(schema, mentions)
        if part is not schema:
            schema, values = part, values.within(part.by_name)
            mentions = Linker(tokens, schema, values).mentions()
        text = f" {' '.join(_symbols(tokens, mentions))} "
        reading = cls(question, schema, values, tokens, mentions, text)
        reading.text = _with_sayings(text)
        return reading

    @cached_property
    def _coverage(self) -> dict[str, int]:
        """For each table, how many of the question's mentions it could serve."""
        counts: dict[str, int] = {}
        for mention in self.mentions:
            best = max((score for score, _ in mention.columns), default=0.0)
            for table in {column.table for score, column in mention.columns if score >= best - 0.1}:
                counts[table] = counts.get(table, 0) + 1
        return counts

    def take(self, pattern: str, *, instead: str = TAKEN) -> re.Match[str] | None:
        """The first place that matches; it is gone from the text afterwards."""
        match = self.find(pattern)
        if match:
            self.replace(match, instead)
        return match

    def find(self, pattern: str) -> re.Match[str] | None:
        """The first place that matches a pattern, between blanks."""
        return re.search(rf"(?<= )(?:{pattern})(?= )", self.text)

    def replace(self, match: re.Match[str], instead: str = TAKEN) -> None:
        """Write something else in place of a match."""
        self.text = f"{self.text[: match.start()]}{instead}{self.text[match.end() :]}"

    def give_up(self, match: re.Match[str]) -> None:
        """Remember the values of a condition that could not be understood."""
        self.unplaced += [self.mention(symbol).text for symbol in re.findall(r"[NQV]\d+", match[0])]

    def mention(self, symbol: str) -> Mention:
        """The mention that a symbol stands for."""
        return self.mentions[int(symbol[1:])]

    @property
    def tables(self) -> list[Table]:
        """The tables that the question names, in its order."""
        named = [mention.tables[0][1] for mention in self.mentions if mention.tables]
        return list(dict.fromkeys(named))

    def table(self, symbol: str) -> Table | None:
        """The table that a mention means; of several, the one nearest to what is known."""
        options = self.mention(symbol).tables
        if not options:
            return None
        best = max(options, key=lambda option: option[0])
        return best[1]

    def column(self, symbol: str, *, near: Table | None = None) -> Column:
        """The column that a mention means, judged by the tables around it."""
        column = self.column_among(self.mention(symbol).columns, owner=near or self.owner(symbol))
        self.chosen.append(column)
        return column

    def column_among(self, options: Sequence[tuple[float, Column]], owner: Table | None = None) -> Column:
        """The likeliest of several columns."""
        return max(options, key=lambda option: option[0] + self._closeness(option[1], owner))[1]

    def _closeness(self, column: Column, owner: Table | None) -> float:
        named = {mention.tables[0][1].name: mention.letter for mention in self.mentions if mention.tables}
        score = 0.05 * min(self._coverage.get(column.table, 0), 5)
        if owner is not None and owner.name == column.table:
            score += 0.4
        if column.table in named:
            score += 0.25 if named[column.table] == "T" else 0.15
        if any(column.table == known.table for known in self.chosen):
            score += 0.12
        elif named and column.table not in named:
            score -= 0.04 * min(distance(self.schema, next(iter(named)), column.table), 4)
        return score - (0.03 if column in self.schema.pointing else 0.0)

    def owner(self, symbol: str) -> Table | None:
        """The table that the words beside a mention say it belongs to: ``C of T``, ``T C``, ``T 's C``."""
        links = rf"(?:{NAME}|,|and|or|as well as|both|each|every|{DET[:-1]}|of|for|in|the|all|that|{TAKEN})"
        after = re.search(
            (
                rf" {symbol}(?: {links})*? (?:of|for|from|in|on|about) {DET}(?:each |"
                rf"every |both )?(?:{VAL} )?({TAB}) "
            ),
            self.text,
        )
        before = re.search(rf" ({TAB})(?: ['\u2019])?(?: s)? {symbol} ", self.text) or re.search(
            (
                rf" ({TAB}) (?:(?:whose|with|who|that|which|has|have|had|having|,|and|"
                rf"the|an?|is|are|{NAME}) )*{symbol} "
            ),
            self.text,
        )
        match = after or before
        return self.table(match[1]) if match else None

    def measure(self, adjective: str, tables: Sequence[Table]) -> Column | None:
        """The column of the tables that an adjective measures, if one has such words."""
        near = [
            table
            for table in self.schema.tables
            if any(distance(self.schema, table.name, one.name) == 1 for one in tables)
        ]
        return self._measuring(adjective, tables) or self._measuring(adjective, near)

    def _measuring(self, adjective: str, tables: Sequence[Table]) -> Column | None:
        for wanted in MEASURES[adjective][0].split("|"):
            for table in tables:
                for column in table.columns:
                    if _says(column, wanted) and column not in self.schema.pointing:
                        return column
        return None


def _with_weekday(question: str, schema: Schema) -> str:
    """The day of the week in one word, where no column is called so."""
    if any({"day", "week"} <= set(column.words) for column in schema.columns):
        return question
    return re.sub(r"\bdays? of (?:the )?week\b", "weekday", question, flags=re.IGNORECASE)


def _says(column: Column, wanted: str) -> bool:
    words = wanted.split()
    name = column.name.casefold()
    return all(
        name.endswith(word) or any(likeness(word, part) >= 0.87 for part in column.words) for word in words
    ) and (
        column.kind in ("number", "date")
        or column.is_dated
        or name.endswith(("date", "year"))
        or column.words[-1] in ("date", "year", "birthday", "dob")
    )


def _symbols(tokens: Sequence[Token], mentions: Sequence[Mention]) -> list[str]:
    starts = {mention.start: (number, mention) for number, mention in enumerate(mentions)}
    symbols, at = [], 0
    while at < len(tokens):
        if at in starts:
            number, mention = starts[at]
            symbols.append(f"{mention.letter}{number}")
            at = mention.end
        else:
            symbols.append(tokens[at].lower)
            at += 1
    return symbols


def _with_sayings(text: str) -> str:
    for pattern, symbol in _SAYINGS[:9]:
        text = re.sub(rf"(?<= )(?:{pattern})(?= )", symbol, text)
    text = re.sub(
        r"(?<= )(more|less) expensive than(?= )",
        lambda m: "GT~expensive" if m[1] == "more" else "LT~expensive",
        text,
    )
    text = re.sub(r"(?<= )most recent(?= (?:[a-z]+ )?C\d)", "latest", text)
    text = re.sub(r"(?<= )least recent(?= (?:[a-z]+ )?C\d)", "earliest", text)
    for word, adjective in COMPARATIVES.items():
        operator = "GT" if MEASURES[adjective][1] or adjective == "high" else "LT"
        text = re.sub(rf"(?<= ){word} than(?= )", f"{operator}~{adjective}", text)
    for pattern, symbol in _SAYINGS[9:]:
        text = re.sub(rf"(?<= )(?:{pattern})(?= )", symbol, text)
    return re.sub(
        rf"(?<= )(?:(GT|LT|GE|LE|EQ) )?({NUM}) years? (?:old|of age)(?= )",
        lambda m: f"{m[1] or 'EQ'}~old {m[2]}",
        text,
    )
