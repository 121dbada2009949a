"""What only the tests ask: the history, who signed in, how to behave from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snowflake_stand_in.messages import answer, body_of
from snowflake_stand_in.state import state
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request


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
