"""Which rows, by texts: values of the data, and patterns such as "starts with"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.draft import Draft, display_columns
from rasgo_nb.agent.models.offline.lexicon import words_of
from rasgo_nb.agent.models.offline.plan import AnyOf, Condition, Operator
from rasgo_nb.agent.models.offline.reading import COL, NAME, TAB, TAKEN, VAL, Reading
from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.linking import Mention
    from rasgo_nb.agent.models.offline.schema import Column, Table

FILL = (
    r"(?:(?:is|are|was|were|be|been|being|has|have|had|having|a|an|the|of|that|which|value|values|as|to|by|with|in|"
    r"on|equal|its|their|either|both|only|any|also|score|scores|at|set|marked|for|do|does|did|called|named|it|"
    r"they|located) )*"
)
_DIRECTIONS = {
    "from": words_of("origin source departure start from sender home"),
    "to": words_of("dest destination arrival end target to receiver recipient"),
}
NOT = r"(?:not|n't|never|except|excluding|except for|other than|no|different from|besides|NE)"


def read_patterns(reading: Reading, draft: Draft) -> None:
    """Move "contains", "starts with" and "ends with" from the question into the draft."""
    verbs = (
        ((r"(?:starts?|starting|started|begins?|beginning|began) (?:with|by)|(?:has|"
        r"have|with) (?:the |a )?prefix"), "{}%"),
        ((r"(?:whose|the|with|has|have|having|is|,|its|their) (?:first letter|"
        r"initial|initials) (?:is|of|are|as|being|in)|first letter"), "{}%"),
        (r"(?:ends?|ending|ended) (?:with|in)|(?:has|have|with) (?:the |a )?suffix", "%{}"),
        ((r"(?:contains?|containing|contained|includes?|including|with the substring|"
        r"like|(?:has|have|having|with) (?:the |a )?(?:substring|word|words|"
        r"phrase|letter|string))"), "%{}%"),
    )  # fmt: skip
    lead = rf"(?:({NAME}) (?:(?:that|which|who|whose|is|are|does|do|has|have|with|the) )*?)?({NOT} )?"
    tail = (
        rf"(?: (?:the|an?|word|words|phrase|letter|letters|substring|string|character|"
        rf"characters|value|prefix|suffix|in|it|its|their|{NAME}))*? ((?:{VAL}|"
        rf"[a-z])(?: (?:or|and) {VAL})?)(?: in (?:it|them|their {COL}|its {COL}|"
        rf"the {COL}|{COL}))?"
    )
    for verb, shape in verbs:
        while match := reading.find(rf"{lead}(?:{verb}){tail}"):
            if not _add_pattern(reading, draft, match, shape):
                break


def _add_pattern(reading: Reading, draft: Draft, match: re.Match[str], shape: str) -> bool:
    inside = re.search(rf" in (?:\w+ )*({COL})$", match[0])
    column = _text_column(reading, draft, inside[1] if inside else match[1])
    symbols = match[3].split()
    if column is None or (len(symbols[0]) == 1 and "letter" not in match[0]):
        return False
    texts = [
        reading.mention(one).text if re.fullmatch(VAL, one) else one
        for one in symbols
        if one not in ("or", "and")
    ]
    operator: Operator = "not like" if match[2] else "like"
    conditions = tuple(Condition(column, operator, (shape.format(text),), words=text) for text in texts)
    draft.where += [AnyOf(conditions)] if "or" in symbols else list(conditions)
    kept = match[1] if match[1] and not reading.mention(match[1]).columns else TAKEN
    reading.replace(match, kept)
    return True


def _text_column(reading: Reading, draft: Draft, symbol: str | None) -> Column | None:
    if symbol and reading.mention(symbol).columns:
        return reading.column(symbol)
    table = reading.table(symbol) if symbol else draft.subject
    return display_columns(table, reading.schema)[0] if table else None


def read_texts(reading: Reading, draft: Draft) -> None:
    """Move quoted texts and values of the data from the question into the draft."""
    listed = rf"({VAL})((?: ,)?(?: (?:or|and|nor|,) (?:(?:is|are|the|in) )*{VAL})*)"
    pattern = (
        rf"(?:({NAME}) {FILL})??((?:{NOT} ){FILL})?{listed}(?: (?:as|for|in)"
        rf" (?:(?:the|its|their|a) )*({COL})| (?:the )?({NAME}))?"
    )
    while match := reading.find(pattern):
        symbols = [match[3], *re.findall(VAL, match[4])]
        before = _before(reading, match)
        column = _valued(reading, draft, symbols[0], before, match[5] or match[6])
        used_after = column is not None and _is_used(reading, match[5] or match[6], column)
        used_before = column is not None and not used_after and _is_used(reading, before, column)
        kept = _kept(reading, match, before if used_before else "", used_after)
        if column is not None:
            draft.where += _text_conditions(reading, column, symbols, match)
            draft.distinct = draft.distinct or False
        else:
            reading.give_up(match)
        reading.text = kept


def _before(reading: Reading, match: re.Match[str]) -> str:
    lead = reading.text[: match.start(3)]
    found = re.search(
        (
            rf" ({COL}) (?:(?:{NOT}|do|does|did|use|uses|using|whose|detailed|described|"
            rf"known) |{FILL})*$"
        ).replace(f"|{FILL})", "|" + FILL[3:-2] + ")"),
        lead,
    )
    return found[1] if found else ""


def _kept(reading: Reading, match: re.Match[str], before: str, used_after: bool) -> str:
    text = reading.text
    head, tail = text[: match.start(3)], text[match.end() if used_after else match.end(4) :]
    negation = re.search(rf" {NOT} {FILL}$", head)
    if before:
        at = head.rindex(f" {before} ")
        head = f"{head[:at]} {TAKEN} "
    elif negation:
        head = f"{head[: negation.start()]} {TAKEN} "
    return f"{head}{TAKEN}{tail if tail.startswith(' ') else ' ' + tail}"


def _is_used(reading: Reading, symbol: str | None, column: Column) -> bool:
    if not symbol:
        return False
    return any(option == column for score, option in reading.mention(symbol).columns) and not (
        symbol[0] == "X" and column.table != reading.column_among(reading.mention(symbol).columns).table
    )


def _valued(reading: Reading, draft: Draft, symbol: str, before: str, after: str | None) -> Column | None:
    """The column that holds a value: one that is named beside it, else the likeliest that holds it."""
    mention = reading.mention(symbol)
    beside = [option for near in (before, after) if near for option in reading.mention(near).columns]
    holding = dict.fromkeys(column for column, _ in mention.spellings)
    both = [(score, column) for score, column in beside if column in holding]
    if both:
        chosen = reading.column_among(both, reading.owner(before) if before else None)
    elif holding:
        chosen = reading.column_among(
            [(_holding(reading, draft, column, mention), column) for column in holding]
        )
    elif before:
        chosen = reading.column_among(reading.mention(before).columns, reading.owner(before))
    elif mention.quoted:
        table = _table_before(reading, symbol) or draft.subject
        return display_columns(table, reading.schema)[0] if table else None
    else:
        return None
    reading.chosen.append(chosen)
    return chosen


def _table_before(reading: Reading, symbol: str) -> Table | None:
    head = reading.text[: reading.text.index(f" {symbol} ") + 1]
    tables = re.findall(rf" ({TAB})(?= )", head)
    return reading.table(tables[-1]) if tables else None


def _holding(reading: Reading, draft: Draft, column: Column, mention: Mention) -> float:
    score = 0.5
    if any(spelling == mention.text for known, spelling in mention.spellings if known == column):
        score += 0.05
    if column in reading.schema.pointing and column.kind == "text":
        score -= 0.02
    words = column.words
    if re.search(
        rf"(?:named|called|titled|name|title|entitled|name of) {mention.letter}", reading.text
    ) and words[-1] in ("name", "title"):
        score += 0.3
    if words[-1] in ("name", "title") or column.is_identifier:
        score += 0.04
    if draft.subject is not None and column.table == draft.subject.name:
        score += 0.1
    said = [
        token.lemma
        for token in reading.tokens[max(0, mention.start - 3) : mention.end + 2]
        if token.kind == "word"
    ]
    score += 0.2 * _fits_preposition(reading, column, mention)
    near = max((likeness(one, word) for one in said for word in words), default=0.0)
    return score + (0.15 if near >= 0.8 else 0.0)


def _fits_preposition(reading: Reading, column: Column, mention: Mention) -> bool:
    """From Rome to Oslo: the column for where it starts, and the one for where it ends."""
    before = reading.tokens[mention.start - 1].lower if mention.start else ""
    said = {*column.words, *re.findall(r"[a-z]+", column.comment.casefold())}
    return any(word in _DIRECTIONS.get(before, ()) for word in said)


def _text_conditions(
    reading: Reading, column: Column, symbols: list[str], match: re.Match[str]
) -> list[Condition | AnyOf]:
    lead = reading.text[: match.start(3)]
    negated = re.search(rf" {NOT} (?:[a-z]+ ){{0,2}}?{FILL}(?:{COL} {FILL})?$", lead) is not None
    conditions = tuple(_text_condition(reading, column, symbol, negated=negated) for symbol in symbols)
    if len(conditions) == 1 or negated:
        return list(conditions)
    return [AnyOf(conditions, "or" if " or " in match[0] else "and")]


def _text_condition(reading: Reading, column: Column, symbol: str, *, negated: bool) -> Condition:
    mention = reading.mention(symbol)
    spellings = [spelling for known, spelling in mention.spellings if known == column]
    value: object = spellings[0] if spellings else mention.text
    if column.kind == "number" and not spellings:
        value = _as_number(mention.text)
    return Condition(column, "!=" if negated else "=", (value,), words=mention.text)


def _as_number(text: str) -> object:
    bare = text.strip().replace(",", "")
    if re.fullmatch(r"-?\d+", bare):
        return int(bare)
    return float(bare) if re.fullmatch(r"-?\d+\.\d+", bare) else text
