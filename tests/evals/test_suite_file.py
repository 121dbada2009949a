"""Suites as people write them: any text gives a suite or one readable error, and what is written is read."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.case import Budget, Case, Completion, FrameWanted, Program, ProgramCall, ValueWanted
from rasgo_nb.evals.suite_file import ANSWER, CASE, SUITE, read_suite, suite_of
from rasgo_nb.evals.suite_write import case_text, write_case
from rasgo_nb.evals.suites_named import shipped

PATH = Path("own.yaml")
WORDS = st.sampled_from(
    [*SUITE, *CASE, *ANSWER, "is", "from", "gold", "run_sql", "final_answer", "text", "must"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | WORDS
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def is_a_suite_or_one_readable_error(text):
    said = ""
    try:
        suite_of(text, PATH)
    except RasgoError as error:
        said = str(error)
    assert all(line.startswith(("own.yaml, line ", "… and ")) for line in said.splitlines())


@given(st.text(max_size=60) | st.text("-:{}[]&*!|>'\"#%@ \n\tax0", max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_suite_or_one_readable_error(text):
    is_a_suite_or_one_readable_error(text)


@given(st.dictionaries(st.sampled_from(CASE), NESTED, max_size=6), NESTED)
@settings(max_examples=200, deadline=None)
def test_any_fields_are_a_suite_or_one_readable_error(case, environment):
    whole = {"suite": "own", "environment": environment, "cases": [{"id": "a", "question": "b", **case}]}
    is_a_suite_or_one_readable_error(yaml.safe_dump(whole))


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{id: a, question: b}", "line 3: cases[1] has no `answer`"),
        ("{id: a, question: '', answer: {value: 1}}", "line 3: cases[1].question is empty"),
        (
            "{id: a, question: b, answer: {valeu: 1}}",
            "cases[1].answer.valeu is not known. Did you mean `value`?",
        ),
        ("{id: a, question: b, answer: {value: {from: gold}}}", "cases[1] has no `gold`"),
        (
            "{id: a, question: b, answer: {value: 1}, budget: {seconds: -1}}",
            "must be a number from 0",
        ),
        ("{id: a, question: b, answer: {value: 1}, environment: {clock: noon}}", "is no time such as"),
        ("{id: a, question: b, answer: {value: 1}, gold: [run_sq: {}]}", "Did you mean `run_sql`?"),
        ("{id: a, id: b, question: b, answer: {value: 1}}", "cases[1].id stands here twice"),
    ],
)
def test_an_error_names_file_line_and_field(case, said):
    with pytest.raises(RasgoError) as raised:
        suite_of(f"suite: own\ncases:\n  - {case}\n", PATH)
    assert said in str(raised.value)
    assert str(raised.value).startswith("own.yaml, line 3: ")


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
NAMES = TEXTS.map(str.strip).filter(bool)
VALUES = st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.dates()
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=3).map(tuple)


def program(sql, text):
    return Program((ProgramCall("run_sql", {"sql": sql}), ProgramCall("final_answer", {"text": text})))


CASES = st.builds(
    Case,
    id=NAMES,
    question=NAMES,
    completion=st.builds(
        Completion,
        value=st.none() | st.builds(ValueWanted, value=VALUES, tolerance=st.floats(0, 1), unit=TEXTS),
        frame=st.none()
        | st.builds(
            FrameWanted,
            columns=st.just(("a", "b")),
            rows=st.lists(st.tuples(VALUES, VALUES), max_size=3).map(tuple),
        ),
        contains=st.lists(TEXTS, min_size=1, max_size=2).map(tuple),
    ),
    gold=st.builds(
        lambda sql, text: Program(
            (ProgramCall("run_sql", {"sql": sql}), ProgramCall("final_answer", {"text": text}))
        ),
        TEXTS,
        TEXTS,
    ),
    budget=st.builds(Budget, steps=st.integers(1, 99), seconds=st.floats(1, 99)),
    tags=st.lists(TEXTS, max_size=2).map(tuple),
)


@given(CASES)
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read(case):
    read = suite_of("suite: own\ncases:\n" + case_text(case), PATH).cases[0]
    assert replace(read, line=0) == case


def test_an_added_case_leaves_comments_and_other_cases_as_they_are(tmp_path):
    path = tmp_path / "own.yaml"
    text = "# ours\nsuite: own\ncases:\n  # the first\n  - {id: a, question: b, answer: {value: 1}}  # one\n"
    path.write_text(text)
    write_case(path, Case("new", "How many?", Completion(value=ValueWanted(2))))
    assert path.read_text().startswith(text)
    assert [case.id for case in read_suite(path).cases] == ["a", "new"]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_cases_are_written_and_read(name):
    for case in read_suite(shipped()[name]).cases:
        read = suite_of("suite: own\ncases:\n" + case_text(case), PATH).cases[0]
        assert replace(read, line=case.line) == case
