"""The kernel's end of the link to JupyterLab, in a real kernel."""

import json
import os
import queue
import time
from pathlib import Path

import duckdb
import pytest
from jupyter_client.manager import KernelManager
from sample_data import ORDERS

GOLDEN = Path(__file__).parent / "golden" / "protocol"
SCRIPT = """
%load_ext rasgo_nb
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.front import session_of
async def ask(*lines, question="How many orders?"):
    await session_of(get_ipython()).ask(question, model=ScriptedModel(*lines))
"""
RUN = "await ask(say('', call('run_sql', sql='SELECT 1')), say('', call('final_answer', text='One.')))"
BLOCKED = "await ask(say('', call('run_python', code='import time\\nwhile True: time.sleep(0.01)')))"


class Kernel:
    """A kernel that a page is linked to, on a subshell of its own as JupyterLab links it."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        self.subshell = self.client.get_control_msg(timeout=20)["content"]["subshell_id"]
        self.heard = []
        self.idle = set()

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def tell(self, kind, data, **content):
        message = self.client.session.msg(kind, {"comm_id": "link", "data": data, **content})
        message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def link(self):
        self.tell("comm_open", {}, target_name="rasgo_nb")

    def ask(self, **request):
        """Send a request; the reply to it."""
        self.tell("comm_msg", {"kind": "request", **request})
        return self.wait_for(lambda said: said.get("kind") == "reply" and said["id"] == request["id"])

    def begin(self, code, cell="cell-1"):
        message = self.client.session.msg("execute_request", {"code": code, "silent": False})
        message["metadata"]["cellId"] = cell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def execute(self, code, cell="cell-1"):
        asked = self.begin(code, cell)
        while asked not in self.idle:
            self.hear()

    def hear(self):
        try:
            message = self.client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            return
        if message["msg_type"] in ("comm_msg", "comm_close") and message["content"]["comm_id"] == "link":
            self.heard.append(message["content"]["data"] or {"kind": message["msg_type"]})
        if message["content"].get("execution_state") == "idle":
            self.idle.add(message["parent_header"].get("msg_id"))

    def wait_for(self, is_it):
        """The first thing heard that is it, from now or before; what came before it is forgotten."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            while self.heard:
                said = self.heard.pop(0)
                if is_it(said):
                    return said
            self.hear()
        raise TimeoutError("the kernel did not say so in a minute")

    def state(self, is_it):
        return self.wait_for(lambda said: said["kind"] == "state" and is_it(said["state"]))["state"]


@pytest.fixture(scope="module")
def bare():
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = Kernel()
    path = tmp_path_factory.mktemp("link") / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(ORDERS)
    kernel.execute("%config HistoryManager.enabled = False\n" + SCRIPT)
    kernel.execute(f"%rasgo config model offline\n%rasgo connect {path}")
    kernel.link()
    yield kernel
    kernel.close()


def test_a_kernel_without_the_extension_closes_the_link_at_once(bare):
    bare.link()
    assert bare.wait_for(lambda said: True) == {"kind": "comm_close"}


@pytest.mark.parametrize("case", json.loads((GOLDEN / "lab_requests.json").read_text("utf-8")))
def test_requests_are_answered_as_the_page_expects(kernel, case):
    assert kernel.ask(**case["request"]) == case["reply"]


def test_a_page_is_told_of_connections_and_runs(kernel):
    golden = json.loads((GOLDEN / "lab_state.json").read_text("utf-8"))
    kernel.execute(RUN, cell="cell-2")
    state = kernel.state(lambda state: state["runs"] and not state["running"])
    state["runs"] = [state["runs"][-1] | {"id": "run", "elapsed_s": 1.5}]
    assert {"kind": "state", "state": state} == golden


def test_the_last_run_is_promoted_to_cells_below_its_own(kernel):
    kernel.execute(RUN, cell="cell-2")
    promoted = kernel.ask(id=11, name="promote")["value"]
    assert promoted["cell"] == "cell-2"
    assert any("SELECT" in cell["source"] for cell in promoted["cells"])


def test_a_run_is_stopped_while_its_code_blocks_the_kernel(kernel):
    asked = kernel.begin(BLOCKED, cell="cell-3")
    state = kernel.state(lambda state: state["running"])
    assert state["runs"][-1]["cell"] == "cell-3"
    found = kernel.ask(id=20, name="complete", typed="custom", flags="")
    assert found["value"]["items"][0]["text"] == "customers"
    assert kernel.ask(id=21, name="stop")["ok"]
    while asked not in kernel.idle:
        kernel.hear()
    assert kernel.state(lambda state: not state["running"])["runs"][-1]["status"] == "stopped"


def test_the_catalog_is_searched_and_a_table_of_it_looked_at(kernel):
    asked = {"name": "catalog", "connection": "shop", "path": [], "search": "amount of orders", "start": 0}
    first = kernel.ask(id=60, **asked)["value"]["rows"][0]
    assert (first["kind"], first["label"]) == ("table", "main.orders")
    assert first["why"]
    found = kernel.ask(id=61, name="catalog_table", connection="shop", table=first["name"])["value"]
    assert [column["name"] for column in found["table"]["columns"]][:2] == ["id", "customer_id"]


@pytest.mark.parametrize(
    "request_",
    [
        {"name": "nothing"},
        {"name": ["complete"]},
        {"name": "complete", "typed": 5, "flags": ""},
        {"name": "complete", "typed": "a", "flags": None},
        {},
        {"name": "catalog", "connection": 5, "path": [], "search": "", "start": 0},
        {"name": "catalog", "connection": "shop", "path": "main", "search": "", "start": 0},
        {"name": "catalog", "connection": "shop", "path": [], "search": "", "start": True},
        {"name": "catalog_table", "connection": "shop", "table": None},
        {"name": "note", "connection": "shop", "table": "orders", "column": "", "text": "", "scope": "me"},
        {"name": "note", "connection": "shop", "table": "orders", "column": "", "text": "x", "scope": "all"},
        {"name": "memory_forget"},
    ],
)
def test_a_broken_request_is_answered_by_a_line(kernel, request_):
    reply = kernel.ask(id=30, **request_)
    assert not reply["ok"]
    assert "\n" not in reply["error"]


def test_no_request_takes_the_figure_of_a_cell(kernel):
    kernel.execute("shown = []\nget_ipython().events.register('post_execute', lambda: shown.append(1))")
    kernel.execute("shown.clear()")
    kernel.ask(id=40, name="complete", typed="o", flags="")
    kernel.execute("assert len(shown) == 1, shown")
    kernel.execute("told = len(shown)")
    found = kernel.ask(id=41, name="complete", typed="tol", flags="")["value"]["items"]
    assert [item["detail"] for item in found] == ["int, 2"]


def test_unloading_the_extension_closes_the_link(kernel):
    kernel.execute("%unload_ext rasgo_nb")
    assert kernel.wait_for(lambda said: said == {"kind": "comm_close"})
