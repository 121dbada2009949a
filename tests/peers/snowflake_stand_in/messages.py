"""What comes in and goes out: bodies, tokens, answers in Snowflake's envelope."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from snowflake_stand_in.state import state
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request


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
