"""meetings and statuses: the day's card from one question, a meeting at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from raceday_daemon.intake.intake import Intake
from raceday_daemon.jobs.job import Item, Plan
from raceday_daemon.model.lease import LEASE_OF_JOB, LeaseTerms
from raceday_daemon.model.snapshot import MeetingCard, SetAside
from raceday_daemon.nztab.source import Source
from raceday_daemon.nztab.wanted import Wanted


@dataclass(frozen=True, slots=True)
class MeetingsJob:
    """Imports the day's wanted meetings with their races, and marks what the source has dropped."""

    intake: Intake
    wanted: Wanted
    name: str = "meetings"
    needs: tuple[str, ...] = ()
    batch_items: int = 100
    batch_seconds: float | None = None
    resumes: bool = False
    lease: LeaseTerms = LEASE_OF_JOB["meetings"]

    async def plan(self, source: Source, day: date) -> Plan:
        """Ask for the day's meetings."""
        answer = await source.day(day, self.wanted)
        return Plan(
            items=[self._item(source, card) for card in answer.cards],
            set_aside=answer.set_aside,
            settle=lambda: self.intake.take_absences(day, answer),
        )

    def _item(self, source: Source, card: MeetingCard) -> Item:
        async def take() -> Sequence[SetAside]:
            return await self.intake.take_card(source, card)

        return Item(card.meeting.meeting_id, card.meeting.meeting_name, take)


@dataclass(frozen=True, slots=True)
class StatusesJob(MeetingsJob):
    """Asks the same question again through the day: new races, moved starts and races' ends show in its answer."""

    name: str = "statuses"
    lease: LeaseTerms = LEASE_OF_JOB["statuses"]
