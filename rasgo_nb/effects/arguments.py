"""What a call of something known would do, by its arguments: the file that it names, the mode, the SQL."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.connectors.statement_effects import find_effects, is_address
from rasgo_nb.effects.known import known
from rasgo_nb.effects.origins import constant_text
from rasgo_nb.effects.shell import of_command
from rasgo_nb.effects.texts import Text, texts_of
from rasgo_nb.policy import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.effects.origins import Origin, Resolver
    from rasgo_nb.effects.survey import Scope, Survey

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
_MEMORY = frozenset(("io.StringIO", "io.BytesIO", "pyarrow.BufferOutputStream", "sys.stdout", "sys.stderr"))
_MODE = re.compile(r"[rwaxbtU+|:*]{1,6}(gz|bz2|xz)?$")
_BACKTICKS = re.compile(r"`[^`]*`")
_SQL_WORDS = ("sql", "query", "statement", "statements", "command", "operation", "sql_script")
_LONG = 50  # characters of a call that is told as it is written
_NOTES = 3  # files that are named of those that one call may write


@dataclass(slots=True)
class Call:
    """A call and where its function comes from; ``expressions`` are texts in it that are Python."""

    node: ast.Call
    scope: Scope
    origin: Origin
    resolver: Resolver
    survey: Survey
    expressions: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How the call is told: ``requests.get``."""
        if self.origin.state == "place":
            return self.origin.path.removeprefix("builtins.")
        written = ast.unparse(self.node.func).replace("\n", " ")
        return written if len(written) < _LONG else f"….{self.origin.last}"

    def argument(self, place: int, names: frozenset[str] | tuple[str, ...]) -> ast.expr | None:
        """The argument at a place or under one of these names; what is unpacked counts for it."""
        for argument in self.node.args[: place + 1]:
            if isinstance(argument, ast.Starred):
                return argument
        if len(self.node.args) > place:
            return self.node.args[place]
        return next(
            (word.value for word in self.node.keywords if word.arg is None or word.arg in names), None
        )

    def texts(self, argument: ast.expr | None) -> list[Text] | None:
        """Every text that an argument may be; None where that cannot be told."""
        return texts_of(argument, self.scope, self.resolver) if argument is not None else None

    def is_memory(self, argument: ast.expr | None) -> bool:
        """Whether an argument is a buffer and no file."""
        origins = self.resolver.of(argument, self.scope) if argument is not None else frozenset()
        return bool(origins) and all(one.path in _MEMORY for one in origins)


def of_call(kind: str, call: Call) -> list[Finding]:
    """What the call of something of a kind would do."""
    special = _KINDS.get(kind)
    if special is not None:
        return special(call)
    return plain(kind, call.title) if kind in _PLAIN else []


def plain(kind: str, title: str) -> list[Finding]:
    """What something of a kind does, whatever its arguments are."""
    said = _PLAIN.get(kind)
    return [Finding(said[0], said[1].format(title))] if said is not None else []  # type: ignore[arg-type]


_PLAIN = {
    "network": ("network", "reaches the network ({})"),
    "install": ("install", "installs packages ({})"),
    "install_extension": ("install", "installs extensions ({})"),
    "program": (None, "runs another program (`{}`)"),
    "unjudged": (None, "calls `{}`"),
    "warehouse": ("write_warehouse", "writes to the warehouse ({})"),
    "writes": ("write_file", "writes a file ({})"),
    "writes_content": ("write_file", "writes a file ({})"),
}


def parsed_expression(text: str) -> ast.Module | None:
    """An expression over columns as Python; None where it is none."""
    plain_text = _BACKTICKS.sub("x", text).replace("@", "").strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(plain_text.replace("\n", " "))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


# --- files


def _writes(call: Call) -> list[Finding]:
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


def _writes_where_told(call: Call) -> list[Finding]:
    """``to_csv`` and the like write where they are given a place, and return a text otherwise."""
    place = call.argument(1 if call.origin.last == "dump" and call.node.args[1:2] else 0, _PLACES)
    if place is None or call.is_memory(place):
        return []
    if isinstance(place, ast.Constant) and not isinstance(place.value, str):
        return []
    return _written(call, place)


def _opens(call: Call) -> list[Finding]:
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


