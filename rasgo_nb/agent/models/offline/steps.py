"""What to do next: look for tables, read them, find spellings, query, draw, answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.answer import answer_text, assumptions, frame_name
from rasgo_nb.agent.models.offline.candidates import texts_to_find
from rasgo_nb.agent.models.offline.chart import chart_arguments, is_time
from rasgo_nb.agent.models.offline.mending import mended
from rasgo_nb.agent.models.offline.pages import (
    items,
    schema_from_pages,
    table_page_of_variable,
    values_from_pages,
)
from rasgo_nb.agent.models.offline.plan import Aggregate, Beyond, Order, Plan, Term
from rasgo_nb.agent.models.offline.propose import propose, unread_words, words_used
from rasgo_nb.agent.models.offline.relevance import relevant_tables
from rasgo_nb.agent.models.offline.scope import CAN_DO, CONNECT, asks_for_cause, refusal, without_cause
from rasgo_nb.agent.models.offline.sql import to_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.offline.progress import Finished, Progress
    from rasgo_nb.agent.models.offline.schema import Schema, Table

_MOST_TABLES = 40


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call to make."""

    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reply:
    """A sentence and the tool calls that it announces."""

    text: str
    calls: tuple[Call, ...] = ()


def next_reply(progress: Progress) -> Reply:
    """The reply that goes on from where the transcript is."""
    reason = refusal(progress.question)
    if progress.of("final_answer"):
        return Reply("That is all I can say.")
    if reason:
        return _beyond(progress, reason)
    return _explore(progress) or _query(progress)


def _explore(progress: Progress) -> Reply | None:
    """The next thing to look up; None when all is known that is needed."""
    variables = re.findall(r"@([\w.]+) is a variable of type DataFrame", progress.notes)
    if variables and not progress.of("describe_variable"):
        calls = tuple(Call("describe_variable", {"name": name}) for name in variables)
        return Reply(f"First I read what {' and '.join(variables)} holds.", calls)
    if not variables and not progress.of("search_tables"):
        call = Call("search_tables", {"words": progress.question[:2000], "limit": 30})
        return Reply("First I look for tables that the question's words point at.", (call,))
    names = _found_tables(progress)
    if names and not progress.of("get_table_detail"):
        call = Call("get_table_detail", {"tables": names[:_MOST_TABLES]})
        return Reply(
            f"I read the columns and keys of {_counted(len(names), 'table')} before writing SQL.", (call,)
        )
    return _look_for_values(progress)


def _found_tables(progress: Progress) -> list[str]:
    pages = progress.pages("search_tables")
    return [str(one["table"]) for page in pages for one in items(page.get("tables")) if one.get("table")]


def _look_for_values(progress: Progress) -> Reply | None:
    schema = known_schema(progress)
    texts = texts_to_find(progress.question, schema)
    tables = [
        (table, columns)
        for table in relevant_tables(progress.question, schema)
        if (columns := _text_columns(table))
    ]
    if progress.of("profile_columns") or not texts or not tables or progress.of("describe_variable"):
        return None
    calls = tuple(
        Call("profile_columns", {"table": table.name, "columns": columns, "look_for": list(texts)})
        for table, columns in tables
    )
    named = ", ".join(texts[:3])
    return Reply(f"Now I check which columns hold values such as {named}, and how they are spelt.", calls)


def _text_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.kind == "text"][:30]


def known_schema(progress: Progress) -> Schema:
    """The tables and DataFrames that were read so far."""
    tables = [table for page in progress.pages("get_table_detail") for table in items(page.get("tables"))]
    frames = [table_page_of_variable(page) for page in progress.pages("describe_variable")]
    return schema_from_pages([*tables, *frames])


def _query(progress: Progress) -> Reply:
    schema = known_schema(progress)
    plan = _plan(progress, schema)
    if isinstance(plan, Beyond):
        return _beyond(progress, plan.reason)
    queries = progress.of("run_sql")
    if not queries:
        return _first_query(progress, plan, schema)
    last = queries[-1]
    if len(queries) == 1 and (again := mended(last, plan, schema, _words(progress))):
        text = "The query failed; I mend it with what the error offers." if last.is_error else (
            "No row matched; I try the nearest spelling in the data."
        )  # fmt: skip
        return Reply(text, (Call("run_sql", dict(last.arguments) | {"sql": again}),))
    if last.is_error:
        return _beyond(progress, f"my query failed: {str(last.page.get('error', ''))[:300]}")
    return _draw(progress, plan, last) or _answer(progress, plan, schema, last)


def _plan(progress: Progress, schema: Schema) -> Plan | Beyond:
    question = re.sub(r"@(\w+)", r"\1", progress.question)
    if asks_for_cause(question):
        question = without_cause(question)
    return propose(question, schema, values_from_pages(progress.pages("profile_columns"), schema))


def _first_query(progress: Progress, plan: Plan, schema: Schema) -> Reply:
    sql = to_sql(in_reading_order(plan), schema, hints=_words(progress))
    call = Call("run_sql", {"sql": sql, "save_as": frame_name(plan, schema)})
    return Reply("I know enough to ask the database in one query.", (call,))


def in_reading_order(plan: Plan) -> Plan:
    """Groups in the order in which a person reads them: along time, else the highest first."""
    if not plan.group or plan.order or plan.combined or plan.count_rows:
        return plan
    times = [one for one in plan.group if isinstance(one, Term) and is_time(one)]
    measure = next((one for one in plan.select if isinstance(one, Aggregate)), None)
    orders = [Order(one) for one in times] or ([Order(measure, descending=True)] if measure else [])
    return replace(plan, order=tuple(orders))


def _draw(progress: Progress, plan: Plan, query: Finished) -> Reply | None:
    chart = chart_arguments(plan, query.page, progress.question)
    if chart is None or progress.of("show_chart"):
        return None
    return Reply("A chart shows this better than a table.", (Call("show_chart", chart),))


def _answer(progress: Progress, plan: Plan, schema: Schema, query: Finished) -> Reply:
    values = values_from_pages(progress.pages("profile_columns"), schema)
    unread = unread_words(re.sub(r"@(\w+)", r"\1", progress.question), schema, values)
    used = " ".join(words_used(plan)).casefold()
    unread = tuple(word for word in unread if not asks_for_cause(word) and word.casefold() not in used)
    told = assumptions(plan, schema, _words(progress), [*plan.missed, *unread])
    text = answer_text(plan, query.page)
    if unread or plan.missed:
        text += f" I did not use the words {', '.join(map(repr, [*plan.missed, *unread]))}."
    if asks_for_cause(progress.question):
        text += f" I can show what happened but not why: causes are beyond rules. {CONNECT}"
    arguments = {
        "text": text,
        "assumptions": told,
        "steps": sorted({query.step, *(one.step for one in progress.of("show_chart") if not one.is_error)}),
        "dataframes": [str(query.page.get("dataframe"))],
        "figures": [str(page["figure"]) for page in progress.pages("show_chart") if "figure" in page],
    }
    return Reply("Here is the answer.", (Call("final_answer", arguments),))


def _beyond(progress: Progress, reason: str) -> Reply:
    text = f"I cannot answer this: {reason}. {CAN_DO} {CONNECT}"
    steps = sorted({one.step for one in progress.finished})
    return Reply("This is beyond me; I say why.", (Call("final_answer", {"text": text, "steps": steps}),))


def _words(progress: Progress) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", progress.question.casefold()))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
