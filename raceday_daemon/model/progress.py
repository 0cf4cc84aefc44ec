"""How long work, such as a job or a setup, tells a person how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Is told of the steps of some work as they happen."""

    def begin(self, job: str, done: int, total: int) -> None:
        """Learn that a job begins, with `done` of its `total` items done by an earlier run."""

    def advance(self, label: str) -> None:
        """Learn that an item has been done, well or not."""

    def end(self) -> None:
        """Learn that the job has ended."""

    def close(self) -> None:
        """Learn that no more jobs come; may take a moment."""


class NoProgress:
    """Tells nobody."""

    def begin(self, job: str, done: int, total: int) -> None:
        """Do nothing."""

    def advance(self, label: str) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
