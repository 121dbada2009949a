"""What only Bedrock has: signatures, regions, binary frames."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protocols.bedrock import MODEL, BedrockProtocol, chunk, exception, frame, make
from protocols.messages import events_of
from server import Reply, serving
from subjects import KEY, QUESTION, RUN_SQL, SYSTEM, one_line

from rasgo_nb.agent.models.base import ReplyEnd, TextFragment
from rasgo_nb.agent.models.bedrock import BedrockModel
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.errors import ModelFailed, ModelUnavailable
from rasgo_nb.interrupt import run_sync

LINE = Line("Counting.", (Call("run_sql", {"sql": "SELECT 1"}, "call_a"),), thinking="Let me see.")
FRAMES = [chunk(event) for event in events_of(LINE, stop_reason="tool_calls", model=MODEL)]


@pytest.fixture(autouse=True)
def aws(monkeypatch, tmp_path):
    """Credentials of the environment, and nothing of whoever runs the tests."""
    for name in ("AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    sessions_of_the_sdk().cache_clear()


def sessions_of_the_sdk():
    from anthropic.lib.aws import _auth

    return _auth._get_session


async def fragments_of(model):
    try:
        async with aclosing(model.stream_reply((SYSTEM, QUESTION), (RUN_SQL,))) as stream:
            return [fragment async for fragment in stream]
    finally:
        await model.aclose()


def ask(reply, key=KEY):
    with serving(BedrockProtocol(), reply) as server:
        return run_sync(fragments_of(make(server.url, key))), server.requests[0]


def failure(reply, kind=ModelFailed, key=KEY):
    with pytest.raises(kind) as caught:
        ask(reply, key)
    return one_line(caught.value)


def test_the_model_is_named_in_the_address_and_not_in_the_body():
    _, request = ask(Reply(LINE))
    assert request.path == "/model/us.anthropic.claude-sonnet-5-5-v1:0/invoke-with-response-stream"
    assert request.json == {
        "anthropic_version": request.json["anthropic_version"],
        "max_tokens": 16_000,
        "system": [{"type": "text", "text": "You analyse data.", "cache_control": {"type": "ephemeral"}}],
        "tools": [
            {
                "name": "run_sql",
                "description": "Run one SQL statement.",
                "input_schema": RUN_SQL.parameters,
                "eager_input_streaming": True,
            }
        ],
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": "How many orders are there?",
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
            }
        ],
    }


def test_a_bearer_token_is_sent_as_it_is():
    assert ask(Reply(LINE))[1].headers["authorization"] == f"Bearer {KEY}"


def test_without_a_token_requests_are_signed_for_the_region():
    authorization = ask(Reply(LINE), key="")[1].headers["authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    assert "/us-east-1/bedrock/aws4_request" in authorization
    assert KEY not in authorization


def test_missing_credentials_say_how_to_sign_in(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "Type `aws sso login` in a terminal and ask again." in failure(Reply(LINE), key="")


def test_a_profile_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    line = failure(Reply(LINE), key="")
    assert "nowhere" in line
    assert "aws sso login" in line


def test_expired_credentials_say_how_to_renew_them():
    expired = Reply(status=403, message="The security token included in the request is expired")
    line = failure(expired, key="")
    assert "is expired. Type `aws sso login` in a terminal" in line
    assert "rasgo-nb key set bedrock" in failure(expired)


def test_a_missing_region_is_asked_for():
    model = BedrockModel(f"bedrock:{MODEL}", Endpoint("bedrock", "", KEY), {})
    with pytest.raises(ModelFailed, match=r"config providers\.bedrock\.region us-east-1"):
        run_sync(fragments_of(model))


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("throttlingException", 429, ModelUnavailable),
        ("modelStreamErrorException", 500, ModelUnavailable),
        ("serviceUnavailableException", 503, ModelUnavailable),
        ("modelTimeoutException", 504, ModelUnavailable),
        ("validationException", 400, ModelFailed),
    ],
)
def test_an_exception_in_the_stream_stands_for_its_status(kind, status, error):
    line = failure(Reply(pieces=[*FRAMES[:4], exception(kind, "No more.")]), error)
    assert f"(status {status}): No more." in line


def test_chunks_that_are_no_event_are_one_line_or_nothing():
    for payload in (b"{}", b"[]", b'{"bytes": 3}', b'{"bytes": "e30="}', b'{"bytes": "/w=="}', b"\xff"):
        headers = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
        failure(Reply(pieces=[*FRAMES[:4], frame(headers, payload)]), ModelUnavailable)


def test_a_frame_with_a_wrong_checksum_is_one_line():
    broken = FRAMES[3][:-1] + bytes([FRAMES[3][-1] ^ 1])
    line = failure(Reply(pieces=[*FRAMES[:3], broken, *FRAMES[4:]]), ModelUnavailable)
    assert "can't be read: ChecksumMismatch" in line


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 3_000), put=st.binary(min_size=1, max_size=8))
def test_bytes_put_into_the_frames_never_pass_for_a_whole_reply(place, put):
    whole = b"".join(FRAMES)
    place = min(place, len(whole) - 1)
    try:
        fragments, _ = ask(Reply(pieces=[whole[:place] + put + whole[place + len(put) :]]))
    except ModelFailed as error:
        one_line(error)
    else:
        assert whole[place : place + len(put)] == put
        assert isinstance(fragments[-1], ReplyEnd)


def test_frames_split_anywhere_are_put_together():
    fragments, _ = ask(Reply(LINE, split=7))
    texts = [fragment.text for fragment in fragments if isinstance(fragment, TextFragment)]
    assert "".join(texts) == "Counting."


def test_an_interrupt_closes_the_connection_at_once():
    async def main(server):
        model = make(server.url)
        stream = model.stream_reply((QUESTION,), ())
        await anext(stream)
        await stream.aclose()
        closed = await asyncio.to_thread(server.hung_up.wait, 0.1)
        await model.aclose()
        return closed

    with serving(BedrockProtocol(), Reply(LINE, pause_s=0.02)) as server:
        assert run_sync(main(server))
