"""races: each of the day's meetings asked for by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from raceday_daemon.intake.intake import Intake
from raceday_daemon.jobs.job import Item, Plan
from raceday_daemon.model.lease import LEASE_OF_JOB, LeaseTerms
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.day_queries import StoredMeeting, meetings_of_day
from raceday_daemon.store.sqlite import Database


@dataclass(frozen=True, slots=True)
class RacesJob:
    """Imports the races of every stored meeting of the day from the meeting's own answer."""

    intake: Intake
    store: Database
    name: str = "races"
    needs: tuple[str, ...] = ("meetings",)
    batch_items: int = 10
    batch_seconds: float | None = None
    resumes: bool = True
    lease: LeaseTerms = LEASE_OF_JOB["races"]

    async def plan(self, source: Source, day: date) -> Plan:
        """Take the day's meetings from the store."""
        meetings = await self.store.transaction(lambda connection: meetings_of_day(connection, day))
        return Plan(items=[self._item(source, meeting) for meeting in meetings])

    def _item(self, source: Source, meeting: StoredMeeting) -> Item:
        async def take() -> Sequence[SetAside]:
            card = await source.meeting(meeting.meeting_id)
            return await self.intake.take_card(source, card)

        return Item(meeting.meeting_id, meeting.name, take)
