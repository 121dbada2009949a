"""Ask again from a step, without some of what the model saw; and what ``%rasgo saw`` says of it."""

import pytest

from rasgo_nb.afterwards import again
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync


def sql(text, save_as="result"):
    return call("run_sql", sql=text, save_as=save_as)


def two_steps():
    return ScriptedModel(
        say("Count.", sql("SELECT count(*) AS planted FROM orders", "counted")),
        say("Double.", call("run_python", code="doubled = counted['planted'] * 2\ndoubled")),
        say("Done."),
    )


@pytest.fixture
def ask_again(shop):
    """Ask again: ``run, model, log = ask_again(step, items)``."""

    def ask_again(step, *items, **options):
        model, log = ScriptedModel(say("Other.")), RunLog()
        run = run_sync(shop.ask_again(step=step, without=items, model=model, view=log.add, **options))
        return run, model, log

    return ask_again


def test_a_removed_result_is_not_told(ask, shell, ask_again):
    ask(two_steps())
    assert "doubled" in shell.user_ns
    run, model, log = ask_again(2, "1.1")
    (messages,) = model.seen
    assert "planted" not in "".join(result.content for one in messages for result in one.tool_results)
    assert [result.content for one in messages for result in one.tool_results] == ["(removed by the person)"]
    assert [one.role for one in messages] == ["system", "user", "assistant", "tool"]
    assert run.answer == "Other."
    assert [step.number for step in run.steps] == [1, 2]
    assert log.notes == ["Asked again from step 2 without 1.1 (Result of run_sql)."]
    assert "doubled" not in shell.user_ns  # the namespace is the one from before that step
    assert "counted" in shell.user_ns


def test_a_tool_is_left_out_of_the_whole_run(ask, ask_again):
    ask(two_steps())
    _, model, log = ask_again(1, "tool:run_python")
    assert "run_python" not in [page.name for page in log.steps[0].model_calls[0].called.tools]
    assert "run_sql" in [page.name for page in log.steps[0].model_calls[0].called.tools]
    assert [one.role for one in model.seen[0]] == ["system", "user"]


def test_an_earlier_turn_is_left_out(ask, ask_again):
    ask(ScriptedModel(say("Forty-two.")), question="First?")
    ask(ScriptedModel(say("Yes.")), question="Second?")
    _, model, _ = ask_again(1, "turn:1")
    assert [one.text for one in model.seen[0][1:]] == ["Second?"]


def test_what_it_said_is_left_out(ask, ask_again):
    ask(two_steps())
    _, model, _ = ask_again(3, "1:text", "2:text")
    assert [one.text for one in model.seen[0] if one.role == "assistant"] == ["", ""]
    assert len([one for one in model.seen[0] if one.tool_calls]) == 2


@pytest.mark.parametrize(
    ("step", "item", "says"),
    [
        (2, "instructions", "instructions can't be left out"),
        (2, "tool:final_answer", "can't be left out"),
        (2, "1.2", "saw no item '1.2' in step 2. Did you mean 1.1?"),
        (9, "1.1", "There is no step 9. The run has steps 1 to 3."),
    ],
)
def test_what_cannot_be_left_out_gets_one_clear_line(ask, ask_again, step, item, says):
    ask(two_steps())
    with pytest.raises(RasgoError) as caught:
        ask_again(step, item)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_magic_takes_items_with_commas(ask, shop, shell):
    from rasgo_nb.magics import RasgoMagics

    ask(two_steps())
    shell.rasgo_nb_session = shop
    magics = RasgoMagics(shell)
    with pytest.raises(UnknownName, match="no item 'x'"):
        run_sync(magics.ask_cell("--from-step 2 --without 1.1,x", ""))
    with pytest.raises(RasgoError, match="Leave the cell below it empty"):
        run_sync(magics.ask_cell("--from-step 2 --without 1.1", "Another question"))
    with pytest.raises(RasgoError, match="--without needs --from-step"):
        run_sync(magics.ask_cell("--without 1.1 What?", ""))


def test_the_page_gets_the_cell(ask, shop):
    run, _ = ask(two_steps())
    cell = again(shop, shop.runs.find().log, 2, ["1.1", "tool:run_python"])
    assert cell["source"] == f"%%ask --from-step 2 --without 1.1,tool:run_python --run {run.id}"


def test_saw_lists_items_with_receipts(ask, shop):
    ask(two_steps())
    said = run_command(shop, "saw 2")
    assert said.startswith("2.1 · reply · ")
    assert "(instructions)" in said
    line = next(line for line in said.splitlines() if line.strip().startswith("1.1 "))
    assert "Result of run_sql" in line
    assert line.endswith("1 row of planted")


def test_saw_shows_one_item_whole_and_the_wire(ask, shop):
    ask(two_steps())
    assert '"planted"' in run_command(shop, "saw 2 --item 1.1")
    assert run_command(shop, "saw --wire").startswith("Nothing went over a wire")
    with pytest.raises(UnknownName, match="Did you mean tool:run_sql"):
        run_command(shop, "saw 1 --item tool:run_sqk")
    with pytest.raises(UnknownName, match="The run has steps 1 to 3"):
        run_command(shop, "saw 7")


def test_saw_tells_of_recorded_runs(ask, shop):
    run, _ = ask(two_steps())
    before = run_command(shop, "saw 2")
    shop.runs.__init__()
    shop.last_run = None
    assert run_command(shop, f"saw 2 --run {run.id[:8]}") == before
