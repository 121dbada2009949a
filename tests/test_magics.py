"""The magics in a real shell and in a real kernel."""

import re
import subprocess
import sys
import time

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from rasgo_nb.magics import rewrite_ask_cell

HARD = "{x} 'a' \"b\" %t %%c $d !e ?f \\n 🎲\n  >>> indented\n\nIn [1]: last"


@pytest.fixture
def loaded(shell):
    """A shell with the extension."""
    shell.run_line_magic("load_ext", "rasgo_nb")
    yield shell
    shell.run_line_magic("unload_ext", "rasgo_nb")


def rewritten(cell):
    return "".join(rewrite_ask_cell(cell.splitlines(keepends=True)))


def test_a_cell_that_starts_with_the_magic_becomes_one_await():
    assert rewritten("%%ask --quiet\nHow many?\n").endswith(".ask_cell('--quiet', 'How many?\\n')\n")
    assert rewritten("\n\n%%ask\nHow many?").startswith("await ")
    assert rewritten("%ask How many?").endswith(".ask_cell('How many?', '')\n")


@pytest.mark.parametrize(
    "cell", ["x = 1\n%ask How?\n", "%%asked\nx", "%%ask?", "'''\n%%ask\n'''", "# %%ask", ""]
)
def test_other_cells_are_left_alone(cell):
    assert rewritten(cell) == cell


def test_a_question_in_a_cell_is_carried_as_it_is():
    compiled = compile(rewritten(f"%%ask\n{HARD}"), "cell", "exec", flags=0x2000)
    assert HARD in [constant for constant in compiled.co_consts if isinstance(constant, str)]


def run_notebook(*cells, kernel="python3", **options):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name=kernel, **options).execute()
    return notebook.cells


SCRIPT = """
%load_ext rasgo_nb
import rasgo_nb.opening as room
from rasgo_nb.agent.models.choose import Choice
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
def script(*lines):
    model = ScriptedModel(*lines)
    room.choose = lambda *_: Choice("scripted")
    room.open_model = lambda *_, **__: model
    return model
"""


def test_a_cell_in_a_kernel_leaves_one_output_that_reads_without_a_kernel():
    cells = run_notebook(
        SCRIPT,
        "m = script(say('Counting.', call('run_sql', sql='SELECT 7 AS sevens')),"
        " say('', call('final_answer', text='There are **7**.', dataframes=['result'])))",
        "%%ask --as run\nHow many {things} cost $5?",
        "print(m.seen[0][1].text, run.answer, result['sevens'].tolist())",
    )
    run, frame = cells[2].outputs
    assert "There are 7." in re.sub("<[^>]*>", "", run.data["text/html"])  # 7 is marked
    assert "There are **7**." in run.data["text/plain"]
    assert "sevens" in frame.data["text/html"]
    assert cells[3].outputs[0].text == "How many {things} cost $5? There are **7**. [7]\n"


def test_a_failed_run_is_one_line_and_the_kernel_lives_on():
    cells = run_notebook(SCRIPT, "m = script(say(''))", "%%ask\nHello?", "1 + 1", allow_errors=True)
    assert cells[2].outputs[-1].ename == "ModelFailed"
    assert len(cells[2].outputs[-1].traceback) == 1
    assert cells[3].outputs[0].data["text/plain"] == "2"


def test_generated_code_may_await_and_draw_while_the_cell_awaits():
    code = (
        "import asyncio\nawait asyncio.sleep(0.01)\n"
        "from IPython.display import HTML, display\ndisplay(HTML('<b>hi</b>'))"
    )
    cells = run_notebook(
        SCRIPT, f"m = script(say('', call('run_python', code={code!r})), say('Done.'))", "%%ask\nDraw."
    )
    assert any(output.get("data", {}).get("text/html") == "<b>hi</b>" for output in cells[2].outputs)


