"""Trace each number of an answer to the results of the run's steps.

A number is believed where the simplest explanation also fits the words around it: the row that its sentence
names, the column that its noun names, the unit. Among thousands of values some always match by chance; what
the words do not support has to match where few values are near.
"""

from __future__ import annotations

import re
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.counting import counted
from rasgo_nb.provenance.derived import derived
from rasgo_nb.provenance.evidence import (
    EXTREME,
    Evidence,
    Match,
    ends_of,
    is_named_so,
    is_other_noun,
    is_rounded_by_chance,
    place_of,
)
from rasgo_nb.provenance.mentions import is_key_said
from rasgo_nb.provenance.named_numbers import ASKED, in_label, named_number
from rasgo_nb.provenance.numbers import claims_in
from rasgo_nb.provenance.provenance import NumberTrace, Provenance
from rasgo_nb.provenance.rounding import fits, forms, reach, says_fall
from rasgo_nb.provenance.shown import Results, results_of, values_of
from rasgo_nb.provenance.words import stems

if TYPE_CHECKING:
    import numpy as np

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.rounding import Form
    from rasgo_nb.provenance.shown import Column, Shown

LONGEST_S = 0.3
_MOST_NUMBERS = 300
_NEAR = 25  # roundings up and down in which values count as near
_MOST_NEAR = 0.03  # of which so many are taken by other values, where no word supports the match
_MOST_NEAR_SUPPORTED = 0.3


_OVER_ALL = re.compile(
    r"\b(?:average|mean|median|total|sum)\b[^.;]*\b(?:overall|over all|across|in total|altogether|over the)\b"
    r"|\b(?:overall|over all|across all|in total|altogether)\b[^.;]*\b(?:average|mean|median|total|"
    r"sum|came to|is)\b",
    re.I,
)


def traced(answer_text: str, log: RunLog, question: str, *, longest_s: float = LONGEST_S) -> Provenance:
    """Where each number of the answer comes from.

    ``is_whole`` is False where results were too large, or time ran out, before all was searched.
    """
    until = perf_counter() + longest_s
    claims = claims_in(answer_text)
    if not claims:
        return Provenance()
    return explained(answer_text, question, claims, results_of(log), until)


def explained(text: str, question: str, claims: list[Claim], results: Results, until: float) -> Provenance:
    """The same, of results that are known already."""
    evidence = Evidence(text, question, claims, claims_in(question), results, until)
    kept = claims[:_MOST_NUMBERS]
    is_whole = results.is_whole and len(kept) == len(claims)
    for explain in (_first, derived, derived):  # twice: some are made of others that are derived
        for claim in kept:
            if claim.start in evidence.matched:
                continue
            if evidence.is_late:
                is_whole = False
                break
            match = explain(claim, evidence)
            if match is not None:
                evidence.matched[claim.start] = match
    _doubt_names(evidence)
    return Provenance(tuple(_trace(claim, evidence) for claim in kept), is_whole)


def _first(claim: Claim, evidence: Evidence) -> Match | None:
    """The best explanation that needs no arithmetic."""
    if claim.kind in ("date", "year", "time", "ordinal"):
        return named_number(claim, evidence)
    if (label := in_label(claim, evidence)) is not None:
        return label
    options = [*found(claim, evidence), *counted(claim, evidence)]
    named = named_number(claim, evidence)
    options += [named] if named is not None and (not options or named.said == ASKED) else []
    return max(options, key=lambda one: one.rank, default=None)


def _doubt_names(evidence: Evidence) -> None:
    """A date or key of a row whose number stands in another row is as doubtful as the number."""
    for claim in evidence.claims:
        if claim.start not in evidence.misplaced or claim.start in evidence.matched:
            continue
        for other in evidence.claims:
            is_name = other.kind in ("date", "time") or (other.kind == "number" and _is_key(other, evidence))
            if is_name and other.part == claim.part and other.end <= claim.start:
                evidence.matched.pop(other.start, None)


def _is_key(claim: Claim, evidence: Evidence) -> bool:
    match = evidence.matched.get(claim.start)
    return match is not None and match.said.startswith("names ")


