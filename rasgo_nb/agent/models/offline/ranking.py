"""The ranking behind an answer that names only its first places: who they are, and by which number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.draft import display_columns
from rasgo_nb.agent.models.offline.plan import Plan, Term

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Column, Schema

_PLACES = 15


def ranking_plan(plan: Plan, schema: Schema) -> Plan | None:
    """The first places with their names and the measure; None where the answer ranks nothing by a number."""
    labels = ranked_labels(plan)
    if plan.limit is None or plan.combined or plan.star or not labels:
        return None
    measure = plan.order[0].expression
    if isinstance(measure, Term) and (measure.column.kind == "text" or measure.grain):
        return None
    names = tuple(Term(name) for label in labels for name in readable_names(label, schema))
    if measure in plan.select and plan.limit > 1 and not names:
        return None  # the answer's own frame is the ranking
    return replace(
        plan,
        select=(*labels, *names, measure),
        group=(*plan.group, *names) if plan.group else (),
        distinct=False,
        limit=_PLACES,
    )


def is_ranking_itself(plan: Plan) -> bool:
    """True where the plan shows the first places with their measure."""
    is_limited = plan.limit is not None and bool(plan.group) and not plan.combined
    return is_limited and bool(ranked_labels(plan)) and plan.order[0].expression in plan.select


def ranked_labels(plan: Plan) -> tuple[Term, ...]:
    """The columns that name what is ranked; none where nothing is."""
    if not plan.order:
        return ()
    measure = plan.order[0].expression
    return tuple(one for one in plan.select if isinstance(one, Term) and one != measure)[:3]


def readable_names(label: Term, schema: Schema) -> tuple[Column, ...]:
    """The name of what a code stands for, where a declared key leads to a table with one."""
    if label.grain:
        return ()
    for key in schema.keys:
        if key.declared and key.column == label.column:
            named = display_columns(schema.table_of(key.referenced), schema)
            return tuple(one for one in named if one != key.referenced and one.kind == "text")
    return ()
