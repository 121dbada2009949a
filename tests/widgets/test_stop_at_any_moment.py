"""The card's Stop, clicked at any moment of a run that computes, prints and draws, in one real kernel."""

import random
import time

import pytest
from kernel_page import Kernel
from test_live_view import asks

BUSY = """
import plotly.graph_objects as go, sys
print('warm')
for number in range(10**9):
    print(number, 'x' * (number % 50))
    if number % 3 == 0: print('half', end='', file=sys.stderr)
    if number % 5 == 0: display({'number': number})
    if number % 50 == 0: display(go.Figure(go.Bar(y=[1, number])))
    if number % 7 == 0: sum(range(20_000))
"""
RUN = f"say('Working. ' * 20, call('run_python', code={BUSY!r}))"
STOPS = 24


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


def clicks_after(seconds, clicks):
    """Clicks Stop so many times, the first so long after the page knows of the run."""
    known_s, asked = [], []

    def click(page):
        known_s[:] = known_s or [time.monotonic()]
        if len(asked) < clicks and time.monotonic() - known_s[0] >= seconds:
            asked.append(page.ask("stop"))

    return click


def test_a_stop_ends_the_run_at_whatever_moment_it_comes(kernel):
    moments = random.Random(4)
    for number in range(STOPS):
        after_s = moments.choice([0, 0.005, 0.02, moments.uniform(0, 0.4)])
        started = time.monotonic()
        status, said = kernel.execute(asks(RUN), meanwhile=clicks_after(after_s, 1 + number % 3))
        assert (status, said[:25]) == ("error", "Stopped: Stopped by you. "), (number, after_s)
        assert time.monotonic() - started < 10
        assert kernel.wait(lambda: kernel.page.status == "stopped"), (number, after_s)
        assert kernel.page.gaps == 0
    assert kernel.execute("assert 1 + 1 == 2") == ("ok", "")
    # The kernel goes on as ever: nothing holds a lock, and the next run is shown to its end.
    assert kernel.execute(asks("say('', call('final_answer', text='Done.'))")) == ("ok", "")
    assert kernel.wait(lambda: kernel.page.status == "answered")
