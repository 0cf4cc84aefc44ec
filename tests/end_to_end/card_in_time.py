"""A simulated card lived through in virtual time, and the slots that follow from what each race's answers said."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loguru import logger

from raceday_daemon.cadence.profile import STANDARD, Profile
from raceday_daemon.cadence.slots import RaceTimes, Slot, next_slot
from raceday_daemon.cadence.turn import PUNCTUAL
from raceday_daemon.model.race import ABANDONED, FINAL
from raceday_daemon.simulator.faults import NO_FAULTS, Faults
from raceday_daemon.simulator.plan import DayPlan, RacePlan
from raceday_daemon.simulator.race_now import race_at
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving
from raceday_daemon.store.rows import instant_text
from tests.fakes.clock import FakeClock
from tests.fakes.meddler import Meddler
from tests.virtual_daemon import virtual_daemon
from tests.workbench import named_rows, rows

NEVER = datetime.max.replace(tzinfo=UTC)

SlotOf = tuple[str, str]
"""When a slot is due, as text, and its reason."""


@dataclass(frozen=True)
class CardInTime:
    """The card, served on a clock that stands still until a daemon lives, and the daemon's data folder."""

    folder: Path
    url: str
    clock: FakeClock
    simulator: Simulator
    meddler: Meddler

    @property
    def races(self) -> Sequence[RacePlan]:
        """Give its races, soonest first."""
        return self.simulator.plan.races

    async def live(self, until: datetime, profile: Profile = STANDARD) -> None:
        """Let a daemon live from the clock's instant up to another one, and stop it."""
        async with virtual_daemon(self.folder, self.url, self.clock, profile) as daemon:
            await daemon.run_until(until)

    def polls(self, race: RacePlan, where: str = "TRUE") -> list[dict[str, Any]]:
        """Give the records of a race, in the order in which they were made."""
        query = f"SELECT * FROM polls WHERE race_id = ? AND {where} ORDER BY rowid"
        return named_rows(self.folder / "ops.db", query, race.race_id)

    def slots(self, race: RacePlan) -> list[SlotOf]:
        """Give the slots of a race that were polled, with what came of it or without."""
        slots = self.polls(race, "due_at IS NOT NULL AND outcome <> 'missed'")
        return [(slot["due_at"], slot["reason"]) for slot in slots]

    def missed(self, race: RacePlan) -> list[SlotOf]:
        """Give the slots of a race that were missed, and why."""
        slots = self.polls(race, "outcome = 'missed'")
        return [(slot["due_at"], slot["reason"]) for slot in slots]

    def expected_slots(self, race: RacePlan, profile: Profile = STANDARD) -> list[SlotOf]:
        """Give the slots that follow from what each answer said: the race's own at its slots, and the day's cards."""
        imported, *cards = self._cards(race)
        told = self._told(race, imported, RaceTimes(start_time=race.start, status="Open", imported_at=imported))
        slots, at = list[Slot](), imported - timedelta.resolution
        for card in (*cards, NEVER):
            while (slot := next_slot(profile, told, at)) and slot.due_at <= card:
                at = slot.due_at
                if slots and (at - slots[-1].due_at).total_seconds() < profile.least_step_seconds:
                    continue
                slots.append(slot)
                told = self._told(race, at, told)
            if card != NEVER and (by_card := self._told(race, card, told)) != told:
                told, at = by_card, max(at, card - PUNCTUAL)
        return [(instant_text(slot.due_at), slot.reason) for slot in slots]

    def _cards(self, race: RacePlan) -> list[datetime]:
        """Give when a card told of the race, the first time that imported it."""
        ((imported,),) = rows(self.folder / "raceday.db", "SELECT importedAt FROM races WHERE id = ?", race.race_id)
        query = "SELECT DISTINCT started_at FROM job_runs WHERE job <> 'entrants' AND started_at > ? ORDER BY 1"
        later = rows(self.folder / "ops.db", query, imported)
        return [datetime.fromisoformat(text) for (text,) in [(imported,), *later]]

    def _told(self, race: RacePlan, at: datetime, before: RaceTimes) -> RaceTimes:
        """Give what is known of a race after the answer of an instant."""
        made_at = self.simulator.refreshed_at(at)
        now = race_at(race, made_at)
        return RaceTimes(
            start_time=now.start,
            status=now.status,
            imported_at=before.imported_at,
            finalized_at=before.finalized_at or (made_at if now.status == FINAL else None),
            abandoned_at=before.abandoned_at or (made_at if now.status == ABANDONED else None),
        )


@asynccontextmanager
async def card_in_time(
    folder: Path, plan: DayPlan, now: datetime, faults: Faults = NO_FAULTS
) -> AsyncIterator[CardInTime]:
    """Serve a card on a clock that shows `now`."""
    clock, meddler = FakeClock(now), Meddler()
    simulator = Simulator(plan, clock, faults=faults)
    meddler.come_between(simulator.app)
    async with serving(simulator) as url:
        yield CardInTime(folder, url, clock, simulator, meddler)


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """Give the lines that are logged meanwhile: what they carry, with their `level` and `message`."""
    lines: list[dict[str, Any]] = []

    def take(message: Any) -> None:
        record = message.record
        lines.append({**record["extra"], "level": record["level"].name, "message": record["message"]})

    handler = logger.add(take, level="DEBUG")
    try:
        yield lines
    finally:
        logger.remove(handler)
