"""What a request costs, where a price is published: ours in ``prices.toml``, the person's own before them."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.config import config_path
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.messages import Usage

_OURS = Path(__file__).with_name("prices.toml")
_RATES = ("input", "cached_input", "cache_write", "output")


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens. Reading and writing the cache costs as much as input where nothing is said."""

    input: float
    output: float
    cached_input: float
    cache_write: float

    def cost_usd(self, usage: Usage) -> float:
        """What one request took."""
        plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
        cost = (
            max(0, plain) * self.input
            + usage.cached_tokens * self.cached_input
            + usage.cache_write_tokens * self.cache_write
            + usage.output_tokens * self.output
        )
        return cost / 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """The rates of the models that match; ``long`` is for a request with more input than ``long_above``."""

    matches: tuple[str, ...]
    rates: Rates
    long: Rates | None = None
    long_above: int = 0
    source: str = ""  # where it is published
    dated: str = ""  # when it was read there

    def cost_usd(self, usage: Usage) -> float:
        """What one request costs."""
        is_long = self.long is not None and usage.input_tokens > self.long_above
        rates = self.long if self.long is not None and is_long else self.rates
        return rates.cost_usd(usage)


def priced(model: str) -> Callable[[Usage], Usage]:
    """Fills in the cost of one request of that model; leaves it unknown where no price is."""
    price = price_of(model)

    def fill(usage: Usage) -> Usage:
        if price is None or usage.cost_usd is not None:
            return usage
        return replace(usage, cost_usd=price.cost_usd(usage))

    return fill


def price_of(model: str) -> Price | None:
    """The first price that matches a model's full name, a person's own before ours.

    Raises
    ------
    RasgoError
        naming the file and the key that is wrong.
    """
    own = prices_path()
    for price in [*(read_prices(own) if own.is_file() else []), *_our_prices()]:
        if any(pattern == model or fnmatchcase(model, pattern) for pattern in price.matches):
            return price
    return None


def require_price(model: str) -> None:
    """Refuse to start a run with a limit on money that could not be checked.

    Raises
    ------
    RasgoError
        with the line that adds the price.
    """
    if price_of(model) is None:
        entry = f"prices = [{{ matches = [{json.dumps(model)}], input = 1.0, output = 5.0 }}]"
        raise RasgoError(
            f"There is no price for {model}, so max_cost_usd cannot be kept. "
            f"Write its USD per million tokens into {prices_path()}, as `{entry}`, "
            "or type `%rasgo config max_cost_usd 0`."
        )


def prices_path() -> Path:
    """Where a person keeps prices of their own."""
    return config_path().parent / "prices.toml"


@cache
def _our_prices() -> list[Price]:
    return read_prices(_OURS)


def read_prices(path: Path) -> list[Price]:
    """The prices of a file, in order."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        line = f"The prices in {path} cannot be read: {error}. Mend or remove the file."
        raise RasgoError(" ".join(line.split())) from None
    entries = table.get("prices", [])
    if table.keys() - {"prices"} or not _is_list_of(entries, dict):
        raise _wrong(path, "prices", "must be written as [[prices]], and nothing else")
    return [_price(path, entry) for entry in entries]


def _price(path: Path, entry: dict[str, Any]) -> Price:
    _check_keys(path, "", entry, {"matches", "long", "source", "dated", *_RATES})
    if not entry.get("matches") or not _is_list_of(entry["matches"], str):
        raise _wrong(path, "matches", "must be a list of models, such as 'openai:gpt-*'")
    return Price(
        tuple(entry["matches"]),
        _rates(path, "", entry),
        *_long(path, entry),
        source=str(entry.get("source", "")),
        dated=str(entry.get("dated", "")),
    )


def _long(path: Path, entry: dict[str, Any]) -> tuple[Rates | None, int]:
    if "long" not in entry:
        return None, 0
    long = entry["long"]
    if not isinstance(long, dict) or not isinstance(long.get("above"), int):
        raise _wrong(path, "long.above", "must be a number of tokens")
    _check_keys(path, "long.", long, {"above", *_RATES})
    return _rates(path, "long.", long), long["above"]


def _rates(path: Path, place: str, entry: dict[str, Any]) -> Rates:
    for key in ("input", "output"):
        if key not in entry:
            raise _wrong(path, place + key, "is missing")
    found = {key: entry.get(key, entry["input"]) for key in _RATES}
    for key, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise _wrong(path, place + key, f"must be USD per million tokens, not {value!r}")
    return Rates(**found)


def _check_keys(path: Path, place: str, entry: dict[str, Any], known: set[str]) -> None:
    for key in entry.keys() - known:
        raise _wrong(path, place + key, f"is no key here; keys: {', '.join(sorted(known))}")


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _wrong(path: Path, key: str, what: str) -> RasgoError:
    return RasgoError(f"{path}: {key} {what}. Mend or remove the file.")
