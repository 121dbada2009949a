import ast
import copy
import time
import weakref
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.namespace import (
    NamespaceDiff,
    Variable,
    describe_names,
    diff,
    free_name,
    mentioned_names,
    restore,
    snapshot,
    touched_names,
)

# pandas 3.1 warns of every `inplace`; notebooks are full of it.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")


def orders() -> pd.DataFrame:
    return pd.DataFrame({"id": [1, 2, 3], "paid": [9.5, float("nan"), 2.0], "city": ["Oslo", None, "Rome"]})


def run(code: str, names: dict[str, object], *, undo: bool = False) -> NamespaceDiff:
    before = snapshot(names, mentioned_names(code, names))
    touched = touched_names(ast.parse(code))
    exec(code, names)
    for name in ("__builtins__", "__warningregistry__"):
        names.pop(name, None)
    return restore(before, names, touched) if undo else diff(before, names, touched)


def test_new_rebound_mutated_and_deleted_names_are_told_apart():
    names: dict[str, object] = {"a": 1, "b": [1], "c": 3, "same": 4}
    changes = run("x = 1; a = 2; b.append(2); del c; same", names)
    assert changes == NamespaceDiff(new=("x",), rebound=("a",), mutated=("b",), deleted=("c",))


def test_the_shells_own_names_are_left_out():
    opener = object()
    names: dict[str, object] = {"_": 1, "_i": "", "In": [], "Out": {}, "open": opener, "x": 1}
    before = snapshot(names, frozenset(), hidden={"open": opener})
    names |= {"_": 2, "_1": 3, "Out": {1: 2}}
    assert (set(before.values), diff(before, names)) == ({"x"}, NamespaceDiff())


FRAME_CHANGES = [
    "df['x'] = 1",
    "df['id'] = df['id'] + 0",
    "df.loc[1, 'paid'] = 4.0",
    "df.iloc[0, 2] = 'Bern'",
    "df.drop(columns='id', inplace=True)",
    "df.columns = ['a', 'b', 'c']",
    "df.index = [7, 8, 9]",
    "df.index.name = 'row'",
    "df.sort_values('paid', inplace=True)",
    "df.insert(0, 'n', 1)",
    "df.pop('city')",
    "df.attrs['unit'] = 'EUR'",
    "df['id'], df['paid'] = df['paid'], df['id']",
]


@pytest.mark.parametrize("code", FRAME_CHANGES)
def test_a_change_inside_a_frame_is_seen_and_undone_in_the_same_object(code: str):
    frame = orders()
    names: dict[str, object] = {"df": frame, "alias": frame}
    assert run(code, names, undo=True) == NamespaceDiff(mutated=("alias", "df"))
    assert names["df"] is frame
    pd.testing.assert_frame_equal(frame, orders())
    assert frame.attrs == {}
    assert run("df.sum(numeric_only=True)", names) == NamespaceDiff()


@pytest.mark.parametrize(
    "code",
    [
        "df.describe()",
        "df.values",
        "df[df.id > 1].assign(z=1)",
        "y = df.copy(); y['id'] = 0",
        "df.to_numpy()",
    ],
)
def test_reading_a_frame_changes_nothing(code: str):
    names: dict[str, object] = {"df": orders()}
    assert run(code, names).mutated == ()


def test_one_changed_row_among_a_million_is_seen_through_a_function():
    names: dict[str, object] = {"df": pd.DataFrame({"a": np.zeros(1_000_000)})}
    exec("def clean():\n    df.loc[777_777, 'a'] = 1", names)
    assert run("clean()", names, undo=True).mutated == ("df",)
    assert names["df"]["a"].sum() == 0  # type: ignore[index]


