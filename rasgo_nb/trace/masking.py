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
_JSON_WITHIN = 3  # times: a body that is quoted in a record
_BEGINNING = 2  # characters that may be those of a secret


class Masking:
    """Finds secrets in texts, as they are and as JSON and URLs spell them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if len(secret) >= SHORTEST}
        spelled = {spelling for secret in self._secrets for spelling in _spellings(secret)}
        # The longest first: one secret may begin with another.
        ordered = sorted(spelled, key=lambda one: (-len(one), one))
        self._spelled = tuple(ordered)
        self._pattern = re.compile("|".join(map(re.escape, ordered)))

    def __repr__(self) -> str:
        return f"Masking({len(self._secrets)} held)"

    def masked(self, text: str) -> str:
        """The text with ``***`` for each secret."""
        # A look for each is much faster than the pattern, and most texts hold none.
        return self._pattern.sub(HIDDEN, text) if any(one in text for one in self._spelled) else text

    def may_go_on(self, text: str) -> bool:
        """Whether the text ends as a secret begins, which what follows may complete."""
        for secret in self._secrets:
            tail = text[1 - len(secret) :]
            place = tail.find(secret[:_BEGINNING])
            while place >= 0:
                if secret.startswith(tail[place:]):
                    return True
                place = tail.find(secret[:_BEGINNING], place + 1)
        return False


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
    """The secret, and as it stands in Python, in a URL, in JSON and in JSON within JSON."""
    spelled = {secret, repr(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)}
    for _ in range(_JSON_WITHIN):
        spelled |= {
            json.dumps(one, ensure_ascii=is_ascii)[1:-1] for one in spelled for is_ascii in (True, False)
        }
    return {one for one in spelled if len(one) >= SHORTEST}
