"""Planted values: at no privacy level does one leave the machine, or lie in a file, where it must not."""

import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocols import messages as anthropic_wire
from protocols import responses as openai_wire
from server import Reply, serving

from rasgo_nb.agent.models.scripted import call, say
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import Config, ProviderSettings, data_path
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.trace.codec import encoded
from rasgo_nb.trace.traces import traces
from rasgo_nb.widgets.page import page_html

KEY = "planted-key-0a1b2c3d4e5f"
MASKED = ("cnrymail1x", "cnrymail2x", "cnrymail3x")
ROWS = ("cnryname1x", "cnryname2x", "cnryname3x")
COMMENT = "cnrycomment"  # what a database says of a column is told at every level
PEOPLE = f"""
CREATE TABLE people (id INTEGER, name VARCHAR, email VARCHAR, amount DOUBLE);
COMMENT ON COLUMN people.amount IS '{COMMENT}';
INSERT INTO people VALUES (1, '{ROWS[0]}', '{MASKED[0]}', 12.5), (2, '{ROWS[1]}', '{MASKED[1]}', 30.0),
    (3, '{ROWS[2]}', '{MASKED[2]}', 50.0)
"""
WIRES = {"openai": openai_wire.SUBJECTS[0].protocol, "anthropic": anthropic_wire.SUBJECTS[0].protocol}

CALLS = (
    call("search_tables", words="people email"),
    call("get_table_detail", tables=["people"]),
    call("profile_columns", table="people"),
    call("profile_columns", table="people", columns=["name", "email"], look_for=["cnry"]),
    call("run_sql", sql="SELECT * FROM people", save_as="everyone"),
    call("run_sql", sql="SELECT upper(email) AS e, min(name) AS n FROM people GROUP BY 1", save_as="other"),
    call("run_sql", sql="PIVOT people ON name USING sum(amount)", save_as="wide"),
    call("run_sql", sql="SELECT CAST(email AS INTEGER) AS number FROM people", save_as="failed"),
    call("run_sql", sql="SELECT error(email || name) FROM people", save_as="failed"),
    call("run_python", code="print(everyone.to_string()); everyone"),
    call("run_python", code="raise ValueError(everyone['email'][0] + everyone['name'][0])"),
    call("run_python", code="open(everyone['email'][0] + everyone['name'][0] + '/no.csv')"),
    call("run_python", code="copied = everyone['name'] + everyone['email']; label = copied[0]; label"),
    call("list_variables"),
    call("describe_variable", name="everyone"),
    call("describe_variable", name="planted_by_hand"),
    call("describe_variable", name="label"),
    call("show_chart", dataframe="everyone", x="name", y="amount", title="By name"),
    call("show_chart", dataframe="everyone", x="email", y="amount"),
)


@dataclass
class Left:
    """All that left the machine, and all that was written to its disk or to others' eyes."""

    wire: str = ""
    record: str = ""
    shared: str = ""  # exports and pages
    events: list = field(default_factory=list)


