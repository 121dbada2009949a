"""A Snowflake that speaks the driver's protocol over loopback: fakesnow's SQL behind routes of our own.

Run by the interpreter of a venv with ``fakesnow[server]``: prints its port, and ends with its standard input.
What fakesnow leaves out and is here: sign-in that looks at what it is sent, renewal and expiry of tokens,
statements that run in the background, their status, cancel and timeout, results in several chunks,
``EXPLAIN USING JSON``, keys, and the vendor's words for what goes wrong. ``/stand-in/...`` is for the tests.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from typing import Any

import uvicorn
from snowflake_stand_in.behind import forget_sessions, history, logins, settings
from snowflake_stand_in.sign_in import (
    end_session,
    heartbeat,
    login,
    oauth_authorize,
    oauth_token,
    renew,
    sso,
    sso_address,
)
from snowflake_stand_in.statements import (
    abort_query,
    abort_request,
    get_chunk,
    get_result,
    get_status,
    run_query,
)
from starlette.applications import Starlette
from starlette.routing import Route

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
