"""What goes wrong, in the vendor's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import snowflake.connector.errors

if TYPE_CHECKING:
    from snowflake_stand_in.state import Query

NO_WAREHOUSE = (
    "No active warehouse selected in the current session.  "
    "Select an active warehouse with the 'use warehouse' command."
)


class VendorError(Exception):
    def __init__(self, code: int, sql_state: str, message: str) -> None:
        super().__init__(message)
        self.told = (code, sql_state, message)


def vendor_error(query: Query, error: Exception) -> tuple[int, str, str]:
    if isinstance(error, VendorError):
        return error.told
    if query.is_cancelled:
        return 604, "57014", "SQL execution canceled"
    if query.is_timed_out:
        limit = query.parameters["STATEMENT_TIMEOUT_IN_SECONDS"]
        return (
            630,
            "57014",
            f"Statement reached its statement or warehouse timeout of {limit} second(s) and was canceled.",
        )
    text = str(error)
    if found := re.search(r"Table with name (\S+) does not exist", text):
        name = found[1].upper()
        return 2003, "42S02", f"SQL compilation error:\nObject '{name}' does not exist or not authorized."
    if found := re.search(r"Referenced (?:column|table) \"([^\"]+)\" not found", text):
        line, position = place_of(query.sql, found[1])
        where = f"error line {line} at position {position}"
        return 904, "42000", f"SQL compilation error: {where}\ninvalid identifier '{found[1].upper()}'"
    if "No function matches" in text:
        return (
            1044,
            "42P13",
            "SQL compilation error: error line 1 at position 7\n"
            "Invalid argument types for function '+': (VARCHAR(16777216), DATE)",
        )
    if isinstance(error, snowflake.connector.errors.ProgrammingError):
        if error.errno == 1003:
            word = query.sql.split()[0]
            return (
                1003,
                "42000",
                f"SQL compilation error:\nsyntax error line 1 at position 0 unexpected '{word}'.",
            )
        return error.errno, error.sqlstate or "", str(error.raw_msg)
    return 300_002, "XX000", f"Processing aborted by error 300002; {type(error).__name__}: {text}"


def place_of(sql: str, name: str) -> tuple[int, int]:
    for number, line in enumerate(sql.splitlines(), 1):
        if found := re.search(rf"\b{re.escape(name)}\b", line, re.IGNORECASE):
            return number, found.start()
    return 1, 0
