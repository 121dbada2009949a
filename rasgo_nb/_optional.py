"""Loads libraries that not everyone needs, or that must be loaded at the right moment."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from rasgo_nb.errors import MissingDependency


def load(module: str, *, extra: str, purpose: str) -> Any:
    """The module; it belongs to the extra of that name of this package.

    Raises
    ------
    MissingDependency
        when it is not installed, with the line that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        if error.name is not None and not module.startswith(error.name.split(".")[0]):
            raise
        raise MissingDependency(
            f"{purpose} needs {module.split('.')[0]}. Type `%pip install 'rasgo_nb[{extra}]'` and ask again."
        ) from None


def load_numpy() -> None:
    """Load numpy whole; to be called before a thread begins that may load it.

    A C extension such as pyarrow's or onnxruntime's imports a part of numpy, which does not wait for an
    import of numpy that another thread has begun: both fail then, and numpy cannot be imported again.
    """
    import_module("numpy")
