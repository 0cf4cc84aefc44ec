"""By which names the site may be asked: a name of somebody else's that leads here is a trap (DNS rebinding)."""

from collections.abc import Collection, Sequence
from ipaddress import ip_address


def is_own(host_headers: Sequence[str], names: Collection[str]) -> bool:
    """Say whether a request's Host headers name this machine for sure.

    An address does, localhost does, and so does a name (in small letters) that whoever runs the daemon has given it: a
    page of another site reaches it only by a name that its owner has turned to our address.
    """
    if len(host_headers) != 1:
        return False
    name = _without_port(host_headers[0].strip()).lower()
    return name == "localhost" or name in names or _is_address(name)


def is_here(remote: str | None) -> bool:
    """Say whether a request comes from this machine, by the address of its other end."""
    if remote is None or not _is_address(remote):
        return False
    address = ip_address(remote)
    # One that came by IPv4 to a socket of IPv6.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


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
