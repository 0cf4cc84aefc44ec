"""The site's place on the network: the address that it is served on."""

import asyncio
import errno
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from raceday_daemon.model.errors import AddressError

MOST_CONNECTIONS: Final = 300
"""Further callers are hung up on: they must not take the files that the polls need for their own connections."""

_FILES_FOR_OTHERS: Final = 250
"""What is left to the polls, the database, the log, of the files that the system lets the process have open."""
_FEWEST_CONNECTIONS: Final = 20

_IDLE_SECONDS: Final = 15.0
UNREAD_SECONDS: Final = 30.0
"""A caller that takes nothing of its answer for so long is cut off: it holds one of few connections."""
_END_SECONDS: Final = 1.0
"""Questions under way when the daemon ends may take so long."""

_LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, unread_seconds: float = UNREAD_SECONDS
) -> AsyncIterator[str]:
    """Serve on an address (port 0: any free one), and give the URL to ask at; AddressError where that can't be had."""
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_quiet_logger(),
        keepalive_timeout=_IDLE_SECONDS,
        shutdown_timeout=_END_SECONDS,
    )
    await runner.setup()
    try:
        try:
            server = await asyncio.get_running_loop().create_server(_Limited(runner), host, port)
        except (OSError, UnicodeError) as error:
            raise AddressError(_refusal(host, port, error)) from error
        for listening in server.sockets:
            _bound_unread(listening, unread_seconds)
        try:
            yield _url(*server.sockets[0].getsockname()[:2])
        finally:
            server.close()
    finally:
        await runner.cleanup()


def connections_within(open_files: int) -> int:
    """Give how many callers there may be where a process may have so many files open."""
    return max(_FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, open_files - _FILES_FOR_OTHERS))


class _Limited:
    """Makes the protocol of each connection: aiohttp's own, up to a limit."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else connections_within(soft)

    def __call__(self) -> asyncio.Protocol:
        server = self._runner.server
        return server() if server and len(server.connections) < self._most else _HangingUp()


class _HangingUp(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _bound_unread(listening: socket.socket, seconds: float) -> None:
    """Have the system cut off whoever does not read; each connection has this of the socket that it came in by."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(seconds * 1000))


def _quiet_logger() -> logging.Logger:
    """Give a logger that leaves out what callers send that is no HTTP: anybody could fill the log with it."""
    quiet = logging.getLogger(__name__)
    quiet.setLevel(logging.CRITICAL)
    return quiet


def _url(address: str, port: int) -> str:
    address = _LOOPBACK_OF.get(address, address)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _refusal(host: str, port: int, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
    if number == errno.EADDRINUSE:
        return (
            f"RACEDAY_HTTP_PORT: port {port} of {host} is in use by another program;"
            " set another port, or 0 for any free one"
        )
    if number == errno.EACCES:
        return f"RACEDAY_HTTP_PORT: port {port} may not be used by this user; set one from 1024 on"
    why = os.strerror(number) if number else str(error)
    return f"RACEDAY_HTTP_HOST: {host} is no address of this machine that can be served on ({why})"
