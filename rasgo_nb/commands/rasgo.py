"""What ``%rasgo`` can do: each command takes a session and the rest of the line, and returns text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches

from rasgo_nb._version import __version__
from rasgo_nb.afterwards import promote, undo
from rasgo_nb.agent.models.choose import choose, offers
from rasgo_nb.agent.tools import ALL_TOOLS
from rasgo_nb.commands.catalog import catalog
from rasgo_nb.commands.connect import connect, disconnect, list_connections, refresh
from rasgo_nb.commands.connection_keys import ConnectionKeys
from rasgo_nb.commands.doctor import examine
from rasgo_nb.commands.embeddings import run_embeddings_command
from rasgo_nb.commands.eval import eval_command
from rasgo_nb.commands.examine_connection import examine_connection
from rasgo_nb.commands.examine_model import examine_model
from rasgo_nb.commands.keys import refuse_key_in, run_key_command
from rasgo_nb.commands.memory import memory
from rasgo_nb.commands.replay import replay_run
from rasgo_nb.commands.runs import runs
from rasgo_nb.commands.save_as import save
from rasgo_nb.commands.saw import saw
from rasgo_nb.config import (
    config_path,
    load_config,
    save_setting,
    settings_lines,
    variable_over,
    with_setting,
)
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.flags import read_flags
from rasgo_nb.interrupt import run_sync
from rasgo_nb.policy import EFFECTS, MEANINGS, Effect, check_effect, with_rule
from rasgo_nb.promote import joined
from rasgo_nb.session import Session

Command = Callable[[Session, str], str]


def run_command(session: Session, line: str) -> str:
    """Run one ``%rasgo`` line.

    Raises
    ------
    UnknownName
        when there is no such command; offers the nearest.
    """
    name, _, rest = line.strip().partition(" ")
    if not name:
        return show_help(session, "")
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1) or ["help"]
        raise UnknownName(f"There is no command {name!r}. Type `%rasgo {near[0]}`.")
    return COMMANDS[name](session, rest.strip())


def show_status(session: Session, _line: str) -> str:
    """Which model, connection and settings the next question meets."""
    lines = [
        f"rasgo_nb {__version__}",
        f"model       {_model_line(session)}",
        f"connection  {session.current or 'none open; `%rasgo connect sample` opens one'}",
        f"last run    {session.last_run!r}" if session.last_run else "last run    none",
    ]
    return "\n".join(lines)


def _model_line(session: Session) -> str:
    try:
        choice = choose(session.config.model, session.config.providers)
    except RasgoError as error:
        return f"none: {error}"
    return f"{choice.name} ({choice.note})" if choice.note else choice.name


def choose_model(session: Session, line: str) -> str:
    """The model that questions go to: model [NAME]."""
    refuse_key_in(line)
    name = _unquoted(line)
    if name:
        choose(name, session.config.providers)
        session.config = with_setting(session.config, "model", name)
    return "\n".join([f"model {_model_line(session)}", *offers(session.config.providers)])


def list_tools(_session: Session, _line: str) -> str:
    """The tools that a model may call."""
    width = max(len(tool.name) for tool in ALL_TOOLS)
    return "\n".join(f"{tool.name:<{width}}  {_first_sentence(tool.description)}" for tool in ALL_TOOLS)


def configure(session: Session, line: str) -> str:
    """Settings: config, or config NAME VALUE to keep one."""
    name, _, value = line.partition(" ")
    refuse_key_in(line)
    if name and value:
        path = save_setting(name, _unquoted(value))
        kept = load_config()
        chosen = kept.model if name == "model" else session.config.model  # `%rasgo model` holds on
        session.config = replace(kept, model=chosen)
        if name == "embedder" or name.startswith("providers."):
            session.embedders.follow_all(session.connections, session.config)
        variable = variable_over(name)
        if variable:
            return f"{name} is kept in {path}. {variable} is set too, and goes before it."
        return "\n".join([f"{one}, kept in {path}" for one in settings_lines(session.config, name)])
    lines = settings_lines(session.config, name)
    if name:
        return "\n".join(lines)
    return "\n".join([*lines, f"Kept in {config_path()}; change one with `%rasgo config NAME VALUE`."])


def show_policy(session: Session, line: str) -> str:
    """What runs may do unasked: policy, or policy EFFECT allow|ask|deny to keep a rule."""
    effect, _, rule = line.partition(" ")
    if not effect:
        lines = [_rule_line(session, one) for one in EFFECTS]
        return "\n".join([*lines, "Change one with `%rasgo policy EFFECT allow|ask|deny`."])
    kind = check_effect(effect)
    if not rule.strip():
        return _rule_line(session, kind)
    with_rule(session.config.policy, kind, rule.strip())
    said = configure(session, f"policy.{kind} {rule.strip()}")
    session.policy.revoke(kind)
    return said


def _rule_line(session: Session, effect: Effect) -> str:
    rule = session.config.policy.rule(effect)
    note = " (allowed in this notebook until the kernel ends)" if session.policy.rule(effect) != rule else ""
    return f"{effect:<{max(map(len, EFFECTS))}}  {rule:<5}  {MEANINGS[effect]}{note}"


def keep_key(session: Session, line: str) -> str:
    """A key or password, asked for and kept in the keyring: key set NAME | connection.NAME, key forget …"""
    opened = session.connections
    keys = ConnectionKeys(session.config.connections, opened.secrets, opened.owners, is_lasting=False)
    said = run_key_command(line.split(), session.config.providers, connections=keys)
    kept = load_config().providers
    session.config = replace(session.config, providers=kept)
    return said


def embeddings(session: Session, line: str) -> str:
    """What finds tables by meaning: embeddings [install [--from FILE] | remove]"""
    words = [_unquoted(word) for word in line.split(maxsplit=2)]
    if words == ["remove"]:
        session.embedders.close()  # some systems remove no file that is in use
    try:
        return run_embeddings_command(
            words,
            session.config.embedder,
            states=session.embedders.states(session.connections),
            note=session.embedders.note,
            say=lambda step: sys.stdout.write(f"{step}\n"),
        )
    finally:
        session.embedders.follow_all(session.connections, session.config)


def examine_all(session: Session, line: str) -> str:
    """What a run needs, checked: doctor [MODEL] [--connection NAME]; each is sent a few small requests."""
    refuse_key_in(line)
    flags, rest = read_flags(line, {"model": str, "connection": str})
    if "connection" in flags:
        return "\n".join(map(str, examine_connection(session, str(flags["connection"]))))
    wanted = str(flags.get("model", "")) or _unquoted(rest)
    findings = [*examine(), *run_sync(examine_model(wanted, session.config))]
    return "\n".join(map(str, findings))


def promote_steps(session: Session, line: str) -> str:
    """The last run's steps as code in the next cell: promote [STEP ...]"""
    session.shell.set_next_input(joined(promote(session, steps=_steps(line))))
    return "The code is in the next cell."


