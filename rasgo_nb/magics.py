"""``%%ask``, ``%ask`` and ``%rasgo``: read flags, hand over, nothing else.

Loading this file must stay cheap: the rooms behind it are loaded with the first question.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand

from rasgo_nb.errors import RasgoError
from rasgo_nb.flags import read_flags
from rasgo_nb.lab.link import accept_links, refuse_links
from rasgo_nb.tab_key import add_matcher, remove_matcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from rasgo_nb.run import Run
    from rasgo_nb.session import Session

ASK_FLAGS = {
    "model": str,
    "connection": str,
    "interface": str,
    "as": str,
    "max-steps": int,
    "fresh": bool,
    "continue": bool,
    "from-step": int,
    "without": str,
    "call": int,
    "run": str,
    "quiet": bool,
}


@magics_class
class RasgoMagics(Magics):
    """The magics of one shell."""

    @no_var_expand
    @line_cell_magic
    def ask(self, line: str, cell: str | None = None) -> None:
        """Ask a question of your data.

        ``%%ask [flags]`` with the question below, or ``%ask [flags] question`` on one line.

        --model NAME        the model to ask
        --connection NAME   the connection to ask
        --interface NAME    how the model meets the tools: a family, or a file
        --as NAME           bind the run to a variable
        --max-steps N       stop after so many steps
        --fresh             forget the questions before
        --continue          go on with the last run where it stopped; a further sentence is optional
        --from-step N       the cell holds new SQL or Python for that step; go on from there
        --without ITEMS     with --from-step: ask again there, less what `%rasgo saw N` lists under these ids
        --call K            which call of that step, where it has several
        --run ID            which run, where it is not the last
        --quiet             show the answer, not the steps
        """
        from rasgo_nb.interrupt import run_sync

        run_sync(self.ask_cell(line, cell or ""))

    async def ask_cell(self, line: str, cell: str) -> None:
        """What a cell that starts with ``%%ask`` awaits."""
        from rasgo_nb.front import desk_of, session_of, view_for

        flags, rest = read_flags(line, ASK_FLAGS)
        quiet = bool(flags.get("quiet"))
        session, view = session_of(self.shell), view_for(self.shell, quiet=quiet)
        await _way(session, flags)(
            "\n".join(part for part in (rest.strip(), cell.strip("\r\n")) if part),
            model=str(flags.get("model", "")),
            connection=str(flags.get("connection", "")),
            max_steps=flags.get("max-steps"),
            bind_as=str(flags.get("as", "")),
            interface=str(flags.get("interface", "")),
            view=view,
            desk=desk_of(view),
        )

    def refuse_code_above(self) -> None:
        """What a cell runs that has code above its ``%%ask``."""
        raise RasgoError("%%ask must be the first line of its cell. Move the code above it to another cell.")

    @no_var_expand
    @line_magic
    def rasgo(self, line: str) -> None:
        """Look after connections, models and settings; ``%rasgo help`` lists what there is."""
        from rasgo_nb.commands.rasgo import run_command
        from rasgo_nb.front import session_of

        said = run_command(session_of(self.shell), line)
        if said:  # else it has shown its answer itself
            print(said)  # noqa: T201 - a magic's answer is its output


def _way(session: Session, flags: Mapping[str, Any]) -> Callable[..., Awaitable[Run]]:
    """What is done with the words of the person."""
    ways = [name for name in ("fresh", "continue", "from-step") if flags.get(name)]
    if len(ways) > 1:
        raise RasgoError(f"--{ways[0]} and --{ways[1]} exclude each other. Leave one of them out.")
    if "from-step" in flags:
        step, call, run = flags["from-step"], flags.get("call"), str(flags.get("run", ""))
        if "without" in flags:
            items = flags["without"].replace(",", " ").split()
            return partial(session.ask_again, step=step, without=items, run=run)
        return partial(session.go_on_from, step=step, call=call, run=run)
    for name in ("call", "run", "without"):
        if name in flags:
            raise RasgoError(f"--{name} needs --from-step. Type for example `%%ask --from-step 2`.")
    return session.go_on if "continue" in flags else partial(session.ask, fresh="fresh" in flags)


def rewrite_ask_cell(lines: list[str]) -> list[str]:
    """Make a cell that starts with ``%%ask`` one ``await``, so that the kernel's loop drives the run.

    The text is carried as a Python literal: nothing in it is expanded or stripped on the way.
    """
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled:
        return lines
    first = lines[filled[0]]
    if _starts_with(first, "%%ask"):
        line, cell = first[len("%%ask") :].strip(), "".join(lines[filled[0] + 1 :])
    elif _starts_with(first, "%ask") and len(filled) == 1:
        line, cell = first[len("%ask") :].strip(), ""
    elif _has_ask_below(first, lines[filled[0] + 1 :]):
        return ["get_ipython().magics_manager.registry['RasgoMagics'].refuse_code_above()\n"]
    else:
        return lines
    return [f"await get_ipython().magics_manager.registry['RasgoMagics'].ask_cell({line!r}, {cell!r})\n"]


# IPython runs transformers also to colour and to complete; this one must wait for the real run.
rewrite_ask_cell.has_side_effects = True  # type: ignore[attr-defined]


def _has_ask_below(first: str, rest: list[str]) -> bool:
    """Whether ``%%ask`` stands below code, and not inside a text or the body of another cell magic."""
    if first.startswith("%%"):
        return False
    at = next((number for number, line in enumerate(rest) if _starts_with(line, "%%ask")), None)
    above = "".join([first, *rest[:at]])
    return at is not None and not any(above.count(quotes) % 2 for quotes in ('"""', "'''"))


def _starts_with(line: str, magic: str) -> bool:
    words = line.rstrip().removesuffix("?").split(None, 1)
    return bool(words) and words[0] == magic and not line.rstrip().endswith(f"{magic}?") and line[0] == "%"


def register(shell: Any) -> None:
    """Register magics and transformer once."""
    shell.register_magics(RasgoMagics)
    transformers = shell.input_transformers_cleanup
    if rewrite_ask_cell not in transformers:
        # First of all: those after it strip prompts and indentation, and a question may hold both.
        transformers.insert(0, rewrite_ask_cell)
    accept_links(shell)
    add_matcher(shell)


def unregister(shell: Any) -> None:
    """Take the transformer away and close the session's connections."""
    if rewrite_ask_cell in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(rewrite_ask_cell)
    refuse_links(shell)
    remove_matcher(shell)
    session = getattr(shell, "rasgo_nb_session", None)
    if session is not None:
        session.close()
        del shell.rasgo_nb_session
