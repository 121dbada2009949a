"""A run on today's data: same, drifted, broken or left out, and nothing of the person's is touched."""

import random
import threading
import time

import duckdb
import pandas as pd
import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import Config
from rasgo_nb.errors import Stopped, UnknownName
from rasgo_nb.interrupt import interrupt_main_thread, run_sync
from rasgo_nb.policy import Policy
from rasgo_nb.replay.found import record_of
from rasgo_nb.replay.outcome import Change
from rasgo_nb.replay.replay import replay
from rasgo_nb.session import Session

TOTALS = "SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1"
DONE = say("", call("final_answer", text="Done."))


@pytest.fixture
def run(ask):
    """Ask a scripted model that makes these calls, one a step."""

    def run(*calls, answer="Done."):
        return ask(
            ScriptedModel(*(say("", one) for one in calls), say("", call("final_answer", text=answer)))
        )

    return run


@pytest.fixture
def again(shop):
    """Replay the last run."""

    def again(**options):
        return run_sync(replay(shop, record_of(shop), **options))

    return again


@pytest.fixture
def change(shop, tmp_path):
    """Change the shop's data."""

    def change(*statements):
        shop.connections.disconnect()
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
            for statement in statements:
                database.execute(statement)
        shop.connect(tmp_path / "shop.duckdb")

    return change


def statuses(replayed):
    return [(step.step, step.status) for step in replayed.steps]


def test_a_run_is_the_same_twice(run, again):
    run(call("run_sql", sql=TOTALS, save_as="totals"), call("run_python", code="top = totals.total.max()"))
    first, second = again(), again()
    assert statuses(first) == statuses(second) == [(1, "same"), (2, "same")]
    assert first.status == "same"


def test_other_data_is_told_side_by_side(run, again, change):
    run(
        call("run_sql", sql=TOTALS, save_as="totals"),
        call("run_python", code="top = float(totals.total.max())"),
    )
    change("UPDATE orders SET amount = 100 WHERE id = 1")
    sums, top = again().steps
    assert Change("total where customer_id=1", "30.5", "120.0") in sums.changes
    assert Change("sum of total", "42.75", "132.25") in sums.changes
    assert (top.status, top.since, top.changes) == ("drifted", (1,), (Change("top", "30.5", "120.0"),))
    assert top.said == "since step 1 did, top: 30.5 → 120.0"


def test_what_the_trace_kept_is_enough(run, change, shop, shell):
    kept, _ = run(call("run_sql", sql=TOTALS, save_as="totals"), call("run_python", code="top = len(totals)"))
    change("INSERT INTO orders VALUES (9, 3, 1, NULL)")
    other = Session(shell, config=Config())
    other.connections.adopt(shop.connection())
    replayed = run_sync(replay(other, record_of(other, kept.id[:6])))
    assert statuses(replayed) == [(1, "drifted"), (2, "drifted")]
    assert Change("rows", "2", "3") in replayed.steps[0].changes


def test_a_column_that_is_gone_breaks_the_step_and_those_that_need_it(run, again, change):
    run(call("run_sql", sql=TOTALS, save_as="totals"), call("run_python", code="top = totals.total.max()"))
    change("ALTER TABLE orders RENAME amount TO amount_eur")
    first, second = again().steps
    assert first.status == "broken"
    assert "amount_eur" in first.said
    assert "\n" not in first.said
    assert (second.status, second.said) == ("broken", "reads `totals` of step 1, which is broken")


def test_what_a_person_would_be_asked_about_is_left_out(run, again, shop, tmp_path):
    path = tmp_path / "out.txt"
    shop.config = Config(policy=Policy({"write_file": "allow"}))
    run(
        call("run_python", code=f"import pathlib\nkept = pathlib.Path({str(path)!r}).write_text('x')"),
        call("run_python", code="n = kept"),
    )
    shop.config = Config()
    path.unlink()
    first, second = again().steps
    assert first.status == second.status == "left out"
    assert first.said.startswith("writes the file")
    assert second.said == "reads `kept` of step 1, which was left out"
    assert not path.exists()
    assert statuses(again(yes=True)) == [(1, "same"), (2, "same")]


def test_a_database_is_never_changed(shop, run, again, tmp_path):
    shop.connections.disconnect()
    shop.connect(tmp_path / "shop.duckdb", read_only=False)
    shop.config = Config(policy=Policy({"write_warehouse": "allow"}))
    run(call("run_sql", sql="DELETE FROM orders WHERE id = 1", save_as="gone"))
    assert statuses(again(yes=True)) == [(1, "left out")]


