"""entrants: a look at every race of the day, soonest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from raceday_daemon.intake.intake import Intake
from raceday_daemon.jobs.job import Item, Plan
from raceday_daemon.model.lease import LEASE_OF_JOB, LeaseTerms
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.day_queries import StoredRace, races_of_day
from raceday_daemon.store.sqlite import Database


@dataclass(frozen=True, slots=True)
class EntrantsJob:
    """Imports runners, prices, pools and results of the day's races; at most `most_races` a run (None: all)."""

    intake: Intake
    store: Database
    batch_items: int
    batch_seconds: float | None
    most_races: int | None = None
    resumes: bool = True
    name: str = "entrants"
    needs: tuple[str, ...] = ("meetings", "races")
    lease: LeaseTerms = LEASE_OF_JOB["entrants"]

    async def plan(self, source: Source, day: date) -> Plan:
        """Take the day's races from the store."""
        races = await self.store.transaction(lambda connection: races_of_day(connection, day))
        now = races[: self.most_races]
        return Plan(items=[self._item(source, race) for race in now], skipped=len(races) - len(now))

    def _item(self, source: Source, race: StoredRace) -> Item:
        async def look() -> Sequence[SetAside]:
            look = await self.intake.look_besides(source, race.race_id, race.status, reason=self.name)
            return look.set_aside

        return Item(race.race_id, race.label, look)
