"""A stand-in for Google's token endpoints: service accounts, refresh, federation, impersonation, consent."""

from __future__ import annotations

import datetime
import itertools
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

if TYPE_CHECKING:
    from collections.abc import Iterator

ROBOT = "robot@shop.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"  # whatever the token_uri
CONSENT = "code-of-consent"
REVOKED = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
_numbers = itertools.count(1)


class GoogleTokens:
    """``issued`` are the tokens given out, with how they were asked for; ``lifetime_s`` of the next ones.

    While ``is_revoked`` every request is answered with ``invalid_grant``.
    """

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PrivateFormat.PKCS8
        self._private = key.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        ).decode()
        info = serialization.PublicFormat.SubjectPublicKeyInfo
        self._public = key.public_key().public_bytes(serialization.Encoding.PEM, info)
        self.url = ""
        self.issued: dict[str, str] = {}
        self.refresh_tokens = {"refresh-1"}
        self.subject_tokens = {"token-of-the-company"}
        self.lifetime_s = 3600
        self.is_revoked = False

    def service_account(self) -> dict[str, str]:
        """A key file."""
        return {
            "type": "service_account", "project_id": "shop", "private_key_id": "1",
            "private_key": self._private, "client_email": ROBOT, "token_uri": f"{self.url}/token",
        }  # fmt: skip

    def workforce(self, token_file: str) -> dict[str, Any]:
        """A file of workforce identity whose token another program keeps in a file."""
        return {
            "type": "external_account",
            "audience": "//iam.googleapis.com/locations/global/workforcePools/staff/providers/company",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.url}/token",
            "credential_source": {"file": token_file},
        }

    def workload(self, token_file: str) -> dict[str, Any]:
        """A file of workload identity, which ends in a service account."""
        url = f"{self.url}/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken"
        audience = (
            "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/company"
        )
        return self.workforce(token_file) | {"service_account_impersonation_url": url, "audience": audience}

    def oauth_client(self) -> dict[str, Any]:
        client = {"client_id": "client", "client_secret": "s", "auth_uri": f"{self.url}/auth"}
        return {
            "installed": client | {"token_uri": f"{self.url}/token", "redirect_uris": ["http://localhost"]}
        }

    def answer(self, path: str, form: dict[str, str], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.is_revoked:
            return 400, REVOKED
        if path.endswith(":generateAccessToken"):
            lapses = datetime.datetime.now(datetime.UTC) + datetime.timedelta(
                seconds=int(body["lifetime"][:-1])
            )
            token = self._issue(f"impersonation for {body['lifetime']}")
            return 200, {"accessToken": token, "expireTime": lapses.strftime("%Y-%m-%dT%H:%M:%SZ")}
        how = self._accepted(form)
        if not how:
            return 400, REVOKED
        page: dict[str, Any] = {
            "access_token": self._issue(how),
            "expires_in": self.lifetime_s,
            "token_type": "Bearer",
        }
        if how == "token-exchange":
            page["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
        if how == "authorization_code":
            page |= {"refresh_token": "refresh-1", "scope": "https://www.googleapis.com/auth/cloud-platform"}
        return 200, page

    def _accepted(self, form: dict[str, str]) -> str:
        how = form["grant_type"].rpartition(":")[2]
        if how == "jwt-bearer":
            claims = jwt.decode(form["assertion"], certs=self._public, audience=AUDIENCE)
            return how if claims["iss"] == ROBOT else ""
        is_known = {
            "refresh_token": form.get("refresh_token") in self.refresh_tokens,
            "token-exchange": form.get("subject_token") in self.subject_tokens,
            "authorization_code": form.get("code") == CONSENT and "code_verifier" in form,
        }
        return how if is_known.get(how) else ""

    def _issue(self, how: str) -> str:
        token = f"access-{next(_numbers)}"
        self.issued[token] = how
        return token


class _Handler(BaseHTTPRequestHandler):
    peer: GoogleTokens

    def do_GET(self) -> None:
        """The consent page of a person who agrees at once."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.send_response(302)
        back = urlencode({"code": CONSENT, "state": asked["state"]})
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.end_headers()

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = "json" in self.headers.get("Content-Type", "")
        form = {} if is_json else {name: values[0] for name, values in parse_qs(raw).items()}
        status, page = self.peer.answer(self.path, form, json.loads(raw) if is_json else {})
        text = json.dumps(page).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_google_tokens() -> Iterator[GoogleTokens]:
    peer = GoogleTokens()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"peer": peer}))
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
