"""Runs that make every state and message of labextension/src/protocol.ts, the same at each time."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pandas as pd

from rasgo_nb.agent.events import (
    ANSWER,
    Answer,
    Answered,
    Approval,
    ApprovalGiven,
    ApprovalRequested,
    MemoriesRecalled,
    MemoryDecided,
    ModelCalled,
    ModelReplied,
    ModelSent,
    NumbersTraced,
    QueryEstimated,
    RunFailed,
    RunNoted,
    RunStarted,
    StepFinished,
    StepStarted,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolProgress,
)
from rasgo_nb.agent.messages import Message, Text, ToolCall, ToolPage, ToolResult, Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.catalog import Hit
from rasgo_nb.config import Config
from rasgo_nb.connectors.base import Column, CostEstimate, Progress, QueryResult, TableDetail, TableName
from rasgo_nb.desk import Desk, Replied
from rasgo_nb.interrupt import run_sync
from rasgo_nb.memory.memory import Evidence, Memory, Proposal, Recalled
from rasgo_nb.policy import Above, Effects
from rasgo_nb.provenance import NumberTrace, Place, Provenance
from rasgo_nb.session import Session
from rasgo_nb.widgets.changes import changes_between
from rasgo_nb.widgets.kept import Kept
from rasgo_nb.widgets.state import RunStates

DELAYS = """
SELECT origin, count(*) AS flights, avg(dep_delay) AS mean_delay -- of departures
FROM flights.flights WHERE month = 7 GROUP BY origin ORDER BY origin
"""
CODE = """
import sys
from IPython.display import Image, display
print("three airports"); print("careful", file=sys.stderr)
display(Image(b"\\x89PNG\\r\\n\\x1a\\n", format="png"))
worst = delays.sort_values("mean_delay").tail(1)
worst
"""

SCRIPT = (
    Line(
        "Which tables know of **delays**?",
        (call("search_tables", words="departure delay of flights", limit=3),),
        thinking="The person asks for an airport. 🛫",
        usage=Usage(input_tokens=1_200, output_tokens=34, requests=1, cost_usd=0.0021),
    ),
    say("", call("get_table_detail", tables=["flights.airlines"]), call("list_variables")),
    say("", call("profile_columns", table="flights.flights", columns=["origin", "dep_delay"])),
    say("", call("ask_user", question="Which month do you mean?", choices=["July", "August"])),
    say("I count and average.", call("run_sql", sql="SELECT dep_dely FROM flights.flights")),
    say("", call("run_sql", sql=DELAYS.strip(), save_as="delays")),
    say("", call("run_python", code=CODE.strip())),
    say("", call("run_python", code="1 / 0")),
    say("", call("describe_variable", name="delays")),
    say("", call("describe_variable", name="limit")),
    say("", call("show_chart", dataframe="delays", x="origin", y="mean_delay", save_as="by_origin")),
    say(
        "",
        call(
            "final_answer",
            text="**EWR** waits longest, with `NA` left out.",
            assumptions=["July means July 2013."],
            steps=[6],
            dataframes=["delays"],
            figures=["by_origin"],
        ),
    ),
)


class Recorder:
    """A view that keeps each state and what a page would be told from one event to the next."""

    def __init__(self, names, desk=None):
        self.log, self.kept, self.desk = RunLog(), Kept(), desk
        self.states = RunStates(self.log, self.kept, names)
        self.snapshot, self.updates, self.told = None, [], None

    def __call__(self, event):
        self.log.add(pinned(event))
        state = self.states.run()
        if self.told is None:
            self.snapshot = {"kind": "snapshot", "to": "widget:1", "seq": 0, "run": state}
            self._click_when_asked()
        elif changes := changes_between(self.told, state):
            self.updates.append({"kind": "update", "seq": len(self.updates) + 1, "changes": changes})
        self.told = state

    def _click_when_asked(self):
        if self.desk is None:
            return
        self.desk.said_hello()

        async def click():
            while not self.desk.put("call_4_0", Replied("July")):
                await asyncio.sleep(0.001)

        self.clicking = asyncio.get_running_loop().create_task(click())


def pinned(event):
    """The event without what differs from time to time."""
    if isinstance(event, RunStarted):
        return replace(event, run_id="pinned")
    if isinstance(event, ModelCalled):  # prompts change more often than the protocol
        event = replace(event, messages=SEEN, tools=(PAGE,), interface="scripted 1")
    if isinstance(event, ModelReplied):
        event = replace(event, usage=Usage(input_tokens=4_210, cached_tokens=3_900, output_tokens=120))
    if isinstance(event, ToolCallFinished) and event.tool_call.name == "search_tables":
        event = replace(event, result=replace(event.result, value=found()))
    return replace(event, elapsed_s=0.25) if hasattr(event, "elapsed_s") else event


def found():
    """What a search may find, whatever the ranking is like."""
    flights, days = TableName("", "flights", "flights"), TableName("", "logs", "day_20131231")
    note = Fact("note", (flights,), Origin("memory", author="ada", at="2026-10-05T09:30:00Z"), "In minutes.")
    note = replace(note, columns=("dep_delay",), is_verified=True)
    joins = Fact("join", (flights, TableName("", "flights", "airlines")), Origin("keys"))
    joins = replace(joins, columns=("carrier",), referenced_columns=("carrier",))
    delay = Column("dep_delay", "DOUBLE", comment="Minutes late.")
    detail = TableDetail(flights, (delay,), comment="Flights that left New York.", row_count=336_776)
    family = "365 tables, day_20130101 to day_20131231"
    return [
        Hit(detail, 7.97, "name: flights; 3 past queries", ("dep_delay",), (note,), (joins,), past_queries=3),
        Hit(TableDetail(days, ()), 0.5, "name: day", family=family),
    ]


def recorded(shell):
    """The recorder of a run on the sample database that uses every tool."""
    session = Session(shell, config=Config())
    session.connect("sample")
    shell.user_ns["limit"] = 30
    recorder = Recorder(shell.user_ns, Desk())
    question = "Which airport had the worst delays in July?"
    run_sync(session.ask(question, model=ScriptedModel(*SCRIPT), view=recorder, desk=recorder.desk))
    session.close()
    return recorder


WRITES = ToolCall("call_1_0", "run_python", {"code": "df.to_csv('out.csv')"})
EFFECTS = Effects(frozenset({"write_file"}), ("writes the file 'out.csv'",))


def approvals():
    """The states of one call that is asked about, approved with other code, and refused."""
    decided = {
        "asked": None,
        "approved": Approval(True, "you", code="df.to_csv('other.csv')"),
        "refused": Approval(False, "you", "Not on this disk."),
    }
    return {f"call_{state}": _asked(decision) for state, decision in decided.items()}


def _asked(decision):
    recorder = Recorder({})
    recorder(RunStarted("r", "Save it.", "scripted", "sample"))
    recorder(StepStarted(1))
    recorder(ToolCallStarted(1, WRITES))
    recorder(ApprovalRequested(1, WRITES, EFFECTS))
    if decision is not None:
        recorder(ApprovalGiven(1, WRITES.id, decision))
        refusal = {"error": "The person refused this call: Not on this disk."}
        value = None if decision.approved else refusal
        result = ToolResult(WRITES.id, "", is_error=not decision.approved, value=value)
        recorder(ToolCallFinished(1, WRITES, result, 0.1))
    return recorder.told["steps"][0]["calls"][0]


QUERY = ToolCall("call_1_0", "run_sql", {"sql": "SELECT * FROM trips", "save_as": "trips"})
TERABYTES = CostEstimate(bytes_read=3_200_000_000_000, is_exact=True)
ABOVE = Above("bills 3.2 TB, above the limit of 10 GB of prod", "Raise the limit.")


def queries():
    """The states of one query that asks above a limit, that runs, and that is done."""
    asked, running, done = (Recorder({}) for _ in range(3))
    for recorder in (asked, running, done):
        recorder(RunStarted("r", "How far?", "scripted", "prod"))
        recorder(StepStarted(1))
        recorder(ToolCallStarted(1, QUERY))
        recorder(QueryEstimated(1, QUERY.id, "prod", TERABYTES))
    asked(ApprovalRequested(1, QUERY, Effects(frozenset({"read"}), (ABOVE.says,), above=ABOVE)))
    running(ToolProgress(1, QUERY.id, Progress("fetching", 12.3, 1_200_000)))
    result = QueryResult(pd.DataFrame({"km": [1.5, 2.0]}), 0.1, query_id="01b2-77f0")
    withheld = "The model saw 0 of 2 rows: privacy level stats of prod."
    page = {"dataframe": "trips", "joins": ["10 of 12 rows of trips have no driver and are lost."]}
    done(
        ToolCallFinished(1, QUERY, ToolResult(QUERY.id, "", value=result, page=page, withheld=withheld), 0.1)
    )
    named = {"above": asked, "running": running, "done": done}
    return {f"query_{name}": recorder.told["steps"][0]["calls"][0] for name, recorder in named.items()}


EURO = Memory(
    "euro-prices",
    "Prices of orders are in euro.",
    "connection",
    author="ada",
    at="2026-10-05T09:30:00Z",
    connection="shop",
    tables=("shop.orders",),
    columns=("shop.orders.price",),
    evidence=Evidence("r", 1, "What did we sell?", "SELECT 1"),
)
OLD = replace(EURO, id="old-year", text="A year begins in July.", scope="team", author="")
FLAG = "shop.orders has no column price any more; there is price_eur."
VERIFIED = replace(EURO, id="sold", text="What did we sell?", scope="me", sql="SELECT sum(price) FROM orders")
PROPOSE = ToolCall("call_1_0", "propose_memory", {"text": EURO.text, "tables": ["shop.orders"]})
SQL = ToolCall("call_1_1", "run_sql", {"sql": VERIFIED.sql})


def memories():
    """The states of a run that recalled two memories and proposed one, before and after each decision."""
    recorder = Recorder({})
    recorder(RunStarted("r", "What did we sell?", "scripted", "shop"))
    recalled = (Recalled(EURO, "about shop.orders"), Recalled(OLD, "words: year", (FLAG,)))
    recorder(MemoriesRecalled(recalled))
    recorder(StepStarted(1))
    for tool_call, value in (
        (PROPOSE, Proposal("p1", EURO)),
        (SQL, QueryResult(pd.DataFrame({"sum": [7]}), 0.1)),
    ):
        recorder(ToolCallStarted(1, tool_call))
        recorder(ToolCallFinished(1, tool_call, ToolResult(tool_call.id, "", value=value), 0.1))
    recorder(StepFinished(1, Usage(), 0.1))
    recorder(Answered(Answer("Seven.", steps=(1,)), Usage(), 0.2))
    states = {"open": recorder.told}
    for name, decided in {
        "kept": (MemoryDecided("p1", EURO), MemoryDecided(ANSWER, VERIFIED)),
        "dropped": (MemoryDecided("p1", None), MemoryDecided(ANSWER, None), MemoryDecided(OLD.id, None)),
    }.items():
        for event in decided:
            recorder(event)
        states[name] = recorder.told
    return {f"memory_{name}": state for name, state in states.items()}


SEEN = (
    Message("system", (Text("Be brief."),)),
    Message("user", (Text("How far in 2013?"),)),
    Message("assistant", (Text("I look."), QUERY)),
    Message("tool", (ToolResult(QUERY.id, '{"columns": ["km"], "rows": [[1.5]]}'),)),
)
PAGE = ToolPage("run_sql", "Runs one SELECT.", {"type": "object", "properties": {}})
SENT = '{"model": "scripted", "messages": []}'
COUNTED = "Of 2 rows in 2013 🛫 the **mean** is 1.75 km, the sum 3.5, and 40 % are long."


def traced_run():
    """The recorder of a run whose answer has a number of each kind, saved as an eval; it was not recorded."""
    recorder = Recorder({})
    recorder(RunStarted("r", "How far in 2013?", "scripted", "prod"))
    recorder(RunNoted("This run is not recorded: the disk is full. Free some space and ask again."))
    recorder(StepStarted(1))
    recorder(ModelCalled(1, "1.1", "reply", "scripted", "scripted 1", SEEN, (PAGE,)))
    recorder(ModelSent(1, "1.1", "https://models.example.org/v1", SENT, 0, "", "No answer came."))
    recorder(ModelSent(1, "1.1", "https://models.example.org/v1", SENT, 200, "data: [DONE]"))
    recorder(ModelReplied(1, "1.1", Message("assistant", (QUERY,)), "tool_calls", Usage(), 0.1, 0.2))
    recorder(ToolCallStarted(1, QUERY))
    result = QueryResult(pd.DataFrame({"km": [1.5, 2.0]}), 0.1)
    recorder(ToolCallFinished(1, QUERY, ToolResult(QUERY.id, "", value=result), 0.1))
    recorder(StepFinished(1, Usage(), 0.1))
    recorder(NumbersTraced(provenance_of(COUNTED)))
    recorder(Answered(Answer(COUNTED, steps=(1,)), Usage(), 0.2))
    recorder.states.saved_eval = "delays.yaml, case 4"
    recorder.told = recorder.states.run()
    return recorder


def provenance_of(answer):
    """What is told of the numbers of ``COUNTED``."""
    row = Place(1, QUERY.id, "km", 1, "2.0")
    kinds = (
        ("2", "counted", (Place(1, QUERY.id),), "rows of step 1"),
        ("2013", "asked", (), ""),
        ("1.75", "derived", (row,), "mean of km over 2 rows of step 1"),
        ("3.5", "derived", (row,), "sum of km over 2 rows of step 1"),
        ("40 %", "unverified", (), ""),
    )
    starts = [answer.index(text) for text, *_ in kinds]
    return Provenance(
        tuple(
            NumberTrace(at, at + len(text), text, how, places, said)
            for at, (text, how, places, said) in zip(starts, kinds, strict=True)
        )
    )


def failed_run():
    """A run that a broken reply ended, with the card of a tool that is not ours."""
    recorder = Recorder({})
    call = ToolCall("call_1_0", "weather_report", {"city": "Oslo", "days": 3})
    recorder(RunStarted("r", "Is it cold?", "scripted", "sample", note="the only one with a key"))
    recorder(StepStarted(1))
    recorder(ToolCallStarted(1, call))
    recorder(ToolCallFinished(1, call, ToolResult(call.id, "-4 °C, wind"), 0.1))
    recorder(StepFinished(1, Usage(), 0.1))
    recorder(StepStarted(2))
    recorder(TextDelta(2, "It is"))
    recorder(RunFailed("The provider broke off. Ask again.", Usage(), 0.2))
    return recorder.told


def in_a_thread(work):
    """The work's result, from another thread, as pages are answered."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]