def test_nothing_of_the_person_is_touched(run, again, shell):
    shell.run_cell("import random\nlimit = 3\nbox = [1]\nframe = __import__('pandas').DataFrame({'a': [1]})")
    shell.run_cell("def grow():\n    global limit\n    limit += 1\n    box.append(limit)\n    return limit")
    code = "import pandas as pd\ngrown = grow()\nframe['b'] = grown\nrandom.seed(1)\nshare = random.random()"
    run(call("run_python", code=f"{code}\npd.set_option('display.max_rows', 7)\nbox.append(0)"))
    shell.run_cell("limit, box, frame = 3, [1], frame[['a']]")
    names, outputs = dict(shell.user_ns), dict(shell.user_ns["Out"])
    random.seed(5)
    pd.set_option("display.max_rows", 60)
    state, rows = random.getstate(), pd.get_option("display.max_rows")
    replayed = again()
    assert replayed.steps[0].status == "same"
    assert set(replayed.taken) == {"box", "frame", "grow", "limit"}
    assert all(shell.user_ns[name] is value for name, value in names.items())
    assert (shell.user_ns["limit"], shell.user_ns["box"]) == (3, [1])
    assert list(shell.user_ns["frame"].columns) == ["a"]
    assert (random.getstate(), pd.get_option("display.max_rows")) == (state, rows)
    assert shell.user_ns["Out"] == outputs


def test_a_name_that_is_not_there_is_one_clear_line(run, again, shell):
    shell.user_ns["rates"] = {"EUR": 2}
    run(call("run_python", code="doubled = rates['EUR'] * 2"))
    del shell.user_ns["rates"]
    (step,) = again().steps
    assert step.status == "broken"
    assert step.said == "`rates` is not in this notebook. Run the cell that makes it, and again."


def test_what_has_no_copy_is_left_out(run, again, shell):
    shell.user_ns["lines"] = (line for line in "ab")
    run(call("run_python", code="kind = type(lines).__name__"))
    assert again().steps[0].said == "reads `lines`, which cannot be copied"


def test_chosen_steps_bring_those_that_they_need(run, again):
    first = call("run_sql", sql="SELECT 1 AS one", save_as="one")
    second = call("run_sql", sql=TOTALS, save_as="totals")
    run(first, second, call("run_python", code="top = totals.total.max()"))
    assert [step for step, _ in statuses(again(steps=[3]))] == [2, 3]
    with pytest.raises(UnknownName, match=r"no step 7 .*--steps 1"):
        again(steps=[7])


def test_another_connection_can_stand_for_the_runs(run, again, tmp_path, shop):
    run(call("run_sql", sql=TOTALS, save_as="totals"))
    with duckdb.connect(str(tmp_path / "other.duckdb")) as database:
        database.execute("CREATE TABLE orders AS SELECT 1 AS customer_id, 2.0 AS amount")
    replayed = again(connections={"shop": str(tmp_path / "other.duckdb")})
    assert statuses(replayed) == [(1, "drifted")]
    assert list(shop.connections) == ["shop"]
    assert shop.current == "shop"
    with pytest.raises(UnknownName, match=r"--connection shop=NAME"):
        again(connections={"shop": "nowhere_at_all", "shopp": "x"})


def test_a_figure_is_compared_by_what_it_draws(run, again, change):
    run(
        call("run_sql", sql=f"{TOTALS} ORDER BY 1", save_as="totals"),
        call("show_chart", dataframe="totals", x="customer_id", y="total"),
    )
    assert statuses(again()) == [(1, "same"), (2, "same")]
    change("UPDATE orders SET amount = 8 WHERE id = 4")
    chart = again().steps[1]
    assert chart.status == "drifted"
    assert any(change.what.startswith("y of the figure, point 2") for change in chart.changes)


def test_numbers_in_printed_text_stand_side_by_side(run, again, change):
    run(
        call("run_sql", sql="SELECT count(*) AS n FROM orders", save_as="counted"),
        call("run_python", code="print(f'There are {counted.n[0]} orders')"),
    )
    change("DELETE FROM orders WHERE id = 4")
    assert again().steps[1].changes == (Change("printed There are", "4", "3"),)


def test_how_long_code_took_is_no_drift(run, again):
    run(call("run_python", code="%time made = sum(range(300_000))\nprint('made', made)"))
    assert [statuses(again()) for _ in range(3)] == [[(1, "same")]] * 3


def test_the_answers_numbers_are_told_then_and_now(run, again, change, shop):
    run(call("run_sql", sql=TOTALS, save_as="totals"), answer="Customer 1 bought for 30.5 euro.")
    change("UPDATE orders SET amount = 10.75 WHERE id = 1")
    said = run_command(shop, "replay")
    assert "The answer said 30.5, today it is 30.8" in said


