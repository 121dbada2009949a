"""The page of a run: one file that loads nothing, whatever stands in the run."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_views import EVIL, EVIL_FRAME, EVIL_TABLE, Tags, events

from rasgo_nb.agent.events import Answered, NumbersTraced, RunNoted
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.provenance import NumberTrace, Place, Provenance
from rasgo_nb.widgets.marked_numbers import answer_html
from rasgo_nb.widgets.page import PageFacts, page_html
from rasgo_nb.widgets.page_saw import Drawn, saw_html

FRAME = pd.DataFrame({"origin": ["EWR", "JFK"], "mean delay": [22.04, 23.77]})
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "dl", "dt"}
TAGS |= {"dd", "div", "details", "summary", "span", "b", "i", "a", "mark", "code", "img", "br", "strong", "p"}
TAGS |= {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "pre", "ul", "li"}


def log_with(*more, **options):
    """The log of a run of one step, with further events before its end."""
    log = RunLog()
    for event in events(**options):
        for one in more if isinstance(event, Answered) else ():
            log.add(one)
        log.add(event)
    return log


def links_of(page):
    """All that a browser could load or go to."""
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda _tag, attributes: found.extend(attributes)
    reader.feed(page)
    return [value for name, value in found if name in {"src", "href", "srcset", "action", "data", "poster"}]


def number(markdown, text, how="found", *places):
    start = markdown.index(text)
    return NumberTrace(start, start + len(text), text, how, places, "mean delay of row 2, rounded")


@pytest.mark.parametrize("value", [QueryResult(EVIL_FRAME, 0.1, cut=EVIL), [EVIL_TABLE], EVIL_FRAME])
def test_nothing_of_a_run_becomes_html(value):
    traced = Provenance((NumberTrace(0, 4, EVIL, "found", (Place(1, "1", EVIL, 0, EVIL),), EVIL),))
    options = {"text": EVIL, "sql": EVIL, "output": EVIL, "answer": f"1234 {EVIL}", "page": EVIL}
    log = log_with(RunNoted(EVIL), NumbersTraced(traced), value=value, **options)
    page = page_html(log, PageFacts(datetime.now(UTC), EVIL, EVIL, {EVIL: EVIL}))
    found = Tags(page)
    assert found.tags <= TAGS
    assert not {name for name in found.attributes if name.startswith("on")}
    assert not [link for link in links_of(page) if not link.startswith(("#", "data:image/"))]
    assert "url(" not in page.partition("</style>")[0]


def test_the_page_lets_a_browser_load_and_run_nothing():
    page = page_html(log_with(value=None))
    assert "default-src 'none'" in page
    assert "<script" not in page


def test_a_number_leads_to_the_cell_it_comes_from():
    answer = "JFK waits **23.8** minutes."
    traced = Provenance((number(answer, "23.8", "found", Place(1, "1", "mean delay", 1, "23.77")),))
    page = page_html(log_with(NumbersTraced(traced), value=QueryResult(FRAME, 0.1), answer=answer))
    target = re.search(r'<a class="number found" href="#([^"]+)"', page)[1]
    assert re.search(rf'<td id="{target}" class="right cited">23\.77</td>', page)
    assert '<details class="step" id="step-1" open>' in page


def test_a_number_of_a_row_that_is_not_shown_leads_to_the_end_of_its_table():
    frame = pd.DataFrame({"delay": range(500)})
    traced = Provenance((number("It is 444.", "444", "found", Place(1, "1", "delay", 444, "444")),))
    page = page_html(log_with(NumbersTraced(traced), value=QueryResult(frame, 0.1), answer="It is 444."))
    target = re.search(r'href="#(call-1-0-r444[^"]+)"', page)[1]
    assert f'<span id="{target}"></span>' in page


def test_every_link_of_a_page_has_its_end_in_it():
    answer = "It was 23.77, 5 and 6."
    places = Place(1, "1", "mean delay", 1), Place(1, "gone", "mean delay", 1), Place(9, "1")
    pairs = zip(("23.77", "5", "6"), places, strict=True)
    numbers = [number(answer, text, "found", place) for text, place in pairs]
    log = log_with(NumbersTraced(Provenance(tuple(numbers))), value=QueryResult(FRAME, 0.1), answer=answer)
    page = page_html(log)
    assert {link.removeprefix("#") for link in links_of(page)} <= set(re.findall(r' id="([^"]+)"', page))


def test_an_unverified_number_is_marked_and_counted():
    answer = "Half of 99 flights."
    traced = Provenance((number(answer, "99", "unverified"),))
    page = page_html(log_with(NumbersTraced(traced), value=None, answer=answer))
    assert '<mark class="unverified"' in page
    assert "0 of 1 number traced to steps · 1 unverified" in page


def test_an_answer_leads_to_the_steps_that_it_rests_on():
    log = log_with(value=None)
    log.ended = replace(log.ended, answer=replace(log.ended.answer, steps=(1, 1, 7)))
    assert 'Rests on <a href="#step-1">step 1</a>.' in page_html(log)


def test_a_run_that_broke_off_says_so():
    log = RunLog()
    for event in list(events(value=None))[:-2]:
        log.add(event)
    assert "breaks off here" in page_html(log)


def test_a_page_says_what_it_was_made_of():
    page = page_html(
        log_with(value=None),
        PageFacts(datetime(2026, 10, 5, 9, 30, tzinfo=UTC), "open 3", "delays.ipynb", {"rasgo_nb": "0.7.0"}),
    )
    for fact in ("2026-10-05 09:30 UTC", "open 3", "delays.ipynb", "rasgo_nb 0.7.0"):
        assert fact in page


def test_a_page_is_bounded_whatever_a_run_holds():
    wide = pd.DataFrame({f"column {place}" * 30: ["x" * 5_000] * 500 for place in range(300)})
    options = dict.fromkeys(("text", "sql", "output", "answer"), "word " * 400_000)
    assert len(page_html(log_with(value=QueryResult(wide, 0.1), **options))) < 2_000_000


def saw(step, *texts):
    usual = {"kind": "result", "title": EVIL, "tokens": 9, "receipt": EVIL, "removable": True}
    items = [usual | {"id": text, "text": text} for text in texts]
    wire = {"address": EVIL, "request": EVIL, "response": "R" * 500_000, "status": 200, "note": EVIL}
    call = {"id": f"{step}.1", "purpose": "reply", "model": EVIL, "interface": "open 3", "totals": EVIL}
    return {"step": step, "calls": [call | {"items": items, "wire": [wire]}]}


def test_what_models_saw_stands_on_the_page_once():
    drawn = Drawn()
    first, second = (
        saw_html(saw(1, "schema", "rows"), drawn),
        saw_html(saw(2, "schema", "rows", "more"), drawn),
    )
    assert (first.count("<pre"), second.count("<pre")) == (2 + 2, 1 + 2)
    assert second.count("as in step 1") == 2
    assert set(re.findall(r'href="#([^"]+)"', second)) <= set(re.findall(r' id="([^"]+)"', first))


def test_nothing_that_models_saw_becomes_html():
    html = saw_html(saw(1, EVIL), Drawn())
    assert Tags(html).tags <= TAGS
    assert len(html) < 100_000
    assert "R" * 30_000 in html
    assert "cut here" in html


MARKDOWN = st.text(alphabet="ab 12.,5%*_`[]()<>|-#\n\\&;:/\"'\ue000\ue001\ue002$~!", max_size=80)


@given(MARKDOWN, st.data())
def test_marks_change_nothing_but_the_numbers(markdown, data):
    ends = sorted(data.draw(st.lists(st.integers(0, len(markdown)), max_size=8, unique=True)))
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    numbers = [NumberTrace(a, b, markdown[a:b], "found", (), "said") for a, b in pairs]
    found = Tags(answer_html(markdown, numbers, lambda _: "call-1-0"))
    assert found.tags <= TAGS | {"em", "ol", "hr", "blockquote", "h3", "h4", "h5", "h6"}
    assert found.attributes <= {"class", "href", "title", "start", "style"}
    assert not re.search("[\ue000-\uf8ff]", answer_html(markdown, numbers, lambda _: ""))


def test_numbers_are_marked_where_they_stand():
    link = "[25.5](https://example.org/25.5 '25.5')"
    markdown = f"1. It is **25.5** (`25.5`)\n\n| a |\n|---|\n| 25.5 |\n\n{link}"
    numbers = [
        NumberTrace(found.start(), found.end(), found[0], "derived", (Place(1, "1"),), "sum")
        for found in re.finditer(r"\d+(\.\d)?", markdown)
    ]
    html = answer_html(markdown, numbers, lambda _: "call-1-0")
    mark = '<a class="number derived" href="#call-1-0" title="sum">25.5</a>'
    assert html.count(mark) == 3
    plain_mark = '<span class="number derived" title="sum">25.5</span>'
    assert f'<a href="https://example.org/25.5" title="25.5">{plain_mark}</a>' in html
    assert html.startswith("<ol>")


def test_marks_are_left_out_of_an_answer_without_numbers():
    assert answer_html("**Yes**", (), lambda _: "") == "<p><strong>Yes</strong></p>\n"