def undo_steps(session: Session, line: str) -> str:
    """Put variables back as they were before a step of the last run: undo [STEP]"""
    steps = _steps(line)
    if len(steps) > 1:
        raise RasgoError("Steps are undone from one on. Type for example `%rasgo undo 2`.")
    return undo(session, *steps)


def _steps(line: str) -> list[int]:
    words = line.replace(",", " ").split()
    for word in words:
        if not word.isdecimal() or len(word) > 9:
            raise RasgoError(f"A step is a number, not {word!r}. Type for example `%rasgo promote 2 3`.")
    return [int(word) for word in words]


def show_help(_session: Session, _line: str) -> str:
    """What there is."""
    lines = [
        "%%ask [--model NAME] [--connection NAME] [--interface NAME] [--as NAME] [--max-steps N]",
        "      [--fresh] [--quiet]",
        "%ask --continue  goes on with the last run",
        "%%ask --from-step N [--call K] [--run ID]  goes on from there with the SQL or Python in the cell",
        "%%ask --from-step N --without ITEMS [--run ID]  asks again there without these",
        "",
    ]
    width = max(map(len, COMMANDS))
    lines += [
        f"%rasgo {name:<{width}}  {(command.__doc__ or '').strip()}" for name, command in COMMANDS.items()
    ]
    return "\n".join(lines)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split()).split(". ")[0].rstrip(".") + "."


COMMANDS: dict[str, Command] = {
    "status": show_status,
    "connect": connect,
    "connections": list_connections,
    "disconnect": disconnect,
    "refresh": refresh,
    "catalog": catalog,
    "model": choose_model,
    "memory": memory,
    "eval": eval_command,
    "runs": runs,
    "promote": promote_steps,
    "undo": undo_steps,
    "save": save,
    "replay": replay_run,
    "saw": saw,
    "tools": list_tools,
    "config": configure,
    "policy": show_policy,
    "key": keep_key,
    "embeddings": embeddings,
    "doctor": examine_all,
    "help": show_help,
}
