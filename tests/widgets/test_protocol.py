"""The messages between kernel and page, as golden files that pytest and vitest read.

After a change of the protocol run this file with RASGO_NB_WRITE_GOLDEN=1, and read the diff.
"""

import base64
import json
import os
from pathlib import Path

import golden_runs
import pytest
from IPython.core.interactiveshell import InteractiveShell

from rasgo_nb.widgets.callbacks import Callbacks
from rasgo_nb.widgets.requests import Requests
from rasgo_nb.widgets.saved import SavedRun
from rasgo_nb.widgets.saw_state import saw_state

FOLDER = Path(__file__).parents[1] / "golden" / "protocol"
WRITES = "RASGO_NB_WRITE_GOLDEN" in os.environ  # before the settings of whoever runs the tests are put away
VIEW = {"sort": [], "filters": []}
BY_DELAY = {"sort": [{"column": 2, "descending": True}], "filters": []}
LINE = {"dataframe": "delays", "mark": "line", "x": "origin", "y": "flights", "color": "", "title": "Flights"}
ASKED = {
    "rows": {"rows": "6.0", "start": 1, "count": 2, "view": VIEW},
    "rows_sorted": {"rows": "6.0", "start": 0, "count": 3, "view": BY_DELAY},
    "export": {"rows": "6.0", "view": VIEW, "format": "csv", "to": "copy"},
    "figure": {"figure": "11.0"},
    "chart": {"figure": "11.0", "encoding": LINE},
    "rows_gone": {"rows": "99.9", "start": 0, "count": 1, "view": VIEW},
    "unknown": {},
    "stop": {},
    "saw": {"step": 7},
    "saw_unknown": {"step": 99},
    "again": {"step": 6, "without": ["5.1"]},
    "again_nothing": {"step": 6, "without": []},
    "save_eval": {},
    "memory_keep": {"proposal": "p1", "text": "Prices are in euro.", "scope": "me"},
}

ASKED_AS = {
    "rows_sorted": "rows",
    "rows_gone": "rows",
    "saw_unknown": "saw",
    "again_nothing": "again",
}
AGAIN = {"cell_type": "code", "source": "%%ask --from-step 6 --without 5.1", "metadata": {}}
CALLBACKS = Callbacks(again=lambda *_asked: AGAIN, save_eval=lambda _log: "delays.yaml, case 4")


class AtOnce:
    """A worker that works while its caller waits."""

    def do(self, work):
        golden_runs.in_a_thread(work)


@pytest.fixture(scope="module")
def run():
    InteractiveShell.clear_instance()
    yield golden_runs.recorded(InteractiveShell.instance())
    InteractiveShell.instance().history_manager.end_session()
    InteractiveShell.clear_instance()


def compare(name, value):
    """Compare with the golden file of that name, or write it."""
    path = FOLDER / f"{name}.json"
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if WRITES:
        path.write_text(text, encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(text)


def applied(run, changes):
    """The run after these changes, as a page makes it."""
    for change in changes:
        if change["op"] == "run":
            run |= change["run"]
            continue
        known = [step for step in run["steps"] if step["number"] == change["number"]]
        if not known:
            run["steps"].append({"number": change["number"], "calls": []})
        step = known[0] if known else run["steps"][-1]
        match change["op"]:
            case "step":
                step |= change["step"]
            case "text":
                assert len(step[change["field"]].encode("utf-16-le")) == 2 * change["at"]
                step[change["field"]] += change["text"]
            case "call":
                places = [
                    place for place, one in enumerate(step["calls"]) if one["id"] == change["call"]["id"]
                ]
                place = places[0] if places else len(step["calls"])
                step["calls"][place : place + 1] = [change["call"]]
    return run


def test_what_pages_are_told_of_a_run_is_as_it_was(run):
    compare("snapshot", run.snapshot)
    compare("updates", run.updates)
    compare("run_live", run.told)


def test_the_updates_lead_from_the_snapshot_to_the_last_state(run):
    page = json.loads(json.dumps(run.snapshot["run"]))
    for update in json.loads(json.dumps(run.updates)):
        page = applied(page, update["changes"])
    assert page == run.told


def test_what_a_notebook_keeps_of_a_run_is_as_it_was(run):
    saved, html = SavedRun().of(run.told)
    compare("run_saved", saved)
    assert "EWR" in html


def test_the_states_of_single_calls_are_as_they_were():
    compare("run_failed", golden_runs.failed_run())
    traced = golden_runs.traced_run()
    compare("run_traced", traced.told)
    compare("saw_wire", saw_state(traced.log, 1))
    states = golden_runs.approvals() | golden_runs.queries() | golden_runs.memories()
    for name, state in states.items():
        compare(name, state)


@pytest.mark.parametrize("name", ASKED)
def test_a_request_and_its_reply_are_as_they_were(run, name):
    ask = {"kind": "request", "page": "widget:1", "id": 7, "name": ASKED_AS.get(name, name)} | ASKED[name]
    said = []
    cases = []
    requests = Requests(run.log, run.kept, CALLBACKS, AtOnce(), run, cases.append)
    requests.hear(ask, lambda **reply: said.append(reply))
    buffers = [base64.b64encode(buffer).decode() for buffer in said[0].pop("buffers", ())]
    ok = not said[0].get("error")
    reply = {"kind": "reply", "to": "widget:1", "id": 7, "ok": ok} | said[0]
    assert len(said) == 1
    assert cases == (["delays.yaml, case 4"] if name == "save_eval" else [])
    compare(f"request_{name}", {"request": ask, "reply": reply, "buffers": buffers})
