"""Going back to before a step: what it did is undone, what the person did since is not."""

import asyncio
import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.journal import Journal, WentBack
from rasgo_nb.kernel_exec import run_cell


class Steps:
    """Code that runs as the steps of a run do, with a journal of it."""

    def __init__(self, shell, **names):
        self.shell, self.journal, self.names = shell, Journal(), shell.user_ns
        self.names.update(names)

    def run(self, *codes, first=1, may_fail=False):
        for step, code in enumerate(codes, first):
            self.journal.begin(self.names, self.shell.user_ns_hidden)
            cell = run_cell(self.shell, code, step=step, keep=self.journal.note_content)
            result = asyncio.run(cell)
            assert may_fail or result.error is None
            self.journal.note_call(step, f"call{step}", self.names)
        self.journal.end()

    def back(self, step=1, **options):
        return self.journal.go_back(step, self.names, **options)


@pytest.fixture
def steps(shell):
    return lambda **names: Steps(shell, **names)


def test_new_names_go_and_old_ones_hold_what_they_held(steps):
    run = steps(a=1, gone=[1])
    run.run("a = 2\nfresh = 3\ndel gone", "a = 5")
    assert run.back() == WentBack((1, 2), put_back=("a", "gone"), removed=("fresh",))
    assert (run.names["a"], run.names["gone"], "fresh" in run.names) == (1, [1], False)


def test_only_the_steps_from_that_one_on_are_undone(steps):
    run = steps()
    run.run("a = 1", "b = 2", "a = 3")
    assert run.back(3) == WentBack((3,), put_back=("a",))
    assert run.back(2) == WentBack((2,), removed=("b",))
    assert run.names["a"] == 1


def test_undoing_twice_does_nothing_more(steps):
    run = steps()
    run.run("a = 1")
    assert run.back()
    assert run.back() == WentBack()


