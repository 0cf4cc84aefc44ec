"""What a daily job is: a plan of items, each done on its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from raceday_daemon.model.lease import LeaseTerms
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.source import Source


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do: its id for the checkpoint, its name for people, and the doing, which gives what didn't fit."""

    item_id: str
    label: str
    do: Callable[[], Awaitable[Sequence[SetAside]]]


async def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The items of one run in their order, what was left out beforehand, and what follows after all of them."""

    items: Sequence[Item]
    skipped: int = 0
    set_aside: Sequence[SetAside] = ()
    settle: Callable[[], Awaitable[object]] = _nothing


class Job(Protocol):
    """A daily job; `needs` are the jobs that must have been done for the day before it.

    Items are done one at a time in batches of `batch_items`, each batch within `batch_seconds`; after each batch the
    checkpoint is written.
    """

    @property
    def name(self) -> str:
        """Give the name that records and commands use."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Name the jobs that come first."""

    @property
    def batch_items(self) -> int:
        """Give the most items a batch."""

    @property
    def batch_seconds(self) -> float | None:
        """Give the longest time a batch may take."""

    @property
    def resumes(self) -> bool:
        """Say whether a run goes on where one was cut off; one whose plan holds the news itself takes all of it."""

    @property
    def lease(self) -> LeaseTerms:
        """Give the terms of the lease that the job is done under."""

    async def plan(self, source: Source, day: date) -> Plan:
        """Find out what there is to do; raises RacedayError where that cannot be found out."""
