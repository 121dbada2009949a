"""What is secret in an endpoint's settings shows in no error, repr or listing."""

import pytest

from rasgo_nb.agent.messages import Message, Text
from rasgo_nb.agent.models.choose import open_model
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.failures import failure_of_connection, plain_text
from rasgo_nb.config import Config
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.provider_settings import ProviderSettings, provider_lines

ADDRESS = "http://ada:planted/1@localhost:9/v1"


async def first_of(model):
    try:
        async for _ in model.stream_reply((Message("user", (Text("Hello."),)),), ()):
            return
    finally:
        await model.aclose()


@pytest.mark.parametrize("provider", ["openai", "azure", "anthropic", "cohere", "openai-compatible"])
@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        ("ada:planted@localhost:9", "type it like http://localhost:3128"),
        ("http://ada:planted/1@localhost:9", "type it like http://localhost:3128"),
        ("socks5://ada:planted@localhost:9", "pip install socksio"),
    ],
)
def test_a_wrong_proxy_is_told_without_its_password(provider, proxy, says):
    own = ProviderSettings(base_url="http://127.0.0.1:9", proxy=proxy)
    variable = f"{provider.replace('-', '_').upper()}_{'OPENAI_' if provider == 'azure' else ''}API_KEY"
    model = open_model(f"{provider}:m", {provider: own}, environment={variable: "key"})
    with pytest.raises(RasgoError) as caught:
        run_sync(first_of(model))
    assert says in str(caught.value)
    assert "planted" not in str(caught.value)


def test_a_login_in_an_address_is_in_no_repr_error_or_listing():
    endpoint = Endpoint(
        "lab", ADDRESS, headers={"X-Key": "Bearer planted-2"}, proxy="http://ada:planted-3@x:1"
    )
    own = ProviderSettings(base_url=ADDRESS, proxy="ada:planted@localhost:9")
    config = Config(providers={"lab": own})
    said = plain_text("I know planted/1, planted-2 and planted-3", endpoint)
    failure = failure_of_connection(endpoint, OSError("no route"))
    with pytest.raises(RasgoError) as refused:
        Endpoint("lab", ADDRESS.removeprefix("http://"))
    shown = [*map(str, (said, failure, refused.value)), repr(endpoint), repr(config)]
    assert "planted" not in " ".join([*shown, *provider_lines("lab", own)])
    assert "http://***@localhost:9/v1" in str(failure)


def test_the_date_of_a_model_is_no_login():
    own = ProviderSettings(model="claude-sonnet-5@20260101")
    assert provider_lines("vertex", own) == ["providers.vertex.model = 'claude-sonnet-5@20260101'"]
