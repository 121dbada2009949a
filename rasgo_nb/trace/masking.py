"""Known secrets are replaced in every text before it is written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HIDDEN = "***"
SHORTEST = 8  # a shorter value may be a word of any text
_SHORTEST_BEGINNING = 4


class Masking:
    """Finds secrets in texts, as they are and as JSON and URLs spell them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if len(secret) >= SHORTEST}
        spelled = {spelling for secret in self._secrets for spelling in _spellings(secret)}
        # The longest first: one secret may begin with another.
        ordered = sorted(spelled, key=lambda one: (-len(one), one))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __repr__(self) -> str:
        return f"Masking({len(self._secrets)} held)"

    def masked(self, text: str) -> str:
        """The text with ``***`` for each secret."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def may_go_on(self, text: str) -> bool:
        """Whether the text ends as a secret begins, which what follows may complete."""
        return any(
            text.endswith(secret[:length])
            for secret in self._secrets
            for length in range(_SHORTEST_BEGINNING, len(secret))
        )


class Secrets:
    """The secrets that hold now; asked anew now and then, since a run may open connections."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self._known = known
        self._values: frozenset[str] = frozenset()
        self.masking = Masking()

    def refresh(self) -> None:
        """Take in what has become known; what once was a secret stays one."""
        values = self._values.union(self._known())
        if values != self._values:
            self._values, self.masking = values, Masking(values)


def _spellings(secret: str) -> set[str]:
    """The secret, and as it stands in JSON, in JSON within JSON, and in a URL."""
    spelled = {secret, quote(secret, safe=""), quote_plus(secret)}
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        twice = json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        spelled |= {once, twice, json.dumps(twice)[1:-1], json.dumps(once)[1:-1]}
    return {one for one in spelled if len(one) >= SHORTEST}