def test_a_number_that_a_variable_held_is_told_then_and_now(run, change, shop):
    run(
        call("run_sql", sql=f"{TOTALS} ORDER BY 1", save_as="totals"),
        call("run_python", code="share = float(totals.total[0] / totals.total.sum())"),
        answer="The share is 71.3 %.",
    )
    change("UPDATE orders SET amount = 12.25 WHERE id = 3", "UPDATE orders SET amount = 12.25 WHERE id = 4")
    assert "The answer said 71.3 %, today it is 55.5 % (share in step 2" in run_command(shop, "replay")


def test_a_step_that_hangs_ends_at_its_limit(run, again, shop, shell):
    shell.user_ns["is_over"] = True
    run(call("run_python", code="while not is_over:\n    pass\ndone = 1"))
    shell.user_ns["is_over"] = False
    (step,) = again(timeout_s=0.5).steps
    assert step.status == "broken"
    assert step.said == "did not end within 0.5 s. Give it more with `--timeout SECONDS`."
    assert len(shop.connection().run_query("SELECT 1").frame) == 1


def test_a_stop_leaves_the_connection_fine(run, again, shop, change, shell):
    sql = "SELECT sum(a.id * b.id * c.id) AS n FROM orders a, orders b, orders c, orders d, orders e"
    run(call("run_sql", sql=sql, save_as="crossed"))
    change("INSERT INTO orders SELECT i, 1, 1, NULL FROM range(10, 2000) t (i)")
    names = dict(shell.user_ns)
    threading.Timer(0.8, interrupt_main_thread).start()
    began = time.monotonic()
    with pytest.raises(Stopped, match="Nothing of yours was changed"):
        again()
    assert time.monotonic() - began < 30
    assert shop.connection().run_query("SELECT count(*) AS n FROM customers").frame.n[0] == 3
    assert shell.user_ns.keys() == names.keys()


@pytest.mark.parametrize("privacy", ["schema", "stats"])
def test_of_private_data_shapes_are_compared(run, change, shop, shell, privacy):
    shop.set_typed("shop", privacy=privacy)
    run(
        call("run_sql", sql="SELECT id, amount FROM orders", save_as="amounts"),
        call("run_python", code="top = float(amounts.amount.max())"),
    )
    other = Session(shell, config=Config())
    other.connections.adopt(shop.connection())
    replayed = run_sync(replay(other, record_of(other)))
    assert statuses(replayed) == [(1, "same"), (2, "same")]
    assert "private" in replayed.steps[0].said
    assert "not kept" in replayed.steps[1].said


def test_a_query_that_hangs_ends_at_its_limit(run, again, shop, change):
    sql = "SELECT sum(a.id * b.id * c.id) AS n FROM orders a, orders b, orders c, orders d, orders e"
    run(call("run_sql", sql=sql, save_as="crossed"), call("run_python", code="n = int(crossed.n[0])"))
    change("INSERT INTO orders SELECT i, 1, 1, NULL FROM range(10, 2000) t (i)")
    first, second = again(timeout_s=1).steps
    assert first.said.startswith("did not end within 1 s")
    assert second.said == "reads `crossed` of step 1, which is broken"
    assert shop.connection().run_query("SELECT count(*) AS n FROM customers").frame.n[0] == 3


def test_a_stop_in_code_leaves_the_persons_namespace(run, again, shell):
    shell.user_ns["is_over"] = True
    run(call("run_python", code="while not is_over:\n    pass\ndone = 1"))
    shell.user_ns["is_over"] = False
    names, module = shell.user_ns, shell.user_module
    threading.Timer(0.5, interrupt_main_thread).start()
    with pytest.raises(Stopped):
        again()
    assert (shell.user_ns is names, shell.user_module is module) == (True, True)


def test_large_results_are_compared_by_what_the_trace_kept(run, shop, shell, change):
    run(
        call(
            "run_sql",
            sql="SELECT i, i * 0.5 AS half, i::VARCHAR AS name FROM range(5000) t (i)",
            save_as="many",
        )
    )
    other = Session(shell, config=Config())
    other.connections.adopt(shop.connection())
    replayed = run_sync(replay(other, record_of(other)))
    assert [(step.status, step.said) for step in replayed.steps] == [("same", "5,000 rows")]


def test_two_calls_of_a_step_keep_their_names(ask, again):
    both = say("", call("run_sql", sql="SELECT 1 AS a"), call("run_sql", sql="SELECT 2 AS a"))
    ask(ScriptedModel(both, say("", call("run_python", code="n = result.a[0] + result_2.a[0]")), DONE))
    assert statuses(again()) == [(1, "same"), (1, "same"), (2, "same")]
