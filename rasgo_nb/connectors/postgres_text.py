"""Postgres values in text form become Arrow arrays, those too that Arrow's own parsers do not know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    Convert = Callable[[pa.Array], pa.Array]

_DATE = re.compile(r"(\d+)-(\d\d)-(\d\d)( BC)?")
_MOMENT = re.compile(
    r"(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?"
)
_PLAIN_DATE = r"^\d{4}-\d\d-\d\d$"
_PLAIN_MOMENT = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d(:\d\d)?)?$"
_SPAN = re.compile(r"([+-]?\d+) (year|mon|day)s?|([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
LAST_DAY = 2_145_042_905  # 5874897-12-31, from 1970
FIRST_DAY = -2_440_588  # 4714-11-24 BC
LAST_MICROSECOND = 2**63 - 1
FIRST_MICROSECOND = FIRST_DAY * 86_400_000_000
_LAST_SPAN_DAYS = 106_751_990  # what timedelta64[us] can hold
_MOST_NANOSECONDS = 2**63 - 1


def dates(texts: pa.Array) -> pa.Array:
    """Date32; an infinite date is the last or first that Postgres can hold."""
    import pyarrow as pa

    return _mostly_plain(texts, _PLAIN_DATE, pa.date32(), pa.int32(), _day)


def moments(zone: str | None) -> Convert:
    """Timestamps in microseconds; what is beyond them is the last or first one."""

    def convert(texts: pa.Array) -> pa.Array:
        import pyarrow as pa

        type_ = pa.timestamp("us", "UTC" if zone else None)
        found = _mostly_plain(texts, _PLAIN_MOMENT, type_, pa.int64(), _microseconds)
        return found.cast(pa.timestamp("us", zone))

    return convert


def _mostly_plain(
    texts: pa.Array, plain: str, type_: Any, number: Any, parse: Callable[[str], int]
) -> pa.Array:
    """Plain texts are cast at once, each of the others is parsed by itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_plain = pc.match_substring_regex(texts, plain)
    known = pc.if_else(is_plain, texts, pa.scalar(None, texts.type)).cast(type_)
    odd = pc.if_else(is_plain, pa.scalar(None, texts.type), texts).to_pylist()
    parsed = pa.array([None if text is None else parse(text) for text in odd], number).cast(type_)
    return pc.coalesce(known, parsed)


def _day(text: str) -> int:
    if text.endswith("infinity"):
        return FIRST_DAY if text.startswith("-") else LAST_DAY
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no date in ISO style")
    return days_from_1970(_year(found[1], found[4]), int(found[2]), int(found[3]))


def _microseconds(text: str) -> int:
    if text.endswith("infinity"):
        return FIRST_MICROSECOND if text.startswith("-") else LAST_MICROSECOND
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no timestamp in ISO style")
    year, month, day, hour, minute, second, fraction, sign, *offset, era = found.groups()
    seconds = days_from_1970(_year(year, era), int(month), int(day)) * 86_400
    seconds += _seconds(hour, minute, second) - (-1 if sign == "-" else 1) * _seconds(*offset)
    return min(LAST_MICROSECOND, seconds * 1_000_000 + int((fraction or "").ljust(6, "0")))


def _seconds(hours: str | None, minutes: str | None, seconds: str | None) -> int:
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)


def _year(text: str, era: str | None) -> int:
    return 1 - int(text) if era else int(text)


def days_from_1970(year: int, month: int, day: int) -> int:
    """Days of the proleptic Gregorian calendar, any year: howardhinnant.github.io/date_algorithms.html."""
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def spans(texts: pa.Array) -> pa.Array:
    """Intervals in Postgres's own style as months, days and nanoseconds."""
    import pyarrow as pa

    values = [None if text is None else _span(text) for text in texts.to_pylist()]
    return pa.array(values, pa.month_day_nano_interval())


def _span(text: str) -> tuple[int, int, int]:
    if text.endswith("infinity"):
        return 0, -_LAST_SPAN_DAYS if text.startswith("-") else _LAST_SPAN_DAYS, 0
    months = days = microseconds = 0
    for count, unit, sign, hours, minutes, seconds, fraction in _SPAN.findall(text):
        if unit == "day":
            days += int(count)
        elif unit:
            months += int(count) * (12 if unit == "year" else 1)
        else:
            size = _seconds(hours, minutes, seconds) * 1_000_000 + int(fraction.ljust(6, "0"))
            microseconds += -size if sign == "-" else size
    if abs(microseconds) * 1000 > _MOST_NANOSECONDS:
        more, microseconds = divmod(microseconds, 86_400_000_000)
        days += more
    return months, days, microseconds * 1000


def times(texts: pa.Array) -> pa.Array:
    """time64[us]; texts where one is 24:00:00, which Arrow has no place for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        day, space = pa.scalar("1970-01-01", texts.type), pa.scalar(" ", texts.type)
        on_a_day = pc.binary_join_element_wise(day, texts, space).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return texts
    return on_a_day.cast(pa.time64("us"))


def blobs(texts: pa.Array) -> pa.Array:
    r"""Bytes from the form ``\x...``."""
    import pyarrow as pa

    return pa.array(
        [None if text is None else bytes.fromhex(text[2:]) for text in texts.to_pylist()], pa.large_binary()
    )


def truths(texts: pa.Array) -> pa.Array:
    """Booleans from ``t`` and ``f``."""
    import pyarrow.compute as pc

    return pc.equal(texts, "t")


def casts(type_: pa.DataType) -> Convert:
    """What Arrow itself reads."""
    return lambda texts: texts.cast(type_)


def same(texts: pa.Array) -> pa.Array:
    """Texts as they are."""
    return texts
