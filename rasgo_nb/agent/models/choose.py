"""Which model a name means."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasgo_nb.errors import UnknownName

if TYPE_CHECKING:
    from rasgo_nb.agent.models.base import Model

MODELS = ("offline",)


def choose_model(name: str | Model) -> tuple[Model, str]:
    """The model of that name, and why it was taken where none was named.

    Raises
    ------
    UnknownName
        for a name that no provider answers to.
    """
    if not isinstance(name, str):
        return name, ""
    if name in {"", "offline"}:
        from rasgo_nb.agent.models.offline.model import OfflineModel

        return OfflineModel(), "" if name else "no other model is set; `%rasgo model` tells more"
    near = get_close_matches(name, MODELS, n=1, cutoff=0.5)
    raise UnknownName(f"There is no model {name!r}. Use `--model {near[0] if near else MODELS[0]}`.")
