"""Which words of a connection are secret: option names, and passwords within a URL."""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_plus

_OPTION = re.compile(
    r"(.*[_-])?(password|passwd|pwd|passcode|passphrase|secret|token|api_?key|secret_access_key)"
    r"|sslpassword|private_key|credentials_json|service_account_json|secret\w*key",
    re.I,
)
_URL = re.compile(r"(?P<scheme>(?:[A-Za-z][\w+.-]*:)+//)(?P<login>.*)@(?P<rest>.*)", re.S)
_PLACE = re.compile(r"[^:@/?]*:\d+(/[^?:]*)?\?.*", re.S)  # host:5432/db?user=ana@example.org
_IN_QUERY = re.compile(r"(?P<name>[\w-]+)\s*=\s*(?P<value>'(?:[^'\\]|\\.)*'?|[^&\s]+)")
_WITHIN = re.compile(r"(?:^|[;{\s])\s*(?:pwd|password|secret|token)\s*=", re.I)  # of ODBC's own options


def is_secret_option(name: str) -> bool:
    """Whether a vendor's parameter of that name holds a secret, rather than the place of one."""
    return _OPTION.fullmatch(name) is not None


def secret_in(source: str) -> str:
    """What a URL holds: ``password``, or the name of a secret parameter; empty where it holds no secret."""
    found = _URL.fullmatch(source.strip())
    if found and found["login"].partition(":")[2] and not _PLACE.fullmatch(found["login"]):
        return "password"
    if "=" not in source:
        return ""
    return next((one["name"] for one in _IN_QUERY.finditer(source) if _is_secret(one)), "")


def secrets_in(source: str) -> list[str]:
    """The values that ``without_secrets`` leaves out, as they are written and as they are meant."""
    text = source.strip()
    found = _URL.fullmatch(text)
    values = [one["value"] for one in _IN_QUERY.finditer(text) if _is_secret(one)]
    if found and not _PLACE.fullmatch(found["login"]):
        values.append(found["login"].partition(":")[2])
    return [spelled for value in values if value for spelled in {value, unquote_plus(value), unquote(value)}]


def without_secrets(source: str) -> str:
    """A source as it may be shown and kept: a password in it is left out."""
    text = source.strip()
    found = _URL.fullmatch(text)
    if found and ":" in found["login"] and not _PLACE.fullmatch(found["login"]):
        text = f"{found['scheme']}{found['login'].partition(':')[0]}@{found['rest']}"
    return _IN_QUERY.sub(lambda one: f"{one['name']}=***" if _is_secret(one) else one[0], text)


def _is_secret(found: re.Match[str]) -> bool:
    return is_secret_option(found["name"]) or _WITHIN.search(unquote_plus(found["value"])) is not None
