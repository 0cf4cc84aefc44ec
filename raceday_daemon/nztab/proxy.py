"""The proxy that the environment names for the source's address."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's address without its password, and the headers that carry its password where it has one."""

    address: str
    headers: dict[str, str]


def proxy_for(address: str) -> Proxy | None:
    """Look up http_proxy, https_proxy and no_proxy for an address; None where it is reached directly.

    Raises ValueError for a proxy whose address can't be used; the error's words may hold its password.
    """
    try:
        source = urlsplit(address)
    except ValueError:
        # What is no address at all is told by the call.
        return None
    if source.hostname is None or proxy_bypass(source.hostname):
        return None
    named = getproxies().get(source.scheme)
    return _proxy(named) if named else None


def _proxy(named: str) -> Proxy:
    parts = urlsplit(named)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(named)
    login, _, place = parts.netloc.rpartition("@")
    headers = {}
    if login:
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        headers["Proxy-Authorization"] = aiohttp.encode_basic_auth(user, password)
    return Proxy(f"{parts.scheme}://{place}", headers)
