"""Request arguments that a model may refuse; what it refused is left out from then on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_OVERFLOW = re.compile(r"too long|too many|context", re.I)  # such a refusal may name max_tokens as well


class Options:
    """The options of one model's requests. ``refused`` holds names, or paths such as ``reasoning.summary``.

    A provider sends ``kept()``, and on an HTTP error asks ``refuse``: True means send again without.
    """

    def __init__(self, wanted: Mapping[str, object]) -> None:
        self.wanted = dict(wanted)
        self.refused: set[str] = set()

    def kept(self) -> dict[str, object]:
        """What is still sent, in the order in which it was wanted."""
        kept: dict[str, object] = {}
        for name, value in self.wanted.items():
            if isinstance(value, dict):
                inner = {key: one for key, one in value.items() if f"{name}.{key}" not in self.refused}
                value = inner if inner or not value else None
            if name not in self.refused and value is not None:
                kept[name] = value
        return kept

    def refuse(self, status: int, message: str, param: str = "") -> bool:
        """Whether this answer refuses an option that was sent; the option is left out from now on.

        ``param`` is what the provider says is wrong, where it says so; else the message is read.
        """
        if status not in {400, 422} or _OVERFLOW.search(message):
            return False
        name = self._named_by_param(param) if param else self._named_in(message)
        if name:
            self.refused.add(name)
        return bool(name)

    def _paths(self) -> list[str]:
        """Inner names first: the less is left out, the better."""
        kept = self.kept()
        inner = [f"{name}.{key}" for name, value in kept.items() if isinstance(value, dict) for key in value]
        return [*inner, *kept]

    def _named_by_param(self, param: str) -> str:
        return next((path for path in self._paths() if re.match(rf"{re.escape(path)}(?![\w-])", param)), "")

    def _named_in(self, message: str) -> str:
        return next(
            (path for path in self._paths() if re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w-])", message)),
            "",
        )
