"""``%rasgo memory``: what is kept about the data, and what waits for a yes."""

from __future__ import annotations

import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from rasgo_nb.config import home_path
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.flags import read_flags
from rasgo_nb.memory.memory import Scope
from rasgo_nb.memory.moving import export, incoming
from rasgo_nb.memory_desk import SessionMemoryDesk
from rasgo_nb.person import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rasgo_nb.memory.memory import Memory, Proposal, Recalled
    from rasgo_nb.session import Session

FOR: Mapping[Scope, str] = {
    "me": "for you",
    "notebook": "for this notebook",
    "connection": "for this connection",
    "team": "for the team",
}
_WIDTH = 100
_MOST_LISTED = 200
_NOTHING = (
    "Nothing is kept yet. A run proposes what is worth keeping; `%rasgo memory verify` keeps the last "
    "answer's query."
)


def memory(session: Session, line: str) -> str:
    """What you confirmed: memory [list | show | edit | keep | drop | verify | forget | export | import]"""
    verb, _, rest = line.strip().partition(" ")
    if verb not in VERBS and verb:
        known = get_close_matches(verb, VERBS, n=1)
        hint = f"Did you mean `{known[0]}`?" if known else f"Verbs: {', '.join(VERBS)}."
        raise UnknownName(f"There is no `%rasgo memory {verb}`. {hint}")
    return visible(VERBS[verb or "list"](desk_of(session), session, rest.strip()))


def desk_of(session: Session) -> SessionMemoryDesk:
    """The one desk of a session."""
    if not isinstance(session.memory_desk, SessionMemoryDesk):
        session.memory_desk = SessionMemoryDesk(session)
    return session.memory_desk


def waiting_lines(proposals: Sequence[Proposal]) -> list[str]:
    """What waits for the person's yes, and what to type."""
    if not proposals:
        return []
    lines = ["Proposed; kept only if you type `%rasgo memory keep ID [--scope SCOPE] [TEXT]`, or `drop ID`:"]
    return lines + [_entry(one.id, one.memory, "proposed") for one in proposals]


def _list(desk: SessionMemoryDesk, _session: Session, words: str) -> str:
    lines = [] if words else waiting_lines(desk.proposals.waiting())
    found = desk.listed(words)
    if found and lines:
        lines.append("Kept:")
    lines += [line for one in found[:_MOST_LISTED] for line in _listed(one)]
    if len(found) > _MOST_LISTED:
        lines.append(f"… {len(found) - _MOST_LISTED:,} more; name words, as in `%rasgo memory list revenue`.")
    lines += [f"cannot be read: {problem}" for problem in desk.memories.problems]
    if not lines:
        return f"Nothing kept holds {words!r}. Type `%rasgo memory`." if words else _NOTHING
    return "\n".join(lines)


