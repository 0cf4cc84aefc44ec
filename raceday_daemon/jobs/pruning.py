"""What is older than is kept goes, some rows at a time: no poll waits for it, and the next one goes on."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from sqlite3 import Connection

from loguru import logger

from raceday_daemon.cadence.kept_days import KeptFrom
from raceday_daemon.model.progress import Progress
from raceday_daemon.ops.portions import Portions
from raceday_daemon.store import schema
from raceday_daemon.store.old_races import OldRace, old_races
from raceday_daemon.store.prune_counts import count_meetings, count_notifications, count_of_race
from raceday_daemon.store.pruning import Removed, Step, remove_meetings, remove_notifications, remove_some
from raceday_daemon.store.sqlite import Database

_LABEL = "races of {day}"


@dataclass(slots=True)
class Pruned:
    """What was removed, or would be: rows by table; the races that stay because something of them waits."""

    removed: Removed = field(default_factory=Counter)
    races_kept: list[str] = field(default_factory=list)


class Pruning:
    """Removes old rows from the working store."""

    def __init__(self, store: Database, kept: KeptFrom, pruned: Pruned, portions: Portions, progress: Progress) -> None:
        """Note what is removed in `pruned` as it goes; nothing happens before `run`."""
        self._store = store
        self._kept = kept
        self._portions = portions
        self._progress = progress
        self._pruned = pruned

    async def run(self) -> None:
        """Remove all that is old; raises StoreError where the file fails, with what is done kept."""
        await self._races()
        while await self._portions.do(self._meetings):
            pass
        await self._notifications()

    async def _races(self) -> None:
        after: OldRace | None = None
        while races := await self._store.transaction(partial(old_races, kept=self._kept, after=after)):
            going = [race for race in races if race.goes]
            self._progress.begin("prune", 0, len(going))
            for race in going:
                await self._race(race)
                self._progress.advance(_LABEL.format(day=race.day))
            self._progress.end()
            after = races[-1]

    async def _race(self, race: OldRace) -> None:
        step: Step | None = None

        async def some(most_rows: int) -> int:
            nonlocal step
            step = await self._store.transaction(lambda connection: remove_some(connection, race, most_rows))
            self._pruned.removed += step.removed
            return step.removed.total()

        while step is None or not step.is_last:
            await self._portions.do(some)
        if step.waits:
            self._pruned.races_kept.append(race.race_id)
            logger.debug(
                "race {race_id} of {day} is kept: rows of it wait for Appwrite, or were refused by it",
                action="race_kept",
                race_id=race.race_id,
                day=race.day.isoformat(),
            )

    async def _meetings(self, most: int) -> int:
        removed = await self._store.transaction(lambda connection: remove_meetings(connection, self._kept, most))
        self._pruned.removed[schema.MEETINGS.name] += removed
        return removed

    async def _notifications(self) -> None:
        after: int | None = 0

        async def some(most: int) -> int:
            nonlocal after
            removed, after = await self._store.transaction(
                lambda connection: remove_notifications(connection, self._kept, after or 0, most)
            )
            self._pruned.removed[schema.NOTIFICATIONS.name] += removed
            return most

        while after is not None:
            await self._portions.do(some)


def count_old(connection: Connection, kept: KeptFrom) -> Pruned:
    """Count what would be removed, as the file stands, and change nothing."""
    pruned, after = Pruned(), None
    while races := old_races(connection, kept, after):
        for race in races:
            if race.goes:
                step = count_of_race(connection, race)
                pruned.removed += step.removed
                if step.waits:
                    pruned.races_kept.append(race.race_id)
        after = races[-1]
    pruned.removed[schema.MEETINGS.name] += count_meetings(connection, kept, pruned.races_kept)
    pruned.removed[schema.NOTIFICATIONS.name] += count_notifications(connection, kept)
    return pruned