ENDLESS = "SELECT count(*) FROM range(100000000000) t(i) WHERE sin(i) > 2"


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(kernel_name="python3")
    client.execute_interactive(SCRIPT, output_hook=lambda _message: None)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    "line",
    [
        f"say('', call('run_sql', sql={ENDLESS!r}))",
        "say('', call('run_python', code='while True: pass'))",
        "say('', call('run_python', code='import time; time.sleep(60)'))",
        "say('', call('run_python', code='import asyncio; await asyncio.sleep(60)'))",
        "Line('A long story.', pause_s=60)",
    ],
)
def test_the_stop_button_ends_the_run_and_the_cells_after_it(kernel, line):
    manager, client = kernel
    client.execute_interactive(f"m = script({line})", output_hook=lambda _message: None)
    asked, queued = client.execute("%%ask\nHow many?"), client.execute("1 + 1")
    while client.get_iopub_msg(timeout=30)["msg_type"] not in {"display_data", "update_display_data"}:
        pass
    time.sleep(1.0)
    manager.interrupt_kernel()
    replies = {}
    while len(replies) < 2:
        reply = client.get_shell_msg(timeout=30)
        replies[reply["parent_header"]["msg_id"]] = reply["content"]
    assert (replies[asked]["ename"], replies[queued]["status"]) == ("Stopped", "aborted")
    assert len(replies[asked]["traceback"]) == 1
    after = client.execute_interactive("%rasgo connections", timeout=30, output_hook=lambda _message: None)
    assert after["content"]["status"] == "ok"


def test_asking_from_python_in_a_kernel_returns_the_run():
    cells = run_notebook(
        SCRIPT,
        "m = script(say('', call('run_python', code='import asyncio; await asyncio.sleep(0); two = 2')),"
        " say('Two.'))\nimport rasgo_nb",
        "run = rasgo_nb.ask('How many?', quiet=True)\nrun.answer, two",
        "await asyncio.sleep(0.01)\n'the loop goes on'",
    )
    assert cells[2].outputs[0].data["text/plain"] == "('Two.', 2)"
    assert cells[3].outputs[0].data["text/plain"] == "'the loop goes on'"


def test_the_line_magic_asks_from_the_middle_of_a_cell():
    cells = run_notebook(
        SCRIPT, "m = script(say('Yes.'))", "x = 1\n%ask --quiet {x} or 'not'?\nprint(m.seen[0][1].text)"
    )
    assert cells[2].outputs[-1].text == "{x} or 'not'?\n"


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%ask\n   ", "The question is empty"),
        ("%%ask --modle offline\nHow many?", "Did you mean --model?"),
        ("%%ask --max-steps none\nHow many?", "whole number"),
        ("%%ask --connection nowhere\nHow many?", "There is no connection"),
        ("%%ask --model gpt-none\nHow many?", "There is no provider"),
        ("%%ask --as 2x\nHow many?", "no name for a variable"),
        ("%%ask --as class\nHow many?", "no name for a variable"),
        ("x = 1\n%%ask\nHow many flights were there?", "must be the first line"),
        ("%rasgo conect sample", "`%rasgo connect`"),
        ("%rasgo connect nowhere.duckdb", "nowhere.duckdb"),
        ("%rasgo config max_stepz 3", "max_steps"),
    ],
)
def test_bad_input_is_one_clear_line(loaded, capsys, cell, says):
    result = loaded.run_cell(cell)
    assert not result.success
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["", "status", "connections", "model", "tools", "config", "help", "connect :memory:"]
)
def test_every_command_answers(loaded, capsys, command):
    assert loaded.run_cell(f"%rasgo {command}").success
    assert capsys.readouterr().out.strip()


def test_loading_twice_rewrites_once(loaded):
    loaded.run_line_magic("reload_ext", "rasgo_nb")
    assert loaded.input_transformers_cleanup.count(rewrite_ask_cell) == 1


def test_it_works_in_a_plain_ipython_terminal():
    code = "%load_ext rasgo_nb\n%rasgo connect :memory:\n%rasgo status"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "-c", code],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "connection  memory" in done.stdout


@pytest.mark.parametrize("cell", ["text = '''\n%%ask\nHow many?\n'''", "%%script true\n%%ask\nHow many?"])
def test_ask_inside_a_text_or_another_magic_is_no_question(loaded, cell):
    assert loaded.run_cell(cell).success


@pytest.mark.parametrize(
    "lines",
    ["", "shell.run_line_magic('rasgo', 'status'); shell.run_line_magic('rasgo', 'model openai:m'); "],
)
def test_no_sdk_is_loaded_before_a_question(lines):
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell; "
        f"shell = InteractiveShell.instance(); shell.run_line_magic('load_ext', 'rasgo_nb'); {lines}"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"openai", "anthropic", "cohere", "httpx", "httpx2", "keyring"} & set(loaded.split())


def test_a_question_from_python_names_its_interface():
    code = (
        "import rasgo_nb; rasgo_nb.connect(':memory:'); "
        "rasgo_nb.ask('How many?', model='offline', interface='opn', fresh=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "UnknownName" in done.stderr
    assert "open" in done.stderr