def _reads(call: Call) -> list[Finding]:
    last = call.origin.last
    if last in ("load", "loadtxt") and any(word.arg == "allow_pickle" for word in call.node.keywords):
        return [Finding(None, f"loads objects that may run code ({call.title})")]
    if call.origin.path == "numpy.load" and call.texts(call.argument(1, ("mmap_mode",))) is not None:
        return _written(call, call.argument(0, _PLACES))
    return _read_places(call, call.argument(0, _PLACES))


def _read_places(call: Call, place: ast.expr | None) -> list[Finding]:
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


# --- SQL and expressions


def _sql(call: Call) -> list[Finding]:
    argument = call.argument(0, _SQL_WORDS)
    if argument is None or (call.origin.root == "?" and not call.node.args):
        return []
    if isinstance(argument, ast.Call):
        inner = {one.path for one in call.resolver.of(argument.func, call.scope)}
        if inner <= {"sqlalchemy.text", "sqlalchemy.DDL"} and inner and argument.args:
            return []  # judged where it is made
    texts = call.texts(argument)
    if texts is None:
        if isinstance(argument, ast.Constant | ast.Dict | ast.List | ast.Set):
            return []
        return [Finding(None, "runs SQL that is put together as it runs")]
    return [finding for one in texts for finding in _of_statement(call, one)]


def _of_statement(call: Call, text: Text) -> list[Finding]:
    if call.origin.last.startswith("read_sql") and text.text.strip().replace(".", "_").isidentifier():
        return [Finding("read", f"reads {text.text.strip()}")]
    dialect = known().dialects.get(call.origin.root, "")
    found = find_effects(text.text, dialect)
    is_shared = call.origin.root == "duckdb" and call.origin.state == "place"
    if is_shared or call.origin.path.startswith(("duckdb.memory", "sqlite3.memory")):
        found = [_in_memory(one) for one in found]
    return found or [Finding("read")]


def _in_memory(finding: Finding) -> Finding:
    """A table of a database that lives in the kernel's memory is a value like others."""
    is_own = finding.kind == "write_warehouse" and "." not in finding.says
    return Finding("compute") if is_own else finding


def _expression(call: Call) -> list[Finding]:
    texts = call.texts(call.argument(0, ("expr", "ex", "expression")))
    if texts is None:
        return [Finding(None, f"evaluates an expression that is put together as it runs ({call.title})")]
    call.expressions += [one.text for one in texts]
    return []


def _expression_or_sql(call: Call) -> list[Finding]:
    """``query`` and ``sql`` of something that is not known: of a frame, or of a connection."""
    argument = call.argument(0, ("expr", *_SQL_WORDS))
    texts = call.texts(argument)
    if texts is None:
        is_code = argument is not None and call.origin.last == "sql"
        return [Finding(None, "runs SQL that is put together as it runs")] if is_code else []
    found: list[Finding] = []
    for one in texts:
        if parsed_expression(one.text) is not None:
            call.expressions.append(one.text)
        else:
            found += _of_statement(call, one)
    return found


def _by_name(call: Call) -> list[Finding]:
    """``df.apply("to_csv", …)`` runs the method of that name."""
    names = [constant_text(one) for one in call.node.args[:1]]
    kinds = {known().of_method(name) for name in names if name}
    return [Finding("write_file", f"writes a file ({names[0]})")] if kinds & {"writes", "writes_to"} else []


# --- programs


def _program(call: Call) -> list[Finding]:
    words = [texts[0].text for texts in map(call.texts, _command_words(call)) if texts]
    if not words:
        return plain("program", call.title)
    return of_command(words[0] if len(words) == 1 else " ".join(words))


def _command_words(call: Call) -> list[ast.expr]:
    argument = call.argument(0, ("args", "cmd", "command"))
    if isinstance(argument, ast.List | ast.Tuple):
        python = ast.Constant("python")
        return [python if ast.unparse(one) == "sys.executable" else one for one in argument.elts]
    return [argument] if argument is not None else []


_KINDS: dict[str, Callable[[Call], list[Finding]]] = {
    "writes": _writes,
    "writes_to": _writes_where_told,
    "opens": _opens,
    "reads": _reads,
    "sql": _sql,
    "expression": _expression,
    "expression_or_sql": _expression_or_sql,
    "by_name": _by_name,
    "program": _program,
}
