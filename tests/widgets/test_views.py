"""A run as HTML and as text: everything escaped, everything bounded."""

import io
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from rich.console import Console

from rasgo_nb.agent.events import (
    Answer,
    Answered,
    RunFailed,
    RunStarted,
    StepFinished,
    StepStarted,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutput,
)
from rasgo_nb.agent.messages import ToolCall, ToolResult, Usage
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.connectors.base import Column, QueryResult, TableDetail, TableName
from rasgo_nb.outputs import DisplayData, Stream
from rasgo_nb.widgets.html_parts import markdown_html
from rasgo_nb.widgets.static import run_html
from rasgo_nb.widgets.terminal import TerminalView
from rasgo_nb.widgets.text import run_text

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)> [red]x[/red] \x00\ud800'
CALM = {
    "div",
    "details",
    "summary",
    "span",
    "b",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "pre",
    "p",
    "ul",
    "li",
}


def events(*, value, text="Looking.", sql="SELECT 1", output="", answer="Done.", error="", page="{}"):
    call = ToolCall("1", "run_sql", {"sql": sql, "save_as": text[:99]})
    yield RunStarted("r", "Why?", "scripted", "shop", note=text[:99])
    yield StepStarted(1)
    yield TextDelta(1, text)
    yield ToolCallStarted(1, call)
    if output:
        yield ToolOutput(1, "1", Stream("stdout", output))
    result = ToolResult("1", page, is_error=bool(error), value={"error": error} if error else value)
    yield ToolCallFinished(1, call, result, 0.1)
    yield StepFinished(1, Usage(), 0.2)
    yield Answered(Answer(answer, (text[:99],)), Usage(input_tokens=5), 0.3)


def log_of(**options):
    log = RunLog()
    for event in events(**options):
        log.add(event)
    return log


def written(quiet=False, **options):
    console = Console(file=io.StringIO(), width=100, highlight=False)
    view = TerminalView(console, quiet=quiet)
    for event in events(**options):
        view(event)
    return console.file.getvalue()


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


EVIL_FRAME = pd.DataFrame(
    [[EVIL], [{EVIL: [EVIL]}]], columns=pd.Index([EVIL], dtype="object"), dtype="object"
)
EVIL_TABLE = TableDetail(TableName("", EVIL, EVIL), (Column(EVIL, EVIL, comment=EVIL),), comment=EVIL)


@pytest.mark.parametrize("value", [QueryResult(EVIL_FRAME, 0.1, cut=EVIL), [EVIL_TABLE], EVIL_FRAME])
def test_nothing_of_the_data_becomes_html(value):
    html = run_html(log_of(value=value, text=EVIL, sql=EVIL, output=EVIL, answer=EVIL, page=EVIL))
    found = Tags(html)
    assert found.tags <= CALM
    assert not {name for name in found.attributes if name.startswith("on")}
    html.encode("utf-8")


def test_nothing_of_an_error_becomes_html():
    assert Tags(run_html(log_of(value=None, error=EVIL))).tags <= CALM
    log = RunLog()
    log.add(RunFailed(EVIL, Usage(), 0.1))
    assert Tags(run_html(log)).tags <= CALM


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "vbscript:x", "data:text/html,x", "JaVaScRiPt:alert(1)"]
)
def test_links_that_run_code_stay_text(link):
    for markdown in (f"[x]({link})", f"<{link}>", f"![x]({link})", f"[x][1]\n\n[1]: {link}"):
        assert not {"a", "img"} & Tags(markdown_html(markdown)).tags


def test_images_from_elsewhere_are_not_loaded():
    assert "img" not in Tags(markdown_html("![x](https://example.org/pixel.png)")).tags


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": range(10_000_000)}),
        pd.DataFrame([range(5_000)]),
        pd.DataFrame({"a": ["x" * 1_000_000] * 20, "y" * 1_000_000: 1}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame(index=range(3)),
    ],
)
def test_what_is_drawn_of_a_frame_is_bounded(frame):
    log = log_of(value=QueryResult(frame, 0.1))
    assert len(run_html(log)) < 60_000
    assert len(run_text(log)) < 20_000


def test_two_sums_of_money_are_not_taken_for_a_formula():
    html = run_html(log_of(value=None, answer="From $5 to $6."))
    assert "From $5 to $6." in html
    assert {"mathjax_ignore", "tex2jax_ignore"} <= set(html.split('"')[1].split())


def test_what_is_drawn_of_text_is_bounded():
    log = log_of(value=None, text="t" * 1_000_000, sql="SELECT 1,\n" * 100_000, output="line\n" * 1_000_000)
    assert len(run_html(log)) < 60_000
    assert len(written(value=None, sql="SELECT 1,\n" * 100_000)) < 20_000


def test_an_object_that_fails_at_its_text_does_not_end_the_run():
    class Rude:
        def __str__(self):
            raise RuntimeError("not now")

    log = log_of(value=QueryResult(pd.DataFrame({"a": pd.Series([Rude()], dtype="object")}), 0.1))
    assert "Rude" in run_html(log)
    assert "Rude" in run_text(log)


def test_a_table_says_how_much_of_it_is_shown():
    log = log_of(value=QueryResult(pd.DataFrame({"a": range(4_112)}), 0.1))
    assert "10 of 4,112 rows" in run_html(log)
    assert "8 of 4,112 rows" in run_text(log)


def test_a_picture_is_shown_as_one():
    call = ToolCall("1", "run_python", {"code": "plot()"})
    log = RunLog()
    for event in (
        StepStarted(1),
        ToolCallStarted(1, call),
        ToolOutput(1, "1", DisplayData({"image/png": "iVBOR\n", "text/plain": "<Figure>"})),
    ):
        log.add(event)
    assert 'src="data:image/png;base64,iVBOR"' in run_html(log)


def test_the_terminal_takes_brackets_and_escapes_as_text():
    text = written(value=None, text="[red]x[/red]", sql="SELECT '[bold]'", output="\x1b[31mred\x1b[0m\n")
    assert "[red]x[/red]" in text
    assert "'[bold]'" in text
    assert "\x1b" not in text


def test_quiet_shows_the_answer_and_nothing_else():
    assert written(quiet=True, value=None, answer="It is **4**.").split() == [
        "It",
        "is",
        "4.",
        "Assumptions",
        "•",
        "Looking.",
    ]


def test_the_html_follows_the_theme_of_the_notebook():
    assert "var(--jp-ui-font-color1" in run_html(log_of(value=None))
    assert not re.search(r"<(script|link|style)", run_html(log_of(value=None)))
