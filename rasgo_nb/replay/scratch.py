"""A namespace of its own in the person's shell: steps run in it, and bind nothing of the person's."""

from __future__ import annotations

import copy
import sys
import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import is_a
from rasgo_nb.namespace import mentioned_names, persons_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class CannotCopy(Exception):
    """An object of the person's that has no copy; its text is the name."""


class Scratch:
    """``names`` begins with nothing but what the shell itself puts into a namespace.

    What steps read of the person's is copied in by ``take``: whatever they do to a copy, the person's object
    stays as it is.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.taken: list[str] = []  # in the order in which they were copied
        self._person: dict[str, Any] = shell.user_ns
        self._module = types.ModuleType("__main__")
        self.names: dict[str, Any] = self._module.__dict__
        self.names.update(self._of_shell())
        self._memo: dict[int, Any] = {}

    def take(self, names: Iterable[str]) -> list[str]:
        """Copy what the person's namespace has of these names, and what their functions read; lists them.

        Names that are in the scratch namespace already are left alone.

        Raises
        ------
        CannotCopy
            for an object that cannot be copied.
        """
        own = persons_names(self._person, self.shell.user_ns_hidden)
        mentioned = mentioned_names(" ".join(names), self._person) & own.keys()
        wanted = sorted(mentioned - self.names.keys())
        copies = {name: self._copy(name, own[name]) for name in wanted}
        self.names.update(copies)
        taken = [name for name in wanted if not isinstance(own[name], types.ModuleType)]
        self.taken += taken
        return taken

    @contextmanager
    def entered(self) -> Iterator[None]:
        """A block in which the shell's namespace is this one, for code, its functions and magics alike."""
        shell, main = self.shell, sys.modules.get("__main__")
        before = shell.user_module, shell.user_ns
        shell.user_module, shell.user_ns = self._module, self.names
        sys.modules["__main__"] = self._module
        try:
            yield
        finally:
            shell.user_module, shell.user_ns = before
            if main is not None:
                sys.modules["__main__"] = main

    def _of_shell(self) -> dict[str, Any]:
        """What every namespace of the shell has; history and outputs as copies."""
        own = persons_names(self._person, self.shell.user_ns_hidden)
        shells = {name: value for name, value in self._person.items() if name not in own}
        kinds = (list, dict)
        return {
            name: value.copy() if isinstance(value, kinds) and name != "__builtins__" else value
            for name, value in shells.items()
            if name in self.shell.user_ns_hidden or name in ("In", "Out") or name.startswith("__")
        }

    def _copy(self, name: str, value: Any) -> object:
        if isinstance(value, types.ModuleType | type):
            return value
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if is_a("pandas", ("DataFrame", "Series"), value):
            return _frame_copy(value)
        try:
            return copy.deepcopy(value, self._memo)
        except Exception as error:  # a class of anybody's may raise anything here
            raise CannotCopy(name) from error

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        """The same function, with the scratch namespace as its globals where it is one of the notebook."""
        if function.__globals__ is not self._person:
            return function
        made = types.FunctionType(
            function.__code__, self.names, function.__name__, function.__defaults__, function.__closure__
        )
        made.__kwdefaults__ = function.__kwdefaults__
        made.__annotations__ = dict(function.__annotations__)
        made.__dict__.update(function.__dict__)
        made.__module__, made.__qualname__, made.__doc__ = (
            function.__module__, function.__qualname__, function.__doc__,
        )  # fmt: skip
        return made


def _frame_copy(value: Any) -> Any:
    """Data is shared until somebody writes (copy-on-write); lists and dicts in cells are copied."""
    made = value.copy(deep=False)
    columns = [value] if value.ndim == 1 else [value.iloc[:, place] for place in range(value.shape[1])]
    for place, column in enumerate(columns):
        if column.dtype == object and any(isinstance(cell, list | dict | set) for cell in column):
            cells = copy.deepcopy(column.tolist())
            copied = type(column)(cells, index=column.index, name=column.name, dtype=object)
            if value.ndim == 1:
                return copied
            made.isetitem(place, copied)
    return made
