"""A line to a server that can be cut, as a network is: a TCP port on loopback that passes everything on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Passes on what comes until it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    def cut(self) -> None:
        """Hang up on everybody, and take nobody any more."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Pass on again."""
        self._is_cut = False

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one connection both ways."""
        if self._is_cut:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, there_writer}
        with suppress(OSError):
            await asyncio.gather(_pass(reader, there_writer), _pass(there_reader, writer))
        self._writers -= {writer, there_writer}


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def line_to(endpoint: str) -> AsyncIterator[tuple[Line, str]]:
    """Lay a line to an endpoint; give it and the endpoint at its near end."""
    address = urlsplit(endpoint)
    line = Line(address.hostname or "", address.port or 80)
    server = await asyncio.start_server(line.take, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line, f"http://127.0.0.1:{line.port}{address.path}"
    finally:
        line.cut()
        server.close()
