"""Numbers as words, months and units: what the words around figures mean."""

from __future__ import annotations

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

# "One" and "zero" are too often no number.
WORDS: dict[str, int] = {word: number for number, word in enumerate(_ONES) if number > 1}
WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
WORDS |= {
    f"{tens}{sign}{one}": WORDS[tens] + number
    for tens in _TENS
    for number, one in enumerate(_ONES[1:10], 1)
    for sign in "- "
}
WORDS |= {"hundred": 100, "a hundred": 100, "one hundred": 100, "a dozen": 12}

FRACTIONS = {
    "half": 1 / 2,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "two thirds": 2 / 3,
    "a quarter": 1 / 4,
    "one quarter": 1 / 4,
    "three quarters": 3 / 4,
    "a fifth": 1 / 5,
    "one fifth": 1 / 5,
    "two fifths": 2 / 5,
    "three fifths": 3 / 5,
    "four fifths": 4 / 5,
    "a tenth": 1 / 10,
    "one tenth": 1 / 10,
}
FRACTIONS |= {word.replace(" ", "-"): share for word, share in FRACTIONS.items() if word[:2] != "a "}

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
MONTHS = {month: number for number, month in enumerate(_MONTHS, 1)}
MONTHS |= {month[:3]: number for month, number in MONTHS.items()} | {"sept": 9}

SCALES = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("m", "mn", "mm", "mio", "million", "millions"), 1e6),
    **dict.fromkeys(("b", "bn", "billion", "billions"), 1e9),
    **dict.fromkeys(("t", "tn", "trillion", "trillions"), 1e12),
}
BYTES = {
    unit: base**power
    for power, letter in enumerate("kmgtp", 1)
    for unit, base in ((f"{letter}b", 1000.0), (f"{letter}ib", 1024.0))
}
PERCENT = frozenset(
    ("%", "percent", "per cent", "pct", "percentage point", "percentage points", "pp", "%-points")
)
UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("week", "weeks"), "weeks"),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), "milliseconds"),
    **dict.fromkeys(("dollar", "dollars", "usd", "euro", "euros", "eur", "gbp", "pounds"), "money"),
    **dict.fromkeys(("cent", "cents"), "cents"),
    **dict.fromkeys(("mile", "miles", "mi"), "miles"),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), "kilometres"),
    **dict.fromkeys(("x", "times", "fold"), "times"),
    **dict.fromkeys(("°f", "°c", "degrees", "°", "mph", "kg", "g", "mm", "cm", "inches", "feet"), "measure"),
}
SECONDS = {
    "milliseconds": 0.001,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 604800.0,
}
