"""Errors of any driver under SQLAlchemy, by their codes, as ``QueryError`` and ``ConnectionFailed``.

A driver tells what happened by one of: an SQLSTATE (Postgres, Redshift, ODBC, Databricks), a number of the
vendor's (MySQL, SQL Server, Oracle), a name (SQLite, Trino, Spark). Where it tells nothing, DB-API's own
class of the error is all there is.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import ConnectionFailed, ErrorKind, QueryError, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Dialect

LONGEST = 600


def _codes(kind: ErrorKind, *codes: str) -> dict[str, ErrorKind]:
    return dict.fromkeys(codes, kind)


# SQLSTATE, by all five letters first and by the two of its class else.
SQLSTATES: dict[str, ErrorKind] = {
    **_codes(
        "missing_object", "42P01", "42703", "42883", "3F000", "3D000", "42704", "42S02", "42S22", "42P02"
    ),
    **_codes("missing_object", "42S12", "42702"),
    **_codes("syntax", "42601", "42803", "42P10", "42P20"),
    **_codes("permission", "42501", "25006", "0LP01", "42S00"),
    **_codes("type", "42804", "42846", "42P18", "42725", "42K09", "22"),
    **_codes("timeout", "57014", "HYT00", "HYT01", "55P03"),
    **_codes("quota", "53", "54"),
    **_codes("network", "08", "57P01", "57P02", "57P03", "57P05"),
    **_codes("permission", "28"),
}
MYSQL: dict[str, ErrorKind] = {
    **_codes("missing_object", "1146", "1054", "1049", "1305", "1051", "1109", "1128", "1630"),
    **_codes("syntax", "1064", "1149", "1055", "1140"),
    **_codes("permission", "1142", "1143", "1044", "1227", "1370", "1290", "1792", "1045", "1698"),
    **_codes("type", "1292", "1366", "1264", "1367", "1690", "1411", "1582", "3141"),
    **_codes("timeout", "3024", "1969", "1317", "1205"),
    **_codes("quota", "1226", "1203", "1040", "1041", "1037", "1038", "1114"),
    **_codes("network", "2002", "2003", "2005", "2006", "2013", "2055", "1053", "4031"),
}
SQL_SERVER: dict[str, ErrorKind] = {
    **_codes("missing_object", "208", "207", "2812", "4121", "195", "4104", "911"),
    **_codes("syntax", "102", "156", "105", "319", "170"),
    **_codes("permission", "229", "230", "262", "297", "300", "916", "18456", "4060"),
    **_codes("type", "245", "8114", "206", "402", "529", "8117", "241", "248", "8115", "220"),
    **_codes("timeout", "1222", "3617"),
    **_codes("quota", "701", "1105", "8645"),
    **_codes("network", "10054", "10060", "20003", "20004", "20009", "40613"),
}
ORACLE: dict[str, ErrorKind] = {
    **_codes("missing_object", "942", "904", "4043", "2289", "1435"),
    **_codes("syntax", "900", "903", "905", "906", "907", "911", "923", "933", "936", "920", "979"),
    **_codes("permission", "1031", "1456", "1017", "28000", "28001", "1045", "41900"),
    **_codes("type", "932", "1722", "1830", "1840", "1841", "1843", "1858", "1861", "1476"),
    **_codes("timeout", "1013", "3136"),
    **_codes("quota", "1555", "1652", "2391", "30036", "4030", "4031", "56735"),
    **_codes("network", "12154", "12514", "12541", "12170", "3113", "3114", "3135", "12537"),
}
# Names, as SQLite, Trino and Spark have them.
NAMES: dict[str, ErrorKind] = {
    **_codes("permission", "SQLITE_AUTH", "SQLITE_READONLY", "SQLITE_PERM"),
    **_codes("type", "SQLITE_MISMATCH", "SQLITE_CONSTRAINT_DATATYPE"),
    **_codes("quota", "SQLITE_FULL", "SQLITE_NOMEM", "SQLITE_TOOBIG"),
    **_codes("timeout", "SQLITE_BUSY", "SQLITE_LOCKED"),
    **_codes(
        "missing_object", "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"
    ),
    **_codes("missing_object", "FUNCTION_NOT_FOUND", "NOT_FOUND", "TABLE_OR_VIEW_NOT_FOUND"),
    **_codes("missing_object", "UNRESOLVED_COLUMN", "UNRESOLVED_ROUTINE", "SCHEMA_NOT_FOUND"),
    **_codes("syntax", "SYNTAX_ERROR", "PARSE_SYNTAX_ERROR"),
    **_codes("type", "TYPE_MISMATCH", "INVALID_CAST_ARGUMENT", "DATATYPE_MISMATCH", "CAST_INVALID_INPUT"),
    **_codes("permission", "PERMISSION_DENIED", "INSUFFICIENT_PERMISSIONS", "ACCESS_DENIED"),
    **_codes("timeout", "EXCEEDED_TIME_LIMIT", "ABANDONED_QUERY"),
    **_codes("quota", "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "QUERY_QUEUE_FULL"),
    **_codes("quota", "EXCEEDED_SCAN_LIMIT", "CLUSTER_OUT_OF_MEMORY"),
}
# SQLite has one code for all that is wrong in a statement: its parser's own words tell them apart.
SQLITE_WORDS: tuple[tuple[str, ErrorKind], ...] = (
    (r"no such |unknown database|ambiguous column|wrong number of arguments", "missing_object"),
    (r"syntax error|incomplete input|unrecognized token", "syntax"),
    (r"not authorized|prohibited|readonly|query_only", "permission"),
    (r"malformed JSON|datatype mismatch|integer overflow|JSON path error|bad JSON", "type"),
    (r"too big|out of memory|too many", "quota"),
)
SIGN_IN = frozenset(
    {
        "28P01",
        "28000",
        "28",
        "1045",
        "1698",
        "18456",
        "1017",
        "28001",
        "PERMISSION_DENIED",
        "NOT_AUTHENTICATED",
    }
)
_NUMBERS = {"mysql": MYSQL, "mariadb": MYSQL, "mssql": SQL_SERVER, "oracle": ORACLE}


@contextmanager
def translated_errors(statement: str, dialect: Dialect, kind_of_database: str) -> Iterator[None]:
    """What SQLAlchemy and its drivers raise, as ``QueryError`` with kind and place."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    driver_error: type[Exception] = dialect.loaded_dbapi.Error
    try:
        yield
    except DBAPIError as error:
        own = error.orig if error.orig is not None else error
        lost = error.connection_invalidated
        raise query_error(own, statement, kind_of_database, is_lost=lost) from None
    except driver_error as error:  # from a cursor that is read without SQLAlchemy between
        lost = isinstance(error, Exception) and dialect.is_disconnect(error, None, None)  # type: ignore[arg-type]
        raise query_error(error, statement, kind_of_database, is_lost=lost) from None
    except SQLAlchemyError as error:
        raise QueryError(short(str(error)), statement=statement) from None


