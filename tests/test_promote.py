"""Steps become cells that need no model and give the same values."""

import ast
import asyncio
import json
from dataclasses import replace
from hashlib import sha256

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.agent.events import ApprovalRequested
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.desk import Approved, Desk
from rasgo_nb.errors import QueryError, QueryRefused, UnknownName
from rasgo_nb.front import current_session
from rasgo_nb.interrupt import run_sync
from rasgo_nb.promote import cells_of, joined
from rasgo_nb.promoted_text import heading, sql_text

BY_NAME = (
    "SELECT c.name, sum(o.amount) AS paid FROM orders o JOIN customers c ON c.id = o.customer_id "
    "GROUP BY ALL ORDER BY ALL"
)


PLOT = """
import matplotlib
matplotlib.use('agg')
from matplotlib import pyplot as plt
f, axes = plt.subplots()
axes.plot([1, 2])
plt.close(f)
"""


@pytest.fixture
def logged(shop):
    """Ask the shop and keep the log: ``log = logged(line, ...)``."""

    def logged(*lines, question="Who pays most?", **options):
        log = RunLog()
        model = ScriptedModel(*lines, say("Done."))
        run_sync(shop.ask(question, model=model, view=log.add, **options))
        return log

    return logged


@pytest.fixture
def promoted(logged, shop):
    """The cells of a run of these lines."""
    return lambda *lines, steps=(), **options: cells_of(
        logged(*lines, **options), steps, sources=shop.connections.sources
    )


@pytest.fixture
def fresh(shell, shop):
    """Run cells as in a kernel of its own, where nothing is known of the run; its names."""

    def fresh(cells):
        shop.close()
        shell.reset()
        for cell in cells:
            if cell["cell_type"] == "code":
                shell.run_cell(cell["source"]).raise_error()
        current_session().close()
        del shell.rasgo_nb_session
        return shell.user_ns

    yield fresh
    if hasattr(shell, "rasgo_nb_session"):
        shell.rasgo_nb_session.close()


def query(sql=BY_NAME, save_as="by_name"):
    return call("run_sql", sql=sql, save_as=save_as)


def python(code):
    return call("run_python", code=code)


def sources_of(cells):
    return [cell["source"] for cell in cells]


def test_a_query_becomes_a_call_under_a_heading(promoted, shop):
    cells = promoted(say("I add up the orders. Then more.", query()))
    path = shop.connections.sources["shop"]
    assert [cell["cell_type"] for cell in cells] == ["code", "markdown", "code"]
    assert sources_of(cells)[0].splitlines()[1:] == [
        "import rasgo_nb",
        "",
        f'rasgo_nb.connect("{path}", name="shop")',
    ]
    assert sources_of(cells)[1] == "### I add up the orders"
    assert sources_of(cells)[2].splitlines()[1:4] == [
        'by_name = rasgo_nb.sql("""',
        "SELECT c.name, sum(o.amount) AS paid",
        "FROM orders o",
    ]
    assert sources_of(cells)[2].endswith('\n""", connection="shop")')


def test_each_cell_tells_where_it_comes_from(logged, shop):
    log = logged(say("", query()), question="Who pays\nmost?")
    cell = cells_of(log, sources=shop.connections.sources)[-1]
    lineage = cell["metadata"]["rasgo_nb"]
    assert cell["source"].startswith(f"# Who pays most? (run {log.started.run_id}, step 1)\n")
    assert len(lineage.pop("made")) == 10
    assert lineage == {
        "run": log.started.run_id,
        "step": 1,
        "tool_call": log.steps[0].calls[0].tool_call.id,
        "question": "Who pays most?",
        "model": "scripted",
        "connection": "shop",
        "sha256": sha256(BY_NAME.encode()).hexdigest(),
    }


def test_the_cells_of_every_tool_give_the_same_values_in_a_fresh_kernel(logged, shop, shell, fresh):
    log = logged(
        say("Look.", call("search_tables", words="orders"), call("get_table_detail", tables=["orders"])),
        say("Pay.", query(), query("SELECT count(*) AS n FROM orders", "counted")),
        say("More.", query("SELECT name, paid * 2 AS twice FROM by_name", "doubled")),
        say(
            "",
            python(
                "import numpy as np\ndoubled['log'] = np.log(doubled['twice'])\ntotal = doubled.twice.sum()"
            ),
        ),
        say("Draw.", call("show_chart", dataframe="doubled", x="name", y="twice", title="Twice")),
    )
    names = ("by_name", "counted", "doubled", "total", "figure")
    before = {name: shell.user_ns[name] for name in names}
    after = fresh(cells_of(log, sources=shop.connections.sources))
    for name in names[:3]:
        pd.testing.assert_frame_equal(after[name], before[name])
    assert after["total"] == before["total"]
    assert after["figure"].to_json() == before["figure"].to_json()


