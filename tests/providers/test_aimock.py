"""A second opinion: the providers against a public mock server, whose reading of each API is not ours."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import aclosing
from pathlib import Path

import pytest
from subjects import KEY, RUN_SQL, SYSTEM

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.messages import Message, Text, Thinking, ToolCall, ToolResult
from rasgo_nb.agent.models.choose import open_model
from rasgo_nb.config import ProviderSettings
from rasgo_nb.errors import ModelUnavailable
from rasgo_nb.interrupt import run_sync

PEERS = Path(os.environ.get("RASGO_NB_PEERS") or Path(sys.prefix) / "peers")
CLI = PEERS / "node_modules/@copilotkit/aimock/dist/cli.js"
MODELS = {  # the path under which the mock has each API
    "openai:gpt-6.1-sol": ("/v1", "OPENAI_API_KEY"),
    "openai-compatible:some-model:7b": ("/v1", "OPENAI_COMPATIBLE_API_KEY"),
    "anthropic:claude-sonnet-5-5": ("", "ANTHROPIC_API_KEY"),
    "cohere:command-a-plus-05-2026": ("", "COHERE_API_KEY"),
}
CALLS = [{"id": f"call_{n}", "name": "run_sql", "arguments": json.dumps({"sql": n})} for n in "ab"]
LONG = "One two three four five six seven eight nine ten."
FIXTURES = [
    {"match": {"userMessage": "count", "hasToolResult": True}, "response": {"content": "There are 4."}},
    {"match": {"userMessage": "count"}, "response": {"toolCalls": CALLS}},
    {"match": {"userMessage": "think"}, "response": {"content": "Four.", "reasoning": "Two and two."}},
    {
        "match": {"userMessage": "limited", "sequenceIndex": 0},
        "response": {"error": {"message": "Slow down", "type": "rate_limit_error"}, "status": 429},
    },
    {"match": {"userMessage": "limited"}, "response": {"content": "Here I am."}},
    {
        "match": {"userMessage": "cut"},
        "response": {"content": LONG},
        "chunkSize": 4,
        "truncateAfterChunks": 3,
    },
    {"match": {"userMessage": "hello"}, "response": {"content": LONG}},
]


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    """The address of the mock, run in a process of its own until the tests of this file end."""
    node = shutil.which("node")
    if node is None or not CLI.exists():
        pytest.skip("the mock server is not installed: `make peers` needs npm")
    fixtures = tmp_path_factory.mktemp("fixtures") / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [node, str(CLI), "-p", port, "-f", str(fixtures), "-c", "6", "--log-level", "silent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/__aimock/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(url):
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the mock server does not answer")


@pytest.fixture(params=MODELS)
def ask(request, peer):
    """Ask one model of the mock: ``message = ask("hello")``."""
    path, variable = MODELS[request.param]
    entry = request.param.partition(":")[0]
    settings = {entry: ProviderSettings(base_url=peer + path, headers={"X-Test-Id": entry})}

    def reply_to(*messages):
        messages = [Message("user", (Text(one),)) if isinstance(one, str) else one for one in messages]
        model = open_model(request.param, settings, environment={variable: KEY})
        return run_sync(whole_reply(model, [SYSTEM, *messages]))

    return reply_to


async def whole_reply(model, messages):
    reply = Assembler(1, model.name)
    try:
        async with aclosing(model.stream_reply(messages, (RUN_SQL,))) as stream:
            async for fragment in stream:
                reply.add(fragment)
    finally:
        await model.aclose()
    return reply


def test_text_streams(ask):
    reply = ask("hello")
    assert (reply.message().text, reply.stop_reason) == (LONG, "end_turn")


def test_parallel_calls_and_their_results_make_a_round(ask):
    called = ask("count").message()
    assert called.tool_calls == tuple(ToolCall(f"call_{n}", "run_sql", {"sql": n}) for n in "ab")
    results = Message("tool", tuple(ToolResult(call.id, "4") for call in called.tool_calls))
    assert ask("count", called, results).message().text == "There are 4."


def test_thinking_comes_before_the_answer(ask, request):
    message = ask("think").message()
    if "cohere" in request.node.name:  # the mock sends it as text there
        assert message.text.endswith("Four.")
    else:
        assert [type(part) for part in message.parts] == [Thinking, Text]
        assert (message.parts[0].text, message.text) == ("Two and two.", "Four.")


def test_a_rate_limit_passes(ask):
    with pytest.raises(ModelUnavailable, match=r"is limiting requests \(status 429\): Slow down"):
        ask("limited")
    assert ask("limited").message().text == "Here I am."


def test_a_cut_stream_is_no_reply(ask):
    with pytest.raises(ModelUnavailable):
        ask("cut")
