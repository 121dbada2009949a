"""Two interfaces for one model are compared by one command, over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

from protocols.chat_completions import ChatCompletionsProtocol
from server import Reply, serving

from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.config import config_path
from rasgo_nb.evals.log_file import read_log
from rasgo_nb.evals.suites_named import suites_named

[SUITE] = suites_named(["sample_jaffle"])
CASES = {case.question: case for case in SUITE.cases}


def stand_in(request):
    """A model that knows the way, and loses it in tables that are not JSON."""
    messages = request.json["messages"]
    case = CASES[next(one["content"] for one in messages if one["role"] == "user").strip()]
    results = [one["content"] for one in messages if one["role"] == "tool"]
    if results and case.completion.frame is not None and not is_json(results[-1]):
        return Reply(Line("I could not read the result."))
    call = case.gold.calls[len(results)]
    return Reply(Line("", (Call(call.tool, dict(call.arguments)),)))


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_two_interfaces_are_told_apart_by_one_command(tmp_path):
    with serving(ChatCompletionsProtocol(), *[stand_in] * 500) as server:
        lab = f'[providers.lab]\nkind = "openai-compatible"\nbase_url = "{server.url}/v1"\n'
        config_path().parent.mkdir(parents=True, exist_ok=True)
        config_path().write_text(lab, encoding="utf-8")
        flags = "--model lab:stand-in --interface openai --interface anthropic --only fan-out --only sum"
        command = [sys.executable, "-m", "rasgo_nb", "eval", "sample_jaffle", *flags.split()]
        done = subprocess.run([*command, "--out", tmp_path], capture_output=True, text=True, check=True)
    assert "lab:stand-in · openai 1" in done.stdout
    _, results = read_log(tmp_path / "log.jsonl")
    right = Counter(one.interface for one in results if one.scores["answer"].value)
    frames = [case for case in CASES.values() if {*case.tags} & {"fan-out", "sum"} and case.completion.frame]
    assert right["openai 1"] - right["anthropic 1"] == len(frames) > 0
