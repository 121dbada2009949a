"""A judge marks where only reading can tell: over HTTP, with votes, a cost and an agreement of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import cycle

from protocols.chat_completions import ChatCompletionsProtocol
from server import Reply, serving

from rasgo_nb.agent.models.scripted import Line
from rasgo_nb.config import config_path
from rasgo_nb.evals.log_file import read_log

SUITE = """
suite: judged
cases:
  - id: worded
    question: How many stores are there?
    answer: {judged: It says that there are 6.}
"""


def test_votes_of_a_judge_decide_and_their_agreement_is_told(tmp_path):
    (tmp_path / "judged.yaml").write_text(SUITE)
    verdicts = cycle([True, False, True])

    def stand_in(request):
        said = json.loads(request.json["messages"][-1]["content"])
        assert said["criterion"] == "It says that there are 6."
        return Reply(Line(json.dumps({"met": next(verdicts), "why": "I read it."})))

    with serving(ChatCompletionsProtocol(), *[stand_in] * 9) as server:
        lab = f'[providers.lab]\nkind = "openai-compatible"\nbase_url = "{server.url}/v1"\n'
        config_path().parent.mkdir(parents=True, exist_ok=True)
        config_path().write_text(lab, encoding="utf-8")
        flags = ["--model", "offline", "--judge", "lab:stand-in", "--judge-votes", "3", "--out", "out"]
        command = [sys.executable, "-m", "rasgo_nb", "eval", "judged.yaml", *flags]
        subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    _, [result] = read_log(tmp_path / "out" / "log.jsonl")
    assert (result.scores["answer"].value, result.judge_votes) == (1.0, ((True, False, True),))
    assert result.judge_usage.requests == 3
    assert "Votes agree in 33%" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