@pytest.fixture
def run_with(session, tmp_path, monkeypatch):
    """Have a model over a real SDK make calls: ``run_with("openai", calls, privacy="rows")``."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    session.connect(":memory:", name="crm", read_only=False)
    session.connection("crm").run_query(PEOPLE)
    session.shell.user_ns["planted_by_hand"] = pd.DataFrame({"name": list(ROWS), "email": list(MASKED)})
    numbers = count()

    def run(provider, calls, *, script=PEOPLE, **options):
        number = next(numbers)
        monkeypatch.setenv("RASGO_NB_HOME", str(tmp_path / f"home{number}"))  # a record of its own
        # Arguments that a model makes up are its own: the planted values are never in them.
        replies = [Reply(say("", one)) for one in calls]
        done = Reply(say("", call("final_answer", text="Done.")))
        with serving(WIRES[provider], *replies, done) as server:
            address = f"{server.url}/v1" if provider == "openai" else server.url
            session.config = Config(
                model=f"{provider}:model-1",
                providers={provider: ProviderSettings(base_url=address)},
                connections={"crm": ConnectionSettings(**options)},
            )
            left = Left()
            with suppress(RasgoError):
                run_sync(session.ask("Who pays most?", fresh=True, view=left.events.append))
        assert session.last_run.status == "answered", session.last_run.answer
        left.wire = "\n".join(request.body.decode() for request in server.requests)
        assert len(server.requests) == len(calls) + 1
        left.record = recorded(session.last_run.id)
        left.shared = shared(session, tmp_path / f"run{number}.jsonl")
        return left

    return run


def recorded(run_id):
    """All that the record holds, decoded, and the bytes of its file."""
    own = "\n".join(json.dumps(encoded(event), default=str) for event in traces(Config()).events(run_id))
    with sqlite3.connect(data_path() / "trace.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return own + (data_path() / "trace.sqlite").read_bytes().decode("latin-1")


def shared(session, path):
    """The run as JSONL, as a page, and as commands print it."""
    run_id = session.last_run.id
    run_command(session, f"runs export {run_id} --to {path}")
    page = page_html(traces(session.config).log(run_id))
    return path.read_text("utf-8") + page + run_command(session, "saw --wire") + run_command(session, "saw")


def leaked(text, values):
    return [value for value in values if value.casefold() in text.casefold()]


@pytest.mark.parametrize("provider", WIRES)
@pytest.mark.parametrize("level", ["stats", "schema"])
def test_no_value_of_a_row_leaves_or_is_recorded_below_rows(run_with, provider, level):
    left = run_with(provider, CALLS, privacy=level, masked=("email",))
    for text in (left.wire, left.record, left.shared):
        assert leaked(text, ROWS + MASKED) == []


@pytest.mark.parametrize("provider", WIRES)
def test_no_masked_value_leaves_or_is_recorded_where_rows_may_be_read(run_with, provider):
    left = run_with(provider, CALLS, privacy="rows", masked=("email",))
    for text in (left.wire, left.record, left.shared):
        assert leaked(text, MASKED) == []
    assert leaked(left.wire, ROWS) != []  # at rows the others are told


@pytest.mark.parametrize("provider", WIRES)
def test_the_canaries_sing_where_nothing_is_private(run_with, provider):
    left = run_with(provider, CALLS[:6], privacy="rows")
    assert leaked(left.wire, ROWS + MASKED) == [*ROWS, *MASKED]
    assert COMMENT in left.wire


@pytest.mark.parametrize("provider", WIRES)
def test_no_key_is_in_any_event_record_or_page(run_with, provider):
    left = run_with(provider, CALLS[:3], privacy="rows")
    for text in (repr(left.events), left.record, left.shared, left.wire):
        assert KEY not in text


def test_no_secret_of_settings_or_connections_is_recorded_or_shown(run_with, session, monkeypatch, shell):
    monkeypatch.setenv("ACME_API_KEY", "planted-environment-key")
    monkeypatch.setenv("TEAM_TOKEN", "planted-header-value")
    secrets = ("planted-environment-key", "planted-header-value", "planted-url-password", KEY)
    with suppress(RasgoError):
        session.connect("postgresql://ana:planted-url-password@127.0.0.1:9/db", name="wh")
    shell.user_ns["own"] = list(secrets)
    code = "import os; print(os.environ['ACME_API_KEY'], own, os.environ['OPENAI_API_KEY'])"
    left = run_with("openai", (call("run_python", code=code),), privacy="rows")
    assert leaked(left.record, (*secrets[:2], KEY)) == []
    assert leaked(left.shared, (*secrets[:2], KEY)) == []
    assert leaked(repr(session.config) + repr(session.last_run), secrets) == []


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    calls=st.lists(st.sampled_from(CALLS[5:]), min_size=2, max_size=5, unique_by=str),
    masked=st.sampled_from([("email",), ("people.email",), ("*.email",), ("email", "name")]),
    level=st.sampled_from(["rows", "stats", "schema"]),
    provider=st.sampled_from(list(WIRES)),
)
def test_whatever_is_called_no_private_value_leaves(run_with, calls, masked, level, provider):
    left = run_with(provider, (CALLS[4], *calls), privacy=level, masked=masked)
    hidden = ROWS + MASKED if level != "rows" or "name" in masked else MASKED
    assert leaked(left.wire, hidden) == []
    assert leaked(left.record + left.shared, hidden) == []