def test_top_level_await_and_magics_run_as_they_did(promoted, fresh):
    cells = promoted(
        say("", python("import asyncio\nwaited = await asyncio.sleep(0, 'yes')")),
        say("", python("%%time\ntimed = 1 + 1")),
        say("", python("%time quick = 3")),
        say("", python("    indented = 5\n    both = indented + 1")),
    )
    names = fresh(cells)
    assert (names["waited"], names["timed"], names["quick"], names["both"]) == ("yes", 2, 3, 6)


def test_figures_of_matplotlib_are_drawn_again(promoted, fresh):
    pytest.importorskip("matplotlib")
    assert len(fresh(promoted(say("", python(PLOT))))["axes"].lines) == 1


def test_the_sample_runs_too(session, shell, shop, fresh):
    session.connect("sample")
    log = RunLog()
    table = session.connection().list_tables()[0]
    model = ScriptedModel(say("", query(f"SELECT count(*) AS n FROM {table}", "n")), say("Done."))
    run_sync(session.ask("How many?", model=model, view=log.add))
    before = shell.user_ns["n"]
    cells = cells_of(log, sources=session.connections.sources)
    assert 'rasgo_nb.connect("sample")' in cells[0]["source"]
    pd.testing.assert_frame_equal(fresh(cells)["n"], before)


def test_what_failed_or_only_looked_is_left_out(promoted):
    assert (
        promoted(
            say("", call("search_tables", words="orders")),
            say("", query("SELECT nothing FROM orders")),
            say("", python("1 / 0")),
            say("", call("show_chart", dataframe="none", x="a")),
        )
        == []
    )


def test_a_step_that_reads_an_earlier_one_brings_it_along(logged, shop, fresh):
    log = logged(
        say("", query(), query("SELECT 1 AS one", "unneeded")),
        say("", python("by_name['rank'] = by_name['paid'].rank()")),
        say("", python("other = 1")),
        say("", query("SELECT max(rank) AS r FROM by_name", "top")),
    )
    cells = cells_of(log, [4], sources=shop.connections.sources)
    steps = [cell["metadata"]["rasgo_nb"].get("step") for cell in cells if cell["cell_type"] == "code"]
    assert steps == [None, 1, 2, 4]
    assert "# Here because step 2 needs by_name." in cells[2]["source"]
    assert fresh(cells)["top"]["r"].tolist() == [2.0]


def test_the_last_of_two_steps_that_bind_a_name_is_the_one_that_is_needed(logged, shop):
    log = logged(
        say("", query("SELECT 1 AS n", "counted")),
        say("", query("SELECT 2 AS n", "counted")),
        say("", python("seen = counted['n'].tolist()")),
    )
    cells = cells_of(log, [3], sources=shop.connections.sources)
    steps = [cell["metadata"]["rasgo_nb"].get("step") for cell in cells if cell["cell_type"] == "code"]
    assert steps == [None, 2, 3]


def test_a_name_that_the_person_had_is_not_taken(logged, shop, shell, fresh):
    shell.user_ns["by_name"] = "mine"
    log = logged(say("", query()), say("", python("n = len(by_name_2)")))
    cells = cells_of(log, sources=shop.connections.sources)
    assert fresh(cells)["n"] == 2


def test_a_variable_of_the_person_is_put_back_where_a_later_step_reads_it(logged, shop, shell, fresh):
    shell.user_ns["df"] = pd.DataFrame({"x": [1, 2, 3]})
    log = logged(say("", python("df = df.head(1)\nfirst = len(df)")), say("", python("all_of_it = len(df)")))
    cells = cells_of(log, sources=shop.connections.sources)
    assert (shell.user_ns["first"], shell.user_ns["all_of_it"]) == (1, 3)
    opened = {"cell_type": "code", "source": "import pandas\ndf = pandas.DataFrame({'x': [1, 2, 3]})"}
    names = fresh([opened, *cells])
    assert (names["first"], names["all_of_it"]) == (1, 3)


def test_a_call_whose_work_was_all_put_back_is_left_out(logged, shop, shell):
    shell.user_ns["df"] = 1
    assert cells_of(logged(say("", python("df = 2"))), sources=shop.connections.sources) == []


def test_no_secret_of_a_source_is_written(logged):
    log = logged(say("", query()))
    for source in ("postgres://ann:pa55@db/x", "md:x?motherduck_token=pa55", ""):
        first = cells_of(log, sources={"shop": source})[0]["source"]
        assert "pa55" not in first
        assert first.endswith('rasgo_nb.connect(..., name="shop")')


def test_a_writable_connection_is_opened_as_one(logged, shop):
    cells = cells_of(logged(say("", query())), sources=shop.connections.sources, writable={"shop"})
    assert cells[0]["source"].endswith(', name="shop", read_only=False)')


def test_a_step_that_does_not_exist_is_told(logged, shop):
    with pytest.raises(UnknownName, match=r"no step 9\. The run has steps 1 to 2"):
        cells_of(logged(say("", query())), [9], sources={})


