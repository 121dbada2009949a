"""A page as XML, for models that read tags best."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 cannot hold, not even as a reference: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def xml(page: dict[str, Any]) -> str:
    """One ``<result>`` element; a list's items are named for it: ``<tables><table>``."""
    return _FORBIDDEN.sub("\ufffd", _element("result", page))


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inner = "".join(_element(_singular(name), item) for item in value)
    else:
        inner = _escaped(value)
    if _NAME.fullmatch(name) and not name.lower().startswith("xml"):
        return f"<{name}>{inner}</{name}>"
    return f"<item name={quoteattr(name)}>{inner}</item>"


def _singular(name: str) -> str:
    if name == "row":
        return "cell"
    return name[:-1] if name.endswith("s") and len(name) > 1 else "item"


def _escaped(value: Any) -> str:
    return escape(value if isinstance(value, str) else json.dumps(value))
