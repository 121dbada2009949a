"""What magics and commands of the shell do, by their words."""

from __future__ import annotations

import shlex

from rasgo_nb.connectors.statement_effects import find_effects
from rasgo_nb.effects.known import known
from rasgo_nb.policy import Finding

_BREAKS = frozenset(("|", "||", "&&", ";", "&", "\n", "(", ")", "{", "}", "`", "$("))
_BEFORE_A_COMMAND = frozenset(
    ("sudo", "env", "nohup", "time", "exec", "command", "xargs", "then", "do", "else", "!")
)
_INSTALLS = frozenset(
    ("install", "add", "remove", "uninstall", "update", "upgrade", "sync", "create", "ci", "i", "download")
)
_MOST = 6  # programs of one command that are named


def of_command(command: str) -> list[Finding]:
    """What a command line would do: each program that it starts, and what the known ones are known for."""
    found: list[Finding] = []
    for words in _commands(command):
        program = words[0].rpartition("/")[2]
        if program.startswith("python") and words[1:3] == ["-m", "pip"]:
            program, words = "pip", words[2:]
        kind = known().programs.get(program, "")
        if kind == "install" and _INSTALLS & set(words[1:4]):
            found.append(installs(program))
        if kind == "network":
            found.append(Finding("network", f"reaches the network (`{program}`)"))
        if kind == "writes" or any(word.startswith((">", "1>", "2>")) for word in words):
            found.append(Finding("write_file", f"writes files (`{program}`)"))
        found.append(Finding(None, f"runs another program (`!{program}`)"))
    return found[: 3 * _MOST] or [Finding(None, "runs another program")]


def installs(by: str) -> Finding:
    """The finding for an installation."""
    return Finding("install", f"installs packages (`{by}`)")


def _commands(command: str) -> list[list[str]]:
    try:
        lexer = shlex.shlex(command.replace("\n", " ; "), posix=True, punctuation_chars=";&|()`")
        lexer.whitespace_split, lexer.commenters = True, ""
        words = list(lexer)
    except ValueError:  # an open quotation mark
        words = command.split()
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _BREAKS or not word.strip(";&|()`"):
            commands.append([])
        elif commands[-1] or (word not in _BEFORE_A_COMMAND and "=" not in word):
            commands[-1].append(word)
    return [words for words in commands if words]


def of_line_magic(name: str, line: str) -> list[Finding]:
    """What a line magic would do; those that run Python are expanded before."""
    kind = known().line_magics.get(name, "")
    first = line.split(None, 1)[0] if line.strip() else ""
    if kind == "install":
        return [installs(f"%{name}")] if _INSTALLS & set(line.split()[:3]) or not line.strip() else []
    if kind == "shell":
        return of_command(line)
    if kind == "writes":
        return [Finding("write_file", f"writes files (%{name})")]
    if kind == "network":
        return [Finding("network", f"reaches the network (%{name})")]
    if kind == "compute" or _is_harmless(name, line, first):
        return []
    return [Finding(None, f"runs the magic %{name}")]


def _is_harmless(name: str, line: str, first: str) -> bool:
    """Magics that compute or not by what follows."""
    if name == "config":
        return first.startswith("InlineBackend") or "=" not in line
    if name in ("load_ext", "reload_ext"):
        return first == "autoreload" or known().of_place(first)[0] == "compute"
    return name in ("env", "alias", "store") and "=" not in line and len(line.split()) < 2


def of_cell_magic(name: str, line: str, body: str) -> list[Finding]:
    """What a cell magic would do; those that run Python are expanded before."""
    kind = known().cell_magics.get(name, "")
    if kind == "program":
        return of_command(body) if name in ("!", "bash", "sh", "sx", "system") else [_program(name, line)]
    if kind == "writes":
        return [Finding("write_file", f"writes the file {line.split()[-1:] and line.split()[-1]!r}")]
    if kind == "sql":
        return find_effects(body, "") or [Finding("read")]
    if kind == "compute":
        return []
    return [Finding(None, f"runs the magic %%{name}")]


def _program(name: str, line: str) -> Finding:
    program = line.split()[0] if name == "script" and line.strip() else name
    return Finding(None, f"runs another program (`{program}`)")
