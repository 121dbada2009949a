"""A Snowflake that speaks the driver's protocol over loopback: fakesnow's SQL behind routes of our own.

Run by the interpreter of a venv with ``fakesnow[server]``: prints its port, and ends with its standard input.
What fakesnow leaves out and is here: sign-in that looks at what it is sent, renewal and expiry of tokens,
statements that run in the background, their status, cancel and timeout, results in several chunks,
``EXPLAIN USING JSON``, keys, and the vendor's words for what goes wrong. ``/stand-in/...`` is for the tests.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import re
import secrets
import socket
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import duckdb
import snowflake.connector.errors
import uvicorn
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.instance import FakeSnow
from fakesnow.rowtype import describe_as_rowtype
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

WAIT_FOR_RESULT_S = 40
ROWS_PER_CHUNK = 100_000
DATABASES = {"TEST", "OTHER"}
WAREHOUSES = {"WH"}
ROLES = {"PUBLIC", "READER"}


@dataclass
class Query:
    """One statement, as it is found in the history."""

    sql: str
    parameters: dict[str, Any]
    request_id: str
    session: Session
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "RUNNING"
    error: tuple[int, str, str] | None = None  # code, SQL state, message
    rowtype: list[Any] = field(default_factory=list)
    table: Any = None  # Arrow, in Snowflake's own encoding
    rows: list[list[str | None]] | None = None  # of a result in JSON
    chunks_fetched: int = 0
    is_described_only: bool = False
    is_cancelled: bool = False
    is_timed_out: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    connection: Any = None
    started: float = field(default_factory=time.time)
    ended: float = 0.0


@dataclass
class Session:
    """A sign-in; ``left`` is how many statements it may still run before its tokens lapse."""

    id: int
    database: str | None
    schema: str | None
    warehouse: str | None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    master_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    is_token_expired: bool = False
    expired: str = ""  # the code that every request is answered with


class State:
    """All that the server knows."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.snow = FakeSnow()
        self.sessions: dict[str, Session] = {}
        self.masters: dict[str, Session] = {}
        self.queries: dict[str, Query] = {}
        self.logins: list[dict[str, Any]] = []
        self.settings: dict[str, Any] = {}
        self.oauth_tokens: set[str] = set()
        self.challenges: dict[str, str] = {}
        self.results: dict[str, tuple[list[Any], Any]] = {}
        self.numbers = iter(range(1000, 10**9))
        for name in DATABASES:
            self.snow.connect(name, "PUBLIC")


state = State()


# -- sign-in -------------------------------------------------------------------------------------------------


async def login(request: Request) -> JSONResponse:
    data = (await body_of(request))["data"]
    asked = dict(request.query_params)
    seen = {key: data.get(key) for key in ("ACCOUNT_NAME", "LOGIN_NAME", "AUTHENTICATOR", "PASSWORD")}
    state.logins.append(seen | {"TOKEN": data.get("TOKEN"), "PROVIDER": data.get("PROVIDER"), "asked": asked})
    if state.settings.get("account_missing"):
        return JSONResponse({}, status_code=404)
    refused = refuse_sign_in(data) or refuse_names(asked)
    if refused:
        code, message = refused
        return answer(None, code=code, message=message)
    database, schema = asked.get("databaseName", "").upper(), asked.get("schemaName", "").upper()
    known = database if database in DATABASES or database.startswith("T_") else None
    if known:
        await run_in_threadpool(state.snow.connect, known, schema or "PUBLIC")
    session = Session(next(state.numbers), known, schema or "PUBLIC", asked.get("warehouse"))
    with state.lock:
        state.sessions[session.token] = session
        state.masters[session.master_token] = session
    parameters = {"AUTOCOMMIT": True, "TIMEZONE": "Europe/Berlin", "CLIENT_PREFETCH_THREADS": 4}
    return answer(
        {
            "token": session.token,
            "masterToken": session.master_token,
            "validityInSeconds": 3600,
            "masterValidityInSeconds": 14400,
            "sessionId": session.id,
            "serverVersion": "9.30.0",
            "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
            "sessionInfo": {
                "databaseName": known,
                "schemaName": schema or "PUBLIC",
                "warehouseName": asked.get("warehouse"),
                "roleName": asked.get("roleName") or "PUBLIC",
            },
        }
    )


