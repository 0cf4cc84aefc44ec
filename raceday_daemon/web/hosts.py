"""By which names the site may be asked: a name of somebody else's that leads here is a trap (DNS rebinding)."""

from collections.abc import Sequence
from ipaddress import ip_address


def is_own(host_headers: Sequence[str], configured_host: str) -> bool:
    """Say whether a request's Host headers name this machine for sure.

    An address does, localhost does, and so does the host that the site was told to be served on: a page of another
    site reaches it only by a name that its owner has turned to our address.
    """
    if len(host_headers) != 1:
        return False
    name = _without_port(host_headers[0].strip()).lower()
    return name in ("localhost", configured_host.lower()) or _is_address(name)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
