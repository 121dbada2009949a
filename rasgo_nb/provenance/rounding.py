"""Whether a value is what a number says: rounded, in another unit, as a percentage, its sign in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.number_words import SECONDS

if TYPE_CHECKING:
    import numpy as np

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column

_SHARE = frozenset(["share", "rate", "ratio", "fraction", "proportion", "probability"])
_DURATIONS = frozenset(
    ["delay", "time", "duration", "length", "block", "airtime", "wait", "elapsed", "runtime"]
)
_FELL = re.compile(
    r"\b(?:fell|falls?|fallen|drop(?:s|ped)?|declin\w+|decreas\w+|reduc\w+|lost|loses|loss|los(?:s|"
    r"t)es|shrank|shrunk|"
    r"down|lower|less|fewer|short(?:er|fall)?|cheaper|below|under|slipped|sank|minus|negative|behind)\b",
    re.I,
)
_EARLY = re.compile(
    r"^[\s*_]*(?:[^\W\d]+\s+)?(?:early|earlier|ahead|before|below|lower|less|fewer|under|down|"
    r"negative|loss)\b",
    re.I,
)
_FELL_BY = re.compile(
    r"(?:fell|falls?|fallen|dropped|drops|declin\w+|decreas\w+|reduc\w+|lost|shrank|shrunk|slipped|sank|down)"
    r"(?:\s+(?:most|least|only))?[\s:,*_]*(?:by)?[\s*_~]*(?:about|around|roughly)?[\s*_~$]*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Form:
    """One way that a value may be said: times ``factor``; ``said`` tells it."""

    factor: float
    said: str = ""


def reach(claim: Claim) -> tuple[float, float]:
    """The values that the number stands for, from and to.

    12.3 stands for 12.25 to 12.35. Zeros at the end of a whole number may be rounded ones: three or more
    after two other digits, one where "about" or the like is said.
    """
    half = 0.5 * claim.step
    zeros = claim.round_step / claim.step if claim.step else 1.0
    if claim.kind == "fraction":
        half = 2.0
    elif (zeros >= 1000 and abs(claim.value) >= 10 * claim.round_step) or _is_round(claim, zeros):
        half = 0.5 * claim.round_step
    low, high = claim.value - half, claim.value + half
    if claim.hedge == "over":
        high = max(high, claim.value + min(claim.round_step, 0.1 * abs(claim.value)))
    elif claim.hedge == "under":
        low = min(low, claim.value - min(claim.round_step, 0.1 * abs(claim.value)))
    slack = 1e-6 * claim.step + 1e-12 * abs(claim.value)
    return low - slack, high + slack


def _is_round(claim: Claim, zeros: float) -> bool:
    """Whether the zeros at the end are rounded ones: "about 120", "roughly 50,000", but not "about 20"."""
    return bool(claim.hedge) and (zeros >= 100 or (zeros >= 10 and abs(claim.value) >= 10 * claim.round_step))


def fits(claim: Claim, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which of the values the number stands for, as they are."""
    low, high = reach(claim)
    found: np.ndarray[Any, Any] = (values >= low) & (values <= high)
    return found


def fits_one(claim: Claim, value: float) -> bool:
    """Whether the number stands for the value."""
    low, high = reach(claim)
    return low <= value <= high


def forms(claim: Claim, column: Column, text: str) -> list[Form]:
    """The ways in which a value of the column may be said as this number."""
    factors = _percent_forms(column) if claim.is_percent else _plain_forms(claim, column, text)
    return factors + [Form(-one.factor, "without its sign") for one in factors if _may_drop_sign(claim, text)]


def _percent_forms(column: Column) -> list[Form]:
    largest = _largest(column)
    is_percent = "percent" in column.words
    is_share = bool(column.words & _SHARE)
    forms = []
    if largest <= 1.0 + 1e-9 or _is_printed_share(column) or (is_share and not is_percent and largest <= 5):
        forms.append(Form(100.0, "as a percentage"))
    if is_percent or (largest > 1.0 and (is_share or _may_be_percent(column))):
        forms.append(Form(1.0))
    return forms


def _is_printed_share(column: Column) -> bool:
    """Whether numbers of printed lines, each of its own kind, may be shares."""
    import numpy as np

    assert column.numbers is not None
    return not column.name and bool((np.abs(column.numbers) <= 1).any())


def _may_be_percent(column: Column) -> bool:
    """Whether a column that does not say so may hold percentages."""
    import numpy as np

    assert column.numbers is not None
    is_figure = column.words & {"mean", "median", "minimum", "maximum", "deviation", "total"}
    finite = column.numbers[np.isfinite(column.numbers)]
    return not column.is_whole and not is_figure and bool(((finite >= 0) & (finite <= 100)).all())


def _plain_forms(claim: Claim, column: Column, text: str) -> list[Form]:
    own = next((size for unit, size in SECONDS.items() if unit.removesuffix("s") in column.words), None)
    size = SECONDS.get(claim.unit)
    low = column.name.casefold()
    if size and own and size != own:
        return [Form(own / size, f"in {claim.unit}")]
    if claim.kind == "time":
        return []
    forms = [Form(1.0)]
    if size and not own and claim.unit == "hours" and claim.digits >= 2 and column.words & _DURATIONS:
        forms.append(Form(1 / 60, "in hours"))
    if claim.unit == "money" and re.search(r"(?:^|_)cents?(?:_|$)", low):
        forms = [Form(0.01, "in whole units, not cents")]
    if re.search(r"(?:^|_)(?:k|thousands?|tsd)$", low):
        forms.append(Form(1e3, "in units, not thousands"))
    if re.search(r"(?:^|_)(?:mio|mn|millions?)$", low):
        forms.append(Form(1e6, "in units, not millions"))
    if claim.unit == "bytes":
        forms += [
            Form(base**power, "in bytes")
            for power, sign in enumerate("kmg", 1)
            for base in (1000.0, 1024.0)
            if low.endswith(f"{sign}b")
        ]
    if claim.unit == "kilometres" and claim.digits >= 3:
        forms.append(Form(1.609344, "in kilometres"))
    if "percent" in column.words and 0 < abs(claim.value) <= 1 and _says_share(claim, text):
        forms.append(Form(0.01, "as a share"))
    return forms


def _largest(column: Column) -> float:
    import numpy as np

    assert column.numbers is not None
    finite = column.numbers[np.isfinite(column.numbers)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _says_share(claim: Claim, text: str) -> bool:
    return bool(re.search(r"share|fraction|ratio|rate|proportion|probability", _around(claim, text), re.I))


def _around(claim: Claim, text: str) -> str:
    return text[max(claim.part.start, claim.start - 60) : min(claim.part.end, claim.end + 40)]


def _may_drop_sign(claim: Claim, text: str) -> bool:
    """Whether the words around carry the minus: fell by 3.2, 3.2 minutes early."""
    if claim.is_negative or claim.part.is_cell:
        return False
    before = text[max(claim.part.start, claim.start - 45) : claim.start]
    after = text[claim.end : min(claim.part.end, claim.end + 30)]
    return bool(_FELL.search(before) or _EARLY.search(after))


def says_fall(claim: Claim, text: str) -> bool:
    """Whether the number is said as the size of a fall."""
    return bool(_FELL_BY.search(text[max(claim.part.start, claim.start - 45) : claim.start]))
