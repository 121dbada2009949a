"""From a question to a plan."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.change import read_change
from rasgo_nb.agent.models.offline.conditions import read_conditions
from rasgo_nb.agent.models.offline.draft import Draft, key_column
from rasgo_nb.agent.models.offline.exclusion import read_exclusions
from rasgo_nb.agent.models.offline.grouping import group_by_shown, read_groups, show_groups
from rasgo_nb.agent.models.offline.joins import join_tables
from rasgo_nb.agent.models.offline.lexicon import is_known_word
from rasgo_nb.agent.models.offline.meanings import read_meanings
from rasgo_nb.agent.models.offline.ordering import read_order, settle_order
from rasgo_nb.agent.models.offline.plan import Aggregate, AnyOf, Beyond, Condition, Expression, Plan, Term
from rasgo_nb.agent.models.offline.reading import DET, TAB, Reading
from rasgo_nb.agent.models.offline.selecting import read_select, show_subject

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Schema, Table
    from rasgo_nb.agent.models.offline.values import Values


_SURE = 0.9


def propose(question: str, schema: Schema, values: Values) -> Plan | Beyond:
    """The plan that answers the question, or why these rules can't."""
    reading = Reading.of(question, schema, values)
    if not reading.tables and not any(mention.columns for mention in reading.mentions):
        return Beyond("no table or column of the connection goes by a word of the question")
    draft = Draft(subject=subject(reading))
    reading.text = re.sub(r" full name ", " full name ", reading.text)
    draft.distinct = re.search(r" (?:different|distinct|unique|various) ", reading.text) is not None
    read_meanings(reading, draft)
    change = read_change(reading, draft)
    if change is not None:
        return change if isinstance(change, Beyond) else replace(change, missed=_missed(reading))
    _count_of_each(reading)
    read_exclusions(reading, draft)
    read_order(reading, draft)
    read_groups(reading, draft)
    read_conditions(reading, draft)
    read_select(reading, draft)
    if re.search(r" (?:share|percentage|proportion|fraction) of ", reading.text):
        return Beyond("it asks for a share, and no column or value tells of what")
    return _finished(reading, draft)


def _count_of_each(reading: Reading) -> None:
    """ "Flights per month" asks for their number."""
    match = reading.find(
        rf"(?:(?:show|give|me|plot|the|what|are|is|list) )*(?P<rows>{TAB})"
        r"(?= (?:per|by|for each|in each|over time) )"
    )
    if match is None or match.start() > 1:
        return
    mention = reading.mention(match["rows"])
    if mention.tables[0][0] >= _SURE and mention.text.endswith("s"):
        reading.replace(match, f"COUNTOF {match['rows']}")


def _finished(reading: Reading, draft: Draft) -> Plan | Beyond:
    if draft.having and not draft.group and len(draft.select) == 1 and isinstance(draft.select[0], Aggregate):
        return _counted_groups(reading, draft, draft.select[0])
    if not draft.having and not any(isinstance(one, Aggregate) for one in _shown_and_ordered(draft)):
        draft.group = []
    _split_by_value(draft)
    show_groups(reading, draft)
    show_subject(reading, draft)
    draft.select += draft.shown_too
    settle_order(draft)
    group_by_shown(reading, draft)
    counted = any(isinstance(one, Aggregate) for one in draft.select)
    _either(reading, draft)
    tables = _all_tables(reading, draft)
    if not tables:
        return Beyond("I could not tell which table it is about")
    if join_tables(reading.schema, [*tables, *draft.used()]) is None:
        return Beyond(f"no key joins the tables {', '.join(sorted({*tables, *draft.used()}))}")
    if draft.group:
        draft.group += [one.expression for one in draft.order if isinstance(one.expression, Term)]
    plan = Plan(
        select=tuple(dict.fromkeys(draft.select)),
        tables=tables,
        distinct=draft.distinct and not counted and not draft.group,
        where=tuple(dict.fromkeys(draft.where)),
        group=tuple(dict.fromkeys(draft.group)),
        having=draft.having,
        order=tuple(draft.order),
        limit=draft.limit,
        star=draft.star,
        missed=_missed(reading),
    )
    return _both(reading, plan)


def _shown_and_ordered(draft: Draft) -> list[Expression]:
    return [*draft.select, *(one.expression for one in draft.order)]


