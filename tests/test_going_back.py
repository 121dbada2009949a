"""Undo a run's steps, or go on from one of them with other code."""

import pandas as pd
import pytest

from rasgo_nb.afterwards import edit, promote, undo
from rasgo_nb.agent.events import Answered, StepStarted
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync


def sql(text, save_as="result"):
    return call("run_sql", sql=text, save_as=save_as)


def python(code):
    return call("run_python", code=code)


@pytest.fixture
def go_on_from(shop):
    """Go on from a step: ``run, model, log = go_on_from(step, code, line, ...)``."""

    def go_on_from(step, code, *lines, **options):
        model, log = ScriptedModel(*lines, say("Other.")), RunLog()
        run = run_sync(shop.go_on_from(code, step=step, model=model, view=log.add, **options))
        return run, model, log

    return go_on_from


def three_steps():
    return ScriptedModel(
        say("Count.", sql("SELECT count(*) AS n FROM orders", "counted")),
        say("Double.", python("doubled = counted['n'] * 2\nitems.append(1)")),
        say("More.", python("more = doubled + 1")),
        say("Nine."),
    )


def test_the_last_step_is_undone_then_the_one_before(ask, shop, shell):
    shell.user_ns["items"] = items = []
    ask(three_steps())
    assert undo(shop) == "Step 3 undone; gone again: more."
    assert undo(shop) == "Step 2 undone; put back: items; gone again: doubled."
    assert (items, shell.user_ns["items"]) == ([], items)
    assert undo(shop) == "Step 1 undone; gone again: counted."
    with pytest.raises(RasgoError, match="nothing to undo"):
        undo(shop)


def test_steps_are_undone_from_one_on(ask, shop, shell):
    shell.user_ns["items"] = []
    ask(three_steps())
    assert run_command(shop, "undo 2") == "Steps 2, 3 undone; put back: items; gone again: doubled, more."
    assert "counted" in shell.user_ns


def test_the_model_is_told_once_of_what_was_undone(ask, shop, shell):
    ask(ScriptedModel(say("", sql("SELECT 1 AS n", "one")), say("Done.")))
    undo(shop)
    first, second = ScriptedModel(say("Yes.")), ScriptedModel(say("Yes."))
    ask(first, question="And now?")
    ask(second, question="And then?")
    assert first.seen[0][-1].text.startswith("And now?\n\nI have undone work of the run before: ")
    assert first.seen[0][-1].text.endswith("these variables are gone: one.")
    assert second.seen[0][-1].text == "And then?"


def test_undoing_says_what_it_cannot_undo(ask, shop, shell, tmp_path):
    shop.policy.always.add("write_file")
    path = str(tmp_path / "out.csv")
    ask(ScriptedModel(say("", python(f"made = 1\nopen({path!r}, 'w').close()")), say("Done.")))
    said = undo(shop)
    assert said.startswith("Step 1 undone; gone again: made; not undone: step 1 writes")
    assert "out.csv" in said


def test_undoing_leaves_what_the_person_changed(ask, shop, shell):
    ask(ScriptedModel(say("", sql("SELECT 1 AS n", "mine"), sql("SELECT 2 AS n", "other")), say("Done.")))
    shell.user_ns["mine"] = "my own"
    assert undo(shop) == "Step 1 undone; gone again: other; left as you changed it since: mine."


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("undo 9", "no step 9"),
        ("undo x", "is a number"),
        ("undo 1 2", "from one on"),
        ("promote 9", "no step 9"),
    ],
)
def test_what_cannot_be_undone_or_promoted_is_told_in_a_line(ask, shop, line, says):
    ask(ScriptedModel(say("", sql("SELECT 1 AS n")), say("Done.")))
    with pytest.raises(RasgoError, match=says):
        run_command(shop, line)


def test_without_a_run_there_is_nothing_to_undo_or_promote(shop):
    for line in ("undo", "promote"):
        with pytest.raises(UnknownName, match="no run yet"):
            run_command(shop, line)


