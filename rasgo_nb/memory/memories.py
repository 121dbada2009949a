"""What a person keeps: the room of all memories that are in reach."""

from __future__ import annotations

import getpass
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from stat import S_ISREG
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import plain_words
from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.memory.clean import MOST_LETTERS, check_secret, cleaned, holds_secret
from rasgo_nb.memory.memory import SHARED
from rasgo_nb.memory.text_file import MOST_BYTES, Unreadable, Written, decoded, read_text, text_of, text_with
from rasgo_nb.memory.whole_file import create, move, rewrite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from rasgo_nb.memory.folders import Folders
    from rasgo_nb.memory.memory import Memory, Scope

ENDING = ".md"
FORGOTTEN = "forgotten"
_LETTERS = "abcdefghjkmnpqrstvwxyz23456789"
_MOST_TRIES = 100
_WORDS_IN_ID, _TELLING = 3, 4
_NO_TEAM_FOLDER = "Make it or mount it, or name another with `%rasgo config team_folder PATH`."
_NO_TEXT = "There is no text. Write what is to be kept."


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file, what it holds, and as what it was when it was read."""

    path: Path
    written: Written
    stamp: tuple[int, int]

    @property
    def memory(self) -> Memory:
        return self.written.memory


@dataclass(slots=True)
class Memories:
    """The memories of some folders. Files are read anew where they have changed: people edit them by hand.

    Nothing but ``keep`` and ``restore`` makes a memory, and only what a person did calls these. ``problems``
    are the files that the last look could not read, a line each.
    """

    folders: Folders
    author: str = field(default_factory=lambda: _user())
    problems: list[str] = field(default_factory=list)
    _read: dict[Path, _Kept] = field(default_factory=dict, repr=False)

    def listed(self, connections: Collection[str] | None = None) -> list[Memory]:
        """All in reach, the newest first; of connections those named, or all."""
        # Their times are to the second, those of their files are finer.
        found = sorted(self._files(connections), key=lambda one: (one.memory.at, one.stamp[0]), reverse=True)
        return [kept.memory for kept in found]

    def find(self, memory_id: str) -> Memory:
        """The memory with that id.

        Raises
        ------
        UnknownName
            where there is none; offers the nearest.
        """
        return self._kept(memory_id).memory

    def keep(self, memory: Memory) -> Memory:
        """Write a memory that the person has said yes to; gives it as it is kept, with its own id.

        Raises
        ------
        RasgoError
            where it has no text, holds a secret, or its scope has no folder.
        """
        checked = self.checked(memory)
        folder = self.folders.of(checked.scope, checked.connection)
        for _ in range(_MOST_TRIES):
            own = replace(checked, id=self._free_id(checked))
            try:
                mode = 0o777 if own.scope in SHARED else 0o700
                create(folder / f"{own.id}{ENDING}", text_of(own), folder_mode=mode)
            except FileExistsError:  # taken just now by another kernel: the next id is a new one
                checked = replace(checked, id="")
            except OSError as error:
                raise _unwritable(folder, error, checked.scope) from None
            else:
                return own
        raise RasgoError(f"No free name was found in {folder}. Try again.")

    def checked(self, memory: Memory) -> Memory:
        """What would be kept of it: its text cleaned, author and date filled in. Raises as ``keep``."""
        text = cleaned(memory.text)
        _check_text(text)
        names = (*memory.tables, *memory.columns)
        check_secret(text, memory.sql, names=names)
        seen = memory.evidence
        if holds_secret(f"{seen.question}\n{seen.code}", names):
            seen = replace(seen, question="", code="")
        author, at = memory.author or self.author, memory.at or now()
        checked = replace(memory, text=text, author=author, at=at, evidence=seen)
        if len(text_of(checked).encode("utf-8", "replace")) > MOST_BYTES:  # then no reader takes it
            checked = replace(checked, evidence=replace(seen, code=""))
        if len(text_of(checked).encode("utf-8", "replace")) > MOST_BYTES:
            raise RasgoError(f"This needs more than {MOST_BYTES:,} bytes. Shorten its SQL, and try again.")
        return checked

    def edit(self, memory_id: str, text: str) -> Memory:
        """Change the words of what is kept; what else is in its file stays. Raises as ``keep``."""
        kept = self._kept(memory_id)
        memory = self.checked(replace(kept.memory, text=text, author=self.author, at=now()))
        try:
            rewrite(kept.path, text_with(kept.written, memory))
        except OSError as error:
            raise _unwritable(kept.path.parent, error, kept.memory.scope) from None
        return memory

    def forget(self, memory_id: str) -> Memory:
        """Take a memory away; its file goes to a folder beside it, from which ``restore`` brings it back."""
        kept = self._kept(memory_id)
        folder = kept.path.parent / FORGOTTEN
        target = folder / f"{now()[:10]}_{kept.path.name}"
        if target.exists():  # one of the same id, which must not be written over
            target = folder / f"{now().replace(':', '')}-{random_letters(4)}_{kept.path.name}"
        try:
            move(kept.path, target)
        except OSError as error:
            raise _unwritable(kept.path.parent, error, kept.memory.scope) from None
        return kept.memory

    def restore(self, memory_id: str) -> Memory:
        """Bring back what was forgotten.

        Raises
        ------
        UnknownName
            where nothing of that id was; offers the nearest.
        """
        forgotten: dict[str, tuple[Path, Scope]] = {}
        for scope, folder in self.folders.in_reach():
            for path in sorted((folder / FORGOTTEN).glob(f"*_*{ENDING}")):
                forgotten[path.stem.partition("_")[2]] = path, scope
        if memory_id not in forgotten:
            near = nearest_names(memory_id, forgotten, most=1)
            hint = f" Did you mean `%rasgo memory restore {near[0]}`?" if near else ""
            raise UnknownName(f"No memory {memory_id!r} was forgotten.{hint or ' Type `%rasgo memory`.'}")
        path, scope = forgotten[memory_id]
        target = path.parent.parent / f"{memory_id}{ENDING}"
        if target.exists():
            raise RasgoError(f"{target} is there again already. Type `%rasgo memory show {memory_id}`.")
        try:
            move(path, target)
        except OSError as error:
            raise _unwritable(target.parent, error, scope) from None
        back = self._file(target, scope)
        return back.memory if back is not None else self.find(memory_id)

    def path_of(self, memory_id: str) -> Path:
        """The file of a memory. Raises as ``find``."""
        return self._kept(memory_id).path

    def _kept(self, memory_id: str) -> _Kept:
        files: dict[str, _Kept] = {}
        for kept in self._files(None):
            files.setdefault(kept.memory.id, kept)  # of copies one's own, before the team's
        if memory_id in files:
            return files[memory_id]
        starts = [one for one in files if memory_id and one.startswith(memory_id)]
        near = starts or nearest_names(memory_id, files, most=1)
        if len(starts) == 1 and len(memory_id) >= 4:
            return files[starts[0]]
        for problem in self.problems:
            if f"{memory_id}{ENDING}:" in problem:
                raise Unreadable(problem)
        hint = f"Did you mean {near[0]}?" if near else "Type `%rasgo memory` for those there are."
        raise UnknownName(f"There is no memory {memory_id!r}. {hint}")

    def _files(self, connections: Collection[str] | None) -> Iterator[_Kept]:
        self.problems.clear()
        for scope, folder in self.folders.in_reach(connections):
            if scope == "team" and not folder.is_dir():
                self.problems.append(f"{folder}: the team's folder is not there. {_NO_TEAM_FOLDER}")
                continue
            try:
                paths = sorted(folder.glob(f"*{ENDING}"))
            except OSError as error:
                self.problems.append(f"{folder}: {error.strerror}. Mend that, and ask again.")
                continue
            for path in paths:
                if not path.name.startswith((".", "README")) and (kept := self._file(path, scope)):
                    yield kept

    def _file(self, path: Path, scope: Scope) -> _Kept | None:
        """What a file holds; None where it went away meanwhile, or cannot be read, which is noted."""
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            known = self._read.get(path)
            if known is not None and known.stamp == stamp and known.memory.scope == scope:
                return known
            if not S_ISREG(stat.st_mode):  # a pipe would be waited for
                raise Unreadable(f"{path}:1: it is no file. Remove it.")
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            written = read_text(decoded(data, path), path.name.removesuffix(ENDING), scope, path)
        except FileNotFoundError:
            return None
        except Unreadable as error:
            self.problems.append(str(error))
            return None
        except OSError as error:
            self.problems.append(f"{path}:1: {error.strerror}. Mend that, or remove the file.")
            return None
        self._read[path] = _Kept(path, written, stamp)
        return self._read[path]

    def _free_id(self, memory: Memory) -> str:
        taken = {path.stem for _, folder in self.folders.in_reach() for path in folder.glob(f"*{ENDING}")}
        if memory.id and memory.id not in taken and re.fullmatch(r"[\w-]{4,80}", memory.id):
            return memory.id
        while (own := id_for(memory)) in taken:
            pass
        return own


def id_for(memory: Memory) -> str:
    """A name that a person can type and recognise: ``amounts-are-in-euro-x7k2``."""
    words = [word for word in plain_words(memory.text[:200]) if word.isascii() and word.isalnum()]
    words = [word for word in words if len(word) >= _TELLING] or words
    last = [part.rpartition(".")[2] for part in (*memory.columns[:1], *memory.tables[:1])]
    words = words[:_WORDS_IN_ID] or [one for one in plain_words(" ".join(last)) if one.isascii()] or ["note"]
    return "-".join([*(word[:16] for word in words[:_WORDS_IN_ID]), random_letters(4)])


def random_letters(count: int) -> str:
    """Letters and digits that are not taken for one another."""
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def now() -> str:
    """The time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _check_text(text: str) -> None:
    if not text:
        raise RasgoError(_NO_TEXT)
    if len(text) > MOST_LETTERS:
        raise RasgoError(f"This has {len(text):,} characters. Shorten it to {MOST_LETTERS:,}.")


def _unwritable(folder: Path, error: OSError, scope: Scope) -> RasgoError:
    other = {"team": "with `%rasgo config team_folder PATH`", "notebook": "by `--scope me`"}
    return RasgoError(
        f"Nothing can be kept in {folder}: {error.strerror}. Mend that, or name another folder "
        f"{other.get(scope, 'in RASGO_NB_HOME')}."
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container whose user has no name
        return ""