def _split_by_value(draft: Draft) -> None:
    """Averages "for male and female students" are one for each of the values."""
    either = next((one for one in draft.where if isinstance(one, AnyOf)), None)
    if (
        either is None
        or draft.group
        or not draft.select
        or not all(isinstance(one, Aggregate) for one in draft.select)
    ):
        return
    columns = {one.column for one in either.conditions}
    if len(columns) == 1 and either.joint == "and":
        draft.group.append(Term(columns.pop()))


def _counted_groups(reading: Reading, draft: Draft, shown: Aggregate) -> Plan:
    """How many of something have at least so many of something else."""
    column = shown.column or (key_column(draft.subject) if draft.subject else None)
    if column is None:
        return Plan(tuple(draft.select), _all_tables(reading, draft))
    draft.select = [Term(column)]
    tables = _all_tables(reading, draft)
    return Plan(
        (Term(column),),
        tables,
        where=tuple(draft.where),
        group=(Term(column),),
        having=draft.having,
        count_rows=True,
    )


def subject(reading: Reading) -> Table | None:
    """The table whose rows the question is about."""
    patterns = (
        rf"(?:HOWMANY|COUNTOF) (?:(?:different|distinct|the|all|of|[VQ]\d+) )*({TAB})",
        r"(?:which|what|whose) (?:(?:different|distinct|[VQ]\d+) )*(T\d+)",
        rf"(?:of|for) {DET}(?:[VQ]\d+ )?(T\d+)",
        r"(T\d+)",
        rf"({TAB})",
    )
    for pattern in patterns:
        match = reading.find(pattern)
        if match:
            return reading.table(match[1])
    return None


def _all_tables(reading: Reading, draft: Draft) -> tuple[str, ...]:
    used = [*([draft.star] if draft.star else []), *sorted(draft.used())]
    tables = list(dict.fromkeys([*used, *draft.tables]))
    if not tables and draft.subject:
        tables = [draft.subject.name]
    for mention in reading.mentions:
        if mention.letter == "T" and mention.tables[0][0] >= 0.9:
            named = mention.tables[0][1].name
            joins = join_tables(reading.schema, [*tables, named])
            if (
                named not in tables
                and joins is not None
                and len(joins) <= len(tables) + 1
                and not _is_excluded(draft, named)
            ):
                tables.append(named)
    return tuple(tables)


def _is_excluded(draft: Draft, table: str) -> bool:
    return any(
        isinstance(one, Condition) and one.operator in ("not in", "in") and table in str(one.values)
        for one in draft.where
    )


def _either(reading: Reading, draft: Draft) -> None:
    """Two conditions with "or" between them: one must hold."""
    simple = tuple(one for one in draft.where if isinstance(one, Condition))
    if len(draft.where) == len(simple) == 2 and " or " in reading.text:
        draft.where = [AnyOf(simple)]


def _both(reading: Reading, plan: Plan) -> Plan:
    """Rows of which one thing holds and another too: the intersection of two queries."""
    either = next((one for one in plan.where if isinstance(one, AnyOf)), None)
    if either is None or " both " not in f" {reading.question.casefold()} " or plan.group:
        return plan
    rest = tuple(one for one in plan.where if one is not either)
    if len(either.conditions) != 2:
        return plan
    first, second = (replace(plan, where=(*rest, one), order=(), limit=None) for one in either.conditions)
    return replace(first, combined=("intersect", second))


def _missed(reading: Reading) -> tuple[str, ...]:
    left = [reading.mention(symbol).text for symbol in re.findall(r" ([NQV]\d+)(?= )", reading.text)]
    return tuple(dict.fromkeys([*reading.unplaced, *left]))


def unread_words(question: str, schema: Schema, values: Values) -> tuple[str, ...]:
    """The words of a question that name nothing and ask nothing that the rules know."""
    reading = Reading.of(question, schema, values)
    covered = {at for mention in reading.mentions for at in range(mention.start, mention.end)}
    return tuple(
        token.text
        for at, token in enumerate(reading.tokens)
        if at not in covered
        and token.kind == "word"
        and len(token.text) > 3
        and not is_known_word(token.lower)
    )


def words_used(plan: Plan) -> tuple[str, ...]:
    """The words of the question that became conditions."""
    shares = [one.condition for one in plan.select if isinstance(one, Aggregate) and one.condition]
    return tuple(
        one.words
        for either in (*plan.where, *shares)
        for one in (either.conditions if isinstance(either, AnyOf) else (either,))
    )