def query_error(own: BaseException, statement: str, dialect: str, *, is_lost: bool = False) -> QueryError:
    """The driver's own message, with neither SQLAlchemy's words nor the statement in it."""
    message = message_of(own)
    kind = kind_of(own, dialect)
    if is_lost and kind == "other":
        kind = "network"
    line, column = _told_place(own) or place_of(named_part(message), statement) or (None, None)
    return QueryError(
        message,
        statement=statement,
        line=line,
        column=column,
        hint=HINTS.get(kind, ""),
        kind=kind,
        query_id=str(getattr(own, "query_id", None) or ""),
    )


HINTS: dict[ErrorKind, str] = {"network": "The connection was lost: ask again, it is opened anew."}


def connection_error(
    error: Exception, *, name: str, where: str, secret: str, dialect: str
) -> ConnectionFailed:
    """Why the database could not be opened, and whether the person has to sign in in another way."""
    own = getattr(error, "orig", None) or error
    message = message_of(own)
    message = message.replace(secret, "***") if secret else message
    message = message if message.endswith((".", "!", "?")) else f"{message}."
    if SIGN_IN & set(codes_of(own)) or "password authentication failed" in message:  # libpq tells no code
        return SignInFailed(
            f"{where} does not take the sign-in: {message} "
            f"Check the user and the password, and type `%rasgo connect {where} --name {name}`."
        )
    if dialect == "sqlite":
        what = "Give the path of an SQLite file"
    elif kind_of(own, dialect) in ("network", "other"):
        what = "Check the host, the port and the network"
    else:
        what = "Check the URL"
    return ConnectionFailed(f"{where} cannot be opened: {message} {what}, and connect again.")


def kind_of(error: BaseException, dialect: str) -> ErrorKind:
    """What sort of failure it is, by the driver's codes."""
    numbers = _NUMBERS.get(dialect, {})
    for code in codes_of(error):
        if code == "42883" and "operator" in str(error):  # one code for names and for types of arguments
            return "type"
        for table in (numbers, NAMES, SQLSTATES):
            if code in table:
                return table[code]
        if len(code) == 5 and code[:2] in SQLSTATES and dialect != "oracle":
            return SQLSTATES[code[:2]]
    if dialect == "sqlite":
        return next((kind for words, kind in SQLITE_WORDS if re.search(words, str(error))), "other")
    return _by_class(error)


