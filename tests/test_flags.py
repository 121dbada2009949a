"""Flags before a question; the question itself is never touched."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.errors import RasgoError
from rasgo_nb.flags import read_flags

KINDS = {"model": str, "as": str, "max-steps": int, "quiet": bool}


@given(st.text(max_size=200))
def test_what_is_no_flag_is_returned_as_it_is(text):
    line = f"?{text}"
    assert read_flags(line, KINDS) == ({}, line)


@given(st.text(max_size=200).filter(lambda text: not text.lstrip().startswith("--")))
def test_the_rest_of_the_line_is_never_altered(text):
    flags, rest = read_flags(f"--quiet --model x --max-steps 3 {text}", KINDS)
    assert flags == {"quiet": True, "model": "x", "max-steps": 3}
    assert rest == f" {text}"


@given(st.text(max_size=200))
def test_after_two_dashes_anything_may_follow(text):
    assert read_flags(f"--quiet -- {text}", KINDS) == ({"quiet": True}, f" {text}")


@given(st.text(max_size=80))
def test_any_line_is_read_or_refused_with_an_error_of_ours(text):
    with suppress(RasgoError):
        flags, rest = read_flags(f"--{text}", KINDS)
        assert f"--{text}".endswith(rest)
        assert set(flags) <= set(KINDS)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("--model gpt why", "gpt"),
        ("--model=gpt why", "gpt"),
        ("--model 'a b' why", "a b"),
        ('--model "a b" why', "a b"),
        ("  --model\tgpt why", "gpt"),
        ('--model "" why', ""),
    ],
)
def test_a_value_may_be_written_in_several_ways(line, value):
    assert read_flags(line, KINDS) == ({"model": value}, " why")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--modle x", "Did you mean --model?"),
        ("--zzz x", "Flags: --model, --as, --max-steps, --quiet."),
        ("--model", "needs a value. Type for example `--model offline`."),
        ("--model --quiet why", "needs a value"),
        ("--max-steps 0 why", "whole number from 1, not '0'. Type for example `--max-steps 20`."),
        ("--max-steps many", "whole number from 1"),
        (f"--max-steps {'9' * 5000}", "whole number from 1"),
    ],
)
def test_a_wrong_flag_says_what_to_type(line, says):
    with pytest.raises(RasgoError) as caught:
        read_flags(line, KINDS)
    assert says in str(caught.value)
