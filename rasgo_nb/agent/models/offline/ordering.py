"""In which order and how many: superlatives, top n, sorted by."""

from __future__ import annotations

import re

from rasgo_nb.agent.models.offline.change import HARMS
from rasgo_nb.agent.models.offline.draft import Draft, display_columns
from rasgo_nb.agent.models.offline.events import bring_in_events
from rasgo_nb.agent.models.offline.lexicon import AMOUNTS, HIGH, LOW, MEASURES, SUPERLATIVES
from rasgo_nb.agent.models.offline.plan import Aggregate, Expression, Order, Term
from rasgo_nb.agent.models.offline.reading import COL, DET, NAME, NUM, TAB, TAKEN, Reading
from rasgo_nb.agent.models.offline.schema import Column

_ADJECTIVES = "|".join(SUPERLATIVES)
_MOST = "|".join(sorted(HIGH | LOW))
_PARTS = "weekday|month|year|day|hour|week|quarter"  # of a date
_FEW = 10
# "Top 10 shops by sales" wants the sales too; a longer sentence says what it wants.
_BARE_TOP = re.compile(
    r"\W*(?:(?:show|list|give me|what are|which are) )?(?:the |our )?top \w+ ", re.IGNORECASE
)
_DOWN = r"(?:descending|desc|decreasing|reverse|reversed|descendingly|declining)"
_UP = r"(?:ascending|asc|increasing|alphabetical|alphabetic|lexicographical|lexicographic|chronological)"
_HAVE = (
    r"(?:with|has|have|had|having|of|in|is|are|was|were|on|whose|received|"
    r"got|gets|get|scored|that|by|at|from|offers|offer|to|for|by|earns|gained|"
    r"made|holds|won|as|under|and)"
)


def read_order(reading: Reading, draft: Draft) -> None:
    """Move "sorted by" phrases and superlatives from the question into the draft."""
    _sorted(reading, draft)
    _alphabetical(reading, draft)
    for rule in (_most_common, _most_of, _top_first, _most_adjective, _adjective):
        if draft.limit is None:
            rule(reading, draft)
    _several(reading, draft)


def _several(reading: Reading, draft: Draft) -> None:
    """Which three cities: as many as are asked for."""
    match = reading.find(rf"(?:which|what|the|are|of|for|list|show|find) ({NUM}) (?:[a-z]+ )??({NAME})")
    if match and draft.limit == 1:
        draft.limit = _limit(reading, match[1])
        reading.replace(match, match[2])


def _sorted(reading: Reading, draft: Draft) -> None:
    verb = (
        r"(?:sorted|sort|sorting|ordered|order|ordering|arranged|arrange|ranked|"
        r"rank|listed|list|organized|shown)"
    )
    item = rf"{DET}(?:(COUNTOF|average|total|maximum|minimum) {DET})?({NAME})"
    tail = rf"((?: ,)?(?: and)?(?: then)?(?: by)? {NAME})?"
    patterns = (
        (
            rf"(?:(?:{verb}) )?(?:the \w+ )?(?:in|by|with|from|using|according to)"
            rf" (?:the |an? )?(?:({_DOWN}|{_UP}) )?(?:alphabetical )?order (?:of|"
            rf"by|based on|with|according to|for) {item}{tail}(?: (?:in )?(?:(?:the|"
            rf"an?) )?({_DOWN}|{_UP})(?: order| alphabetical order| alphabetic order)?)?"
        ),
        (
            rf"(?:{verb}) (?:(?:them|it|{NAME}|the|all|results?|{TAKEN}|names?|in|"
            rf"their) )*(?:by|on|according to|based on|from) ({_DOWN}|{_UP})?(?:ly "
            rf")? ?{item}{tail}(?: ,)?(?: (?:in |from )?(?:(?:the|an?) )?({_DOWN}|{_UP}|"
            rf"(?:high|highest|large|largest|most|greatest|recent|old) to (?:the "
            rf")?(?:low|lowest|small|smallest|least|young|youngest))(?: (?:alphabetical "
            rf")?order)?)?"
        ),
        rf"(?:{verb})? ?(?:by|in) ({_DOWN}|{_UP}) {item}{tail}()",
    )
    for pattern in patterns:
        match = reading.take(pattern)
        if match:
            descending = any(
                word and re.match(rf"{_DOWN}|high|large|most|great|old", word)
                for word in (match[1], match[5])
            )
            draft.order.append(Order(_counted(reading, draft, match[2], match[3]), descending))
            if match[4]:
                symbol = match[4].split()[-1]
                draft.order.append(Order(_counted(reading, draft, None, symbol), descending))
            return


