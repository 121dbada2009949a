"""Where passwords and tokens of connections are held: never in a cell, a file of ours, a repr or a log."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    """Secrets by key; a key is made of a connection's name and what the secret is: ``prod.password``."""

    def find(self, key: str) -> str:
        """The secret; empty where there is none."""

    def keep(self, key: str, secret: str) -> None:
        """Hold it until it is forgotten, or as long as this kind of store lasts."""

    def forget(self, key: str) -> None:
        """Hold it no more; nothing where there was none."""


class SecretsInMemory:
    """Secrets that end with the kernel."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"SecretsInMemory({len(self._secrets)} held)"

    def find(self, key: str) -> str:
        """As ``Secrets.find``."""
        return self._secrets.get(key, "")

    def keep(self, key: str, secret: str) -> None:
        """As ``Secrets.keep``."""
        self._secrets[key] = secret

    def forget(self, key: str) -> None:
        """As ``Secrets.forget``."""
        self._secrets.pop(key, None)