def _show(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    one = desk.memories.find(_id(line, "show"))
    flags = next((flagged.flags for flagged in desk.listed() if flagged.memory.id == one.id), ())
    seen = one.evidence
    shown = {
        "kept": ", ".join(filter(None, (FOR[one.scope], f"by {one.author}" if one.author else "", one.at))),
        "connection": one.connection,
        "tables": ", ".join(one.tables),
        "columns": ", ".join(one.columns),
        "shown by": f"step {seen.step} of run {seen.run_id}: {seen.question}" if seen.run_id else "",
        "file": str(desk.memories.path_of(one.id)),
    }
    lines = [one.id, textwrap.indent(one.text, "  ")]
    lines += [f"  {name:<10}  {value}" for name, value in shown.items() if value]
    lines += [textwrap.indent(one.sql, "    ")] if one.sql else []
    lines += [textwrap.indent(seen.code, "    ")] if seen.code and not one.sql else []
    return "\n".join([*lines, *(f"  flag: {flag}" for flag in flags)])


def _edit(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    memory_id, _, text = line.partition(" ")
    _id(memory_id, "edit")
    if not text.strip():
        desk.memories.find(memory_id)
        raise RasgoError(f"Write what it is to say: `%rasgo memory edit {memory_id} TEXT`.")
    return f"{desk.edit(memory_id, _unquoted(text)).id} says now: {_unquoted(text)}"


def _keep(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    proposal_id, _, rest = line.partition(" ")
    _id(proposal_id, "keep")
    proposed = desk.proposals.find(proposal_id).memory
    flags, text = read_flags(rest, {"scope": str})
    kept = desk.keep(proposal_id, _unquoted(text) or proposed.text, _scope(flags) or proposed.scope)
    desk.tell(proposal_id, kept)
    return _kept_line(kept)


def _drop(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    proposal_id = _id(line, "drop")
    desk.drop(proposal_id)
    desk.tell(proposal_id, None)
    return f"{proposal_id} is dropped. `%rasgo memory keep {proposal_id}` keeps it after all."


def _verify(desk: SessionMemoryDesk, session: Session, line: str) -> str:
    step, _, rest = line.partition(" ")
    steps = [int(step)] if step.isdecimal() and len(step) < 9 else []
    flags, text = read_flags(rest if steps else line, {"scope": str})
    scope = _scope(flags) or "connection"
    kept = desk.verify(session.runs.find().log, _unquoted(text), scope, steps)
    return f"{_kept_line(kept)}\n{textwrap.indent(kept.sql, '  ')}"


def _forget(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    memory_id = desk.memories.find(_id(line, "forget")).id
    desk.forget(memory_id)
    return f"{memory_id} is forgotten. `%rasgo memory restore {memory_id}` brings it back."


def _restore(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    return _kept_line(desk.restore(_id(line, "restore")))


def _export(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    path = _path(line, "export memories.zip")
    memories = desk.memories.listed()
    if not memories:
        raise RasgoError(_NOTHING)
    export(memories, path)
    return f"{_counted(len(memories))} written to {path}, each a text file."


def _import(desk: SessionMemoryDesk, _session: Session, line: str) -> str:
    flags, rest = read_flags(line, {"scope": str, "yes": bool})
    path = _path(rest, "import memories.zip")
    scope = _scope(flags)
    found = incoming(desk.memories, path, scope)
    lines = [_entry(one.id, one, FOR[one.scope]) for one in found.new[:_MOST_LISTED]]
    lines += [f"left out: {problem}" for problem in found.problems]
    if found.known:
        lines.append(f"{_counted(len(found.known))} in it kept already.")
    if not found.new:
        return "\n".join([*lines, f"Nothing new is in {path}."])
    if "yes" not in flags:
        again = f"--scope {scope} " if scope else ""
        typed = f"`%rasgo memory import --yes {again}{path}`"
        return "\n".join([*lines, f"{_counted(len(found.new))} would come in; keep with {typed}."])
    for one in found.new:
        desk.memories.keep(one)
    return "\n".join([*lines, f"{_counted(len(found.new))} kept."])


def _listed(one: Recalled) -> list[str]:
    kind = "verified query" if one.memory.sql else "note"
    entry = _entry(one.memory.id, one.memory, f"{kind} {FOR[one.memory.scope]}")
    return [entry, *(f"    flag: {flag}" for flag in one.flags)]


def _entry(own_id: str, memory: Memory, kind: str) -> str:
    about = memory.columns or memory.tables
    said = " · ".join(filter(None, (kind, memory.author, memory.at[:10], ", ".join(about[:2]))))
    text = textwrap.shorten(" ".join(memory.text.split()), _WIDTH, placeholder=" …")
    return f"  {own_id}\n      {text}\n      {said}"


def _kept_line(memory: Memory) -> str:
    text = textwrap.shorten(memory.text, _WIDTH, placeholder=" …")
    return f"Kept {FOR[memory.scope]} as {memory.id}: {text}"


def _id(line: str, verb: str) -> str:
    words = line.split()
    if len(words) != 1:
        raise RasgoError(f"Name one id, as in `%rasgo memory {verb} ID`. `%rasgo memory` lists them.")
    return words[0]


def _scope(flags: Mapping[str, object]) -> Scope | None:
    given = str(flags.get("scope", ""))
    for scope in get_args(Scope):
        if scope == given:
            known: Scope = scope
            return known
    if not given:
        return None
    near = get_close_matches(given, get_args(Scope), n=1)
    hint = f"Did you mean `--scope {near[0]}`?" if near else f"Scopes: {', '.join(get_args(Scope))}."
    raise UnknownName(f"There is no scope {given!r}. {hint}")


def _path(line: str, example: str) -> Path:
    text = _unquoted(line)
    if not text:
        raise RasgoError(f"Name a folder or zip file, as in `%rasgo memory {example}`.")
    return home_path(text)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _counted(count: int) -> str:
    return f"{count:,} {'memory' if count == 1 else 'memories'}"


VERBS: Mapping[str, Callable[[SessionMemoryDesk, Session, str], str]] = {
    "list": _list,
    "show": _show,
    "edit": _edit,
    "keep": _keep,
    "drop": _drop,
    "verify": _verify,
    "forget": _forget,
    "restore": _restore,
    "export": _export,
    "import": _import,
}