def _counted(reading: Reading, draft: Draft, function: str | None, symbol: str) -> Expression:
    mention = reading.mention(symbol)
    if function == "COUNTOF" and (symbol[0] == "T" or not mention.columns):
        return _count_of(reading, draft, symbol)
    if not mention.columns:
        table = reading.table(symbol)
        assert table is not None
        return Term(display_columns(table, reading.schema)[0])
    column = reading.column(symbol)
    if function == "COUNTOF" and mention.letter == "X" and not _wordy(column):
        return _count_of(reading, draft, symbol)
    if function == "COUNTOF" and column.kind != "number":
        return Aggregate("count")
    functions = {"average": "avg", "total": "sum", "maximum": "max", "minimum": "min"}
    if function in functions:
        return Aggregate(functions[function], column)  # type: ignore[arg-type]
    return Term(column)


def _count_of(reading: Reading, draft: Draft, symbol: str) -> Aggregate:
    table = reading.table(symbol)
    if table is not None and table.name not in draft.tables:
        draft.tables.append(table.name)
    return Aggregate("count")


def _alphabetical(reading: Reading, draft: Draft) -> None:
    pattern = (
        rf"(?:(?:sorted|ordered|listed|list|sort|order|them|arranged|{TAKEN})"
        rf" )*(?:in|by) (?:the |an? )?(?:({_DOWN}|{_UP}|reverse) )*(?:lexicographical|"
        rf"alphabetical|alphabetic|lexicographic|lexical|{_DOWN}|{_UP})(?: order)?(?: "
        rf"of)?|alphabetically"
    )
    match = reading.take(pattern)
    if match and not draft.order:
        draft.order.append(Order(Term(_FIRST), re.search(_DOWN, match[0]) is not None))
    span = reading.take(
        rf"from {DET}({_ADJECTIVES}|most|highest|high|old|young) to {DET}(?:{_ADJECTIVES}|"
        rf"least|lowest|low|old|young)"
    )
    if span and not draft.order:
        adjective = SUPERLATIVES.get(span[1], span[1])
        column = reading.measure(adjective, reading.tables) if adjective in MEASURES else None
        if column:
            draft.order.append(Order(Term(column), MEASURES[adjective][1] != _is_birth(column)))
    elif span and draft.order:
        draft.order[-1] = Order(
            draft.order[-1].expression, span[1] not in ("young", "lowest", "low", "youngest", "least")
        )


# Stands for whichever column the answer shows first; replaced when the columns are known.
_FIRST = Column("", "", "")


def settle_order(draft: Draft) -> None:
    """Put the first column shown where only "alphabetical" was said."""
    shown = next((one for one in draft.select if isinstance(one, Term)), None)
    draft.order = [
        Order(shown, one.descending)
        if isinstance(one.expression, Term) and one.expression.column is _FIRST and shown
        else one
        for one in draft.order
        if shown or not (isinstance(one.expression, Term) and one.expression.column is _FIRST)
    ]


def _most_common(reading: Reading, draft: Draft) -> None:
    match = reading.find(
        rf"(?:the )?(?:({NUM}) )?(most|least) (?:common|commonly|popular|frequent|"
        rf"frequently|prominent|dominant|often)(?: (?:used|occurring|seen|chosen|"
        rf"ordered|visited|appearing))?(?: (?:by|in) {NAME})?(?: {DET}({NAME}|{_PARTS})"
        rf")?"
    )
    if not match:
        return
    reading.replace(match, match[3] or TAKEN)
    draft.order.append(Order(Aggregate("count"), match[2] == "most"))
    draft.limit = _limit(reading, match[1])
    if "popular" in match[0] and match[3] and reading.mention(match[3]).tables:
        bring_in_events(reading, draft, reading.table(match[3]))
    if match[3] in _PARTS.split("|"):
        reading.text = reading.text.replace(match[3], f"by {match[3]}", 1)
    elif match[3]:
        mention = reading.mention(match[3])
        if mention.columns:
            draft.group.append(Term(reading.column(match[3])))


