"""How much a caller may write: a bucket of tokens an address, which fills up again with time."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from time import monotonic
from typing import Final

from aiohttp import web

WRITES_A_MINUTE: Final = 30
MOST_ADDRESSES: Final = 1_000
"""The addresses that are remembered; the one that wrote longest ago is forgotten first."""


class Rates:
    """What each address has left."""

    def __init__(self, a_minute: int = WRITES_A_MINUTE, seconds: Callable[[], float] = monotonic) -> None:
        """Let every address begin with what it may do in a minute; `seconds` is a clock that only goes forward."""
        self._a_minute = a_minute
        self._seconds = seconds
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Take one; HTTPTooManyRequests, with the seconds to wait, where none is left."""
        now, address = self._seconds(), _network(address)
        left, at = self._left.pop(address, (float(self._a_minute), now))
        left = min(self._a_minute, left + (now - at) * self._a_minute / 60)
        self._left[address] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        if left < 1:
            wait = ceil((1 - left) * 60 / self._a_minute)
            raise web.HTTPTooManyRequests(
                text=f"at most {self._a_minute} a minute: try again in {wait} s", headers={"Retry-After": str(wait)}
            )


def _network(address: str) -> str:
    """Give what one caller has alone: an IPv4 address, of IPv6 the network of 64 bits."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
