"""What to show: columns, counts, averages, totals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.draft import Draft, display_columns, key_column
from rasgo_nb.agent.models.offline.lexicon import AGGREGATES, words_of
from rasgo_nb.agent.models.offline.plan import Aggregate, Condition, Expression, Function, Term
from rasgo_nb.agent.models.offline.reading import COL, DET, NAME, TAB, TAKEN, VAL, Reading
from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Column, Table

_HIGHEST = r"highest|largest|biggest|greatest|longest|latest|heaviest|tallest|oldest|most recent|most"
_LOWEST = r"lowest|smallest|fewest|shortest|earliest|lightest|youngest|least"
_WORDS = "|".join([*AGGREGATES, _HIGHEST, _LOWEST])


def read_select(reading: Reading, draft: Draft) -> None:
    """Fill what is shown from what is left of the question."""
    made: list[Expression] = []
    if _everything(reading, draft):
        return
    _shares(reading, draft, made)
    _aggregates(reading, made)
    _counts(reading, draft, made)
    for symbol in _shown_symbols(reading.text):
        if symbol[0] == "A":
            draft.select.append(made[int(symbol[1:])])
        elif _is_shown(reading, draft, symbol, counted=bool(made)):
            shown = Term(reading.column(symbol))
            if shown not in draft.select:
                draft.select.append(shown)
    if not draft.select:
        _when(reading, draft)


_BREAKS = words_of(
    "with who that which whose where when in from at on have has had having using whom while "
    "if under among within during belong belongs"
)
_REOPENS = words_of(
    "show list find give return tell what display also along together as report select including plus"
)


def _shown_symbols(text: str) -> list[str]:
    """The symbols before each sentence turns to which rows are meant; all of them where none is."""
    sentences = [_opening(part) for part in re.split(r" [.?;!](?= )", text)]
    asked = [part for part in sentences if part]
    if (
        len(asked) > 1
        and any(one[0] in "CX" for one in asked[-1])
        and (
            re.match(r" ?(?:which|who|what|whose) (?!is|are|was|were)", text)
            or all(symbol[0] == "X" for part in asked[:-1] for symbol in part)
        )
    ):
        asked = asked[1:]
    shown = [symbol for part in asked for symbol in part]
    return shown or re.findall(rf" ((?:{COL}|A\d+))(?= )", text)


def _opening(sentence: str) -> list[str]:
    shown, is_open, before = [], True, ""
    for position, word in enumerate(sentence.split()):
        if word in _BREAKS and position > 0:
            is_open = False
        elif word in _REOPENS or (
            before in ("and", ",")
            and (word in ("their", "its", "his", "her", "the") or (word[0] == "A" and word[1:].isdigit()))
        ):
            is_open = True
        if re.fullmatch(rf"A\d+|{COL}", word) and (is_open or word[0] == "A"):
            shown.append(word)
        before = word
    return shown


def _when(reading: Reading, draft: Draft) -> None:
    """A question that begins with when asks for a date."""
    if not reading.text.lower().startswith(" when ") or draft.subject is None:
        return
    dated = [
        column
        for column in draft.subject.columns
        if column.is_dated or any(word in ("date", "year", "time") for word in column.words)
    ]
    said = [token.lemma for token in reading.tokens]
    if dated:
        draft.select.append(
            Term(
                max(
                    dated,
                    key=lambda column: sum(likeness(word, part) for word in said for part in column.words),
                )
            )
        )


def _everything(reading: Reading, draft: Draft) -> bool:
    match = reading.find(
        rf"(?:(?:all|the|full|detailed|every|any) )*(?:information|info|details|"
        rf"detail|everything|attributes|data|columns)(?: (?:about|of|on|for|from|"
        rf"related to|regarding|in))? (?:(?:the|all|a|each|every|any) )*({TAB})"
    )
    match = match or reading.find(
        rf"all (?:the )?(?:{TAB} )?(?:information|info|details|data)(?: (?:about|"
        rf"of|on|for))?(?: (?:the|all))* ?({TAB})"
    )
    if not match or re.search(rf" {COL} ", reading.text[: match.start()]):
        return False
    table = reading.table(match[1])
    draft.star = table.name if table else ""
    return table is not None


def _shares(reading: Reading, draft: Draft, made: list[Expression]) -> None:
    match = reading.find(
        rf"(?:share|percentage|proportion|percent|fraction) (?:of|with) {DET}(?:{TAKEN} )*(?:({COL}|{TAB}))?"
    )
    if not match:
        return
    condition = next((one for one in draft.where if isinstance(one, Condition)), None)
    if condition is None and draft.group and match[1] and match[1][0] != "C":
        _add_table(draft, reading.table(match[1]))
        made.append(Aggregate("share"))
        reading.replace(match, f"A{len(made) - 1}")
        return
    if condition is None and match[1] and match[1][0] != "T":
        column = reading.column(match[1])
        if column.kind != "boolean":
            return
        condition = Condition(column, "=", (True,), words=column.name)
    elif condition is not None:
        draft.where.remove(condition)
    if condition is None:
        return
    if match[1] and match[1][0] != "C":
        _add_table(draft, reading.table(match[1]))
    made.append(Aggregate("share", condition.column, condition=condition))
    reading.replace(match, f"A{len(made) - 1}")


def _add_table(draft: Draft, table: Table | None) -> None:
    if table is not None and table.name not in draft.tables:
        draft.tables.append(table.name)


def _aggregates(reading: Reading, made: list[Expression]) -> None:
    filler = (
        r"(?:(?:value|values|amount|amounts|number|numbers|of|for|the|all|its|"
        r"their|recorded|possible|COUNTOF|different|level|combined|such|a) )*"
    )
    pattern = (
        rf"((?:{_WORDS})(?: (?:(?:,|and|or|, and) )?(?:the )?(?:{_WORDS}))*) {filler}({COL})"
        rf"((?: (?:,|and|, and) (?:the )?{COL})*)"
    )
    while match := reading.find(pattern):
        functions = [
            _function(word) for word in re.findall(rf"{_HIGHEST}|{_LOWEST}|{'|'.join(AGGREGATES)}", match[1])
        ]
        columns = [reading.column(match[2])]
        columns += [
            column
            for symbol in re.findall(COL, match[3])
            if (column := reading.column(symbol)).kind == "number" and not column.is_identifier
        ]
        kept = " ".join(
            symbol for symbol in re.findall(COL, match[3]) if reading.column(symbol) not in columns
        )
        names = []
        for column in columns:
            for function in functions:
                made.append(_aggregate(function, column))
                names.append(f"A{len(made) - 1}")
        reading.replace(match, " ".join([*names, kept]).strip())
    _adjectives(reading, made)


def _adjectives(reading: Reading, made: list[Expression]) -> None:
    """The oldest and youngest age, said without the word age."""
    match = reading.find(
        rf"(on average )?(?:, )?how (old|long|tall|heavy|large|big|expensive)"
        rf" (?:is|are) {DET}(?:{COL} of {DET})?({TAB})"
    )
    if match:
        table = reading.table(match[3])
        column = reading.measure(match[2], [table] if table else [])
        if column:
            made.append(Aggregate("avg", column) if match[1] else Term(column))
            reading.replace(match, f"A{len(made) - 1} {match[3]}")


def _aggregate(function: Function, column: Column) -> Aggregate:
    if function in ("sum", "avg", "median") and column.kind == "text" and not column.is_dated:
        return Aggregate("count")
    return Aggregate(function, column)


def _function(word: str) -> Function:
    if word in AGGREGATES:
        return AGGREGATES[word]  # type: ignore[return-value]
    return "max" if re.fullmatch(_HIGHEST, word) else "min"


def _counts(reading: Reading, draft: Draft, made: list[Expression]) -> None:
    pattern = (
        rf"(HOWMANY|(?:(?:average|total) )?COUNTOF) (?:(?:total|the|a|an|all|"
        rf"any|of|such|other|more|new|kinds|types|kind|{VAL}|{TAKEN}) )*(different "
        rf"|distinct |unique |various )?(?:(?:kinds?|types?|of|the|{VAL}|{TAKEN})"
        rf" )*({NAME})"
    )
    while match := reading.find(pattern):
        expression = _count(reading, draft, match[3], distinct=bool(match[2]), howmany=match[1] == "HOWMANY")
        made.append(expression)
        reading.replace(match, f"A{len(made) - 1}")
    while match := reading.find(r"HOWMANY times|HOWMANY|COUNTOF"):
        made.append(Aggregate("count"))
        reading.replace(match, f"A{len(made) - 1}")


def _count(reading: Reading, draft: Draft, symbol: str, *, distinct: bool, howmany: bool) -> Expression:
    mention = reading.mention(symbol)
    if mention.tables and not (mention.letter == "X" and distinct and not _same(reading, symbol)):
        table = reading.table(symbol)
        assert table is not None
        _add_table(draft, table)
        if distinct and len({*draft.tables, *draft.used()}) > 1:
            return Aggregate("count", key_column(table), distinct=True)
        return Aggregate("count")
    column = reading.column(symbol)
    if column.kind == "number" and not column.is_identifier and not distinct and _is_quantity(column):
        plain = (
            bool(draft.where or draft.order) or re.search(rf" {COL} .*{symbol} ", reading.text) is not None
        )
        if draft.group:
            return Aggregate("sum", column)
        return Term(column) if plain or draft.limit or not howmany else Aggregate("sum", column)
    if column.table not in draft.tables:
        draft.tables.append(column.table)
    if draft.group and not distinct:
        amount = _is_amount(reading, column) and mention.columns[0][0] >= 0.8
        return Aggregate("sum", column) if amount else Aggregate("count")
    return Aggregate("count", column, distinct=True)


def _is_amount(reading: Reading, column: Column) -> bool:
    return column.kind == "number" and not column.is_identifier and column not in reading.schema.pointing


def _is_quantity(column: Column) -> bool:
    """True for numbers that count something: ``num_rooms``, ``followers``."""
    return column.name.casefold().endswith("s") or any(
        word in ("number", "num", "count", "total", "amount", "no", "quantity") for word in column.words
    )


def _same(reading: Reading, symbol: str) -> bool:
    mention = reading.mention(symbol)
    return reading.column_among(mention.columns).table == mention.tables[0][1].name


def _is_shown(reading: Reading, draft: Draft, symbol: str, *, counted: bool) -> bool:
    """A word that names a table and a column is shown as a column only where it can't be the rows meant."""
    mention = reading.mention(symbol)
    if (
        symbol[0] == "C"
        and " " not in mention.text
        and mention.text.endswith(("ed", "ing"))
        and mention.columns[0][0] < 0.88
    ):
        return not re.search(rf" (?:{COL}|A\d+) ", reading.text.replace(f" {symbol} ", " "))
    if symbol[0] == "C" and mention.columns[0][0] < 0.8 and _is_behind(reading, symbol):
        return not re.search(rf" (?:{COL}|A\d+) ", reading.text.replace(f" {symbol} ", " "))
    if symbol[0] != "X":
        return True
    table = reading.table(symbol)
    column = reading.column_among(mention.columns, reading.owner(symbol))
    others = re.findall(rf" ({COL}|A\d+)(?= )", reading.text)
    if table is not None and column.table == table.name and column.is_identifier:
        return False
    if counted and table is not None and draft.subject == table and column.table != table.name:
        return False
    if table is not None and table == draft.subject and _means_rows(mention.text, column, table):
        return False
    if len(others) == 1:
        return True
    return not _is_behind(reading, symbol)