def codes_of(error: BaseException) -> list[str]:
    """All that the driver's error says by a code, the surest first."""
    first = error.args[0] if error.args else ""
    candidates: list[Any] = [
        getattr(error, name, None)
        for name in ("sqlstate", "pgcode", "sqlite_errorname", "error_name", "errno", "full_code", "code")
    ]
    if isinstance(first, dict):  # pg8000
        candidates.append(first.get("C"))
    elif isinstance(first, int) or (isinstance(first, str) and re.fullmatch(r"[0-9A-Z]{5}", first)):
        candidates.append(first)  # MySQL's number, ODBC's SQLSTATE
    candidates += [getattr(first, "code", None), getattr(first, "full_code", None)]  # Oracle's
    text = str(error)
    candidates += re.findall(r"\bORA-(\d{5})", text)[:1] + re.findall(r"\((\d{3,5})\) \(SQL", text)[:1]
    candidates += re.findall(r"^\W*\[([A-Z_]+)[\].]", text)[:1] + re.findall(r"SQLSTATE: (\w{5})", text)[:1]
    codes = [str(code) for code in candidates if isinstance(code, int | str) and code not in ("", 0)]
    # what a number says is surer than SQLSTATE 42000 and HY000, which say next to nothing
    codes.sort(key=lambda code: code in ("42000", "HY000", "SQLITE_ERROR"))
    return [_as_number(code.removeprefix("ORA-")) if "ORA-" in text else code for code in codes]


def _as_number(code: str) -> str:
    return code.lstrip("0") if code.isdecimal() else code


_CLASSES: dict[str, ErrorKind] = {"DataError": "type", "InterfaceError": "network"}


def _by_class(error: BaseException) -> ErrorKind:
    names = [own.__name__ for own in type(error).__mro__]
    return next((kind for name, kind in _CLASSES.items() if name in names), "other")


def message_of(error: BaseException) -> str:
    """The driver's message on one line, without its codes in tuples and its pictures of the place."""
    args = error.args
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    told = getattr(error, "message", None)
    if isinstance(primary, str):
        hint = getattr(error.diag, "message_hint", None)  # type: ignore[attr-defined]
        return short(f"{primary}. {hint}" if hint else primary)
    if args and isinstance(args[0], dict):
        return short(str(args[0].get("M", args[0])))
    if len(args) >= 2 and isinstance(args[0], int) and isinstance(args[1], str | bytes):
        return short(args[1] if isinstance(args[1], str) else args[1].decode(errors="replace"))
    return short(told if isinstance(told, str) else str(error))


def short(text: str) -> str:
    """One line of bounded length, without SQLAlchemy's tail."""
    text = re.split(r"\n?\(Background on this error at|\n?\[SQL: |\nLINE \d+:|\n\s*\[parameters: ", text)[0]
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST else f"{one_line[:LONGEST]}..."


_NAMED = re.compile(
    r"""no such (?:column|table|function): (?P<bare>\S+)
    | near\ ["'](?P<near>[^"']+)["']
    | (?:column|relation|table|function|Unknown\ column|Table)\ ["'](?P<quoted>[^"']+)["']
    | unrecognized\ token:\ "(?P<token>[^"]+)\"?
    | ["'](?P<any>[^"']+)["']""",
    re.VERBOSE,
)


def named_part(message: str) -> str:
    """The word of the statement that a message complains of; empty where it names none."""
    found = re.search(r"no such (?:column|table|function): (?P<bare>.+)$", message)
    if found is None:
        found = _NAMED.search(message)
    if found is None:
        return ""
    return next((text for text in found.groupdict().values() if text), "").strip()


def place_of(part: str, statement: str) -> tuple[int, int] | None:
    """Line and column, from 1, of the first place where the part stands as words of their own."""
    bare = re.escape(part).replace(r"\.", r"[\"`\]]?\.[\"`\[]?")
    edge = r"(?<![\w.])" if part[:1].isalnum() or part[:1] == "_" else ""
    found = re.search(edge + bare + (r"(?!\w)" if part[-1:].isalnum() else ""), statement, re.IGNORECASE)
    if not part or found is None:
        return None
    before = statement[: found.start()]
    return before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1


def _told_place(error: BaseException) -> tuple[int, int] | None:
    """Where the driver tells line and column itself, as Trino's does."""
    place = getattr(error, "error_location", None)
    is_place = isinstance(place, tuple) and len(place) == 2 and all(isinstance(part, int) for part in place)
    return place if is_place else None
