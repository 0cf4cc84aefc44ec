"""A service manager's side of sd_notify: a real datagram socket, and what was told over it."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MOST_SECONDS = 40.0


@dataclass
class Told:
    """What a service tells; `address` is what NOTIFY_SOCKET has to be."""

    address: str
    way: socket.socket
    messages: list[dict[str, str]] = field(default_factory=list)

    def read(self) -> list[dict[str, str]]:
        """Give all that was told so far, a message each."""
        while True:
            try:
                message = self.way.recv(65536).decode()
            except BlockingIOError:
                return self.messages
            self.messages.append(dict(line.split("=", 1) for line in message.splitlines()))

    def values(self, name: str) -> list[str]:
        """Give what was told under a name so far, in its order."""
        return [message[name] for message in self.read() if name in message]

    async def until(self, holds: Callable[["Told"], bool]) -> None:
        """Wait until what was told is as wanted."""
        async with asyncio.timeout(MOST_SECONDS):
            # Nothing here tells of it: it is another process that sends.
            while not holds(self):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@contextmanager
def service_manager(folder: Path, *, abstract: bool = False) -> Iterator[Told]:
    """Listen at a socket in a folder, or at an abstract one whose name follows from the folder."""
    path = folder / "notify"
    address = f"@{path}" if abstract else str(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.setblocking(False)
        way.bind(f"\0{path}" if abstract else address)
        yield Told(address, way)
