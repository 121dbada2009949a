"""Which files and addresses a call would read or write."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rasgo_nb.connectors.statement_effects import is_address
from rasgo_nb.effects.known import known
from rasgo_nb.effects.origins import constant_text
from rasgo_nb.effects.texts import Text
from rasgo_nb.policy import Finding

if TYPE_CHECKING:
    from rasgo_nb.effects.call import Call
    from rasgo_nb.effects.survey import Scope

_PLACES = frozenset(
    (
        *(
            "buf",
            "excel_writer",
            "f",
            "file",
            "file_name",
            "filename",
            "fname",
            "fp",
            "name",
            "outfile",
            "path",
        ),
        *(
            "path_or_buf",
            "path_or_buffer",
            "sink",
            "source",
            "target",
            "where",
            "workbook",
            "filepath_or_buffer",
        ),
        *("io", "url", "filepath", "uri", "location", "base_dir", "root_path", "con", "path_or_buf"),
    )
)
_MODE = re.compile(r"[rwaxbtU+|:*]{1,6}(gz|bz2|xz)?$")
_NOTES = 3  # files that are named of those that one call may write


def writes(call: Call) -> list[Finding]:
    """What writes, moves or deletes the file that its argument names."""
    place = call.argument(0, _PLACES)
    if call.is_memory(place):
        return []
    if place is not None and call.origin.last in ("dump", "save") and call.node.args[1:2]:
        # json.dump(value, file) has the file second, and np.save(file, value) first.
        second = call.node.args[1]
        if call.is_memory(second):
            return []
        place = second if call.origin.last == "dump" else place
    return _written(call, place)


def _written(call: Call, place: ast.expr | None) -> list[Finding]:
    texts = [one for one in call.texts(place) or () if one.text]
    if not texts and isinstance(call.node.func, ast.Attribute) and not call.node.args:
        texts = [one for one in call.texts(call.node.func.value) or () if one.whole]
    found = [Finding("network", f"reaches the network ({one.text})") for one in texts if is_address(one.text)]
    if not texts:
        return [Finding("write_file", f"writes a file ({call.title})")]
    return [*found, *(Finding("write_file", _writes_to(one)) for one in texts[:_NOTES])]


def _writes_to(text: Text) -> str:
    return f"writes the file {text.text!r}" if text.whole else f"writes a file like {text.text!r}"


def writes_where_told(call: Call) -> list[Finding]:
    """``to_csv`` and the like write where they are given a place, and return a text otherwise."""
    place = call.argument(1 if call.origin.last == "dump" and call.node.args[1:2] else 0, _PLACES)
    if place is None or call.is_memory(place):
        return []
    if isinstance(place, ast.Constant) and not isinstance(place.value, str):
        return []
    return _written(call, place)


def opens(call: Call) -> list[Finding]:
    """What opens a file: a read or a write, by its mode."""
    place, usual = known().modes.get(known().of_place(call.origin.path)[1], (1, "r"))
    given = call.argument(place, ("mode", "mmap_mode", "flag"))
    file = call.argument(0, ("file", "filename", "name", "path"))
    if call.origin.root == "?" or known().of_place(call.origin.path)[0] != "opens":
        # Somebody's own `open`: path.open(mode), or filesystem.open(path, mode).
        given = next((one for one in call.node.args[:2] if _is_mode(one)), call.argument(9, ("mode",)))
        file = call.node.args[0] if call.node.args and not _is_mode(call.node.args[0]) else None
    elif place == 0 and isinstance(call.node.func, ast.Attribute):
        file = call.node.func.value
    if call.is_memory(file):
        return []
    modes = [Text(usual)] if given is None else call.texts(given)
    if given is not None and modes is None:
        return [Finding("write_file", "opens a file in a mode that cannot be told")]
    if all(one.whole and not set(one.text) & set("wax+cn") for one in modes or ()):
        return _read_places(call, file)
    return _written(call, file)


def _is_mode(argument: ast.expr) -> bool:
    text = constant_text(argument)
    return bool(text) and _MODE.match(text) is not None


def reads(call: Call) -> list[Finding]:
    """What reads the file or the address that its argument names."""
    last = call.origin.last
    if last in ("load", "loadtxt") and any(word.arg == "allow_pickle" for word in call.node.keywords):
        return [Finding(None, f"loads objects that may run code ({call.title})")]
    if call.origin.path == "numpy.load" and call.texts(call.argument(1, ("mmap_mode",))) is not None:
        return _written(call, call.argument(0, _PLACES))
    return _read_places(call, call.argument(0, _PLACES))


def _read_places(call: Call, place: ast.expr | None) -> list[Finding]:
    if call.is_memory(place):
        return []
    texts = call.texts(place)
    if texts is None:
        is_far = call.survey.has_address or _holds_address(call, place)
        far = [Finding("network", f"reaches the network ({call.title})")] if is_far else []
        return [*far, Finding("read")]
    return [
        Finding("network", f"reaches the network ({one.text})")
        if is_address(one.text)
        else Finding("read", f"reads the file {one.text!r}" if one.whole else "")
        for one in texts
    ]


def _holds_address(call: Call, place: ast.expr | None) -> bool:
    """Whether a list or dict of the notebook that the place comes from holds an address."""
    for name in _names_behind(place, call.scope) if place is not None else ():
        value = call.resolver.names.get(name)
        if type(value) is dict:
            value = list(value.values())
        if type(value) in (list, tuple):
            items = value[:100]  # type: ignore[index]
            if any(type(item) is str and is_address(item) for item in items):
                return True
    return False


def _names_behind(place: ast.AST, scope: Scope) -> set[str]:
    """The names in an expression, and those in what they are bound to."""
    found: set[str] = set()
    todo: list[ast.AST] = [place]
    while todo:
        for name in {one.id for one in ast.walk(todo.pop()) if isinstance(one, ast.Name)} - found:
            found.add(name)
            where: Scope | None = scope
            while where is not None and name not in where.bound:
                where = where.parent
            todo += (
                [one for one in where.bound[name] if isinstance(one, ast.expr)] if where is not None else []
            )
    return found
