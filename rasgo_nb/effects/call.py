"""A call of something known, and how its arguments are looked up."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.effects.texts import Text, texts_of
from rasgo_nb.policy import Finding

if TYPE_CHECKING:
    from rasgo_nb.effects.origins import Origin, Resolver
    from rasgo_nb.effects.survey import Scope, Survey

_MEMORY = frozenset(("io.StringIO", "io.BytesIO", "pyarrow.BufferOutputStream", "sys.stdout", "sys.stderr"))
_LONG = 50  # characters of a call that is told as it is written


@dataclass(slots=True)
class Call:
    """A call and where its function comes from; ``expressions`` are texts in it that are Python."""

    node: ast.Call
    scope: Scope
    origin: Origin
    resolver: Resolver
    survey: Survey
    expressions: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How the call is told: ``requests.get``."""
        if self.origin.state == "place":
            return self.origin.path.removeprefix("builtins.")
        written = ast.unparse(self.node.func).replace("\n", " ")
        return written if len(written) < _LONG else f"….{self.origin.last}"

    def argument(self, place: int, names: frozenset[str] | tuple[str, ...]) -> ast.expr | None:
        """The argument at a place or under one of these names; what is unpacked counts for it."""
        for argument in self.node.args[: place + 1]:
            if isinstance(argument, ast.Starred):
                return argument
        if len(self.node.args) > place:
            return self.node.args[place]
        return next(
            (word.value for word in self.node.keywords if word.arg is None or word.arg in names), None
        )

    def texts(self, argument: ast.expr | None) -> list[Text] | None:
        """Every text that an argument may be; None where that cannot be told."""
        return texts_of(argument, self.scope, self.resolver) if argument is not None else None

    def is_memory(self, argument: ast.expr | None) -> bool:
        """Whether an argument is a buffer and no file."""
        origins = self.resolver.of(argument, self.scope) if argument is not None else frozenset()
        return bool(origins) and all(one.path in _MEMORY for one in origins)


def plain(kind: str, title: str) -> list[Finding]:
    """What something of a kind does, whatever its arguments are."""
    said = _PLAIN.get(kind)
    return [Finding(said[0], said[1].format(title))] if said is not None else []  # type: ignore[arg-type]


_PLAIN = {
    "network": ("network", "reaches the network ({})"),
    "connects": ("network", "reaches the network ({})"),
    "install": ("install", "installs packages ({})"),
    "install_extension": ("install", "installs extensions ({})"),
    "program": (None, "runs another program (`{}`)"),
    "unjudged": (None, "calls `{}`"),
    "warehouse": ("write_warehouse", "writes to the warehouse ({})"),
    "writes": ("write_file", "writes a file ({})"),
    "writes_content": ("write_file", "writes a file ({})"),
}


def is_plain(kind: str) -> bool:
    """Whether something of a kind does the same whatever its arguments are."""
    return kind in _PLAIN
