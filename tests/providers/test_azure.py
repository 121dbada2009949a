"""Azure: where requests go, and with which header."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from protocols.responses import ResponsesProtocol
from server import Reply, serving
from subjects import KEY, QUESTION

from rasgo_nb.agent.models.azure import AzureModel
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.scripted import Line
from rasgo_nb.errors import ModelFailed, RasgoError

DATED = {"api_version": "2027-01-01"}


async def stream(endpoint):
    model = AzureModel("azure:orders", endpoint, {})
    try:
        async with aclosing(model.stream_reply((QUESTION,), ())) as fragments:
            [fragment async for fragment in fragments]
    finally:
        await model.aclose()


@pytest.mark.parametrize(
    ("given", "extras", "path"),
    [
        ("", {}, "/openai/v1/responses"),
        ("/", {}, "/openai/v1/responses"),
        ("/openai/v1/", {}, "/openai/v1/responses"),
        ("", DATED, "/openai/responses?api-version=2027-01-01"),
    ],
)
def test_a_request_goes_to_the_resource_with_the_key_in_azures_header(given, extras, path):
    with serving(ResponsesProtocol(), Reply(Line("Hello there."))) as server:
        asyncio.run(stream(Endpoint("azure", f"{server.url}{given}", KEY, extras=extras)))
    (request,) = server.requests
    assert request.path == path
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers
    assert request.json["model"] == "orders"


@pytest.mark.parametrize("extras", [{}, DATED])
def test_a_redirect_elsewhere_does_not_get_the_key(extras):
    with serving(ResponsesProtocol()) as other, serving(ResponsesProtocol()) as server:
        server.replies.append(Reply(status=307, headers={"location": f"{other.url}/openai/v1/responses"}))
        with pytest.raises(ModelFailed, match="status 307"):
            asyncio.run(stream(Endpoint("azure", server.url, KEY, extras=extras)))
    assert other.requests == []


def test_without_an_address_it_says_where_to_put_one():
    with pytest.raises(RasgoError, match="AZURE_OPENAI_ENDPOINT"):
        asyncio.run(stream(Endpoint("azure", "", KEY)))
