"""One statement run by fakesnow, in a thread of its own."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import duckdb
from fakesnow.arrow import to_sf
from fakesnow.rowtype import describe_as_rowtype
from snowflake_stand_in.cancelling import end_by_timeout
from snowflake_stand_in.own_answers import (
    column,
    note_ddl,
    own_answer,
    plan_of,
    with_generated_rows,
    with_last_ddl,
)
from snowflake_stand_in.state import cursor_of, state
from snowflake_stand_in.vendor_errors import NO_WAREHOUSE, VendorError, vendor_error

if TYPE_CHECKING:
    from snowflake_stand_in.state import Query


def execute(query: Query) -> None:
    timeout_s = float(query.parameters.get("STATEMENT_TIMEOUT_IN_SECONDS") or 172_800)
    timer = threading.Timer(min(timeout_s, 10**6), end_by_timeout, args=(query,))
    timer.daemon = True
    timer.start()
    try:
        run(query)
        query.status = "SUCCESS"
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
        query.error = vendor_error(query, error)
        query.status = "FAILED_WITH_ERROR"
    finally:
        timer.cancel()
        query.ended = time.time()
        query.done.set()


def run(query: Query) -> None:
    sql = query.sql.strip().rstrip(";")
    delay_s = state.settings.get("delay_s", 0)
    if delay_s:
        query.status = "QUEUED"
        time.sleep(delay_s)
        query.status = "RUNNING"
    if state.settings.get("no_warehouse") and re.match(r"(?i)select", sql) and "SYSTEM$" not in sql:
        raise VendorError(606, "57P03", NO_WAREHOUSE)
    if query.is_described_only:
        plan_of(query, sql)  # compiled, and not run
        query.rows = []
        return
    own = own_answer(query, sql)
    if own is not None:
        names, query.rows = own
        query.rowtype = [column(name) for name in names]
        return
    if sql in state.results:
        query.rowtype, query.table = state.results[sql]
        return
    with_rows = with_last_ddl(with_generated_rows(sql))
    cursor = cursor_of(query)
    if query.is_cancelled:
        raise duckdb.InterruptException("cancelled")
    cursor.execute(with_rows, server=True)
    note_ddl(sql)
    if re.match(r"(?i)use\s", sql):
        query.session.database, query.session.schema = query.connection.database, query.connection.schema
    query.rowtype = describe_as_rowtype(cursor._describe_last_sql())
    query.table = to_sf(cursor._arrow_table, query.rowtype)
    if state.settings.get("result_cache") or sql.startswith("SELECT SEQ8() AS n FROM TABLE(GENERATOR("):
        state.results[sql] = query.rowtype, query.table
