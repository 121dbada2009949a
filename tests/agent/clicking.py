"""Somebody before the page of a run, who clicks on the calls that wait."""

import threading
import time
from dataclasses import replace

from rasgo_nb.agent.events import ApprovalGiven, ApprovalRequested
from rasgo_nb.agent.models.scripted import call
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.desk import Desk, Refused
from rasgo_nb.policy import Policy

ALWAYS = "you, always in this notebook"
WRITES = "open('out.csv', 'w').close()"


def python(code):
    return call("run_python", code=code)


def settle(session, **rules):
    session.config = replace(session.config, policy=Policy(rules))


class Page:
    """The view of a run, with somebody before it who clicks when a call waits; None is no click."""

    def __init__(self, *clicks):
        self.desk = Desk()
        self.desk.said_hello()
        self.clicks = list(clicks)
        self.log = RunLog()
        self.events = []

    def __call__(self, event):
        self.log.add(event)
        self.events.append(event)
        if isinstance(event, ApprovalRequested):
            click = self.clicks.pop(0) if self.clicks else Refused("This was not expected to be asked.")
            threading.Thread(target=self.click, args=(event.tool_call.id, click)).start()

    def click(self, tool_call_id, click):
        for _ in range(2_000):
            if click is None or self.desk.put(tool_call_id, click):
                return
            time.sleep(0.005)

    @property
    def asked(self):
        return [event for event in self.events if isinstance(event, ApprovalRequested)]

    @property
    def decided(self):
        return [event.approval for event in self.events if isinstance(event, ApprovalGiven)]

    @property
    def calls(self):
        return [one for step in self.log.steps for one in step.calls]
