"""Approvals in a real kernel whose page clicks, as a browser's page does."""

import os
import signal

import pytest
from kernel_page import Kernel

SETUP = """\
def play(*codes):
    calls = [call('run_python', code=code) for code in codes]
    return ScriptedModel(say('', *calls), say('Done.'))
df = 'mine'
"""
ASK = "run = rasgo_nb.ask('Do it.', model=play({codes}), fresh=True)"
AWAIT = """\
from rasgo_nb.front import desk_of, session_of, view_for
view = view_for(get_ipython(), quiet=False)
run = await session_of(get_ipython()).ask(
    'Do it.', model=play({codes}), fresh=True, view=view, desk=desk_of(view))
"""


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture(autouse=True)
def _with_a_variable_of_the_person(kernel):
    assert kernel.execute(SETUP, page="") == ("ok", "")


def waiting(page):
    """The call that waits, as the page shows it."""
    calls = [one for step in page.run["steps"] for one in step["calls"]]
    return next((one for one in calls if page.has_read(one)), None)


def clicking(**click):
    """Click so on each call that waits, once."""
    clicked = set()

    def meanwhile(page):
        call = waiting(page)
        if call is not None and call["id"] not in clicked:
            clicked.add(call["id"])
            page.ask(call=call["id"], **click)

    return meanwhile


APPROVE = {"name": "approve", "always": False, "code": None}


@pytest.mark.parametrize("way", [ASK, AWAIT])
def test_a_click_approves_in_a_cell_that_blocks_and_in_one_that_awaits(kernel, way):
    done = kernel.execute(way.format(codes="'df = 1'"), meanwhile=clicking(**APPROVE))
    assert done == ("ok", "")
    call = kernel.page.run["steps"][0]["calls"][0]
    assert call["approval"] == {
        "state": "approved", "effects": ["rebinds `df`"],
        "by": "you", "reason": "", "edited": False, "once": False,
    }  # fmt: skip
    assert kernel.execute("assert df == 1", page="") == ("ok", "")


def test_an_edit_on_the_page_runs_instead(kernel):
    edit = APPROVE | {"code": "other = 2"}
    assert kernel.execute(AWAIT.format(codes="'df = 1'"), meanwhile=clicking(**edit)) == ("ok", "")
    call = kernel.page.run["steps"][0]["calls"][0]
    assert (call["approval"]["edited"], call["code"]["text"]) == (True, "other = 2")
    assert kernel.execute("assert (df, other) == ('mine', 2)", page="") == ("ok", "")


def test_a_refusal_on_the_page_shows_its_reason(kernel):
    click = clicking(name="refuse", reason="Not <b>now</b>.")
    assert kernel.execute(AWAIT.format(codes="'df = 1'"), meanwhile=click) == ("ok", "")
    call = kernel.page.run["steps"][0]["calls"][0]
    assert (call["status"], call["approval"]["reason"]) == ("refused", "Not <b>now</b>.")


def test_a_second_click_gets_its_one_line(kernel):
    def twice(page):
        call = waiting(page)
        if call is not None and not twice.clicked:
            twice.clicked = [page.ask(call=call["id"], **APPROVE) for _ in range(2)]

    twice.clicked = []
    kernel.execute(AWAIT.format(codes="'df = 1', 'later = 2'"), meanwhile=twice)
    kernel.wait(lambda: len(kernel.page.replies) == 2)
    assert [reply["ok"] for reply in kernel.page.replies] == [True, False]


def test_a_page_that_was_reloaded_greets_again_and_approves(kernel):
    def reload(page):
        call = waiting(page)
        if call is None:
            return
        if page.name == "widget:1":
            page.name, page.run = "widget:2", None
            page.send(kind="hello")
        else:
            click(page)

    click = clicking(**APPROVE)
    assert kernel.execute(AWAIT.format(codes="'df = 1'"), meanwhile=reload) == ("ok", "")
    assert kernel.execute("assert df == 1", page="") == ("ok", "")


@pytest.mark.parametrize("way", [ASK, AWAIT])
@pytest.mark.parametrize("how", ["the card", "the notebook", "the notebook, its page gone"])
def test_a_run_that_waits_can_be_stopped(kernel, way, how):
    def stop(page):
        if waiting(page) is None or stop.pressed:
            return
        stop.pressed = True
        if how.endswith("gone"):
            kernel.send_comm(page.comm, {}, kind="comm_close")
        if how == "the card":
            page.ask("stop")
        else:
            os.kill(kernel.manager.provisioner.process.pid, signal.SIGINT)

    stop.pressed = False
    status, said = kernel.execute(way.format(codes="'df = 1'"), meanwhile=stop)
    assert (status, said.startswith("Stopped: Stopped by you.")) == ("error", True)
    assert kernel.execute("assert df == 'mine'", page="") == ("ok", "")
    going_on = "run = rasgo_nb.go_on(model=ScriptedModel(say('Fine.')))\nassert run.status == 'answered'"
    assert kernel.execute(going_on) == ("ok", "")
