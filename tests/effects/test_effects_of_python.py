"""What Python would do, told from its text: a table of cells, most of them attempts to slip past."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rasgo_nb.effects import effects_of_python
from rasgo_nb.policy import RULES, Policy

CELLS = tomllib.loads((Path(__file__).parent / "cells.toml").read_text(encoding="utf-8"))
ALL_CELLS = [cell for cells in CELLS.values() for cell in cells]
# After a cell magic all that follows is its body, so nothing can be added to such a cell.
JOINABLE = [cell for cell in ALL_CELLS if not cell.startswith("%%")]

NOTEBOOK = """
import functools, json, os
from functools import partial
from pathlib import Path
from shutil import rmtree as zap
import duckdb
import numpy as np
import pandas as pd

df = pd.DataFrame({"a": [1]})
x = 1
url, urls = "https://a/b", ["https://x/y.csv"]
log = open(os.devnull, "w")
mm = log.write
con = duckdb.connect()
rm, fs, p = os.remove, [os.remove], partial(os.remove, "x")

def clean(d): return d.dropna()
def sneaky(d): os.remove("x")
def outer(d): return sneaky(d)
def rec(n): return rec(n - 1) if n else os.remove("x")
lam = lambda x: os.remove(x)
objs = {"f": sneaky}

def rebinder():
    global df
    df = 3

def deco(f):
    @functools.wraps(f)
    def inner(*a): return f(*a)
    return inner

@deco
def wrapped(x): os.remove(x)

@functools.lru_cache
def cached(x): os.remove(x)

def maker():
    path = Path("x")
    def inner(): path.unlink()
    return inner

def maker2(f):
    def inner(): return f("x")
    return inner

closure, closure2 = maker(), maker2(os.remove)

class Model:
    def predict(self, x): return x
    def save(self): open("m", "w")

class Sub(dict):
    def __call__(self): os.remove("x")

class Prop:
    @property
    def gone(self): os.remove("x")
    @staticmethod
    def st(): os.remove("x")
    @classmethod
    def cl(cls): os.remove("x")

class Quiet:
    def __getattr__(self, name): raise RuntimeError(name)
    def __repr__(self): raise RuntimeError
    def __eq__(self, other): raise RuntimeError

