"""The fields of what a page asks; one that is not as protocol.ts has it is told to the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from rasgo_nb.widgets.safe import State

_NOT_HERE = "This kernel cannot do that. Run `%load_ext rasgo_nb` with the newest version, and ask again."


def there(callback: Any) -> Any:
    """The callback; raises ``RasgoError`` where the session gave none."""
    if callback is None:
        raise RasgoError(_NOT_HERE)
    return callback


def not_understood(field: str) -> RasgoError:
    """To be raised where a field is not as it should be."""
    return RasgoError(f"The page's {field!r} is not understood. Reload the page.")


def asked_text(ask: State, field: str) -> str:
    """A text."""
    if not isinstance(ask.get(field), str):
        raise not_understood(field)
    return str(ask[field])


def asked_number(ask: State, field: str) -> int:
    """A whole number."""
    number = ask.get(field)
    if isinstance(number, bool) or not isinstance(number, int):
        raise not_understood(field)
    return number


def asked_mapping(ask: State, field: str) -> State:
    """An object of JSON."""
    if not isinstance(ask.get(field), dict):
        raise not_understood(field)
    return dict(ask[field])
