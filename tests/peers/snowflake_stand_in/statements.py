"""The routes of statements: sent, waited for, looked at, read in chunks, cancelled."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any

from fakesnow.arrow import to_ipc
from snowflake_stand_in.cancelling import cancel
from snowflake_stand_in.execution import execute
from snowflake_stand_in.messages import answer, bearer, body_of, refused_request
from snowflake_stand_in.state import Query, state
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

WAIT_FOR_RESULT_S = 40
ROWS_PER_CHUNK = 100_000


async def run_query(request: Request) -> Response:
    refused = refused_request(request, counts=True)
    if refused:
        return refused
    body = await body_of(request)
    session = state.sessions[bearer(request)]
    query = Query(body["sqlText"], body.get("parameters") or {}, request.query_params["requestId"], session)
    query.is_described_only = bool(body.get("describeOnly"))
    with state.lock:
        state.queries[query.id] = query
    threading.Thread(target=execute, args=(query,), daemon=True).start()
    if body.get("asyncExec"):
        return answer(in_progress(query), code="333334")
    await run_in_threadpool(query.done.wait)
    return result_of(query, request)


def in_progress(query: Query) -> dict[str, Any]:
    return {"queryId": query.id, "getResultUrl": f"/queries/{query.id}/result", "progressDesc": None}


async def get_result(request: Request) -> Response:
    refused = refused_request(request)
    query = state.queries.get(request.path_params["id"])
    if refused or query is None:
        return refused or answer(None, code="000709", message="Statement not found")
    if not await run_in_threadpool(query.done.wait, WAIT_FOR_RESULT_S):
        return answer(in_progress(query), code="333333")
    return result_of(query, request)


def result_of(query: Query, request: Request) -> Response:
    if query.error:
        code, sql_state, message = query.error
        data = {"errorCode": f"{code:06d}", "sqlState": sql_state, "queryId": query.id}
        return answer(data, code=f"{code:06d}", message=message)
    data: dict[str, Any] = {
        "parameters": [{"name": "TIMEZONE", "value": "Europe/Berlin"}],
        "rowtype": query.rowtype,
        "queryId": query.id,
        "statementTypeId": 4096,
        "finalDatabaseName": query.session.database,
        "finalSchemaName": query.session.schema,
        "finalWarehouseName": query.session.warehouse,
        "finalRoleName": "PUBLIC",
    }
    if query.rows is not None:
        total, result = len(query.rows), {"queryResultFormat": "json", "rowset": query.rows}
    else:
        total, result = query.table.num_rows, arrow_result(query, request)
    return answer(data | {"total": total, "returned": total} | result)


def arrow_result(query: Query, request: Request) -> dict[str, Any]:
    """The first rows inline, the rest in chunks to be fetched."""
    rows = query.table.num_rows
    if not rows:
        return {"queryResultFormat": "arrow", "rowsetBase64": ""}
    first = min(rows, ROWS_PER_CHUNK)
    inline = base64.b64encode(to_ipc(query.table.slice(0, first))).decode()
    place = f"{request.url.scheme}://{request.url.netloc}/chunks/{query.id}"
    chunks = [
        {
            "url": f"{place}/{start}",
            "rowCount": min(ROWS_PER_CHUNK, rows - start),
            "uncompressedSize": 1,
            "compressedSize": 1,
        }
        for start in range(first, rows, ROWS_PER_CHUNK)
    ]
    more = {"chunks": chunks, "chunkHeaders": {}} if chunks else {}
    return {"queryResultFormat": "arrow", "rowsetBase64": inline, **more}


def get_chunk(request: Request) -> Response:
    query = state.queries[request.path_params["id"]]
    query.chunks_fetched += 1
    if state.settings.get("drop_chunks") and query.chunks_fetched > state.settings["drop_chunks"]:
        return Response(status_code=403)
    part = query.table.slice(int(request.path_params["start"]), ROWS_PER_CHUNK)
    return Response(to_ipc(part).to_pybytes(), media_type="application/octet-stream")


async def get_status(request: Request) -> JSONResponse:
    refused = refused_request(request)
    if refused:
        return refused
    query = state.queries.get(request.path_params["id"])
    if query is None:
        return answer({"queries": []})
    told: dict[str, Any] = {"id": query.id, "status": query.status, "sqlText": query.sql}
    if query.error:
        told |= {"errorCode": f"{query.error[0]:06d}", "errorMessage": query.error[2]}
    return answer({"queries": [told]})


async def abort_request(request: Request) -> JSONResponse:
    asked = (await body_of(request)).get("requestId")
    for query in list(state.queries.values()):
        if query.request_id == asked:
            cancel(query)
    return answer(None)


async def abort_query(request: Request) -> JSONResponse:
    query = state.queries.get(request.path_params["id"])
    if query:
        cancel(query)
    return answer(None)
