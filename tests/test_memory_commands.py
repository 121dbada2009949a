"""``%rasgo memory``, as it is typed."""

import io

import pytest
from rich.console import Console

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.widgets.terminal import TerminalView

LOOK = call("run_sql", sql="SELECT count(*) AS orders FROM orders", save_as="counted")
NET = call("propose_memory", text="Amounts are net of tax.", step=1, columns=["orders.amount"])
ANSWER = call("final_answer", text="There are 4.", steps=[1], dataframes=["counted"])


def memory(shop, line=""):
    return run_command(shop, f"memory {line}")


@pytest.fixture
def proposed(ask, shop):
    ask(ScriptedModel(say("", LOOK), say("", NET), say("", ANSWER)))
    return shop.memory_desk.proposals.waiting()[0].id


@pytest.fixture
def kept(shop, proposed):
    memory(shop, f"keep {proposed} --scope me")
    return shop.memory_desk.memories.listed()[0].id


def test_with_nothing_kept_it_says_how_that_comes(shop):
    assert memory(shop).startswith("Nothing is kept yet.")


def test_what_waits_is_listed_with_what_to_type(shop, proposed):
    said = memory(shop)
    assert "%rasgo memory keep ID" in said
    assert f"  {proposed}\n      Amounts are net of tax." in said


def test_a_proposal_is_kept_with_other_words_and_scope(shop, proposed):
    said = memory(shop, f"keep {proposed} --scope me Amounts are net of all taxes.")
    assert said.startswith("Kept for you as amounts-taxes-")
    assert "net of all taxes" in memory(shop)
    assert proposed not in memory(shop)


def test_a_dropped_one_is_gone_and_can_still_be_kept(shop, proposed):
    assert f"`%rasgo memory keep {proposed}`" in memory(shop, f"drop {proposed}")
    assert memory(shop).startswith("Nothing is kept yet.")
    assert memory(shop, f"keep {proposed}").startswith("Kept for this connection as")


def test_showing_tells_all_that_is_known(shop, kept):
    said = memory(shop, f"show {kept}")
    assert "shown by    step 1 of run" in said
    assert "SELECT count(*) AS orders FROM orders" in said
    assert f"{kept}.md" in said


def test_editing_forgetting_and_bringing_back(shop, kept):
    assert memory(shop, f"edit {kept} Gross.") == f"{kept} says now: Gross."
    assert f"`%rasgo memory restore {kept}`" in memory(shop, f"forget {kept}")
    assert memory(shop).startswith("Nothing is kept yet.")
    assert memory(shop, f"restore {kept}") == f"Kept for you as {kept}: Gross."


def test_the_last_answer_becomes_a_verified_query(shop, proposed):
    said = memory(shop, 'verify "How many orders do we have?"')
    assert said.splitlines()[1] == "  SELECT count(*) AS orders FROM orders"
    [one] = shop.memory_desk.memories.listed()
    assert (one.text, one.sql) == ("How many orders do we have?", "SELECT count(*) AS orders FROM orders")
    assert (one.connection, one.dialect, one.scope) == ("shop", "duckdb", "connection")
    assert one.tables[0].endswith("orders")


def test_a_query_that_reads_dataframes_is_refused(ask, shop):
    again = call("run_sql", sql="SELECT orders + 1 AS more FROM counted", save_as="more")
    ask(ScriptedModel(say("", LOOK), say("", again), say("", call("final_answer", text="5.", steps=[2]))))
    with pytest.raises(RasgoError, match="reads the DataFrame counted"):
        memory(shop, "verify")
    assert memory(shop, "verify 1").startswith("Kept for this connection")


@pytest.mark.parametrize("line", ["verify", "verify 7"])
def test_without_sql_there_is_nothing_to_verify(ask, shop, line):
    ask(ScriptedModel(say("", call("run_python", code="1 + 1")), say("", call("final_answer", text="2."))))
    with pytest.raises(RasgoError, match="no SQL"):
        memory(shop, line)


def test_what_leaves_comes_in_only_after_a_yes(shop, kept, tmp_path):
    memory(shop, f"export {tmp_path / 'out.zip'}")
    assert "1 memory in it kept already." in memory(shop, f"import {tmp_path / 'out.zip'}")
    memory(shop, f"forget {kept}")
    said = memory(shop, f"import {tmp_path / 'out.zip'}")
    assert f"1 memory would come in; keep with `%rasgo memory import --yes {tmp_path / 'out.zip'}`." in said
    assert memory(shop).startswith("Nothing is kept yet.")
    assert memory(shop, f"import --yes {tmp_path / 'out.zip'}").endswith("1 memory kept.")


def test_a_broken_file_is_told_beside_the_others(shop, kept):
    path = shop.memory_desk.memories.path_of(kept)
    (path.parent / "bad.md").write_text("+++\nx = \n+++\ny")
    assert "bad.md:2: " in memory(shop)
    assert kept in memory(shop)


def test_the_team_has_the_folder_of_its_setting(shop, proposed, tmp_path):
    with pytest.raises(RasgoError, match="%rasgo config team_folder PATH"):
        memory(shop, f"keep {proposed} --scope team")
    run_command(shop, f"config team_folder {tmp_path / 'team'}")
    memory(shop, f"keep {proposed} --scope team")
    assert len(list((tmp_path / "team").glob("*.md"))) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("lst", "Did you mean `list`?"),
        ("show", "Name one id"),
        ("show zzz", "There is no memory 'zzz'."),
        ("keep p-zzzz", "no proposal 'p-zzzz'"),
        ("edit", "Name one id"),
        ("verify --scope tem", "Did you mean `--scope team`?"),
        ("verify", "There is no run yet."),
        ("export", "Name a folder or zip file"),
        ("import nowhere.zip", "cannot be read"),
        ("restore zzz", "No memory 'zzz' was forgotten."),
    ],
)
def test_a_wrong_line_says_what_to_type(shop, line, says):
    with pytest.raises(RasgoError) as caught:
        memory(shop, line)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_run_in_a_terminal_ends_with_what_waits(shop):
    screen = io.StringIO()
    view = TerminalView(Console(file=screen, width=200))
    model = ScriptedModel(say("", LOOK), say("", NET), say("", ANSWER))
    run_sync(shop.ask("How many orders?", model=model, view=view))
    assert screen.getvalue().rstrip().endswith("1 memory waits for your yes: type `%rasgo memory`.")
