"""The doctor: what is wrong with this machine or with a model, and what to do."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.commands.doctor import examine
from rasgo_nb.commands.examine_model import examine_model, probe
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import Config
from rasgo_nb.errors import ModelFailed, ModelUnavailable
from rasgo_nb.figure.picture import why_no_picture
from rasgo_nb.interrupt import run_sync
from rasgo_nb.provider_settings import ProviderSettings

sys.path.append(str(Path(__file__).parent / "providers"))  # the loopback server and its protocols

USAGE = Usage(input_tokens=20, output_tokens=5)
GOOD = (
    Line("one two three", usage=USAGE, pause_s=0.03),
    replace(say("", call("echo", word="heron")), usage=USAGE),
    replace(
        say("", replace(call("echo", word="left"), id="a"), replace(call("echo", word="right"), id="b")),
        usage=USAGE,
    ),
    Line("Red.", usage=USAGE),
)


def findings(*lines):
    return {finding.what: finding for finding in run_sync(probe(ScriptedModel(*lines)))}


def with_line(place, line):
    return [line if number == place else one for number, one in enumerate(GOOD)]


def test_this_machine_is_fit():
    assert all(finding.is_good for finding in examine())


def test_a_good_model_passes_every_check_in_order():
    found = findings(*GOOD)
    assert list(found) == ["reachable", "key", "streams", "tools", "parallel calls", "images", "usage"]
    assert all(finding.is_good for finding in found.values())
    assert "80 tokens in, 20 out" in found["usage"].says


@pytest.mark.parametrize(
    ("place", "line", "what", "says", "stops"),
    [
        (0, Line("one two three", usage=USAGE), "streams", "all at once", False),
        (0, Line("", usage=USAGE), "streams", "said nothing", True),
        (1, Line("heron", usage=USAGE), "tools", "--enable-auto-tool-choice", True),
        (1, say("", call("echo", word="crow")), "tools", "called wrongly", True),
        (1, say("", replace(call("echo"), raw="{no")), "tools", "called wrongly", True),
        (2, say("", call("echo", word="left")), "parallel calls", "one at a time", False),
        (3, Line("Blue.", usage=USAGE), "images", "not seen", False),
        (3, Line("x", fails=ModelFailed("No images here.")), "images", "No images here.", False),
        (3, Line("red"), "usage", "set max_steps", False),
    ],
)
def test_what_a_model_lacks_is_told_and_the_rest_still_checked(place, line, what, says, stops):
    found = findings(*with_line(place, line))
    assert says in found[what].says
    assert (found[what].is_good, found[what].stops_a_run) == (False, stops)
    assert {name for name, finding in found.items() if not finding.is_good} <= {what, "usage"}


def failed(status):
    error = (ModelUnavailable if status in {0, 429} else ModelFailed)(f"It said {status}.")
    error.status = status
    return Line("x", fails=error)


@pytest.mark.parametrize(
    ("status", "what"), [(0, "reachable"), (401, "key"), (404, "answers"), (429, "answers")]
)
def test_a_model_that_does_not_answer_is_asked_once(status, what):
    model = ScriptedModel(failed(status))
    found = run_sync(probe(model))
    assert (found[-1].what, found[-1].stops_a_run, len(model.seen)) == (what, True, 1)
    assert f"It said {status}." in found[-1].says


def test_without_a_key_nothing_is_sent():
    found = run_sync(examine_model("anthropic", Config(), {}))
    assert [finding.what for finding in found] == ["model", "SDK", "key"]
    assert "ANTHROPIC_API_KEY" in str(found[-1])
    assert str(found[-1]).startswith("FAIL  key: ")


def test_offline_needs_nothing(session):
    assert "ok    model: offline" in run_command(session, "doctor")
    assert "FAIL  model: There is no provider" in run_command(session, "doctor gpt-6")


def test_an_endpoint_over_http_is_examined():
    from protocols.messages import MessagesProtocol
    from server import Reply, serving

    first, *others = GOOD
    with serving(MessagesProtocol(), Reply(first, pause_s=0.08), *map(Reply, others)) as server:
        config = Config(providers={"anthropic": ProviderSettings(base_url=server.url)})
        environment = {"ANTHROPIC_API_KEY": "planted-key-0123456789"}
        found = run_sync(examine_model("anthropic:claude-sonnet-5-5", config, environment))
    wrong = [str(finding) for finding in found if not finding.is_good and finding.what != "charts as images"]
    assert wrong == []
    assert "planted-key" not in " ".join(map(str, found))


@pytest.mark.parametrize(("status", "what"), [(401, "key"), (404, "answers"), (529, "answers")])
def test_a_refusal_over_http_is_told_under_its_name(status, what):
    from protocols.messages import MessagesProtocol
    from server import Reply, serving

    with serving(MessagesProtocol(), Reply(status=status)) as server:
        config = Config(providers={"anthropic": ProviderSettings(base_url=server.url)})
        found = run_sync(examine_model("anthropic", config, {"ANTHROPIC_API_KEY": "planted-key"}))
    assert (found[-1].what, found[-1].stops_a_run) == (what, True)


def test_an_address_where_nobody_is_can_not_be_reached():
    config = Config(providers={"anthropic": ProviderSettings(base_url="http://127.0.0.1:9")})
    found = run_sync(examine_model("anthropic", config, {"ANTHROPIC_API_KEY": "planted-key"}))
    assert str(found[-1]).startswith("FAIL  reachable: no: anthropic at http://127.0.0.1:9 can't be reached")


@pytest.mark.parametrize(
    ("faults", "what", "says"),
    [
        ({0: {"buffered": True}}, "streams", "all at once"),
        ({1: {"line": Line("I can't.", usage=USAGE)}}, "tools", "--jinja"),
        ({1: {"status": 400, "message": "this model does not support tools"}}, "tools", "can't call tools"),
        ({3: {"status": 400, "message": "image input is not supported"}}, "images", "image input"),
        ({0: {"body": b"<html><body>Sign in</body></html>"}}, "answers", "base URL"),
    ],
)
def test_what_a_compatible_endpoint_lacks_is_told(faults, what, says):
    from protocols.chat_completions import ChatCompletionsProtocol
    from server import Reply, serving

    pauses = (0.08, 0.0, 0.0, 0.0)  # between the deltas that are timed
    replies = [
        replace(Reply(line, pause_s=pauses[place]), **faults.get(place, {}))
        for place, line in enumerate(GOOD)
    ]
    with serving(ChatCompletionsProtocol(), *replies) as server:
        lab = ProviderSettings(kind="openai-compatible", base_url=f"{server.url}/v1")
        found = run_sync(examine_model("lab:acme/model:7b", Config(providers={"lab": lab}), {}))
    wrong = {finding.what: finding.says for finding in found if not finding.is_good}
    wrong.pop("charts as images", None)  # a matter of this machine
    assert list(wrong) == [what]
    assert says in wrong[what]


@pytest.mark.parametrize(
    ("provider", "own"),
    [
        ("openai", ProviderSettings(ca_bundle="/nowhere/ca.pem")),
        ("cohere", ProviderSettings(proxy="nonsense")),
        ("azure", ProviderSettings()),
    ],
)
def test_a_wrong_setting_is_not_told_as_an_answer(provider, own):
    variable = "AZURE_OPENAI_API_KEY" if provider == "azure" else f"{provider.upper()}_API_KEY"
    found = run_sync(examine_model(f"{provider}:m", Config(providers={provider: own}), {variable: "planted"}))
    assert [finding.what for finding in found] == ["model", "SDK", "key", "settings"]
    assert "%rasgo config providers." in found[-1].says


def test_a_header_that_is_no_key_does_not_stand_for_one():
    team = Config(providers={"openai": ProviderSettings(headers={"X-Team": "a"})})
    assert run_sync(examine_model("openai", team, {}))[-1].stops_a_run
    gateway = {"openai": ProviderSettings(headers={"API-Key": "a"}, base_url="http://127.0.0.1:9")}
    found = run_sync(examine_model("openai", Config(providers=gateway), {}))
    assert "none; a key of ours may not be needed" in str(found[2])


def test_a_model_that_sees_gets_charts_only_where_they_can_be_drawn():
    from protocols.messages import MessagesProtocol
    from server import Reply, serving

    with serving(MessagesProtocol(), *map(Reply, GOOD)) as server:
        config = Config(providers={"anthropic": ProviderSettings(base_url=server.url)})
        found = run_sync(examine_model("anthropic:m", config, {"ANTHROPIC_API_KEY": "planted"}))
    why = why_no_picture()
    assert (found[-1].what, found[-1].is_good) == ("charts as images", not why)
    assert why in found[-1].says
    assert not found[-1].stops_a_run
