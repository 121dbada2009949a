"""In a real kernel: the code of a run reaches the next cell, and runs in another kernel without a model."""

import json
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[1]
ASK = """
%load_ext rasgo_nb
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.front import session_of
session = session_of(get_ipython())
session.connect("sample")
table = session.connection().list_tables()[0]
model = ScriptedModel(
    say("Count.", call("run_sql", sql=f"SELECT count(*) AS n FROM {table}", save_as="counted")),
    say("Double.", call("run_python", code="import asyncio\\nawait asyncio.sleep(0)\\ntwice = counted * 2")),
    say("Draw.", call("show_chart", dataframe="twice", x="n")),
    say("Done."),
)
run = await session.ask("How many?", model=model)
"""
VALUES = "print(counted.to_json(), twice.to_json(), figure.to_json())"


@contextmanager
def started_kernel():
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(ROOT))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def execute(client, code):
    """What the cell printed, and the text that it put into the next cell."""
    printed, errors = [], []

    def keep(message):
        content = message["content"]
        if message["header"]["msg_type"] == "stream" and content["name"] == "stdout":
            printed.append(content["text"])
        elif message["header"]["msg_type"] == "error":
            errors.append("\n".join(content["traceback"]))

    reply = client.execute_interactive(code, output_hook=keep, timeout=120, allow_stdin=False)
    assert errors == []
    payload = reply["content"].get("payload") or [{}]
    return "".join(printed), payload[0].get("text", "")


def test_code_goes_to_the_next_cell_and_runs_in_another_kernel():
    with started_kernel() as client:
        execute(client, ASK)
        before, _ = execute(client, VALUES)
        said, text = execute(client, "%rasgo promote")
        undone, _ = execute(client, "%rasgo undo 2")
    assert said == "The code is in the next cell.\n"
    assert undone == "Steps 2, 3 undone; gone again: asyncio, figure, twice.\n"
    with started_kernel() as client:
        execute(client, text)
        after, _ = execute(client, VALUES)
    assert after == before
    assert json.loads(after.split()[0])["n"]["0"] > 0
