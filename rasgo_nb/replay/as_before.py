"""What code may set beside variables, put back as it was: random state, options, folder, environment."""

from __future__ import annotations

import decimal
import os
import random
import sys
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def as_before() -> Iterator[None]:
    """A block after which the settings of the process are as before; libraries not loaded stay so."""
    with ExitStack() as back:
        back.enter_context(warnings.catch_warnings())
        back.callback(random.setstate, random.getstate())
        back.callback(decimal.setcontext, decimal.getcontext().copy())
        back.callback(_set_list, sys.path, list(sys.path))
        back.callback(_set_environment, dict(os.environ))
        back.callback(_go_to, Path.cwd())
        for module, keep in _OF_LIBRARIES.items():
            if module in sys.modules:
                back.callback(keep(sys.modules[module]))
        yield


def _set_list(items: list[str], before: list[str]) -> None:
    items[:] = before


def _set_environment(before: dict[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _go_to(folder: Path) -> None:
    if Path.cwd() != folder:
        os.chdir(folder)


def _numpy(numpy: Any) -> Callable[[], None]:
    state, printed, errors = numpy.random.get_state(), numpy.get_printoptions(), numpy.geterr()

    def put_back() -> None:
        numpy.random.set_state(state)
        numpy.set_printoptions(**printed)
        numpy.seterr(**errors)

    return put_back


def _pandas(pandas: Any) -> Callable[[], None]:
    before = dict(_options(pandas.options))

    def put_back() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of options that are on their way out
            for name, value in _options(pandas.options):
                if name in before and before[name] != value:
                    pandas.set_option(name, before[name])

    return put_back


def _options(group: Any, prefix: str = "") -> Iterator[tuple[str, object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in dir(group):
            value = getattr(group, name)
            if type(value) is type(group):
                yield from _options(value, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", value


def _matplotlib(matplotlib: Any) -> Callable[[], None]:
    before = dict.copy(matplotlib.rcParams)

    def put_back() -> None:
        dict.update(matplotlib.rcParams, before)  # as it is: setting one by its name would choose a backend

    return put_back


def _plotly(io: Any) -> Callable[[], None]:
    template, renderer = io.templates.default, io.renderers.default

    def put_back() -> None:
        if io.templates.default != template:
            io.templates.default = template
        if io.renderers.default != renderer:
            io.renderers.default = renderer

    return put_back


_OF_LIBRARIES = {"numpy": _numpy, "pandas": _pandas, "matplotlib": _matplotlib, "plotly.io": _plotly}
