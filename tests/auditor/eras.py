"""The times in a race's life between which its slots follow from the same facts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.auditor.steps import EventStep, Step
from tests.auditor.values import instant_of

_PUNCTUAL: Final = timedelta(seconds=1)
"""A slot that was due so shortly before a race's loop read new facts is left to those."""


_NEVER: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a race's slots follow from; `ended_at` is None while it is not over, or for an end that nobody here saw."""

    start: datetime
    status: str
    ended_at: datetime | None

    @classmethod
    def of(cls, race: dict[str, Any]) -> "Facts":
        """Take them from a race's row."""
        ended_at = race["finalizedAt"] if race["status"] == "Final" else race["abandonedAt"]
        return cls(instant_of(race["startTime"]), race["status"], instant_of(ended_at) if ended_at else None)


@dataclass(frozen=True, slots=True)
class Era:
    """Facts, and when they came to count: not before `earliest`, and for sure from `latest` on.

    `is_sure` is false while only an answer tells of them that may not have been taken: then no `latest` is known.
    """

    facts: Facts
    earliest: datetime
    latest: datetime
    is_sure: bool = True


def first_era(facts: Facts, imported: Step) -> Era:
    """Give the era that begins with a race's import."""
    return Era(facts, imported.since, imported.until)


def next_era(facts: Facts, step: Step) -> Era:
    """Give the era that begins with an answer.

    The race's own loop goes by what it looked up as soon as its look has ended; what a job took reaches the loop a
    little later, and only the daemon knows when.
    """
    if not step.is_sure:
        return Era(facts, step.since - _PUNCTUAL, _NEVER, is_sure=False)
    if isinstance(step, EventStep) and step.is_turn:
        return Era(facts, step.until, step.until)
    return Era(facts, step.since - _PUNCTUAL, step.until + _PUNCTUAL)


def confirmed_era(era: Era, step: Step) -> Era:
    """Give an era of which another answer tells too: it counts from that one on, if not before."""
    told = next_era(era.facts, step)
    return replace(era, latest=told.latest, is_sure=told.is_sure)
