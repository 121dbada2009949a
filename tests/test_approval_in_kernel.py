"""Approvals in a real kernel: typed where its client takes lines, decided by policy where none does."""

import os
import signal
import threading

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

SETUP = """\
%load_ext rasgo_nb
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.front import desk_of, session_of, view_for
session = session_of(get_ipython())

async def asked(*codes, quiet=True):
    model = ScriptedModel(say("", *(call("run_python", code=code) for code in codes)), say("Done."))
    view = view_for(get_ipython(), quiet=quiet)
    run = await session.ask("Do it.", model=model, fresh=True, view=view, desk=desk_of(view))
    for one in run.steps[0].calls:
        print(one.approval)
    for result in model.seen[-1][-1].tool_results:
        print(result.content)
"""
TAKES = "df = 'taken'"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    manager = KernelManager(kernel_name="python3")
    folder = tmp_path_factory.mktemp("kernel")
    manager.start_kernel(cwd=str(folder), env={**os.environ, "RASGO_NB_CONFIG": str(folder / "config.toml")})
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.manager = manager
    assert execute(client, SETUP)[0] == "ok"
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture(autouse=True)
def _with_a_variable_of_the_person(kernel):
    execute(kernel, "df = 'mine'\nsession.policy.revoke()")


def execute(client, code, *typed, stop=False):
    """The cell's status, what it printed, and what was asked; None is no line, with ``stop`` an interrupt."""
    said, asked, lines = [], [], list(typed)

    def keep(message):
        content = message["content"]
        if message["header"]["msg_type"] == "stream":
            said.append(content["text"])
        elif message["header"]["msg_type"] == "error":
            said.append("\n".join(content["traceback"]))

    def type_line(message):
        asked.append(message["content"]["prompt"])
        if stop:
            pid = client.manager.provisioner.process.pid
            threading.Timer(0.1, os.kill, (pid, signal.SIGINT)).start()
        else:
            client.input(lines.pop(0))

    reply = client.execute_interactive(
        code, output_hook=keep, stdin_hook=type_line, timeout=60, allow_stdin=bool(typed) or stop
    )
    return reply["content"]["status"], "".join(said), asked


def test_a_line_approves_and_what_was_bound_stays(kernel):
    _, said, asked = execute(kernel, f"await asked({TAKES!r})", "y")
    assert "Approval(approved=True, by='you', reason='', code=None)" in said
    assert "  - it rebinds `df`" in asked[0]
    assert execute(kernel, "print(df)")[1] == "taken\n"


def test_a_line_refuses_and_the_model_reads_it(kernel):
    _, said, _ = execute(kernel, f"await asked({TAKES!r})", "Take a new name.")
    assert "The person refused this call: Take a new name." in said
    assert execute(kernel, "print(df)")[1] == "mine\n"


def test_the_end_of_the_input_is_a_no(kernel):
    assert "The person refused this call." in execute(kernel, f"await asked({TAKES!r})", "\x04")[1]


def test_always_is_asked_once_in_this_notebook(kernel):
    _, said, asked = execute(kernel, f"await asked({TAKES!r}, 'df = 2')", "a")
    assert (said.count("by='you, always in this notebook'"), len(asked)) == (1, 1)
    execute(kernel, "mine = 1")
    _, said, asked = execute(kernel, "await asked('mine = 2')", "never typed")
    assert (said.count("by='you, always in this notebook'"), asked) == (1, [])


def test_what_is_always_allowed_is_shown_and_revoked(kernel):
    execute(kernel, f"await asked({TAKES!r})", "a")
    rebind = next(line for line in execute(kernel, "%rasgo policy")[1].splitlines() if "rebind" in line)
    assert "allowed in this notebook" in rebind
    execute(kernel, "mine = 1\n%rasgo policy rebind ask")
    assert len(execute(kernel, "await asked('mine = 2')", "y")[2]) == 1


def test_calls_of_one_step_are_asked_one_by_one_also_what_cannot_be_judged(kernel):
    code = "await asked(\"df = 1\", \"exec('x = 1')\", \"open('out.csv', 'w').close()\")"
    _, said, asked = execute(kernel, code, "y", "no", "y")
    assert said.count("Approval(approved=True, by='you'") == 2
    assert ["cannot be judged" in one for one in asked] == [False, True, False]


def test_a_page_that_does_not_come_leaves_the_question_to_a_line(kernel):
    _, said, asked = execute(kernel, f"await asked({TAKES!r}, quiet=False)", "y")
    assert (said.count("Approval(approved=True, by='you'"), len(asked)) == (1, 1)


def test_a_magic_and_a_call_from_python_are_asked_alike(kernel):
    code = (
        "import rasgo_nb\nmodel = ScriptedModel(say('', call('run_python', code='df = 1')), say('Done.'))\n"
    )
    _, _, asked = execute(kernel, f"{code}rasgo_nb.ask('Do it.', model=model, quiet=True).status", "y")
    assert len(asked) == 1


@pytest.mark.parametrize("code", [TAKES, "!true"])
def test_a_run_stopped_while_it_waits_for_a_line_ends_in_one(kernel, code):
    status, said, asked = execute(kernel, f"await asked({code!r})", stop=True)
    assert (status, len(asked)) == ("error", 1)
    assert said.startswith("Stopped: Stopped by you.")
    going_on = "model = ScriptedModel(say('Fine.'))\nprint((await session.go_on(model=model)).answer)"
    assert execute(kernel, going_on)[:2] == ("ok", "Fine.\n")
    assert execute(kernel, "print(df)")[1] == "mine\n"


def test_queries_that_wait_for_a_line_can_be_stopped_without_ending_the_kernel(kernel):
    setup = (
        "%rasgo policy write_warehouse ask\n"
        "session.connect(':memory:', name='free', read_only=False)\n"
        "sell = [call('run_sql', sql=f'CREATE TABLE t{n} (n INTEGER)') for n in (1, 2)]\n"
        "model = ScriptedModel(say('', *sell))\n"
    )
    status, said, asked = execute(kernel, f"{setup}await session.ask('Do it.', model=model)", stop=True)
    assert (status, len(asked)) == ("error", 1)
    assert "Stopped: Stopped by you." in said
    assert execute(kernel, "print(len(session.connection().list_tables()))")[:2] == ("ok", "0\n")
    execute(kernel, "%rasgo policy write_warehouse deny\nsession.close()")


def test_without_lines_policy_decides_at_once_and_says_so(tmp_path):
    codes = ["df = 'taken'\\nother = df", "open('out.csv', 'w').close()"]
    cells = [
        SETUP + "df = 'mine'",
        f"await asked(*{codes}, quiet=False)".replace("\\\\n", "\\n"),
        "print(df, other)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    printed = "".join(one.text for one in notebook.cells[1].outputs if one.output_type == "stream")
    assert printed.count("by='policy'") == 2
    assert '"put_back"' in printed
    assert "`%rasgo policy write_file allow`" in printed
    assert notebook.cells[2].outputs[0].text == "mine taken\n"
    assert not (tmp_path / "out.csv").exists()
