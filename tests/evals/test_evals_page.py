"""What the page about evals shows is read, and its tables have all that there is."""

import re
from pathlib import Path

import pytest

from rasgo_nb.cli import _parser
from rasgo_nb.evals import scorers
from rasgo_nb.evals.case import Budget, EndState, Environment, FrameWanted
from rasgo_nb.evals.score import SCORES
from rasgo_nb.evals.suite_file import ANSWER, CASE, SUITE, suite_of

pytest.importorskip("yaml")

PAGE = (Path(__file__).parents[2] / "docs" / "evals.md").read_text(encoding="utf-8")
YAML = re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1]
SHELL_LINES = re.findall(r"^    rasgo-nb (.+?)(?:  +#.*)?$", PAGE, re.M)


def examples(column):
    """The examples of the table that begins with this head."""
    table = PAGE.partition(f"| {column} |")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)`(?:, `\w+`)? \| `([^`]+)`", table, re.M))


def test_the_suite_of_the_page_is_read():
    suite = suite_of(YAML, Path("flights.yaml"))
    first, late, weather = suite.cases
    assert (first.id, first.completion.frame) == ("per-month", FrameWanted(columns=("month", "flights")))
    assert (len(first.decoys), len(late.alternatives), weather.completion.refusal) == (1, 2, True)
    assert first.budget == Budget(steps=12, seconds=60.0)


def test_every_field_is_on_the_page():
    fields = {*SUITE, *CASE, *ANSWER, *EndState.__slots__, *Environment.__slots__, *Budget.__slots__}
    assert {name for name in fields if not re.search(rf"\b{name}\b", PAGE)} == set()


@pytest.mark.parametrize("name", ANSWER)
def test_every_example_of_an_answer_is_read(name):
    said = examples("of `answer`").get(name, "lacks: [Zug]")
    said = said if said.startswith(f"{name}:") else f"{name}: {said}"
    gold = "  gold: [{final_answer: {text: '42'}}]\n"
    suite_of(f"suite: s\ncases:\n- id: one\n  question: What?\n{gold}  answer:\n    {said}\n", Path("s.yaml"))


def test_every_score_and_scorer_is_on_the_page():
    assert all(f"| `{name}` |" in PAGE for name in SCORES)
    assert all(f"`{name}`" in PAGE for name in scorers.__all__)


@pytest.mark.parametrize("line", SHELL_LINES)
def test_every_shell_line_is_understood(line):
    assert _parser().parse_args(line.split()).run


def test_the_calls_of_scorers_give_what_the_page_says():
    for call, said in re.findall(r"^(number_\w+\(.+\))  # (Score.+)$", PAGE, re.M):
        assert repr(eval(call, vars(scorers))) == said
