"""All that the stand-in knows: who is signed in, what was asked, how it is to behave."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from fakesnow.instance import FakeSnow

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
        self.last_ddl: dict[str, float] = {}  # by the table's bare name
        self.numbers = iter(range(1000, 10**9))
        for name in DATABASES:
            self.snow.connect(name, "PUBLIC")


state = State()


def cursor_of(query: Query) -> Any:
    session = query.session
    nop = [r"alter session .*"]
    query.connection = state.snow.connect(session.database, session.schema, nop_regexes=nop)
    return query.connection.cursor()