def test_code_that_the_person_edited_is_what_is_promoted(shop, shell):
    log, desk = RunLog(), Desk()
    desk.said_hello()

    def view(event):
        log.add(event)
        if isinstance(event, ApprovalRequested):
            click = (event.tool_call.id, Approved(code="kept = 'mine'"))
            asyncio.get_running_loop().call_later(0.01, desk.put, *click)

    model = ScriptedModel(say("", python("open('out.csv', 'w').close()")), say("Done."))
    run_sync(shop.ask("Write it.", model=model, view=view, desk=desk))
    source = cells_of(log, sources={})[-1]["source"]
    assert source.splitlines()[1:] == ["kept = 'mine'"]
    assert shell.user_ns["kept"] == "mine"


def test_sql_that_another_model_wrote_is_promoted_as_sql(logged, shop):
    log = logged(say("", query()))
    done = log.steps[0].calls[0]
    written = {"question": "how many?", "tables": ["orders"], "save_as": "by_name"}
    done.tool_call = replace(done.tool_call, name="write_sql", arguments=written)
    done.result = replace(done.result, page={"sql": "SELECT 1 AS n", **done.result.page})
    cells = cells_of(log, sources=shop.connections.sources)
    assert 'by_name = rasgo_nb.sql("""\nSELECT 1 AS n\n"""' in cells[-1]["source"]


def test_headings_are_plain_text(promoted):
    said = "**Now** <script>alert(1)</script> `x` [$z](http://example.org) www.x.org"
    cells = promoted(say(said, query()))
    assert cells[1]["source"] == (
        "### Now \\<script\\>alert(1)\\</script\\> x \\[\\$z\\](http\\://example.org) www\\.x.org"
    )


def test_a_step_that_said_nothing_is_headed_by_what_it_made(promoted):
    cells = promoted(say("", query()))
    assert cells[1]["source"] == "### by name"


def test_a_question_cannot_leave_its_comment(promoted, fresh):
    cells = promoted(say("", query()), question='Who?\nimport os\r\u2028"""\nevil = 1\n%%ask more?')
    assert "evil" not in fresh(cells)


def test_cells_joined_to_one_run_as_one(logged, shop, shell, fresh):
    log = logged(
        say("Pay.", query()),
        say("", python("%%time\ntimed = len(by_name)")),
        say("Draw.", call("show_chart", dataframe="by_name", x="name", y="paid")),
        say("", python("last = timed + 1")),
    )
    text = joined(cells_of(log, sources=shop.connections.sources))
    assert "# Pay\n" in text
    assert "display(figure)" in text
    names = fresh([{"cell_type": "code", "source": text}])
    assert (names["timed"], names["last"]) == (2, 3)


def test_cells_survive_the_notebook_file(promoted):
    cells = promoted(say("\ud800", query("SELECT '\u2028\x00 \ud83c' AS x")), question="\udc00?")
    json.dumps(cells).encode("utf-8")


def test_sql_is_guarded_as_in_a_run(shop, shell):
    shell.rasgo_nb_session = shop
    import rasgo_nb

    with pytest.raises(QueryRefused):
        rasgo_nb.sql("DROP TABLE orders")


def test_sql_of_a_person_is_told_the_nearest_name(shop, shell):
    import rasgo_nb

    shell.rasgo_nb_session = shop
    with pytest.raises(QueryError, match="Did you mean amount for amuont"):
        rasgo_nb.sql("SELECT amuont FROM orders", connection="shop")


def test_sql_reads_live_frames_and_tables_go_first(shop, shell):
    import rasgo_nb

    shell.rasgo_nb_session = shop
    shell.user_ns["mine"] = pd.DataFrame({"n": [7]})
    shell.user_ns["orders"] = pd.DataFrame({"n": [99]})
    frame = rasgo_nb.sql("SELECT n, (SELECT count(*) FROM orders) AS orders FROM mine", connection="shop")
    assert frame.to_dict("list") == {"n": [7], "orders": [4]}


def test_sql_warns_of_a_cut(shop, shell):
    import rasgo_nb

    shell.rasgo_nb_session = shop
    shop.config = replace(shop.config, max_rows=2)
    with pytest.warns(UserWarning, match="Cut at the cap of 2 rows"):
        assert len(rasgo_nb.sql("SELECT * FROM orders")) == 2


PIECES = ["\\", '"', "'", "\n", "\r", "\t", "%", "!", "\x00", "\u2028", '"""', "%%ask", ">>> ", "?"]
HARD_TEXT = st.lists(st.one_of(st.characters(), st.sampled_from(PIECES))).map("".join)


@settings(max_examples=400, deadline=None)
@given(HARD_TEXT)
def test_any_sql_survives_in_its_literal(text):
    from IPython.core.inputtransformer2 import TransformerManager

    cell = f'# a question (run 1, step 1)\nx = rasgo_nb.sql({sql_text(text)}, connection="shop")'
    cell.encode("utf-8")
    tree = ast.parse(TransformerManager().transform_cell(cell))
    literal = tree.body[0].value.args[0].value
    assert literal.removeprefix("\n").removesuffix("\n") == text.strip()


@given(st.text())
def test_any_text_makes_a_heading_of_one_line(text):
    assert len(heading(text)) <= 80
    assert heading(text).isprintable()
