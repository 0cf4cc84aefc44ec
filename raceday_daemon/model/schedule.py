"""Work to be begun at an instant, as something that can be handed in."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Protocol

Work = Callable[[], Coroutine[Any, Any, None]]


class Schedule(Protocol):
    """Begins work when its time has come; tests in virtual time put a heap behind it."""

    def at(self, name: str, instant: datetime, work: Work, *, resumes: bool = False) -> None:
        """Begin `work` at `instant`, at once where that has passed; it takes the place of what waits by that name.

        `resumes` says that it can be cut off at any moment and goes on another time.
        """

    def cancel(self, name: str) -> None:
        """Forget what waits by a name, if anything does."""