model, sub, prop, quiet = Model(), Sub(), Prop(), Quiet()
"""


@pytest.fixture
def notebook(shell):
    """A function that reads a cell as if it were to run in this notebook."""
    assert shell.run_cell(NOTEBOOK).success
    yield lambda cell: effects_of_python(cell, shell.user_ns, transform=shell.transform_cell)
    shell.user_ns["log"].close()
    shell.user_ns["con"].close()


@pytest.mark.parametrize("kind", [kind for kind in CELLS if kind not in ("unknown", "compute")])
def test_a_cell_that_does_something_is_told_with_its_kind(notebook, kind):
    assert [cell for cell in CELLS[kind] if kind not in notebook(cell).kinds] == []


def test_what_cannot_be_judged_is_said(notebook):
    assert [cell for cell in CELLS["unknown"] if not notebook(cell).unknown] == []


def test_analysis_comes_out_as_compute_without_asking(notebook):
    told = {cell: notebook(cell) for cell in CELLS["compute"]}
    assert [(cell, effects) for cell, effects in told.items() if Policy().judge(effects) != "allow"] == []


@pytest.mark.parametrize(
    ("cell", "sentences"),
    [
        ("df = 1", ["rebinds `df`"]),
        ("del df", ["deletes `df`"]),
        ("df.to_csv('out.csv')", ["writes the file 'out.csv'"]),
        ("open('out.txt', 'w')", ["writes the file 'out.txt'"]),
        ("(Path('a') / 'b.csv').unlink()", ["writes the file 'a/b.csv'"]),
        ("import requests\nrequests.get('https://x')", ["reaches the network (requests.get)"]),
        ("pd.read_csv('https://x/y.csv')", ["reaches the network (https://x/y.csv)"]),
        ("pd.read_csv('y.csv')", ["reads the file 'y.csv'"]),
        ("%pip install x", ["installs packages (`%pip`)"]),
        ("!rm -rf out", ["runs another program (`!rm`)", "writes files (`rm`)"]),
        ("con.execute('DELETE FROM orders')", ["writes to the warehouse (DELETE FROM orders)"]),
        ("exec('1')", ["cannot be judged: calls `exec`"]),
        ("import foo", ["cannot be judged: imports `foo`, which is not known"]),
    ],
)
def test_each_effect_has_its_sentence(notebook, cell, sentences):
    assert list(notebook(cell).sentences) == sentences


def test_the_gravest_is_told_first(notebook):
    effects = notebook("df = 1\ndf.to_csv('x')\nexec('1')\ncon.execute('DROP TABLE t')")
    assert [sentence.split()[0] for sentence in effects.sentences] == [
        "writes",
        "cannot",
        "writes",
        "rebinds",
    ]


def test_names_of_functions_classes_and_comprehensions_are_their_own(notebook):
    effects = notebook("def f(df):\n    x = df\n    return x\nclass A:\n    df = 1\n[df for df in (1, 2)]")
    assert effects.rebound == ()


def test_a_global_statement_counts_where_its_function_is_used(notebook):
    unused = "def f():\n    global df\n    df = 1"
    assert (notebook(unused).rebound, notebook(f"{unused}\nf()").rebound) == ((), ("df",))


def test_importing_what_a_name_holds_already_is_no_rebinding(notebook):
    assert notebook("import numpy as np\nfrom pathlib import Path\nimport os, json").rebound == ()
    assert notebook("import numpy as pd").rebound == ("pd",)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("", "compute"),
        ("':memory:'", "compute"),
        ("'x.db'", "write_warehouse"),
        ("str(path)", "write_warehouse"),
        ("*args", "write_warehouse"),
        ("**options", "write_warehouse"),
    ],
)
@pytest.mark.parametrize("library", ["duckdb", "sqlite3"])
def test_only_a_database_in_memory_is_a_value_like_others(library, place, kind):
    cell = f"import {library} as d\nwith d.connect({place}) as c:\n    c.execute('CREATE TABLE t (a INT)')"
    assert (kind == "write_warehouse") == ("write_warehouse" in effects_of_python(cell, {}).kinds)


def test_names_that_the_caller_may_rebind_are_not_told(shell):
    effects = effects_of_python("df = x = 1", {"df": 1, "x": 2}, may_rebind=lambda name, _value: name == "x")
    assert (effects.rebound, effects.sentences) == (("df",), ("rebinds `df`",))


def test_source_that_does_not_parse_has_no_effect():
    for source in ("df = = 1", "!rm x", "\x00", "return 1 ("):
        assert effects_of_python(source, {"df": 1}).kinds == {"compute"}


def test_nothing_of_the_persons_own_runs():
    class Meta(type):
        __module__ = __name__ = property(lambda cls: cls.fail())

        def __getattribute__(cls, name):
            raise AssertionError(name)

    class Trap(metaclass=Meta):
        def __getattribute__(self, name):
            raise AssertionError(name)

    names = {"trap": object.__new__(Trap), "Trap": Trap}
    assert "compute" in effects_of_python("trap.x(trap[0] + 1)\nTrap.y()\ntrap(1)\nTrap(2)", names).kinds


def test_a_function_without_source_cannot_be_judged():
    names = {}
    exec(compile("def hidden(): pass", "<gone>", "exec"), names)
    assert effects_of_python("hidden()", names).unknown == ("calls `hidden`, whose source is not at hand",)


def test_a_star_import_binds_names_that_were_there():
    effects = effects_of_python("from math import *", {"pi": 3, "df": 1})
    assert (effects.rebound, effects.unknown) == (("pi",), ())


def test_an_expression_that_is_nested_too_deeply_cannot_be_judged():
    assert Policy().judge(effects_of_python(f"{'-' * 3_000}1", {})) != "deny"
    assert Policy().judge(effects_of_python(f"x = {'f(' * 80}1{')' * 80}", {})) == "allow"


@given(
    st.text()
    | st.lists(st.sampled_from([*ALL_CELLS, "(", "\n", " ", "\\", '"""', "é", "%%", "!"])).map("".join)
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_text_makes_it_raise(text):
    assert "compute" in effects_of_python(text, {"df": 1, "os": tomllib}).kinds


@given(st.sampled_from(JOINABLE), st.sampled_from(JOINABLE))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=150,
)
def test_a_further_statement_never_lessens_the_effects(notebook, first, second):
    both = RULES.index(Policy().judge(notebook(f"{first}\n{second}")))
    assert both >= max(RULES.index(Policy().judge(notebook(cell))) for cell in (first, second))
