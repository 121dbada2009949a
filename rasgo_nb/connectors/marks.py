"""What tells that a table is described another way than it was."""

from __future__ import annotations

import hashlib
import math

_STEP = 1.5  # a row count that grew less is near enough to what was told


def size_step(rows: int | None) -> str:
    """The same text for row counts that lie near each other; empty where there is none.

    As part of a mark it has tables described anew that have grown, not those of which each day adds some.
    """
    if rows is None:
        return ""
    return str(round(math.log(rows, _STEP))) if rows > 0 else "none"


def digest(*parts: object) -> str:
    """The same text for the same parts."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()
