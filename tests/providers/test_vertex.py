"""What only Vertex AI has: Google's credentials, projects and regions."""

from __future__ import annotations

import json
from contextlib import aclosing

import pytest
from protocols.vertex import VertexProtocol, make
from server import Reply, serving, sse
from subjects import KEY, QUESTION, one_line

from rasgo_nb.agent.models.base import ReplyEnd
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.scripted import Line
from rasgo_nb.agent.models.vertex import VertexModel
from rasgo_nb.errors import ModelFailed, ModelUnavailable
from rasgo_nb.interrupt import run_sync

HELLO = Reply(Line("Hello to you."))


@pytest.fixture(autouse=True)
def google(monkeypatch, tmp_path):
    """Nothing of whoever runs the tests: no credentials, no project, no look for Google's machines."""
    for name in ("CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)


async def fragments_of(model):
    try:
        async with aclosing(model.stream_reply((QUESTION,), ())) as stream:
            return [fragment async for fragment in stream]
    finally:
        await model.aclose()


def ask(reply, key=KEY):
    with serving(VertexProtocol(), reply) as server:
        return run_sync(fragments_of(make(server.url, key))), server.requests[0]


def failure(reply, kind=ModelFailed, key=KEY):
    with pytest.raises(kind) as caught:
        ask(reply, key)
    return one_line(caught.value)


def test_project_region_and_model_are_in_the_address():
    fragments, request = ask(HELLO)
    assert isinstance(fragments[-1], ReplyEnd)
    assert request.path == (
        "/v1/projects/acme-data/locations/us-east5/publishers/anthropic/models/"
        "claude-sonnet-5-5@20260901:streamRawPredict"
    )
    assert request.headers["authorization"] == f"Bearer {KEY}"
    words = {"type": "text", "text": "How many orders are there?", "cache_control": {"type": "ephemeral"}}
    assert request.json == {
        "anthropic_version": request.json["anthropic_version"],
        "max_tokens": 16_000,
        "stream": True,
        "messages": [{"role": "user", "content": [words]}],
    }


def test_missing_credentials_say_how_to_sign_in():
    assert "Type `gcloud auth application-default login` in a terminal" in failure(HELLO, key="")


def test_credentials_that_are_no_json_are_told(monkeypatch, tmp_path):
    path = tmp_path / "credentials.json"
    path.write_text("nonsense")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    assert "gcloud auth application-default login" in failure(HELLO, key="")


@pytest.fixture
def federated(monkeypatch, tmp_path):
    """Credentials that are exchanged for a token at an address; returns how to set it."""

    def at(url):
        (tmp_path / "subject").write_text("a subject token")
        settings = {
            "type": "external_account",
            "audience": "//iam.googleapis.com/locations/global/workforcePools/a/providers/b",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{url}/token",
            "credential_source": {"file": str(tmp_path / "subject")},
        }
        (tmp_path / "credentials.json").write_text(json.dumps(settings))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "credentials.json"))

    return at


def test_a_token_of_googles_credentials_is_sent(federated):
    token = {"access_token": KEY, "token_type": "Bearer", "expires_in": 3600, "issued_token_type": "x"}
    with serving(VertexProtocol(), Reply(body=json.dumps(token).encode())) as server:
        federated(server.url)
        _, request = ask(HELLO, key="")
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_credentials_that_google_refuses_are_told(federated):
    refused = Reply(status=400, body=b'{"error": "invalid_grant", "error_description": "Token is expired"}')
    with serving(VertexProtocol(), refused) as server:
        federated(server.url)
        line = failure(HELLO, key="")
    assert "Token is expired" in line
    assert "gcloud auth application-default login" in line


def test_a_giver_of_tokens_that_is_away_may_be_back_in_a_while(federated):
    with serving(VertexProtocol()) as server:
        federated(server.url)
    assert "can't be reached" in failure(HELLO, ModelUnavailable, key="")


@pytest.mark.parametrize(
    ("missing", "given"), [("region", {"project": "acme-data"}), ("project", {"region": "us-east5"})]
)
def test_a_missing_place_is_asked_for(missing, given):
    with pytest.raises(ModelFailed, match=rf"config providers\.vertex\.{missing} "):
        VertexModel("vertex:claude-sonnet-5-5", Endpoint("vertex", "", KEY, extras=given), {})


def test_places_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("CLOUD_ML_REGION", "global")
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "acme-data")
    model = VertexModel("vertex:claude-sonnet-5-5", Endpoint("vertex", "", KEY), {})
    assert (model.region, model.project) == ("global", "acme-data")


def test_googles_errors_in_the_stream_stand_for_their_status():
    error = {"error": {"code": 429, "message": "Quota is used up.", "status": "RESOURCE_EXHAUSTED"}}
    line = failure(Reply(pieces=[sse(error, "error")]), ModelUnavailable)
    assert "is limiting requests (status 429): Quota is used up." in line
