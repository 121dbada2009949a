"""Which model is taken, and why."""

import pytest

from rasgo_nb.agent.models.choose import Choice, choose, endpoint_of, offers
from rasgo_nb.agent.models.providers import PROVIDERS
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.provider_settings import ProviderSettings

LAB = {"lab": ProviderSettings(kind="openai-compatible", base_url="http://localhost:8000/v1", model="qwen3")}


def test_without_any_key_it_is_offline():
    assert choose("", {}, {}).name == "offline"


@pytest.mark.parametrize("name", ["anthropic", "openai", "cohere"])
def test_the_first_provider_with_a_key_is_taken(name):
    for variable in PROVIDERS[name].key_variables:
        choice = choose("", {}, {variable: "key"})
        assert choice == Choice(f"{name}:{PROVIDERS[name].default_model}", f"there is {variable}")


def test_of_two_keys_the_order_of_providers_decides():
    environment = {"COHERE_API_KEY": "a", "OPENAI_API_KEY": "b"}
    assert choose("", {}, environment).name.startswith("openai:")


@pytest.mark.parametrize("name", ["azure", "bedrock"])
def test_a_provider_without_a_usual_model_is_taken_where_settings_name_one(name):
    environment = {PROVIDERS[name].key_variables[0]: "key"}
    assert choose("", {}, environment).name == "offline"
    assert choose("", {name: ProviderSettings(model="mine")}, environment).name == f"{name}:mine"


def test_vertex_needs_no_key_but_a_model_in_the_settings():
    assert choose("", {}, {}).name == "offline"
    choice = choose("", {"vertex": ProviderSettings(model="claude-sonnet-5-5")}, {})
    assert choice == Choice("vertex:claude-sonnet-5-5", "the settings name its model, in providers.vertex")


def test_an_endpoint_of_ones_own_is_taken_where_it_has_a_model():
    assert choose("", LAB, {}) == Choice("lab:qwen3", "the settings name its model, in providers.lab")
    assert choose("lab", LAB, {}).name == "lab:qwen3"
    assert choose("lab:other:tag", LAB, {}).name == "lab:other:tag"


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("gpt-6", "Use `--model openai:gpt-6`"),
        ("claude-x", "Use `--model anthropic:claude-x`"),
        ("command-z", "Use `--model cohere:command-z`"),
        ("antropic:claude-x", "Use `--model anthropic:MODEL`"),
        ("ofline", "Use `--model offline`"),
        ("zzz", "openai-compatible, offline."),
        ("azure", "Type for example `--model azure:NAME`"),
    ],
)
def test_a_wrong_name_comes_with_the_nearest(wanted, says):
    with pytest.raises(RasgoError) as caught:
        choose(wanted, {}, {})
    assert says in str(caught.value)


def test_an_entry_of_a_kind_that_there_is_not_says_which_there_are():
    own = {"lab": ProviderSettings(kind="openai-compatibel")}
    with pytest.raises(RasgoError, match=r"`%rasgo config providers.lab.kind openai-compatible`"):
        choose("lab:x", own, {})
    assert any("lab:MODEL" in line and "kind" in line for line in offers(own, {}))


def test_the_key_of_a_provider_is_not_sent_to_another_address():
    own = {"gate": ProviderSettings(kind="openai", base_url="https://gate.example/v1")}
    assert endpoint_of("gate", own, {"OPENAI_API_KEY": "key"}).key == ""
    same = {"second": ProviderSettings(kind="openai")}
    environment = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "http://localhost:1/v1"}
    endpoint = endpoint_of("second", same, environment)
    assert (endpoint.key, endpoint.base_url) == ("key", "")


def test_an_endpoint_is_filled_from_settings_first_then_the_environment():
    own = {"openai": ProviderSettings(headers={"X-Team": "$TEAM"}, region="eu", timeout_s=5.0)}
    environment = {"OPENAI_BASE_URL": "http://localhost:1/v1", "TEAM": "data"}
    endpoint = endpoint_of("openai", own, environment)
    assert (endpoint.base_url, endpoint.headers) == ("http://localhost:1/v1", {"X-Team": "data"})
    assert (endpoint.extras, endpoint.timeout_s) == ({"region": "eu"}, 5.0)


def test_a_header_from_a_variable_that_is_not_set_is_told():
    own = {"openai": ProviderSettings(headers={"X-Team": "$TEAM"})}
    with pytest.raises(RasgoError, match=r"providers.openai.headers.X-Team is taken from \$TEAM"):
        endpoint_of("openai", own, {})


def test_the_list_says_where_each_key_is():
    lines = "\n".join(offers(LAB, {"OPENAI_API_KEY": "key"}))
    assert "key in OPENAI_API_KEY, usually gpt-6.1-sol" in lines
    assert "no key in ANTHROPIC_API_KEY" in lines
    assert "lab:MODEL" in lines


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("OpenAI:gpt-mine", "Use `--model openai:MODEL` or"),
        ("opnai:gpt-mine", "Use `--model openai:MODEL` or"),
        ("claude-mine", "Use `--model anthropic:claude-mine`."),
        ("vllm:mine", "lab, offline. An endpoint of yours gets a name by `%rasgo config providers.NAME.kind"),
    ],
)
def test_a_provider_that_there_is_not_is_told_with_what_to_type(wanted, says):
    with pytest.raises(UnknownName) as caught:
        choose(wanted, LAB, {})
    assert says in str(caught.value)


def test_a_key_in_place_of_a_model_is_not_echoed():
    key = "sk-planted-0123456789abcdefABCDEF"
    with pytest.raises(UnknownName, match="looks like a key") as caught:
        choose(key, LAB, {})
    assert key not in str(caught.value)
