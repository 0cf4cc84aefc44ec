"""What apprise says of a failure: it says that to its log alone, and there with the addresses."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Final

from raceday_daemon.ops.printable import printable
from raceday_daemon.ops.secrecy import Secrecy

_MOST_SAID: Final = 200
_MOST_KEPT: Final = 10


class AppriseWords(logging.Handler):
    """Keeps the warnings of whichever thread has last asked it to forget, without what is secret."""

    def __init__(self, secrecy: Secrecy) -> None:
        """Mask by what is known of the address."""
        super().__init__(logging.WARNING)
        self._secrecy = secrecy
        self._thread: int | None = None
        self._kept: list[str] = []

    def forget(self) -> None:
        """Keep only what this thread says from now on."""
        self._thread, self._kept = get_ident(), []

    def said(self) -> str:
        """Give in one line what was said since."""
        return printable(" ".join(self._kept))[:_MOST_SAID]

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message of this thread."""
        if record.thread == self._thread and len(self._kept) < _MOST_KEPT:
            self._kept.append(str(self._secrecy.masked(record.getMessage())))


@contextmanager
def apprise_words(secrecy: Secrecy) -> Iterator[AppriseWords]:
    """Listen to apprise's log, which goes nowhere else meanwhile."""
    log, words = logging.getLogger("apprise"), AppriseWords(secrecy)
    propagates = log.propagate
    log.propagate = False
    log.addHandler(words)
    try:
        yield words
    finally:
        log.removeHandler(words)
        log.propagate = propagates