def _most_of(reading: Reading, draft: Draft) -> None:
    number = rf"(?:(?:top )?({NUM}) )?"
    match = reading.find(
        rf"(?:({_HAVE}|[a-z]+) )(?:(?:the|their|its|a|an) )*{number}({_MOST})"
        rf"(?: ({NUM}))?(?: (?:COUNTOF|amount|amounts|total|overall|number|quantity|"
        rf"value|level|possible))*(?: of)? {DET}(?:{TAKEN} )?(total |average )?(?:total )?({NAME})"
    )
    if match and match[3] in SUPERLATIVES and match[6][0] == "T" and "COUNTOF" not in match[0]:
        return
    if (
        match
        and (reading.text[: match.start()].count(" ") > 1 or match[1] in ("with",))
        and not _is_head(reading, match)
    ):
        _rank(
            reading,
            draft,
            match[6],
            match[3],
            "COUNTOF" in match[0] or match[3] in ("most", "least", "fewest"),
            match[2] or match[4],
            match[5] or ("total " if " total " in match[0] else None),
        )
        reading.replace(match)


def _is_head(reading: Reading, match: re.Match[str]) -> bool:
    """True for "what is the highest price": the thing asked for, not a way to choose rows."""
    head = reading.text[: match.start()]
    if match[1] in (
        "show",
        "find",
        "list",
        "give",
        "return",
        "and",
        "or",
        "what",
        "compute",
        "me",
        "the",
    ) or head.endswith(" what "):
        return True
    return re.search(rf" (?:{NAME}|HOWMANY|COUNTOF|who|which) ", head) is None


def _rank(
    reading: Reading,
    draft: Draft,
    symbol: str,
    word: str,
    counting: bool,
    number: str | None,
    function: str | None,
) -> None:
    mention = reading.mention(symbol)
    draft.limit = _limit(reading, number)
    column = reading.column(symbol) if mention.columns else None
    descending = word in HIGH
    if column is not None and word in ("worst", "best") and not HARMS.isdisjoint(column.words):
        descending = word == "worst"
    numeric = (
        column is not None
        and (column.kind in ("number", "date") or column.is_dated)
        and not column.is_identifier
    )
    if column is not None and numeric and not (mention.letter == "X" and counting and not _wordy(column)):
        if function:
            measure = Aggregate("sum" if function == "total " else "avg", column)
            _order_groups(reading, draft, Order(measure, descending), number)
        elif _is_summed(reading, draft, column, mention.text, word):
            _order_groups(reading, draft, Order(Aggregate("sum", column), descending), number)
        else:
            draft.order.append(Order(Term(column), descending))
    elif mention.tables:
        _order_groups(reading, draft, Order(_count_of(reading, draft, symbol), descending), number)
    elif column is not None and not counting:
        draft.order.append(Order(Term(column), descending))
    elif column is not None:
        if column.table not in draft.tables:
            draft.tables.append(column.table)
        draft.order.append(Order(Aggregate("count"), descending))


def _order_groups(reading: Reading, draft: Draft, order: Order, number: str | None) -> None:
    """Groups by a measure; a few with their numbers where several are asked for, and not how many."""
    draft.order.append(order)
    if number is None and _several_asked(reading):
        draft.limit = _FEW
        draft.shown_too.append(order.expression)


def _is_summed(reading: Reading, draft: Draft, column: Column, said: str, word: str) -> bool:
    """Stores with the highest revenue: amounts in a table that points at the subject's add up."""
    if draft.subject is None or column.table == draft.subject.name:
        return False
    if not (said.casefold() in AMOUNTS or (word in ("most", "least", "fewest") and said.endswith("s"))):
        return False
    return any(
        key.column.table == column.table and key.referenced.table == draft.subject.name
        for key in reading.schema.keys
    )


