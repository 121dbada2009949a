"""Load a library that not everyone installs, or say what to type."""

from __future__ import annotations

import importlib
from typing import Any

from rasgo_nb.errors import MissingDependency


def load(module: str, *, purpose: str, extra: str) -> Any:
    """The module, imported now.

    Raises
    ------
    MissingDependency
        when it is not installed; names the pip command that installs ``rasgo_nb[extra]``.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or module.split(".")[0] != error.name.split(".")[0]:
            raise
        raise MissingDependency(
            f"{purpose} needs {module}. Run `%pip install 'rasgo_nb[{extra}]'` and ask again."
        ) from None
