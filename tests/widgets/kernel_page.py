"""A real kernel, and a page that talks to the runs in it as a browser's page does."""

from __future__ import annotations

import os
import queue
import time
from pathlib import Path

from jupyter_client.manager import KernelManager
from test_protocol import applied

ROOT = Path(__file__).parents[2]
READ_S = 0.15
HELLO_S = 0.25  # between two hellos of a page that has heard nothing yet
SETUP = """\
import pandas as pd
import rasgo_nb
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
%load_ext rasgo_nb
df = pd.DataFrame({'c': ['a', 'b'], 'n': [1, 2]})
"""


class Page:
    """What one page knows of the run that is shown, and the replies that it got."""

    def __init__(self, kernel, name):
        self.kernel, self.name, self.comm = kernel, name, ""
        self.run, self.seq, self.updates, self.replies, self.gaps = None, -1, [], [], 0
        self.bundles, self.told_s = [], []
        self._hello_s = self._waiting_s = 0.0

    @property
    def status(self):
        """The run's, or None before the kernel has told of it."""
        return self.run and self.run["status"]

    def has_read(self, call):
        """Whether a call has waited for as long as nobody clicks within."""
        if call["status"] != "waiting":
            return False
        self._waiting_s = self._waiting_s or time.monotonic()
        return time.monotonic() - self._waiting_s > READ_S

    def say_hello(self):
        """Again and again until the kernel answers: it loses one that comes while the widget is made."""
        if self.name and self.comm and self.run is None and time.monotonic() - self._hello_s >= HELLO_S:
            self._hello_s = time.monotonic()
            self.send(kind="hello")

    def send(self, **message):
        self.kernel.send_comm(self.comm, {"page": self.name} | message)

    def ask(self, name, **fields):
        """Send a request; its id."""
        number = len(self.replies) + 100
        self.send(kind="request", id=number, name=name, **fields)
        return number

    def hear(self, content, buffers):
        kind = content.get("kind")
        if kind == "snapshot" and content["to"] == self.name:
            self.run, self.seq = content["run"], content["seq"]
        elif kind == "update" and self.run is not None and content["seq"] > self.seq:
            self.gaps += content["seq"] != self.seq + 1
            self.seq = content["seq"]
            self.updates.append(content)
            self.told_s.append(time.monotonic())
            self.run = applied(self.run, content["changes"])
        elif kind == "reply" and content["to"] == self.name:
            self.replies.append(content | {"buffers": buffers})


class Kernel:
    """A kernel with a client; ``page`` is what hears of the newest run."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(ROOT), env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.subshell = self._subshell()
        self.page, self.others = Page(self, "widget:1"), []
        assert self.execute(SETUP) == ("ok", "")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def _subshell(self):
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        return self.client.get_control_msg(timeout=10)["content"].get("subshell_id")

    def send_comm(self, comm, content, kind="comm_msg"):
        data = {"method": "custom", "content": content}
        message = self.client.session.msg(kind, {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def execute(self, code, *, page="widget:1", meanwhile=None, allow_stdin=True):
        """Run a cell to its end; its status and error. ``meanwhile(page)`` is called all the time."""
        self.page = Page(self, page)
        asked = self.client.execute(code, allow_stdin=allow_stdin)
        said, until = "", time.monotonic() + 60
        while time.monotonic() < until:
            message = self.next_message(0.05)
            if meanwhile is not None and self.page.run is not None:
                meanwhile(self.page)
            if message is None:
                continue
            if message["msg_type"] == "error":
                said = f"{message['content']['ename']}: {message['content']['evalue']}"
            is_idle = message["content"].get("execution_state") == "idle"
            if is_idle and message["parent_header"].get("msg_id") == asked:
                break
        return self._status(asked), said

    def _status(self, asked):
        while True:
            reply = self.client.get_shell_msg(timeout=10)
            if reply["parent_header"].get("msg_id") == asked:
                return reply["content"]["status"]

    def next_message(self, timeout_s=0.2):
        """The next message of the kernel, which the page hears too."""
        self.page.say_hello()
        try:
            message = self.client.get_iopub_msg(timeout=timeout_s)
        except queue.Empty:
            return None
        content = message["content"]
        if message["msg_type"] == "comm_open" and "first" in content["data"].get("state", {}):
            self.page.comm = content["comm_id"]
            self.page.say_hello()
        elif message["msg_type"] == "comm_msg" and content["comm_id"] == self.page.comm:
            if content["data"].get("method") == "custom":
                for page in (self.page, *self.others):
                    page.hear(content["data"]["content"], [bytes(one) for one in message["buffers"]])
        elif message["msg_type"] in ("display_data", "update_display_data"):
            self.page.bundles.append(content["data"])
        return message

    def wait(self, until, seconds=20.0):
        """Hear messages until that holds; whether it did."""
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            self.next_message(0.05)
        return until()

    def asked(self, name, **fields):
        """The one reply to a request after the run."""
        page, before = self.page, len(self.page.replies)
        page.ask(name, **fields)
        assert self.wait(lambda: len(page.replies) > before)
        return page.replies[-1]
