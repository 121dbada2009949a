"""The providers that there are; what one needs is said here once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider and the file that speaks to it.

    ``key_variables`` are tried in order; a provider without any needs no key. ``default_model`` is taken
    where the person named none; empty means that one must be named.
    """

    name: str
    module: str
    class_name: str
    extra: str  # of this package, with the SDK
    sdk: str
    key_variables: tuple[str, ...] = ()
    url_variable: str = ""
    default_model: str = ""
    is_keyless: bool = False  # whether it may be reached without a key of ours


_MODULES = "rasgo_nb.agent.models"

# In the order in which a key decides which is taken.
PROVIDERS = {
    provider.name: provider
    for provider in (
        Provider(
            "anthropic", f"{_MODULES}.anthropic", "AnthropicModel", "anthropic", "anthropic",
            ("ANTHROPIC_API_KEY",), "ANTHROPIC_BASE_URL", "claude-sonnet-5-5",
        ),
        Provider(
            "openai", f"{_MODULES}.openai", "OpenAIModel", "openai", "openai",
            ("OPENAI_API_KEY",), "OPENAI_BASE_URL", "gpt-6.1-sol",
        ),
        Provider(
            "cohere", f"{_MODULES}.cohere", "CohereModel", "cohere", "cohere",
            ("COHERE_API_KEY", "CO_API_KEY"), "CO_API_URL", "command-a-plus-05-2026",
        ),
        Provider(
            "azure", f"{_MODULES}.azure", "AzureModel", "openai", "openai",
            ("AZURE_OPENAI_API_KEY",), "AZURE_OPENAI_ENDPOINT",
        ),
        Provider(
            "bedrock", f"{_MODULES}.bedrock", "BedrockModel", "bedrock", "anthropic",
            ("AWS_BEARER_TOKEN_BEDROCK",), "ANTHROPIC_BEDROCK_BASE_URL", is_keyless=True,
        ),
        Provider(
            "vertex", f"{_MODULES}.vertex", "VertexModel", "vertex", "anthropic",
            (), "ANTHROPIC_VERTEX_BASE_URL", is_keyless=True,
        ),
        Provider(
            "openai-compatible", f"{_MODULES}.openai_compatible", "OpenAICompatibleModel", "openai", "openai",
            ("OPENAI_COMPATIBLE_API_KEY",), "OPENAI_COMPATIBLE_BASE_URL", is_keyless=True,
        ),
    )
}  # fmt: skip
