"""Checks the arguments of a tool call against the tool's parameters."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from rasgo_nb.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def checked_arguments(
    name: str, parameters: Mapping[str, object], arguments: Mapping[str, object]
) -> dict[str, object]:
    """The arguments, where they fit; JSON's ``3.0`` is an integer to JSON Schema, and becomes one here.

    Raises
    ------
    ToolError
        naming the first argument that does not fit, with the parameters that would have been right.
    """
    from fastjsonschema import JsonSchemaValueException

    try:
        _checker(json.dumps(parameters))(dict(arguments))
    except JsonSchemaValueException as error:
        raise ToolError(f"{name}: {_sentence(error.message)}", parameters=parameters) from None
    return {key: _as_integers(value) for key, value in arguments.items()}


@cache
def _checker(parameters: str) -> Callable[[object], object]:
    """A checker for these parameters; it is compiled once, and costs microseconds from then on."""
    from fastjsonschema import compile as compile_checker

    checker: Callable[[object], object] = compile_checker(json.loads(parameters))
    return checker


def _as_integers(value: object) -> object:
    """No tool takes a fraction, so a whole float is meant as an integer."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return [_as_integers(item) for item in value] if isinstance(value, list) else value


def _sentence(message: str) -> str:
    """The library speaks of ``data.limit``; the model knows ``limit``."""
    if message.startswith("data "):
        message = f"the arguments {message.removeprefix('data ')}"
    message = message.removeprefix("data.")
    return f"{message if len(message) <= 300 else message[:300] + '…'}."
