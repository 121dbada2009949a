"""How much of a run's input a provider's cache could serve: what each call shares with the one before.

Bytes of the requests as they arrive over loopback HTTP stand for tokens; cache markers are left out.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT, Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.base import Model

BAR = 85.0
STEPS = 12
WIRES = {"openai": "responses", "anthropic": "messages"}  # the wire that the server speaks
_FIRST = ("tools", "system", "instructions")  # what a cache reads before the messages
_MESSAGES = ("messages", "input")


def measure(*, quick: bool) -> list[Figure]:  # noqa: ARG001 - one run is quick
    """One figure for each provider; a run is the same whether quick or not."""
    folder = str(ROOT / "tests" / "providers")
    sys.path.insert(0, folder)
    try:
        return [_of_provider(name) for name in WIRES]
    finally:
        sys.path.remove(folder)


def cached_share(prompts: Sequence[str]) -> float:
    """The share, in percent, of all prompts that is a beginning of the prompt before."""
    sizes = [len(prompt.encode()) for prompt in prompts]
    shared = sum(_shared_bytes(before.encode(), prompt.encode()) for before, prompt in pairwise(prompts))
    return 100 * shared / sum(sizes)


def _shared_bytes(before: bytes, prompt: bytes) -> int:
    pairs = zip(before, prompt, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def prompt_of(body: dict[str, Any]) -> str:
    """What the model reads of a request, in the order in which a cache reads it."""
    parts = [body[key] for key in _FIRST if key in body]
    parts += [item for key in _MESSAGES for item in body.get(key, [])]
    return "\n".join(json.dumps(_unmarked(part), sort_keys=True) for part in parts)


def _unmarked(value: Any) -> Any:
    """Without cache markers; a text that carried one is the text alone."""
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items() if key != "cache_control"}
    return [_unmarked(item) for item in value] if isinstance(value, list) else value


def _of_provider(name: str) -> Figure:
    from rasgo_nb.interrupt import run_sync

    room = import_module("server")
    protocol = import_module(f"protocols.{WIRES[name]}").SUBJECTS[0].protocol
    with room.serving(protocol, *[room.Reply(line) for line in _lines()]) as server:
        run_sync(_ask(_opened(name, server.url)))
        prompts = [prompt_of(request.json) for request in server.requests]
    note = f"{len(prompts)} calls, {sum(map(len, prompts)) / 1000:,.0f} kB"
    what = f"{name}: input that a cache could serve"
    return Figure(what, cached_share(prompts), "%", BAR, bar_is_least=True, note=note)


def _lines() -> list[Any]:
    from rasgo_nb.agent.models.scripted import call, say

    sql = "SELECT i AS id, 'customer ' || i AS name, i * {n} AS amount FROM range(60) t(i)"
    steps = [
        say(f"Step {n}.", call("run_sql", sql=sql.format(n=n), save_as=f"part_{n}")) for n in range(1, STEPS)
    ]
    return [*steps, say("", call("final_answer", text="Done."))]


def _opened(name: str, url: str) -> Model:
    from rasgo_nb.agent.models.choose import open_model
    from rasgo_nb.agent.models.providers import PROVIDERS
    from rasgo_nb.config import ProviderSettings

    address = f"{url}/v1" if name == "openai" else url
    environment = dict.fromkeys(PROVIDERS[name].key_variables, "key-1")
    return open_model(f"{name}:model-1", {name: ProviderSettings(base_url=address)}, environment=environment)


async def _ask(model: Model) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.config import Config
    from rasgo_nb.session import Session

    session = Session(InteractiveShell.instance(), config=Config())
    try:
        session.connect(":memory:")
        await session.ask("Which customers grew?", model=model)
    finally:
        session.close()
        await model.aclose()
