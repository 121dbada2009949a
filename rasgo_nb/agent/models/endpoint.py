"""Where a provider is reached, and with what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError
from rasgo_nb.provider_settings import without_login

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = re.compile(r"[\x21-\x7e]*")  # what an HTTP header can carry
_URL = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One provider's address, key and connection settings. Secrets are in no repr.

    ``base_url`` empty means the SDK's own. ``timeout_s`` is the longest silence that is waited through.
    ``extras`` is what one provider alone knows, such as a region.
    """

    provider: str
    base_url: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = field(default="", repr=False)
    ca_bundle: str = ""
    timeout_s: float = 300.0
    connect_timeout_s: float = 10.0
    extras: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could only fail later, and less clearly.

        Raises
        ------
        RasgoError
            for a key that no header can carry or an address without a scheme; the key is not shown.
        """
        if not _KEY.fullmatch(self.key):
            raise RasgoError(
                f"The key for {self.provider} has a line break, a space or a letter that no key has. "
                f"Copy it again, and type `rasgo-nb key set {self.provider}`."
            )
        if self.base_url and not _URL.fullmatch(self.base_url):
            raise RasgoError(
                f"The base URL {without_login(self.base_url)!r} of {self.provider} is no address. "
                f"Type for example `%rasgo config providers.{self.provider}.base_url http://localhost:8000/v1`."
            )
