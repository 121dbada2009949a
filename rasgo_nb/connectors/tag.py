"""Which run and step a query belongs to, for the tag or label that the warehouse keeps with it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATION = "rasgo_nb"


@dataclass(frozen=True, slots=True)
class QueryTag:
    """``str()`` is for one text (a query tag, an application name, a comment); ``labels`` for pairs."""

    run: str = ""
    step: int = 0

    def __str__(self) -> str:
        return f"{APPLICATION} run={self.run} step={self.step}" if self.run else APPLICATION

    @property
    def labels(self) -> dict[str, str]:
        """Keys and values of lower-case letters, digits, ``-`` and ``_``, as BigQuery wants them."""
        own = {"run": self.run.lower(), "step": str(self.step)} if self.run else {}
        return {"application": APPLICATION, **own}


_current: ContextVar[QueryTag | None] = ContextVar("rasgo_nb_query_tag", default=None)


def current_tag() -> QueryTag:
    """The tag of what runs now; one without a run where a person queries by themselves."""
    return _current.get() or QueryTag()


@contextmanager
def tagged(run: str, step: int) -> Iterator[None]:
    """Queries made inside, also in threads that take the context along, belong to this step."""
    token = _current.set(QueryTag(run, step))
    try:
        yield
    finally:
        _current.reset(token)