def _means_rows(said: str, column: Column, table: Table) -> bool:
    """True where "flights" can't mean their numbers, which do not tell the table's rows apart."""
    is_repeated = len(table.primary_key) > 1 and column.kind == "number" and column.table == table.name
    return is_repeated and said.endswith("s") and not column.name.endswith("s")


def _is_behind(reading: Reading, symbol: str) -> bool:
    """True where a preposition or a relative pronoun comes before the symbol."""
    behind = re.search(
        (
            rf"(?:(?:of|for|in|from|to|by|who|that|across|per|on|which|what|with|"
            rf"at|among) {DET}(?:each |every )?(?:{VAL} )?|{TAKEN} ){symbol} "
        ),
        reading.text,
    )
    return behind is not None


def show_subject(reading: Reading, draft: Draft) -> None:
    """Show the names of the subject's rows where the question names no columns."""
    if draft.select or draft.star:
        return
    table = draft.subject or _any_table(reading, draft)
    if table is not None and len(table.primary_key) > 1 and not _has_name(table, reading):
        draft.star = table.name
    elif table is not None:
        draft.select = [Term(column) for column in display_columns(table, reading.schema)]
        draft.subject = table


def _has_name(table: Table, reading: Reading) -> bool:
    return any(one.kind == "text" for one in display_columns(table, reading.schema))


def _any_table(reading: Reading, draft: Draft) -> Table | None:
    names = [*draft.tables, *sorted(draft.used())]
    return reading.schema.by_name[names[0]] if names else None
