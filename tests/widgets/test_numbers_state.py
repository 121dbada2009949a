"""Numbers of an answer in states and in static HTML."""

import re
from io import StringIO
from itertools import pairwise

import golden_runs
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rasgo_nb.agent.events import Answer, Answered, NumbersTraced, RunNoted, RunStarted
from rasgo_nb.agent.messages import Usage
from rasgo_nb.provenance import NumberTrace, Provenance
from rasgo_nb.widgets.numbers_state import number_states, traced_text
from rasgo_nb.widgets.safe import block
from rasgo_nb.widgets.saved import SavedRun
from rasgo_nb.widgets.static import state_html
from rasgo_nb.widgets.terminal import TerminalView
from rasgo_nb.widgets.text import run_text


def provenance(text, *spans, how="found", is_whole=True):
    return Provenance(tuple(NumberTrace(a, b, text[a:b], how) for a, b in spans), is_whole)


def slice_16(text, at, length):
    """As JavaScript slices."""
    return text.encode("utf-16-le")[2 * at : 2 * (at + length)].decode("utf-16-le")


@given(st.text("ab🛫\x00\x1b[1m 12", max_size=40), st.data())
def test_whatever_is_shown_a_number_is_said_where_it_stands(text, data):
    starts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4, unique=True)))
    spans = [(a, b) for a, b in pairwise(starts)]
    shown = block(text, 60)
    for state in number_states(provenance(text, *spans), shown):
        if state["at"] >= 0:
            length = len(state["text"].encode("utf-16-le")) // 2
            assert slice_16(shown, state["at"], length) == state["text"]


def test_a_number_behind_the_cut_is_nowhere():
    text = "1 of 22"
    states = number_states(provenance(text, (0, 1), (5, 7)), text[:3])
    assert [state["at"] for state in states] == [0, -1]


def test_the_line_below_the_answer_counts_what_was_traced():
    assert traced_text(None) == traced_text(Provenance()) == ""
    assert traced_text(provenance("1", (0, 1))) == "1 of 1 number traced to steps"
    one = provenance("1 2", (0, 1), (2, 3), how="unverified", is_whole=False)
    assert traced_text(one) == (
        "0 of 2 numbers traced to steps · 2 unverified · large results were searched in part"
    )


def test_texts_mark_what_nothing_backs_and_count_the_rest():
    said = run_text(golden_runs.traced_run().log)
    assert "the sum 3.5, and 40 % (?) are long." in said
    assert "4 of 5 numbers traced to steps · 1 unverified" in said


def test_a_terminal_marks_them_too_and_tells_what_is_noted_of_the_run():
    console = Console(file=StringIO(), width=120)
    view = TerminalView(console)
    for event in (RunStarted("r", "q", "m", "c"), RunNoted("This run is not recorded.")):
        view(event)
    answer = golden_runs.COUNTED
    view(NumbersTraced(golden_runs.provenance_of(answer)))
    view(Answered(Answer(answer), Usage(), 0.1))
    written = console.file.getvalue()
    for said in ("This run is not recorded.", "40 % (?) are long", "4 of 5 numbers traced to steps"):
        assert said in written


def test_static_html_leads_from_numbers_to_steps_and_marks_the_others():
    run = golden_runs.traced_run().told
    html = state_html(run)
    target = re.search(r'<a href="#([^"]+)"[^>]*title="mean of km over 2 rows of step 1">1.75</a>', html)[1]
    assert f'<details id="{target}"' in html
    assert re.search(r'title="Unverified: [^"]+">40 %<sup[^>]*>\?</sup></span>', html)
    for said in (run["answer"]["traced"], "Saved in delays.yaml, case 4.", run["notes"][0]):
        assert said in html


def test_many_numbers_stay_within_the_bound_of_a_saved_answer():
    text = " ".join(str(n) for n in range(3_000))
    spans = [found.span() for found in re.finditer(r"\d+", text)]
    run = golden_runs.traced_run().told
    run["answer"] |= {"text": text, "numbers": number_states(provenance(text, *spans), text)}
    saved, _ = SavedRun().of(run)
    assert 100 < len(saved["answer"]["numbers"]) <= 300
    assert saved["answer"]["text"] == text
