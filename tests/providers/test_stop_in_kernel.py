"""Stopping a run in a real kernel: one line says so, and the connection is closed at once."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager
from protocols import chat_completions
from server import Reply, serving

from rasgo_nb.agent.models.scripted import say

ROOT = Path(__file__).parents[2]
SETUP = """
%load_ext rasgo_nb
import time
from rasgo_nb.config import Config, ProviderSettings
from rasgo_nb.front import session_of
session = session_of(get_ipython())

def serve_at(url):
    acme = ProviderSettings(kind="openai-compatible", base_url=url + "/v1")
    session.config = Config(model="acme:some-model", providers={"acme": acme})
"""


@pytest.fixture(scope="module")
def kernel():
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(ROOT))
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.manager = manager
    assert execute(client, SETUP) == ("ok", "")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture
def server(kernel):
    with serving(chat_completions.SUBJECTS[0].protocol) as server:
        assert execute(kernel, f"serve_at({server.url!r})") == ("ok", "")
        yield server


def execute(client, code):
    """The cell's status, and what its error says."""
    said = []

    def keep(message):
        if message["header"]["msg_type"] == "error":
            said.append("\n".join(message["content"]["traceback"]))

    reply = client.execute_interactive(code, output_hook=keep, timeout=60, allow_stdin=False)
    return reply["content"]["status"], "".join(said)


def press_stop(client, when):
    """Interrupt the kernel as its manager does, once that holds; the time of it comes into the list."""
    pid, pressed = client.manager.provisioner.process.pid, []

    def wait_and_press():
        until = time.monotonic() + 30
        while not when() and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(0.15)
        pressed.append(time.monotonic())
        os.kill(pid, signal.SIGINT)

    threading.Thread(target=wait_and_press).start()
    return pressed


PHASES = {
    "streaming": Reply(say("I will say much. " * 99), split=40, pause_s=0.01),
    "before the first delta": Reply(say("Late."), pause_s=1.0),
    "waiting to try again": Reply(status=429, headers={"retry-after": "9"}),
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_stopped_run_says_so_and_goes_on_later(kernel, server, phase):
    server.replies = [PHASES[phase], Reply(say("Four."))]
    pressed = press_stop(kernel, when=lambda: server.requests)
    status, said = execute(kernel, "%%ask --fresh\nHow many?")
    assert time.monotonic() - pressed[0] < 1
    assert (status, said.startswith("Stopped: "), "--continue" in said) == ("error", True, True)
    assert execute(kernel, "%ask --continue") == ("ok", "")


def test_stopping_a_stream_closes_its_connection_within_100_ms(kernel, server):
    server.replies = [PHASES["streaming"]]
    pressed = press_stop(kernel, when=lambda: server.requests)
    execute(kernel, "%%ask --fresh\nHow many?")
    assert server.hung_up.wait(5)
    assert time.monotonic() - pressed[0] < 0.1


def test_stopping_while_all_is_opened_is_one_line_and_begins_no_run(kernel, server):
    slow = "known = session.connection().describe_tables\n"
    slow += "session.connection().describe_tables = lambda: (time.sleep(2), known())[1]"
    assert execute(kernel, slow) == ("ok", "")
    pressed = press_stop(kernel, when=lambda: True)
    said = execute(kernel, "%%ask --fresh\nHow many?")
    assert time.monotonic() - pressed[0] < 1
    assert said == ("error", "Stopped: Stopped by you before the run began. Ask again.")
    assert not server.requests
