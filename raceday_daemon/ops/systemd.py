"""The service manager that started this process, told how it stands: sd_notify(3), by hand."""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

from loguru import logger

_MICROSECONDS: Final = 1_000_000


class ServiceManager:
    """Tells the service manager over its socket; where none asks to be told, nothing happens.

    `watchdog_seconds` is how often it wants a sign of life (None: never).
    """

    def __init__(self, address: str | None = None, watchdog_seconds: float | None = None) -> None:
        """Tell at an address: a socket's path, or an abstract name after @."""
        self._address = address
        self._status: str | None = None
        self._told_failure = False
        self._is_stopping = False
        self.watchdog_seconds = watchdog_seconds

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> "ServiceManager":
        """Take what the environment says of it, out of there: it is for this process and for none that it starts."""
        address = environment.pop("NOTIFY_SOCKET", None)
        microseconds, pid = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        is_for_us = pid in ("", str(os.getpid()))
        seconds = int(microseconds) / _MICROSECONDS if microseconds.isdecimal() and is_for_us else 0.0
        return cls(address or None, (seconds or None) if address else None)

    def ready(self) -> None:
        """Tell that the start is over."""
        if not self._is_stopping:
            self._tell("READY=1")

    def alive(self) -> None:
        """Give the sign of life that the watchdog waits for."""
        if self.watchdog_seconds is not None:
            self._tell("WATCHDOG=1")

    def status(self, words: str) -> None:
        """Tell people how it stands, where that is news; once it stops, that is all there is to tell."""
        if words != self._status and not self._is_stopping:
            self._status = words
            self._tell(f"STATUS={' '.join(words.split())}")

    def needs(self, seconds: float, why: str) -> None:
        """Ask for time: the start or the stop may take so many seconds from now on."""
        self._status = why
        self._tell(f"STATUS={why}\nEXTEND_TIMEOUT_USEC={seconds * _MICROSECONDS:.0f}")

    def stopping(self, seconds: float, why: str) -> None:
        """Tell that the stop has begun, and how long it may take."""
        self._is_stopping = True
        self._tell("STOPPING=1")
        self.needs(seconds, why)

    def _tell(self, words: str) -> None:
        if self._address is None:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.setblocking(False)
                # What is full is read soon: the next sign of life comes in a moment.
                with suppress(BlockingIOError):
                    way.sendto(words.encode(), address)
        except (OSError, ValueError) as error:
            if not self._told_failure:
                logger.warning("the service manager can't be told: {error}", action="notify_failed", error=str(error))
            self._told_failure = True