def test_a_regrouped_frame_is_not_a_changed_one():
    frame = pd.DataFrame({"a": [1, 2]})
    for name in "bcd":
        frame[name] = [3, 4]
    assert run("df._consolidate_inplace(); df.sum()", {"df": frame}) == NamespaceDiff()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([1, [2]], "x[1].append(3); x[0] = 0"),
        ({"a": {"b": 1}}, "x['a']['b'] = 2; x['c'] = 1"),
        ({1, 2}, "x.add(3)"),
        (bytearray(b"ab"), "x += b'c'; x[0] = 0"),
        (deque([1], maxlen=3), "x.appendleft(2)"),
        (defaultdict(list, a=[1]), "x['b']; x['a'].append(2)"),
        (OrderedDict(a=1, b=2), "x.move_to_end('a')"),
        (Counter("aab"), "x.update('bb')"),
        (np.array([1.0, np.nan]), "x[0] = 5"),
        (np.array([[1, 2], [3, 4]], dtype="i2"), "x.sort(); x[:, 0] = 9"),
        (np.array(["a", None], dtype=object), "x[1] = 2"),
        (pd.Series([1, 2], name="s"), "x[0] = 7; x.name = 'other'"),
        ([orders()], "x[0]['id'] = 0"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_a_failing_step_did_inside_objects_is_undone(value: object, code: str):
    expected = copy.deepcopy(value)
    names: dict[str, object] = {"x": value, "alias": value}
    assert run(code, names, undo=True) == NamespaceDiff(mutated=("alias", "x"))
    assert names["x"] is value
    assert repr(value) == repr(expected)
    assert type(value) is type(expected)


def test_attributes_of_the_notebooks_own_classes_are_put_back():
    names: dict[str, object] = {"__name__": "__main__"}
    exec("class Cart:\n    def __init__(self): self.items = []\ncart = Cart()", names)
    assert run("cart.items.append(1); cart.total = 3", names, undo=True).mutated == ("cart",)
    assert vars(names["cart"]) == {"items": []}


def test_an_object_that_cannot_be_compared_counts_as_mutated_where_it_is_stored_into():
    large = np.zeros(5_000_000)
    names: dict[str, object] = {"big": large}
    assert run("big[3] = 1", names).mutated == ("big",)
    assert run("big.mean()", names).mutated == ()


def test_names_inside_magics_and_strings_count_as_mentioned():
    names = {"df": 1, "n": 2, "other": 3}
    assert mentioned_names("get_ipython().run_cell_magic('time', '', 'df[\"n\"] = 1')", names) == {"df", "n"}


def test_restoring_gives_back_rebound_and_deleted_names():
    frame = orders()
    names: dict[str, object] = {"df": frame, "n": 1}
    undone = run("del df; n = 2; fresh = 3", names, undo=True)
    assert undone == NamespaceDiff(new=("fresh",), rebound=("n",), deleted=("df",))
    assert names == {"df": frame, "n": 1}


def test_a_snapshot_that_is_let_go_keeps_nothing_alive():
    names: dict[str, object] = {"df": orders()}
    gone = weakref.ref(names["df"])
    before = snapshot(names, frozenset({"df"}))
    del names["df"]
    assert gone() is not None
    del before
    assert gone() is None


def test_five_thousand_names_and_a_large_frame_take_a_few_milliseconds():
    names: dict[str, object] = {f"v{number}": [number] for number in range(5_000)}
    names["df"] = pd.DataFrame({f"c{number}": np.zeros(500_000) for number in range(10)})
    fastest = min(_seconds(names) for _ in range(5))
    assert fastest < 0.02


def _seconds(names: dict[str, object]) -> float:
    started = time.perf_counter()
    diff(snapshot(names, frozenset({"df"})), names)
    return time.perf_counter() - started


STATEMENTS = [
    "a.append(len(a))",
    "a = [0]",
    "b['k'] = a",
    "b.clear()",
    "b = {**b, 1: 2}",
    "del a[:1]",
    "df['n'] = len(df)",
    "df.loc[:, 'id'] = 0",
    "df.drop(index=df.index[:1], inplace=True)",
    "df = df[df['id'] > 1]",
    "new = (a, b, df)",
    "a, b = a[:], dict(b)",
    "s = set(); s.add(1)",
    "df.index.name = 'row'",
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(STATEMENTS), max_size=6))
def test_whatever_a_step_does_can_be_undone(statements: list[str]):
    names: dict[str, object] = {"a": [1, 2], "b": {"x": [3]}, "df": orders()}
    expected, identities = copy.deepcopy(names), {name: id(value) for name, value in names.items()}
    undone = run("\n".join(statements), names, undo=True)
    assert {name: id(value) for name, value in names.items()} == identities
    assert (names["a"], names["b"]) == (expected["a"], expected["b"])
    pd.testing.assert_frame_equal(names["df"], expected["df"])  # type: ignore[arg-type]
    assert bool(undone) or not any("=" in statement for statement in statements)


@pytest.mark.parametrize(
    ("wanted", "given_name"),
    [
        ("x", "x_3"),
        ("class", "class_2"),
        ("print", "print_2"),
        ("2nd total", "n2nd_total"),
        ("", "result"),
        ("é", "é"),
    ],
)
def test_a_free_name_is_a_valid_one_that_nothing_uses(wanted: str, given_name: str):
    assert free_name(wanted, {"x": 1, "x_2": 2}) == given_name


@given(st.text(max_size=20), st.lists(st.text(max_size=5), max_size=5))
def test_any_wish_gives_a_free_identifier(wanted: str, taken: list[str]):
    name = free_name(wanted, dict.fromkeys(taken))
    assert name.isidentifier()
    assert name not in taken


def test_the_persons_variables_are_described_in_a_line_each():
    names: dict[str, object] = {"__name__": "__main__", "pd": pd, "df": orders(), "n": 3, "text": "a" * 100}
    exec("def mine(): pass", names)
    names |= {"theirs": pd.read_csv, "items": [1, 2], "a": np.zeros((2, 3)), "_hidden": 1}
    assert describe_names(names) == [
        Variable("a", "ndarray", "shape (2, 3), float64", 48),
        Variable(
            "df", "DataFrame", "3 rows, 3 columns: id, paid, city", describe_names(names)[1].memory_bytes
        ),
        Variable("items", "list", "2 items"),
        Variable("mine", "function", ""),
        Variable("n", "int", "3"),
        Variable("text", "str", repr("a" * 60) + " and 40 more"),
    ]


def test_describing_runs_no_code_of_the_values():
    class Trap:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

        def __len__(self) -> int:
            raise AssertionError

        __repr__ = __len__  # type: ignore[assignment]

    assert describe_names({"t": Trap()}) == [Variable("t", "Trap", "")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("API_KEY", "sk-123"), ("password", b"hush"), ("url", "postgresql://ann:hush@host/db")],
)
def test_what_may_be_a_secret_is_not_told(name, value):
    [variable] = describe_names({name: value})
    assert variable.summary == f"{len(value)} characters, not shown"
