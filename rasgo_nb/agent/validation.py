"""Checks the arguments of a tool call against the tool's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_SHOWN = 4


def check_arguments(name: str, parameters: Mapping[str, object], arguments: Mapping[str, object]) -> None:
    """Nothing, when the arguments fit.

    Raises
    ------
    ToolError
        naming each argument that does not fit, with the parameters that would have been right.
    """
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(parameters).iter_errors(dict(arguments)), key=lambda e: str(e.path))
    if not errors:
        return
    sentences = [_sentence(error) for error in errors[:_MAX_SHOWN]]
    if len(errors) > _MAX_SHOWN:
        sentences.append(f"{len(errors) - _MAX_SHOWN} more like these.")
    raise ToolError(f"{name}: {' '.join(sentences)}", parameters=parameters)


def _sentence(error: object) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f"{part}" for part in error.path)  # type: ignore[attr-defined]
    message = str(error.message)  # type: ignore[attr-defined]
    if len(message) > 300:
        message = f"{message[:140]} … {message[-140:]}"
    return f"{path + ': ' if path else ''}{message}."