def _trace(claim: Claim, evidence: Evidence) -> NumberTrace:
    match = evidence.matched.get(claim.start)
    if match is None:
        said = "stands in another row" if claim.start in evidence.misplaced else "not found in the results"
        return NumberTrace(claim.start, claim.end, claim.text, "unverified", (), said)
    return NumberTrace(claim.start, claim.end, claim.text, match.how, match.places[:6], match.said)


def found(claim: Claim, evidence: Evidence) -> list[Match]:
    """The values of results that the number may be."""
    matches = []
    for table in evidence.results.tables:
        if evidence.is_late:
            break
        for column in table.columns:
            if column.numbers is None or is_other_noun(claim, evidence, table, column):
                continue
            if is_rounded_by_chance(claim, evidence, table, column):
                continue
            for form in forms(claim, column, evidence.text):
                match = _in_column(claim, evidence, table, column, form)
                matches += [match] if match else []
    return matches


def _in_column(claim: Claim, evidence: Evidence, table: Shown, column: Column, form: Form) -> Match | None:
    import numpy as np

    assert column.numbers is not None
    values = column.numbers if form.factor == 1 else column.numbers * form.factor
    mask = fits(claim, values)
    if claim.is_whole and form.factor == 1 and column.is_whole and claim.hedge != "":
        mask |= values == claim.value
    if not mask.any() or _is_wrong_way(claim, evidence, column, values[mask]):
        return None
    if column.is_key:
        if not is_key_said(evidence.text, claim, column):
            return None
        row = int(np.flatnonzero(mask)[0])
        said = f"names {column.name} of {_where(table)}"
        return Match("found", said, (place_of(table, column, row),), 2.0, float(column.numbers[row]))
    named = evidence.named(claim, table)
    if named.hold == "firm":
        assert named.rows is not None
        if not (mask & named.rows).any() and len(values) > 1:
            evidence.misplaced.add(claim.start)
        if len(named.group) > 1 and not _holds_for_each(claim, evidence, mask, named.group):
            return None
        return _at_rows(claim, evidence, table, column, form, mask & named.rows, named.rows, 4.0)
    if named.hold == "near":
        assert named.rows is not None
        match = _at_rows(claim, evidence, table, column, form, mask & named.rows, named.rows, 3.0)
        is_extreme = bool(EXTREME.search(evidence.around(claim)))
        if match or not is_extreme:
            return match
    return _unnamed(claim, evidence, table, column, form, values, mask, is_near=named.hold == "near")


def _holds_for_each(
    claim: Claim, evidence: Evidence, mask: np.ndarray[Any, Any], group: tuple[np.ndarray[Any, Any], ...]
) -> bool:
    """Whether a number said of several labels is of each, or of the one that the sentence singles out."""
    if all((mask & rows).any() for rows in group):
        return True
    around = evidence.around(claim)
    singled = r"\b(?:former|latter|larger|smaller|higher|lower|longer|shorter|better|worse)\b"
    return bool(re.search(singled, around)) and claim.digits >= 3


def _at_rows(
    claim: Claim,
    evidence: Evidence,
    table: Shown,
    column: Column,
    form: Form,
    mask: np.ndarray[Any, Any],
    rows: np.ndarray[Any, Any],
    rank: float,
) -> Match | None:
    """A match among the rows that the words name, where there are not too many for chance."""
    if not mask.any():
        return None
    if int(rows.sum()) > 3 and _crowding(claim, form, column, rows) > _MOST_NEAR_SUPPORTED:
        assert column.numbers is not None
        if not (mask & ends_of(column.numbers)).any():
            return None
    return _match(claim, evidence, table, column, form, mask, rank)


