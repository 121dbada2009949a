"""thin"""

from __future__ import annotations


def check_read_only(statement: str, dialect: str) -> None:
    """thin"""