def test_the_next_question_lets_go_of_the_steps_before(ask, shop):
    ask(ScriptedModel(say("", sql("SELECT 1 AS n")), say("Done.")))
    ask(ScriptedModel(say("Nothing to do.")))
    with pytest.raises(RasgoError, match="nothing to undo"):
        undo(shop)


def test_promoting_puts_code_into_the_next_cell(ask, shop, shell):
    ask(ScriptedModel(say("", sql("SELECT 1 AS n", "one")), say("Done.")))
    assert run_command(shop, "promote 1") == "The code is in the next cell."
    assert 'one = rasgo_nb.sql("""\nSELECT 1 AS n\n""", connection="shop")' in shell.rl_next_input


def test_a_run_that_only_looked_is_not_promoted(ask, shop):
    ask(ScriptedModel(say("", call("search_tables", words="orders")), say("Done.")))
    with pytest.raises(RasgoError, match="only looked"):
        promote(shop)


def test_going_on_from_a_step_runs_the_new_code_and_then_the_model(ask, shop, shell, go_on_from):
    shell.user_ns["items"] = items = []
    old, _ = ask(three_steps())
    run, model, log = go_on_from(2, "doubled = counted['n'] * 3")
    assert [step.number for step in run.steps] == [1, 2, 3]
    assert shell.user_ns["doubled"].tolist() == [12]
    assert ("more" in shell.user_ns, shell.user_ns["items"] is items, items) == (False, True, [])
    assert model.seen[0][-2].tool_calls[0].arguments == {"code": "doubled = counted['n'] * 3"}
    assert len(model.seen[0]) == 6
    assert (run.status, run.answer, shop.last_run) == ("answered", "Other.", run)
    assert (len(old.steps), old.answer) == (4, "Nine.")
    assert [step.text for step in log.steps] == ["Count.", "Double.", "Other."]


def test_steps_before_are_told_again_as_done(ask, shop, shell, go_on_from):
    shell.user_ns["items"] = []
    ask(three_steps())
    _, _, log = go_on_from(3, "more = 5")
    assert [call.result.is_error for step in log.steps for call in step.calls] == [False, False, False]
    assert isinstance(log.ended, Answered)


def test_what_steps_before_made_may_be_replaced(ask, shop, shell, go_on_from):
    ask(
        ScriptedModel(
            say("", sql("SELECT 1 AS n", "frame")), say("", sql("SELECT 2 AS n", "frame")), say("Done.")
        )
    )
    run, _, _ = go_on_from(2, "SELECT 3 AS n")
    assert shell.user_ns["frame"]["n"].tolist() == [3]
    assert list(run.dataframes) == ["frame"]


def test_calls_before_the_edited_one_keep_their_results_and_later_ones_run_anew(ask, shop, shell, go_on_from):
    calls = [sql(f"SELECT {number} AS n", f"f{number}") for number in (1, 2, 3)]
    ask(ScriptedModel(say("", *calls), say("Done.")))
    first, third = shell.user_ns["f1"], shell.user_ns["f3"]
    run, model, _ = go_on_from(1, "SELECT 22 AS n", call=2)
    assert shell.user_ns["f1"] is first
    assert shell.user_ns["f3"] is not third
    assert shell.user_ns["f2"]["n"].tolist() == [22]
    assert len(model.seen[0][-1].tool_results) == 3
    assert [len(step.calls) for step in run.steps] == [3, 0]


def test_an_edited_step_can_be_edited_again_from_the_old_run(ask, shop, shell, go_on_from):
    shell.user_ns["items"] = []
    old, _ = ask(three_steps())
    go_on_from(2, "doubled = 'first try'")
    run, _, _ = go_on_from(2, "doubled = 'second try'", run=old.id)
    assert shell.user_ns["doubled"] == "second try"
    assert [step.number for step in run.steps] == [1, 2, 3]
    assert undo(shop, 1) == "Steps 1, 2 undone; gone again: counted, doubled."


