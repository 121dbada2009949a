"""What is shown beside a run's own output: as in a cell, but never too large for a notebook file."""

import pandas as pd
import pytest

from rasgo_nb.errors import RasgoError
from rasgo_nb.figure import PLOTLY_MIME, Encoding, draw
from rasgo_nb.outputs import DisplayData, ExecuteResult
from rasgo_nb.widgets.besides import OUTPUT_BYTES, figure_bundle, shown_besides, value_bundle
from rasgo_nb.widgets.figure_state import MOST_BYTES, figure_state, whole_figure
from rasgo_nb.widgets.kept import KeptFigure
from rasgo_nb.widgets.safe import size


def lines(points):
    return {"data": [{"type": "scatter", "y": [0.123456] * points}], "layout": {"title": {"text": "T"}}}


@pytest.fixture(scope="module")
def chart():
    frame = pd.DataFrame({"day": range(5_000), "delay": [0.5] * 5_000})
    return draw(frame, Encoding(x="day", y="delay", mark="line"))[0]


def test_a_small_figure_stays_alive(chart):
    assert set(figure_bundle(chart, "by_day")) == {PLOTLY_MIME, "text/plain"}
    assert figure_bundle(lines(9), "")[PLOTLY_MIME] == lines(9)


def test_a_larger_figure_becomes_a_picture_or_a_line_that_names_it():
    bundle = figure_bundle(lines(60_000), "by_day")
    assert PLOTLY_MIME not in bundle
    assert bundle["text/plain"].startswith("Figure by_day: 0.5 MB, too large")
    assert len(bundle.get("image/png", b"")) <= OUTPUT_BYTES


def test_a_figure_of_100_megabytes_is_a_line():
    bundle = figure_bundle(lines(12_500_000), "by_day")
    assert set(bundle) == {"text/plain"}
    assert "too large" in bundle["text/plain"]


def test_the_page_gets_a_figure_up_to_its_bound_and_a_reason_beyond_it():
    medium, large = KeptFigure(lines(60_000)), KeptFigure(lines(MOST_BYTES))
    assert figure_state(medium, key="1")["spec"] is None
    assert len(whole_figure(medium, key="1")["spec"]["data"][0]["y"]) == 60_000
    with pytest.raises(RasgoError, match="more than 20 MB"):
        whole_figure(large, key="1")


def test_what_cannot_act_is_shown_with_its_step_only():
    assert shown_besides(DisplayData({"text/plain": "x", "image/png": "iVBOR"})) is None
    assert shown_besides(DisplayData({"text/html": "<b>x</b>"})) == {"text/html": "<b>x</b>"}
    assert shown_besides(ExecuteResult({"text/html": "<b>x</b>"})) is None


def test_displayed_html_of_a_megabyte_leaves_only_its_text():
    output = DisplayData({"text/html": "<b>x</b>" * 200_000, "text/plain": "much"})
    bundle = shown_besides(output)
    assert set(bundle) == {"text/plain"}
    assert bundle["text/plain"].startswith("much\nToo large")


def test_a_wide_frame_of_long_texts_is_shown_within_bounds(shell):
    frame = pd.DataFrame([["<i>" * 300] * 40] * 40)
    with pd.option_context("display.max_columns", 40, "display.max_colwidth", None):
        bundle, _ = value_bundle(shell, "frame", frame)
    assert size({kind: str(part) for kind, part in bundle.items()}) <= 2 * OUTPUT_BYTES


def test_many_displays_of_a_step_share_one_bound():
    output = DisplayData({"text/html": "<b>x</b>" * 2_000, "text/plain": "much"})
    assert shown_besides(output, OUTPUT_BYTES) == dict(output.data)
    assert set(shown_besides(output, 1_000)) == {"text/plain"}