def _several_asked(reading: Reading) -> bool:
    """Which carriers, not which carrier: the person wants to compare."""
    return (
        re.match(r"\W*(?:which|what) \w+s (?!is |are |was |were )[^.?]*\W*$", reading.question.casefold())
        is not None
    )


def _wordy(column: Column) -> bool:
    return any(word in ("number", "num", "count", "total", "amount") for word in column.words)


def _top_first(reading: Reading, draft: Draft) -> None:
    match = reading.find(
        rf"(?:the )?(?:top|first|best) ({NUM}) (?:best |most |highest |largest "
        rf")?{DET}({NAME})(?:((?: (?:\w+|{NAME}|,|{TAKEN}))*?) (?:by|with|in "
        rf"terms of|according to|based on|for|in|of|from|ranked by) {DET}(?:(?:most|"
        rf"highest|largest|lowest) )?(?:(COUNTOF|total|average) )?{DET}({NAME})"
        rf")?"
    )
    if not match:
        return
    draft.limit = _limit(reading, match[1])
    if match[5]:
        expression = _counted(reading, draft, match[4], match[5])
        if isinstance(expression, Term) and expression.column.kind == "text":
            expression = _count_of(reading, draft, match[5])
        if isinstance(expression, Aggregate) and _BARE_TOP.match(reading.question):
            draft.shown_too.append(expression)
        draft.order.append(Order(expression, True))
        reading.replace(match, f"{match[2]}{match[3] or ''}")
    elif not draft.order:
        reading.replace(match, match[2])
        draft.order.append(Order(Aggregate("count"), True))
    else:
        reading.replace(match, match[2])


def _most_adjective(reading: Reading, draft: Draft) -> None:
    recent = reading.find(rf"({COL}) (?:the )?(most|least) recently")
    if recent:
        column = reading.column(recent[1])
        if (
            column.kind in ("number", "date")
            or column.is_dated
            or column.name.casefold().endswith(("date", "year"))
        ):
            reading.replace(recent)
            draft.order.append(Order(Term(column), recent[2] == "most"))
            draft.limit = 1
            return
    match = reading.find(
        r"(?:the )?(?:(N\d+) )?(most|least) (expensive|recent|recently|populous|"
        r"populated|crowded|paid|senior|old|cheap|heavy|tall|long|rich)"
    )
    if match:
        _measure(
            reading, draft, match, match[3].removesuffix("ly"), reverse=match[2] == "least", number=match[1]
        )


def _adjective(reading: Reading, draft: Draft) -> None:
    match = reading.find(
        rf"(?:the )?(?:({NUM}) )?({_ADJECTIVES})(?: ({NUM}))?(?! (?:C\d+|COUNTOF|amount|total|average))"
    )
    if (match and match[2] not in ("best", "worst", "highest", "lowest", "latest")) or (
        match and re.search(rf"{match[2]} T\d", reading.text)
    ):
        assert match is not None
        _measure(reading, draft, match, SUPERLATIVES[match[2]], reverse=False, number=match[1] or match[3])


def _measure(
    reading: Reading, draft: Draft, match: re.Match[str], adjective: str, *, reverse: bool, number: str | None
) -> None:
    following = re.match(rf" (?:\w+ )??({TAB})(?= )", reading.text[match.end() :])
    owner = reading.table(following[1]) if following else None
    tables = [table for table in (owner, draft.subject, *reading.tables) if table]
    column = reading.measure(adjective, tables)
    if column is None:
        return
    reading.chosen.append(column)
    descending = MEASURES[adjective][1] != reverse
    draft.order.append(
        Order(Term(column), descending != (adjective in ("old", "young") and _is_birth(column)))
    )
    draft.limit = _limit(reading, number)
    reading.replace(match)


def _is_birth(column: Column) -> bool:
    return column.is_dated or any(
        word in ("birth", "birthday", "dob", "year", "date", "founded", "built") for word in column.words
    )


def _limit(reading: Reading, symbol: str | None) -> int:
    value = reading.mention(symbol).value if symbol else 1
    return value if isinstance(value, int) else 1
