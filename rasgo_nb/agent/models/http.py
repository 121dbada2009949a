"""The HTTP client of the SDKs, set up as the endpoint says."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.wire import tapped_client
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from rasgo_nb.agent.models.endpoint import Endpoint


def http_client(endpoint: Endpoint, library: Any = None) -> Any:
    """An ``AsyncClient`` of ``httpx2``, or of another library with the same names.

    Proxies of the environment hold where the endpoint names none. What it sends can be tapped.

    Raises
    ------
    RasgoError
        when the bundle of certificates cannot be read, or a proxy cannot be used; its address is not shown.
    """
    if library is None:
        import httpx2

        library = httpx2
    verify = tls_context(endpoint)
    try:
        return tapped_client(library)(
            proxy=endpoint.proxy or None,
            verify=verify,
            timeout=library.Timeout(endpoint.timeout_s, connect=endpoint.connect_timeout_s),
            follow_redirects=True,
        )
    except ImportError:
        why = "one that speaks SOCKS needs `pip install socksio`"
    except (ValueError, library.InvalidURL):  # their words may hold its password
        why = "type it like http://localhost:3128"
    raise RasgoError(
        f"The proxy for {endpoint.provider} can't be used: {why}. "
        f"Check `%rasgo config providers.{endpoint.provider}.proxy`, or HTTPS_PROXY and ALL_PROXY."
    )


def tls_context(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """What certificates are checked against: the endpoint's bundle, else what the library trusts.

    Raises
    ------
    RasgoError
        when the bundle cannot be read.
    """
    if not endpoint.ca_bundle:
        return True
    try:
        return ssl.create_default_context(cafile=str(Path(endpoint.ca_bundle).expanduser()))
    except OSError as error:
        raise RasgoError(
            f"The CA bundle {endpoint.ca_bundle} of {endpoint.provider} can't be read: {error}. "
            f"Type for example `%rasgo config providers.{endpoint.provider}.ca_bundle /path/to/ca.pem`."
        ) from None
