"""Failures that people are told about, out of the groups that tasks put them in."""

from collections.abc import Iterator
from contextlib import contextmanager

from raceday_daemon.model.errors import RacedayError


@contextmanager
def refusals_alone() -> Iterator[None]:
    """Take a failure such as a lease that is held out of its group: it is no bug. Groups with any bug stay."""
    try:
        yield
    except BaseExceptionGroup as group:
        refusals, bugs = group.split(RacedayError)
        if refusals is None or bugs is not None:
            raise
        raise _first(refusals) from None


def _first(group: BaseExceptionGroup[RacedayError]) -> RacedayError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, RacedayError)  # noqa: S101  # the group was split by it
    return error
