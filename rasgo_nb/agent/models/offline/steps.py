"""What to do next: look for tables, read them, find spellings, query, draw, answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.answer import Answering, answer_text, ranking_text, withheld_text
from rasgo_nb.agent.models.offline.assumptions import assumptions
from rasgo_nb.agent.models.offline.candidates import texts_to_find
from rasgo_nb.agent.models.offline.chart import chart_arguments, is_time, ranking_chart
from rasgo_nb.agent.models.offline.given import run_pasted, run_verified
from rasgo_nb.agent.models.offline.mending import mended
from rasgo_nb.agent.models.offline.naming import frame_name
from rasgo_nb.agent.models.offline.pages import (
    items,
    schema_from_pages,
    table_page_of_variable,
    values_from_pages,
)
from rasgo_nb.agent.models.offline.plan import Aggregate, Beyond, Order, Plan, Term, is_plain, plan_tables
from rasgo_nb.agent.models.offline.propose import propose, unread_words, words_used
from rasgo_nb.agent.models.offline.question import tokenize
from rasgo_nb.agent.models.offline.ranking import is_ranking_itself, ranking_plan
from rasgo_nb.agent.models.offline.relevance import relevant_tables
from rasgo_nb.agent.models.offline.reply import Call, Reply, beyond
from rasgo_nb.agent.models.offline.scope import (
    CONNECT,
    asks_for_cause,
    pasted_sql,
    refusal,
    without_cause,
)
from rasgo_nb.agent.models.offline.sql import to_sql
from rasgo_nb.agent.models.offline.verified import unused_memories, verified_query
from rasgo_nb.agent.models.offline.wording import listing
from rasgo_nb.agent.models.offline.words import lemma

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.offline.progress import Finished, Progress
    from rasgo_nb.agent.models.offline.schema import Schema, Table

_MOST_TABLES = 40
_MANY_UNREAD = 2  # words; with nothing else understood, the question's point is among them
_LONG_LIST = 200  # rows of a list that nobody reads
_RANKING = "_ranking"  # how the name of the frame behind an answer ends


def next_reply(progress: Progress) -> Reply:
    """The reply that goes on from where the transcript is."""
    if progress.of("final_answer"):
        return Reply("That is all I can say.")
    if sql := pasted_sql(progress.question):
        return run_pasted(progress, sql)
    if verified := verified_query(
        progress.question, progress.pages("search_tables"), connection_of(progress)
    ):
        return run_verified(progress, verified)
    if reason := refusal(progress.question):
        return beyond(progress, reason)
    return _explore(progress) or _query(progress)


def _explore(progress: Progress) -> Reply | None:
    """The next thing to look up; None when all is known that is needed."""
    variables = re.findall(r"@([\w.]+) is a variable of type DataFrame", progress.notes)
    if variables and not progress.of("describe_variable"):
        calls = tuple(Call("describe_variable", {"name": name}) for name in variables)
        return Reply(f"First I read what {' and '.join(variables)} holds.", calls)
    if not variables and not progress.of("search_tables"):
        call = Call("search_tables", {"words": progress.question[:2000], "limit": 30})
        return Reply("I look for tables that the question's words point at.", (call,))
    names = _found_tables(progress)
    if names and not progress.of("get_table_detail"):
        call = Call("get_table_detail", {"tables": names[:_MOST_TABLES]})
        return Reply(_named_first(progress.question, names), (call,))
    return _look_for_values(progress)


def _named_first(question: str, names: list[str]) -> str:
    """The table that the question names, and how many are read."""
    said = {lemma(word) for word in re.findall(r"\w+", question.casefold())}
    short = [name.rsplit(".", 1)[-1] for name in names]
    right = next((name for name in short if lemma(name.casefold()) in said), "")
    read = f"I read the columns and keys of {_counted(min(len(names), _MOST_TABLES), 'table')}."
    return f"`{right}` looks right; {read}" if right else read


def _found_tables(progress: Progress) -> list[str]:
    """Those of the connection that has the best hit: a query of these rules stays on one."""
    where = connection_of(progress)
    return [str(one["table"]) for one in _hits(progress) if str(one.get("connection", "")) == where]


def connection_of(progress: Progress) -> str:
    """The connection that the calls of a run are made on; empty where the run has just one."""
    return next((str(one.get("connection", "")) for one in _hits(progress)), "")


def _hits(progress: Progress) -> list[Mapping[str, object]]:
    pages = progress.pages("search_tables")
    return [one for page in pages for one in items(page.get("tables")) if one.get("table")]


def _look_for_values(progress: Progress) -> Reply | None:
    if progress.of("profile_columns") or progress.of("describe_variable"):
        return None
    schema = known_schema(progress)
    texts = texts_to_find(progress.question, schema)
    if not texts:
        return None
    tables = [
        (table, columns)
        for table in relevant_tables(progress.question, schema)
        if (columns := _text_columns(table))
    ]
    if not tables:
        return None
    calls = tuple(
        Call("profile_columns", {"table": table.name, "columns": columns, "look_for": list(texts)})
        for table, columns in tables
    )
    value = "a value, and how it is spelt" if len(texts) == 1 else "values, and how they are spelt"
    named = f"{texts[0]!r}" if len(texts) == 1 else f"{texts[0]!r} and the like"
    return Reply(f"I check where {named} may be {value}.", calls)


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
        return beyond(progress, plan.reason)
    if is_plain(plan) and len(missed := _unread(progress, plan, schema)) >= _MANY_UNREAD:
        return beyond(
            progress, f"I do not know what {listing([repr(word) for word in missed[:5]])} mean here"
        )
    queries = [one for one in progress.of("run_sql") if not is_ranking(one)]
    if not queries:
        return _first_query(progress, plan, schema)
    last = queries[-1]
    if len(queries) == 1 and (again := mended(last, plan, schema, _words(progress))):
        text = "The query failed; I mend it with what the error offers." if last.is_error else (
            "No row matched; I try the nearest spelling in the data."
        )  # fmt: skip
        return Reply(text, (Call("run_sql", dict(last.arguments) | {"sql": again}),))
    if last.is_error:
        return beyond(progress, f"my query failed: {str(last.page.get('error', ''))[:300]}")
    if (unread := _point_missed(progress, plan, schema, last)) is not None:
        return beyond(progress, unread)
    return _rank(progress, plan, schema, last) or _draw(progress, plan, schema, last) or _answer(
        progress, plan, schema, last
    )  # fmt: skip


def is_ranking(query: Finished) -> bool:
    """True for the query behind an answer, told by the name of its result."""
    return str(query.arguments.get("save_as", "")).endswith(_RANKING)


def _ranking(progress: Progress) -> Finished | None:
    return next((one for one in progress.of("run_sql") if is_ranking(one) and not one.is_error), None)


def _rank(progress: Progress, plan: Plan, schema: Schema, query: Finished) -> Reply | None:
    """The ranking behind the first places, unless it was asked for or the answer is no ranking."""
    wider = ranking_plan(plan, schema)
    asked = any(is_ranking(one) for one in progress.of("run_sql"))
    if wider is None or asked or query.page.get("rows") == 0:
        return None
    sql = to_sql(wider, schema, hints=_words(progress))
    name = f"{frame_name(wider, schema)}{_RANKING}"
    text = f"{_places(plan)}; I look at the numbers behind it and who comes next."
    return Reply(text, (Call("run_sql", {"sql": sql, "save_as": name}),))


def _places(plan: Plan) -> str:
    return "That is the first place" if plan.limit == 1 else f"Those are the first {plan.limit}"


def _point_missed(progress: Progress, plan: Plan, schema: Schema, query: Finished) -> str | None:
    """Why the result is no answer: it lists a whole large table and words of the question are unread."""
    rows = query.page.get("rows")
    unread = _unread(progress, plan, schema)
    if not unread or not is_plain(plan) or not isinstance(rows, int) or rows <= _LONG_LIST:
        return None
    return (
        f"I do not know what {listing([repr(word) for word in unread])} means here, and without it "
        f"I would list {rows:,} rows"
    )


def _plan(progress: Progress, schema: Schema) -> Plan | Beyond:
    question = re.sub(r"@(\w+)", r"\1", progress.question)
    if asks_for_cause(question):
        question = without_cause(question)
    return propose(question, schema, values_from_pages(progress.pages("profile_columns"), schema))


def _first_query(progress: Progress, plan: Plan, schema: Schema) -> Reply:
    sql = to_sql(in_reading_order(plan), schema, hints=_words(progress))
    call = Call("run_sql", {"sql": sql, "save_as": frame_name(plan, schema)})
    return Reply(_announced(plan, schema), (call,))


def _announced(plan: Plan, schema: Schema) -> str:
    tables = [schema.by_name[name].short_name for name in plan_tables(plan)]
    if len(tables) > 1:
        return f"The keys join {listing([f'`{one}`' for one in tables])}, so one query answers it."
    how = "groups" if plan.group else "filters" if plan.where else "reads"
    return f"One query that {how} `{tables[0]}` answers it."


def in_reading_order(plan: Plan) -> Plan:
    """Groups in the order in which a person reads them: along time, else the highest first."""
    if not plan.group or plan.order or plan.combined or plan.count_rows:
        return plan
    times = [one for one in plan.group if isinstance(one, Term) and is_time(one)]
    measure = next((one for one in plan.select if isinstance(one, Aggregate)), None)
    orders = [Order(one) for one in times] or ([Order(measure, descending=True)] if measure else [])
    return replace(plan, order=tuple(orders))


def _draw(progress: Progress, plan: Plan, schema: Schema, query: Finished) -> Reply | None:
    ranking, wider = _ranking(progress), ranking_plan(plan, schema)
    if ranking is not None and wider is not None:
        chart = ranking_chart(wider, ranking.page, progress.question)
    else:
        chart = chart_arguments(plan, query.page, progress.question)
    if chart is None or progress.of("show_chart"):
        return None
    text = "A line shows how it went." if chart["mark"] == "line" else "Bars show how they compare."
    return Reply(text, (Call("show_chart", chart),))


def _answer(progress: Progress, plan: Plan, schema: Schema, query: Finished) -> Reply:
    unread = _unread(progress, plan, schema)
    ranking, wider = _ranking(progress), ranking_plan(plan, schema)
    if withheld := withheld_text(query.page):
        text = withheld
    elif ranking is not None and wider is not None:
        text = ranking_text(
            Answering(wider, schema, ranking.page, progress.question), _asked_places(progress, plan)
        )
    elif is_ranking_itself(plan) and query.page.get("rows") != 0:
        text = ranking_text(
            Answering(plan, schema, query.page, progress.question), _asked_places(progress, plan)
        )
    else:
        text = answer_text(plan, schema, query.page, progress.question)
    if unread:
        text = f"I did not use {listing([repr(word) for word in unread])}, so this may miss the point. {text}"
    if asks_for_cause(progress.question):
        text += f" Whether something else caused it is beyond rules: I show what happened, not why. {CONNECT}"
    used = [query, *([ranking] if ranking else [])]
    arguments = {
        "text": text,
        "assumptions": [
            *assumptions(plan, schema, _words(progress), unread),
            *unused_memories(progress.notes),
        ],
        "steps": sorted({one.step for one in (*used, *progress.of("show_chart")) if not one.is_error}),
        "dataframes": [str(one.page.get("dataframe")) for one in used],
        "figures": [str(page["figure"]) for page in progress.pages("show_chart") if "figure" in page],
    }
    return Reply("Here is the answer.", (Call("final_answer", arguments),))


def _asked_places(progress: Progress, plan: Plan) -> int:
    """How many first places the question asks for in so many words; else one."""
    numbers = [token.value for token in tokenize(progress.question) if token.kind == "number"]
    return plan.limit if plan.limit in numbers and plan.limit is not None else 1


def _unread(progress: Progress, plan: Plan, schema: Schema) -> tuple[str, ...]:
    """The values that found no column, and the words that no rule read."""
    values = values_from_pages(progress.pages("profile_columns"), schema)
    unread = unread_words(re.sub(r"@(\w+)", r"\1", progress.question), schema, values)
    used = " ".join(words_used(plan)).casefold()
    words = [word for word in unread if not asks_for_cause(word) and word.casefold() not in used]
    return tuple(dict.fromkeys([*plan.missed, *words]))


def _words(progress: Progress) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", progress.question.casefold()))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
