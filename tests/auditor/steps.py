"""An answer on its way into the store: what it says, when it was taken, and whether that is known for sure."""

from dataclasses import dataclass
from datetime import datetime

from tests.auditor.answers import Request
from tests.auditor.matchers import Within
from tests.auditor.records import Poll
from tests.auditor.told_card import ToldCard, ToldCardRace
from tests.auditor.told_event import ToldEvent
from tests.auditor.values import stored_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An answer that was taken at some instant from `since` to `until`; only the daemon knows when.

    `is_sure` is false where what was cut off left no record: it may have been taken, and it may not.
    """

    since: datetime
    until: datetime
    is_sure: bool = True

    @property
    def window(self) -> Within:
        """Give what a mark of the daemon's own clock may be."""
        return Within(stored_instant(self.since), stored_instant(self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStep(Step):
    """A race's own answer; `look` is its record (None: it was cut off), `due_at` the slot that asked for it."""

    request: Request
    told: ToldEvent
    due_at: datetime | None = None
    look: Poll | None = None

    @property
    def is_turn(self) -> bool:
        """Say whether the race's own loop looked, which goes by what it learns at once."""
        return self.look is not None and self.look.is_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStep(Step):
    """A race as a card of its meeting has it."""

    told: ToldCardRace


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingStep(Step):
    """A meeting's card."""

    told: ToldCard

    def of_race(self, race_id: str) -> CardStep:
        """Give what it says of one of its races."""
        return CardStep(since=self.since, until=self.until, is_sure=self.is_sure, told=self.told.races[race_id])