def test_an_earlier_run_can_be_gone_on_with_after_another_question(ask, shop, shell, go_on_from):
    old, _ = ask(
        ScriptedModel(say("", sql("SELECT 1 AS n", "one")), say("", python("two = 2")), say("Done."))
    )
    ask(ScriptedModel(say("", python("del one")), say("Done.")))
    _, model, log = go_on_from(2, "two = int(one['n'].sum()) + 20", run=old.id)
    assert shell.user_ns["two"] == 21
    assert "Other questions came since" in log.started.note
    assert not any("del one" in message.text for message in model.seen[0])


def test_a_failed_step_can_be_mended(ask, shop, shell, go_on_from):
    ask(ScriptedModel(say("", sql("SELECT nothing FROM orders")), say("It failed.")))
    run, _, _ = go_on_from(1, "SELECT count(*) AS n FROM orders")
    assert run.result["n"].tolist() == [4]


def test_a_follow_up_sees_the_branch_and_not_the_old_run(ask, shop, shell, go_on_from):
    ask(ScriptedModel(say("", sql("SELECT 1 AS n")), say("Old answer.")))
    go_on_from(1, "SELECT 2 AS n")
    model = ScriptedModel(say("Yes."))
    ask(model, question="And now?")
    said = [message.text for message in model.seen[0]]
    assert "Other." in said
    assert "Old answer." not in said


def test_the_persons_own_edit_is_not_asked_about_and_deny_still_holds(ask, shop, shell, go_on_from, tmp_path):
    path = tmp_path / "out.txt"
    ask(ScriptedModel(say("", python("a = 1")), say("Done.")))
    go_on_from(1, f"open({str(path)!r}, 'w').close()")
    assert path.exists()
    run, _, _ = go_on_from(1, "import rasgo_nb\nrasgo_nb.connect(':memory:').run_query('DROP TABLE x')")
    assert run.steps[0].calls[0].result.is_error


def test_sql_that_another_model_wrote_is_run_as_sql(shop, shell, go_on_from):
    from dataclasses import replace

    from rasgo_nb.agent.messages import ToolCall
    from rasgo_nb.branch import _with_new_code

    written = ToolCall("a", "write_sql", {"question": "how many", "tables": ["orders"], "save_as": "n"})
    edited = replace(written, name="run_sql", arguments={"sql": "SELECT 1", "save_as": "n"})
    assert _with_new_code(written, "SELECT 1") == edited


def test_the_cell_of_an_edit_names_step_call_and_run(ask, shop, go_on_from):
    log = RunLog()
    model = ScriptedModel(say("", sql("SELECT 1 AS n", "a"), sql("SELECT 2 AS n", "b")), say("Done."))
    run_sync(shop.ask("How many?", model=model, view=log.add))
    cell = edit(shop, log, 1, log.steps[0].calls[1].tool_call.id, "SELECT 3 AS n\n")
    assert cell["source"] == f"%%ask --from-step 1 --call 2 --run {log.started.run_id}\nSELECT 3 AS n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"step": 9}, "no step 9. The run has steps 1 to 3"),
        ({"step": 2}, "Pick one with --call 1 or --call 2"),
        ({"step": 2, "call": 3}, "no call 3"),
        ({"step": 1}, "no SQL or Python to edit"),
        ({"step": 3}, "no SQL or Python to edit. Steps with code: 2."),
        ({"step": 2, "call": 1, "run": "0123456789ab"}, "knows of no run '0123456789ab'"),
    ],
)
def test_what_cannot_be_gone_on_from_is_told_in_a_line(ask, shop, options, says):
    ask(
        ScriptedModel(
            say("", call("search_tables", words="orders")),
            say("", sql("SELECT 1 AS n"), python("a = 1")),
            say("Done."),
        )
    )
    with pytest.raises(RasgoError) as caught:
        run_sync(shop.go_on_from("a = 2", model=ScriptedModel(), **options))
    assert says in str(caught.value)
    assert shop.shell.user_ns["a"] == 1