def refuse_sign_in(data: dict[str, Any]) -> tuple[str, str] | None:
    authenticator = (data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
    token = data.get("TOKEN") or ""
    if authenticator in ("SNOWFLAKE", "USERNAME_PASSWORD_MFA"):
        is_right = data.get("PASSWORD") == state.settings.get("password", "secret")
        return None if is_right else ("390100", "Incorrect username or password was specified.")
    if authenticator == "EXTERNALBROWSER":
        is_right = (token, data.get("PROOF_KEY")) == ("sso-token", "proof")
        return None if is_right else ("390186", "The single sign-on was not proven.")
    if authenticator == "SNOWFLAKE_JWT":
        return None if is_signed(token) else ("390144", "JWT token is invalid.")
    if authenticator == "OAUTH":
        if token in state.settings.get("lapsed_tokens", []):
            return "390318", "OAuth access token expired."
        is_known = token in state.oauth_tokens or token == state.settings.get("oauth_token", "good-token")
        return None if is_known else ("390303", "Invalid OAuth access token.")
    if authenticator == "PROGRAMMATIC_ACCESS_TOKEN":
        is_right = token == state.settings.get("pat", "good-pat")
        return None if is_right else ("394400", "Programmatic access token is invalid.")
    if authenticator == "WORKLOAD_IDENTITY":
        return None if token else ("390144", "The workload identity token is invalid.")
    return "390190", f"There is no sign-in by {authenticator}."


def is_signed(token: str) -> bool:
    """Whether a JSON Web Token was signed with the key whose public half a test has registered."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    def decoded(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    der = base64.b64decode(state.settings.get("public_key", ""))
    if not der or token.count(".") != 2:
        return False
    head, claims, signature = token.split(".")
    try:
        key = serialization.load_der_public_key(der)
        key.verify(decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    told = json.loads(decoded(claims))
    mark = "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
    return bool(told["iss"].endswith(mark) and told["exp"] > time.time())


def refuse_names(asked: dict[str, str]) -> tuple[str, str] | None:
    role = asked.get("roleName", "").upper()
    if role and role not in ROLES:
        return "390189", (
            f"Role '{role}' specified in the connect string does not exist or not authorized. Contact your "
            "local system administrator, or attempt to login with another role, e.g. PUBLIC."
        )
    database = asked.get("databaseName", "").upper()
    if database and database not in DATABASES and not database.startswith("T_"):
        return "390201", "The requested database does not exist or not authorized."
    warehouse = asked.get("warehouse", "").upper()
    if warehouse and warehouse not in WAREHOUSES:
        return "390201", "The requested warehouse does not exist or not authorized."
    return None


async def renew(request: Request) -> JSONResponse:
    session = state.masters.get(bearer(request))
    if session is None or session.expired:
        return answer(
            None, code="390114", message="Authentication token has expired. The user must authenticate again."
        )
    with state.lock:
        state.sessions.pop(session.token, None)
        session.token, session.is_token_expired = secrets.token_urlsafe(24), False
        state.sessions[session.token] = session
    return answer(
        {
            "sessionToken": session.token,
            "masterToken": session.master_token,
            "validityInSecondsST": 3600,
            "masterValidityInSeconds": 14400,
            "sessionId": session.id,
        }
    )


async def sso_address(request: Request) -> JSONResponse:
    """Where the browser is sent for single sign-on, and the key that proves who asked."""
    data = (await body_of(request))["data"]
    back = f"http://localhost:{data['BROWSER_MODE_REDIRECT_PORT']}"
    address = f"{request.url.scheme}://{request.url.netloc}/sso?{urlencode({'back': back})}"
    return answer({"ssoUrl": address, "proofKey": "proof"})


def sso(request: Request) -> Response:
    return RedirectResponse(f"{request.query_params['back']}/?token=sso-token")


def oauth_authorize(request: Request) -> Response:
    """The person agrees at once."""
    asked = request.query_params
    code = secrets.token_urlsafe(8)
    state.challenges[code] = asked["code_challenge"]
    back = urlencode({"code": code, "state": asked["state"]})
    return RedirectResponse(f"{asked['redirect_uri']}/?{back}")


def is_proven(fields: dict[str, Any]) -> bool:
    """Whether whoever asks for tokens is the one who asked for the code, or holds the refresh token."""
    if fields.get("grant_type") == "refresh_token":
        return bool(fields.get("refresh_token") == state.settings.get("refresh_token", "refresh"))
    if fields.get("grant_type") == "authorization_code":
        digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return state.challenges.pop(fields["code"], "") == challenge
    return True


async def oauth_token(request: Request) -> JSONResponse:
    fields = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
    basic = request.headers.get("Authorization", "").removeprefix("Basic ")
    own = (
        base64.b64decode(basic).decode()
        if basic
        else f"{fields.get('client_id')}:{fields.get('client_secret')}"
    )
    state.logins.append({"grant_type": fields.get("grant_type"), "scope": fields.get("scope")})
    if own != "client:client-secret" or not is_proven(fields):
        return JSONResponse({"error": "invalid_client"}, status_code=401)
    token = secrets.token_urlsafe(16)
    state.oauth_tokens = {token}
    told = {"access_token": token, "token_type": "Bearer", "expires_in": 600, "refresh_token": "refresh"}
    return JSONResponse(told)


async def end_session(request: Request) -> JSONResponse:
    session = state.sessions.get(bearer(request))
    if session and request.query_params.get("delete"):
        state.sessions.pop(session.token, None)
        cancel_all(session)
    return answer(None)


async def heartbeat(request: Request) -> JSONResponse:
    return refused_request(request) or answer(None)


# -- statements ----------------------------------------------------------------------------------------------


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


def cancel(query: Query) -> bool:
    if query.done.is_set():
        return False
    query.is_cancelled = True
    interrupt(query)
    return True


def cancel_all(session: Session) -> None:
    for query in list(state.queries.values()):
        if query.session is session:
            cancel(query)


def interrupt(query: Query) -> None:
    while not query.done.wait(0.01):
        if query.connection is not None:
            query.connection._duck_conn.interrupt()


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


def end_by_timeout(query: Query) -> None:
    query.is_timed_out = True
    interrupt(query)


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
    own = run_own(query, sql)
    if own is not None:
        names, query.rows = own
        query.rowtype = [column(name) for name in names]
        return
    if sql in state.results:
        query.rowtype, query.table = state.results[sql]
        return
    with_rows = re.sub(r"(?i)TABLE\(GENERATOR\(ROWCOUNT => (\d+)\)\)", r"range(\1)", sql)
    cursor = cursor_of(query)
    if query.is_cancelled:
        raise duckdb.InterruptException("cancelled")
    cursor.execute(with_rows, server=True)
    if re.match(r"(?i)use\s", sql):
        query.session.database, query.session.schema = query.connection.database, query.connection.schema
    query.rowtype = describe_as_rowtype(cursor._describe_last_sql())
    query.table = to_sf(cursor._arrow_table, query.rowtype)
    if state.settings.get("result_cache") or sql.startswith("SELECT SEQ8() AS n FROM TABLE(GENERATOR("):
        state.results[sql] = query.rowtype, query.table


def cursor_of(query: Query) -> Any:
    session = query.session
    nop = [r"alter session .*"]
    query.connection = state.snow.connect(session.database, session.schema, nop_regexes=nop)
    return query.connection.cursor()


def run_own(query: Query, sql: str) -> tuple[list[str], list[list[str | None]]] | None:
    """What fakesnow cannot do, as column names and rows; None for all else."""
    if found := re.match(r"(?i)select system\$cancel_query\('([^']+)'\)", sql):
        other = state.queries.get(found[1])
        is_done = other is not None and cancel(other)
        return ["SYSTEM$CANCEL_QUERY"], [
            ["query terminated." if is_done else "Identified SQL statement is not currently executing."]
        ]
    if re.match(r"(?i)select system\$cancel_all_queries", sql):
        return ["SYSTEM$CANCEL_ALL_QUERIES"], [["all queries cancelled"]]
    if found := re.match(r"(?is)explain using json\s+(.*)", sql):
        return ["content"], [[json.dumps(plan_of(query, found[1]))]]
    if found := re.match(r"(?i)show (primary|imported) keys in (.*)", sql):
        return keys_of(query, found[1].upper(), found[2])
    return None


def plan_of(query: Query, sql: str) -> dict[str, Any]:
    from fakesnow.dialect import parse_one

    cursor = cursor_of(query)
    expression = parse_one(re.sub(r"(?i)TABLE\(GENERATOR\(ROWCOUNT => (\d+)\)\)", r"range(\1)", sql))
    duck = cursor._transform(expression, None).sql(dialect="duckdb")
    text = query.connection._duck_conn.execute(f"EXPLAIN (FORMAT json) {duck}").fetchall()[0][1]
    operations: list[dict[str, Any]] = []

    def walk(node: dict[str, Any], parent: int | None) -> None:
        own: dict[str, Any] = {"id": len(operations), "operation": node["name"].strip()}
        if parent is not None:
            own["parentOperators"] = [parent]
        if table := node.get("extra_info", {}).get("Table"):
            own |= {
                "operation": "TableScan",
                "objects": [str(table)],
                "partitionsAssigned": 1,
                "partitionsTotal": 2,
            }
            own["bytesAssigned"] = 16_384
        operations.append(own)
        for child in node.get("children", []):
            walk(child, own["id"])

    for node in json.loads(text):
        walk(node, None)
    scans = [one for one in operations if one["operation"] == "TableScan"]
    stats = {
        "partitionsTotal": 2 * len(scans),
        "partitionsAssigned": len(scans),
        "bytesAssigned": 16_384 * len(scans),
    }
    return {"GlobalStats": stats, "Operations": [operations]}


PRIMARY = [
    "created_on",
    "database_name",
    "schema_name",
    "table_name",
    "column_name",
    "key_sequence",
    "constraint_name",
]
IMPORTED = [
    "created_on", "pk_database_name", "pk_schema_name", "pk_table_name", "pk_column_name", "fk_database_name",
    "fk_schema_name", "fk_table_name", "fk_column_name", "key_sequence", "update_rule", "delete_rule",
    "fk_name",
]  # fmt: skip


def keys_of(query: Query, kind: str, scope: str) -> tuple[list[str], list[list[str | None]]]:
    what, _, name = scope.partition(" ")
    parts = [part.strip('"').upper() for part in re.findall(r'"(?:[^"]|"")+"|[^."]+', name)]
    own = (
        parts if what.upper() != "TABLE" or len(parts) == 3 else [query.session.database, "PUBLIC", parts[-1]]
    )
    kind_there = "PRIMARY KEY" if kind == "PRIMARY" else "FOREIGN KEY"
    cursor_of(query)
    found = query.connection._duck_conn.execute(
        "SELECT database_name, schema_name, table_name, constraint_column_names, constraint_index, "
        "referenced_table, referenced_column_names FROM duckdb_constraints() WHERE constraint_type = ? "
        "AND database_name NOT LIKE '\\_fs%' ESCAPE '\\'",
        [kind_there],
    ).fetchall()
    rows: list[list[str | None]] = []
    for database, schema, table, names, index, there, names_there in found:
        if [database, schema, table][: len(own)] != own:
            continue
        for place, name in enumerate(names, 1):
            if kind == "PRIMARY":
                rows.append(["0", database, schema, table, name, str(place), f"PK_{table}_{index}"])
            else:
                other = ["0", database, schema, there, names_there[place - 1]]
                rows.append(
                    [*other, database, schema, table, name, str(place), "NO", "NO", f"FK_{table}_{index}"]
                )
    return (PRIMARY if kind == "PRIMARY" else IMPORTED), rows


def column(name: str) -> dict[str, Any]:
    size = {"byteLength": 16_777_216, "length": 16_777_216, "scale": None, "precision": None}
    return {"name": name, "type": "text", "nullable": True, "collation": None, **size}


# -- what goes wrong, in the vendor's words ------------------------------------------------------------------

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


# -- plumbing ------------------------------------------------------------------------------------------------


async def body_of(request: Request) -> dict[str, Any]:
    body = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    read: dict[str, Any] = json.loads(body) if body else {}
    return read


def bearer(request: Request) -> str:
    return request.headers.get("Authorization", "").removeprefix('Snowflake Token="').rstrip('"')


def refused_request(request: Request, *, counts: bool = False) -> JSONResponse | None:
    session = state.sessions.get(bearer(request))
    if session is None:
        return answer(None, code="390104", message="User must login again to access the service.")
    if counts and "expire_after" in state.settings:
        state.settings["expire_after"] -= 1
        if state.settings["expire_after"] < 0:
            del state.settings["expire_after"]
            session.expired = str(state.settings.get("expire_with", "390114"))
            session.is_token_expired = session.expired == "390112"
    if session.is_token_expired:
        session.expired = ""
        return answer(
            None, code="390112", message="Session token has expired. The user must authenticate again."
        )
    if session.expired:
        return answer(
            None,
            code=session.expired,
            message="Authentication token has expired. The user must authenticate again.",
        )
    return None


def answer(data: Any, *, code: str | None = None, message: str | None = None) -> JSONResponse:
    is_success = code is None or code.startswith("33333")
    return JSONResponse({"data": data, "code": code, "message": message, "success": is_success})


async def history(request: Request) -> JSONResponse:
    return JSONResponse(
        [
            {
                "id": query.id,
                "sql": query.sql,
                "tag": query.parameters.get("QUERY_TAG", ""),
                "parameters": query.parameters,
                "status": query.status,
                "code": query.error[0] if query.error else None,
                "is_described_only": query.is_described_only,
                "is_cancelled": query.is_cancelled,
                "chunks_fetched": query.chunks_fetched,
                "started": query.started,
                "ended": query.ended,
            }
            for query in list(state.queries.values())
        ]
    )


async def logins(request: Request) -> JSONResponse:
    return JSONResponse(state.logins)


async def settings(request: Request) -> JSONResponse:
    state.settings = await body_of(request)
    return JSONResponse(state.settings)


async def forget_sessions(request: Request) -> JSONResponse:
    """Sign everybody out, with the code that is given."""
    code = (await body_of(request)).get("code", "390114")
    for session in list(state.sessions.values()):
        session.expired = code
    return answer(None)


routes = [
    Route("/session/v1/login-request", login, methods=["POST"]),
    Route("/session/token-request", renew, methods=["POST"]),
    Route("/session", end_session, methods=["POST"]),
    Route("/session/heartbeat", heartbeat, methods=["POST"]),
    Route("/session/authenticator-request", sso_address, methods=["POST"]),
    Route("/sso", sso, methods=["GET"]),
    Route("/oauth/authorize", oauth_authorize, methods=["GET"]),
    Route("/oauth/token-request", oauth_token, methods=["POST"]),
    Route("/queries/v1/query-request", run_query, methods=["POST"]),
    Route("/queries/v1/abort-request", abort_request, methods=["POST"]),
    Route("/queries/{id}/result", get_result, methods=["GET"]),
    Route("/queries/{id}/abort-request", abort_query, methods=["POST"]),
    Route("/monitoring/queries/{id}", get_status, methods=["GET"]),
    Route("/chunks/{id}/{start}", get_chunk, methods=["GET"]),
    Route("/telemetry/send", heartbeat, methods=["POST"]),
    Route("/stand-in/history", history, methods=["GET"]),
    Route("/stand-in/logins", logins, methods=["GET"]),
    Route("/stand-in/settings", settings, methods=["POST"]),
    Route("/stand-in/expire", forget_sessions, methods=["POST"]),
]


def as_proxy(app: Any) -> Any:
    """The same, for a client that takes this for its proxy and names a server of Snowflake."""

    async def without_host(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if "://" in scope.get("path", ""):
            scope["path"] = "/" + scope["path"].split("/", 3)[3]
        await app(scope, receive, send)

    return without_host


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(as_proxy(Starlette(routes=routes)), log_level="warning"))
    threading.Thread(target=end_with_input, args=(server,), daemon=True).start()
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - whoever started it reads the port
    asyncio.run(server.serve(sockets=[listener]))


def end_with_input(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.force_exit = server.should_exit = True


if __name__ == "__main__":
    main()
