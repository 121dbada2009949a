"""Checks the arguments of a tool call against the tool's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema import ValidationError

_MAX_SHOWN = 4


def checked_arguments(
    name: str, parameters: Mapping[str, object], arguments: Mapping[str, object]
) -> dict[str, object]:
    """The arguments, where they fit; JSON's ``3.0`` is an integer to JSON Schema, and becomes one here.

    Raises
    ------
    ToolError
        naming each argument that does not fit, with the parameters that would have been right.
    """
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(parameters).iter_errors(dict(arguments)), key=lambda e: str(e.path))
    if not errors:
        return {key: _as_integers(value) for key, value in arguments.items()}
    sentences = [_sentence(error) for error in errors[:_MAX_SHOWN]]
    if len(errors) > _MAX_SHOWN:
        sentences.append(f"{len(errors) - _MAX_SHOWN} more like these.")
    raise ToolError(f"{name}: {' '.join(sentences)}", parameters=parameters)


def _as_integers(value: object) -> object:
    """No tool takes a fraction, so a whole float is meant as an integer."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return [_as_integers(item) for item in value] if isinstance(value, list) else value


def _sentence(error: ValidationError) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f"{part}" for part in error.path)
    message = str(error.message)
    if len(message) > 300:
        message = f"{message[:140]} … {message[-140:]}"
    return f"{path + ': ' if path else ''}{message}."
