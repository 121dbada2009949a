"""Signing in and out: every authenticator looks at what it is sent; tokens are renewed and lapse."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from snowflake_stand_in.cancelling import cancel_all
from snowflake_stand_in.messages import answer, bearer, body_of, refused_request
from snowflake_stand_in.state import DATABASES, ROLES, WAREHOUSES, Session, state
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request


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