def test_an_edit_without_code_is_refused(ask, shop):
    ask(ScriptedModel(say("", python("a = 1")), say("Done.")))
    with pytest.raises(RasgoError, match="Write the new SQL or Python"):
        run_sync(shop.go_on_from("  \n", step=1))


def test_a_run_that_was_stopped_is_gone_on_with_whole(ask, shop, shell, go_on_from):
    with pytest.raises(RasgoError):
        ask(ScriptedModel(say("", sql("SELECT 1 AS n", "one")), say("", python("two = 2"))), max_steps=2)
    log = RunLog()
    run_sync(shop.go_on(model=ScriptedModel(say("", python("three = 3")), say("Done.")), view=log.add))
    cells = promote(shop, log)
    steps = [cell["metadata"]["rasgo_nb"].get("step") for cell in cells if cell["cell_type"] == "code"]
    assert steps == [None, 1, 2, 3]
    assert undo(shop, 2) == "Steps 2, 3 undone; gone again: three, two."


def test_from_step_is_a_flag_of_the_cell(shop, shell):
    from rasgo_nb.magics import register, unregister

    shell.rasgo_nb_session = shop
    register(shell)
    try:
        run_sync(shop.ask("How many?", model=ScriptedModel(say("", python("a = 1")), say("Done."))))
        shop.conversation.turns[-1].model = ScriptedModel(say("Other."))
        shell.run_cell("%%ask --quiet --from-step 1\na = 2").raise_error()
        assert shell.user_ns["a"] == 2
        for flags in ("--fresh --from-step 1", "--call 2", "--run x"):
            assert isinstance(shell.run_cell(f"%%ask {flags}\na = 2").error_in_exec, RasgoError)
    finally:
        unregister(shell)


def test_python_goes_on_from_a_step_too(shop, shell):
    import rasgo_nb

    shell.rasgo_nb_session = shop
    run_sync(shop.ask("How many?", model=ScriptedModel(say("", python("a = 1")), say("Done."))))
    run = rasgo_nb.go_on(from_step=1, code="a = 3", model=ScriptedModel(say("Other.")))
    assert (shell.user_ns["a"], run.answer) == (3, "Other.")
    del shell.rasgo_nb_session


def test_a_frame_changed_in_place_is_put_back_before_going_on(ask, shop, shell, go_on_from):
    shell.user_ns["df"] = frame = pd.DataFrame({"x": [1, 2]})
    shop.policy.always.add("rebind")
    ask(ScriptedModel(say("", python("df['y'] = 1")), say("Done.")))
    go_on_from(1, "columns = list(df.columns)")
    assert shell.user_ns["columns"] == ["x"]
    assert list(frame.columns) == ["x"]


def test_the_journal_is_kept_also_when_a_view_breaks(shop, shell):
    def breaks(event):
        if isinstance(event, StepStarted) and event.step == 2:
            raise BrokenPipeError

    model = ScriptedModel(say("", python("a = 1")), say("Done."))
    with pytest.raises(BrokenPipeError):
        run_sync(shop.ask("How many?", model=model, view=breaks))
    assert shop.journal.steps == (1,)


def test_what_calls_of_one_step_bind_is_told_apart(ask, shop, shell, go_on_from):
    """Those that look on after they bound a name, here at a join, are overtaken by others."""
    joined = "SELECT o.id AS n FROM orders o JOIN customers c ON c.id = o.customer_id"
    ask(ScriptedModel(say("", sql(joined, "f1"), sql("SELECT 2 AS n", "f2")), say("Done.")))
    second = shell.user_ns["f2"]
    go_on_from(1, "SELECT 22 AS n", call=2)
    assert shell.user_ns["f2"] is not second
    assert shell.user_ns["f2"]["n"].tolist() == [22]
    assert len(shell.user_ns["f1"]) == 4