CHANGES = {
    "items": ([1, 2], "items.append(3)", "items.clear()"),
    "table": ({"a": 1}, "table['b'] = 2", "table.pop('a')"),
    "kinds": ({1, 2}, "kinds.add(3)", "kinds.discard(1)"),
    "df": (pd.DataFrame({"x": [1, 2]}), "df['y'] = 1", "df.loc[0, 'x'] = 9"),
    "series": (pd.Series([1.0, 2.0]), "series[0] = 7.0", "series.iloc[1] = 0.0"),
    "array": (np.arange(4), "array[0] = 9", "array += 1"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_place_is_undone_in_the_same_object(steps, name):
    value, first, second = CHANGES[name]
    value = copy.deepcopy(value)
    run = steps(**{name: value})
    run.run(first, second)
    assert run.back(2).put_back == (name,)
    assert run.back(1).put_back == (name,)
    assert run.names[name] is value
    np.testing.assert_equal(np.asarray(value), np.asarray(CHANGES[name][0]))


def test_a_name_that_the_person_rebound_since_is_left_alone(steps):
    run = steps(a=1)
    run.run("a = 2\nb = 3")
    run.names["a"] = 10
    assert run.back() == WentBack((1,), removed=("b",), left=("a",))
    assert run.names["a"] == 10


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_person_changed_in_place_since_is_left_alone(steps, name):
    value, first, second = CHANGES[name]
    run = steps(**{name: copy.deepcopy(value)})
    run.run(first)
    exec(second, run.names)
    now = copy.deepcopy(run.names[name])
    assert run.back() == WentBack((1,), left=(name,))
    np.testing.assert_equal(np.asarray(run.names[name]), np.asarray(now))


def test_a_frame_of_the_run_that_the_person_went_on_with_stays(steps):
    run = steps()
    run.run("import pandas\ndf = pandas.DataFrame({'x': [1]})")
    run.names["df"]["mine"] = 1
    assert run.back() == WentBack((1,), removed=("pandas",), left=("df",))


def test_a_name_that_the_person_deleted_since_stays_away(steps):
    run = steps(a=1)
    run.run("a = 2\nb = 3")
    del run.names["a"], run.names["b"]
    assert run.back() == WentBack((1,), left=("a",))
    assert "a" not in run.names


def test_a_name_bound_anew_where_a_step_had_deleted_it_is_left_alone(steps):
    run = steps(a=[1])
    run.run("del a")
    run.names["a"] = "mine"
    assert run.back().left == ("a",)
    assert run.names["a"] == "mine"


def test_what_was_not_kept_is_told(steps):
    run = steps(big=np.zeros(3_000_000))
    run.run("big[7] = 1", "small = 1")
    assert run.back() == WentBack((1, 2), removed=("small",), lost=("big",))


def test_what_a_step_made_and_another_changed_for_good_is_gone_with_the_first(steps):
    run = steps()
    run.run("import numpy\nbig = numpy.zeros(3_000_000)", "big[0] = 1")
    assert run.back() == WentBack((1, 2), removed=("big", "numpy"))


def test_a_failing_step_leaves_nothing_to_undo(steps):
    run = steps(items=[1])
    run.run("items.append(2)\n1 / 0", may_fail=True)
    assert run.journal.steps == ()


def test_a_call_that_is_kept_stays_done(steps):
    run = steps()
    run.run("a = 1", "b = 2", "c = 3")
    assert run.back(2, keep=frozenset({"call2"})).removed == ("c",)
    assert {name: step for name, (_, step) in run.journal.made().items()} == {"a": 1, "b": 2}


def test_content_behind_two_names_and_inside_another_object_is_put_back(steps):
    inner = [1]
    run = steps(inner=inner, outer={"inner": inner}, other=inner)
    run.run("outer['inner'].append(2)")
    assert run.back().put_back == ("inner", "other", "outer")
    assert inner == [1]


def test_steps_between_which_the_person_changed_something_give_it_back(steps):
    run = steps(a=1)
    run.run("a = 2")
    run.names["a"] = 10
    run.run("a = 11", first=2)
    assert run.back().left == ("a",)
    assert run.names["a"] == 10


def test_clearing_lets_go_of_every_object(steps):
    import weakref

    class Thing:
        pass

    thing = Thing()
    watched = weakref.ref(thing)
    run = steps(thing=thing)
    del thing
    run.run("thing = None")
    assert watched() is not None
    run.journal.clear()
    assert watched() is None
    assert run.back() == WentBack()


NAMES = st.sampled_from(["a", "b", "df", "items"])
OPERATIONS = st.one_of(
    st.builds("{0} = [{1}]".format, NAMES, st.integers(0, 3)),
    st.builds("{0} = {1}".format, NAMES, NAMES),
    st.builds("globals().pop('{0}', None)".format, NAMES),
    st.builds("if isinstance({0}, list): {0}.append({1})".format, NAMES, st.integers(0, 3)),
    st.builds("if isinstance({0}, list): {0}.clear()".format, NAMES),
    st.builds("if hasattr({0}, 'columns'): {0}['c{1}'] = {1}".format, NAMES, st.integers(0, 2)),
    st.builds("if hasattr({0}, 'columns'): {0}.loc[0, 'x'] = {1}".format, NAMES, st.integers(0, 9)),
    st.builds("{0} = pd.DataFrame({{'x': [{1}, 2]}})".format, NAMES, st.integers(0, 3)),
    st.builds("if isinstance({0}, list): {0}.append({1})".format, NAMES, NAMES),
)
STEP = st.lists(OPERATIONS, min_size=1, max_size=3).map("\n".join)


def _state(names):
    """The four names as values that can be compared, and which of them share an object."""
    shown = {name: names.get(name) for name in ("a", "b", "df", "items")}
    values = {name: repr(value) if name in names else "nothing" for name, value in shown.items()}
    return values, {name: id(value) for name, value in shown.items()}


@settings(max_examples=150, deadline=None)
@given(codes=st.lists(STEP, min_size=1, max_size=5), target=st.integers(1, 5))
def test_any_steps_are_undone_to_what_was_there_before(codes, target):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    frame = pd.DataFrame({"x": [1, 2]})
    run = Steps(shell, a=[0], b=[1], df=frame, items=[2], pd=pd)
    before = []
    for step, code in enumerate(codes, 1):
        before.append(_state(run.names))
        run.run(code, first=step, may_fail=True)
    expected = before[target - 1] if target <= len(codes) else _state(run.names)
    went = run.back(target)
    assert _state(run.names) == expected
    assert not went.left
    assert not went.lost


@settings(max_examples=100, deadline=None)
@given(codes=st.lists(STEP, min_size=1, max_size=4), theirs=st.sets(NAMES, max_size=3))
def test_whatever_the_person_bound_since_stays(codes, theirs):
    from IPython.core.interactiveshell import InteractiveShell

    run = Steps(InteractiveShell.instance(), a=[0], b=[1], df=pd.DataFrame({"x": [1]}), items=[2], pd=pd)
    run.run(*codes, may_fail=True)
    mine = {name: object() for name in theirs}
    run.names.update(mine)
    run.back()
    assert {name: run.names[name] for name in theirs} == mine
