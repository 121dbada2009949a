"""What may stand in a memory: text that shows all that it holds, and no secret."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError
from rasgo_nb.provider_settings import looks_like_key
from rasgo_nb.secret_words import secret_in

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LETTERS = 4_000  # nobody confirms what they would not read
# Letters and marks that show nothing: fillers, and the variation selectors that can carry whole texts.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]")
# Of these, and of letters that only shape what stands beside them; private letters have a shape in some font.
_MAYBE_HIDDEN = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_JOINERS = ("\u200c", "\u200d")  # which Persian, Hindi and families of emoji are written with
_SECRET_SAID = re.compile(
    r"(?i)\b(?:password|passwd|passphrase|passcode|pwd|secret(?: key)?|api[ _-]?key|access[ _-]?key|token)"
    r"\b\s*(?:\bis\b|[:=])\s*['\"`]?(?=[^\s'\"`]*[\d!@#$%^&*])[^\s'\"`]{5,}"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
REFUSED = (
    "This holds what could be a password or a key, and nothing of it is kept. Leave it out, and try again."
)


def cleaned(text: str) -> str:
    """The text without what cannot be seen or would rearrange the rest; its lines end alike."""
    lines = re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", text)
    kept = [letter for at, letter in enumerate(lines) if not _is_hidden(letter, lines[at - 1 : at])]
    return "\n".join(line.rstrip() for line in "".join(kept).split("\n")).strip()


def with_hidden_told(text: str) -> str:
    """The text with what shows nothing, or rearranges the rest, as escapes that can be read: ``\\u202e``."""
    if text.isascii() or not _MAYBE_HIDDEN.search(text):
        return text
    letters = (
        one.encode("unicode_escape").decode("ascii")
        if _MAYBE_HIDDEN.match(one) and _is_hidden(one, text[max(0, at - 1) : at])
        else one
        for at, one in enumerate(text)
    )
    return "".join(letters)


def hidden_in(text: str) -> list[str]:
    """What ``cleaned`` leaves out, each as an escape that can be read: ``\\u202e``."""
    found = [one for at, one in enumerate(text) if one != "\r" and _is_hidden(one, text[max(0, at - 1) : at])]
    return list(dict.fromkeys(one.encode("unicode_escape").decode("ascii") for one in found))


def check_secret(*texts: str, names: Iterable[str] = ()) -> None:
    """Refuse texts of which one holds what could be a secret; ``names`` are no secrets, however they look.

    Raises
    ------
    RasgoError
        one line; nothing of the text is in it.
    """
    if any(holds_secret(text, names) for text in texts):
        raise RasgoError(REFUSED)


def holds_secret(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a text holds what could be a password or key."""
    known = {part.casefold() for name in names for part in name.split(".")}
    words = [word for word in re.split(r"[\s'\"`(),;<>.]+", text) if word.casefold() not in known]
    return (
        any(looks_like_key(word) for word in words)
        or any(secret_in(word) == "password" for word in re.split(r"[\s'\"`(),;<>]+", text))
        or _SECRET_SAID.search(text) is not None
        or _PRIVATE_KEY.search(text) is not None
    )


def _is_hidden(letter: str, before: str) -> bool:
    if letter in "\n\t":
        return False
    if letter in _JOINERS:
        return not before or before.isascii()
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co"} or _UNSEEN.match(letter) is not None