def _unnamed(
    claim: Claim,
    evidence: Evidence,
    table: Shown,
    column: Column,
    form: Form,
    values: np.ndarray[Any, Any],
    mask: np.ndarray[Any, Any],
    *,
    is_near: bool,
) -> Match | None:
    """A match of a number whose sentence names no row."""
    import numpy as np

    everything = np.ones(len(values), dtype=bool)
    is_supported = is_named_so(claim, evidence, table, column)
    if len(values) == 1:
        return _match(claim, evidence, table, column, form, mask, 2.0 + is_supported)
    if _OVER_ALL.search(evidence.text[claim.part.start : claim.start]) and not claim.part.is_cell:
        return None
    at_end = mask & ends_of(values)
    is_extreme = claim.digits >= 3 or bool(EXTREME.search(evidence.around(claim)))
    if at_end.any() and not table.is_text and is_extreme and (claim.digits >= 2 or is_supported):
        return _match(claim, evidence, table, column, form, at_end, 1.5 + is_supported)
    if is_near:
        return None
    most = _MOST_NEAR_SUPPORTED / 3 if is_supported and claim.digits >= 3 else _MOST_NEAR
    if claim.digits >= 2 and _crowding(claim, form, column, everything) <= most:
        return _match(claim, evidence, table, column, form, mask, 0.5 + is_supported)
    if table.is_text and (len(values) <= 3 or _is_line_said(claim, evidence, table, mask)):
        return _match(claim, evidence, table, column, form, mask, 0.4)
    return None


def _is_line_said(claim: Claim, evidence: Evidence, table: Shown, mask: np.ndarray[Any, Any]) -> bool:
    """Whether words beside the number are those of the printed line, and of no other: "median: -2.0"."""
    beside = stems(evidence.text[max(claim.part.start, claim.start - 30) : claim.start])
    lines = [stems(label) for label in table.columns[0].labels]
    codes = table.columns[0].codes
    assert codes is not None
    rows = {int(codes[row]) for row in mask.nonzero()[0]}
    others = frozenset(word for code, words in enumerate(lines) if code not in rows for word in words)
    return any((lines[code] - others) & beside for code in rows if code < len(lines))


def _crowding(claim: Claim, form: Form, column: Column, rows: np.ndarray[Any, Any]) -> float:
    """The share of the numbers beside this one that would have matched as well."""
    import numpy as np

    assert column.numbers is not None
    low, high = reach(claim)
    size = max(high - low, 1e-12)
    values = column.numbers[rows] * form.factor
    near = values[(np.abs(values - claim.value) <= _NEAR * size) & ((values < low) | (values > high))]
    return len(np.unique(np.round(near / size))) / (2 * _NEAR)


def _is_wrong_way(claim: Claim, evidence: Evidence, column: Column, values: np.ndarray[Any, Any]) -> bool:
    """Whether a rise is told as a fall."""
    import numpy as np

    assert column.numbers is not None
    if not says_fall(claim, evidence.text) or claim.is_negative:
        return False
    is_mixed = bool((column.numbers[np.isfinite(column.numbers)] < 0).any())
    return (
        is_mixed
        and not claim.part.is_cell
        and bool((column.numbers >= 0).any())
        and _all_rises(column, values)
    )


def _all_rises(column: Column, values: np.ndarray[Any, Any]) -> bool:
    """Whether all matches are values as they are, above zero."""
    import numpy as np

    assert column.numbers is not None
    return bool((values > 0).all()) and bool(np.isin(values, column.numbers).all())


def _match(
    claim: Claim,
    evidence: Evidence,
    table: Shown,
    column: Column,
    form: Form,
    mask: np.ndarray[Any, Any],
    rank: float,
) -> Match:
    import numpy as np

    assert column.numbers is not None
    rows = [int(row) for row in np.flatnonzero(mask)[:6]]
    value = float(column.numbers[rows[0]])
    rounded = "" if value * form.factor == claim.value else "rounded"
    how = ", ".join(filter(None, (form.said, rounded)))
    said = f"{_cell(table, column, rows[0])}{f', {how}' if how else ''}"
    rank += 0.5 * is_named_so(claim, evidence, table, column) - 0.1 * bool(form.said) - 0.2 * table.is_text
    return Match("found", said, tuple(place_of(table, column, row) for row in rows), rank, value)


def _cell(table: Shown, column: Column, row: int) -> str:
    """A value in plain words: "mean_delay of EV in step 2"."""
    if table.is_text:
        return f"printed in step {table.step}"
    name = column.name or "value"
    named = [value for value in values_of(table, row).values() if value][:2]
    of = (
        f" of {', '.join(named)}"
        if named and table.rows > 1
        else f" of row {row + 1}"
        if table.rows > 1
        else ""
    )
    return f"{name}{of} in step {table.step}"


def _where(table: Shown) -> str:
    return f"a row in step {table.step}"
