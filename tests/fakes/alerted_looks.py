"""A process that looks at a race again and again with the alerts at work, until it is killed or has seen the end.

`python -m tests.fakes.alerted_looks FOLDER STEPS`: takes the STEPS looks of one story, and says each.
It goes on where an earlier process was killed.
"""

import asyncio
import sys
from functools import partial
from itertools import count, islice
from pathlib import Path
from sqlite3 import Connection

from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.looks import read_look
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.working_store import open_working_store
from tests.alerting_store import new_alerts
from tests.builders import START, entrant, later, race, snapshot

RUNNERS = 12


def story(steps: int) -> list[RaceSnapshot]:
    """Give looks every 15 seconds in which prices go up and down, each runner's in its own time."""
    return [
        snapshot(
            generated_time=later(15 * step, later(-15 * steps, START)),
            race=race(),
            entrants=tuple(
                entrant(number, fixed_win_odds=price) for number, price in zip(count(1), prices(step), strict=False)
            ),
        )
        for step in range(steps)
    ]


def prices(step: int) -> list[float]:
    """Give every runner's price at a step."""
    return [(8.0, 4.0, 4.0, 3.0, 8.0, 8.0, 12.0)[(step + number) % 7] for number in islice(count(), RUNNERS)]


def take(connection: Connection, answer: RaceSnapshot, alerts: Alerts, outbox: Outbox) -> None:
    """Take one look as the daemon does, unless it was taken before."""
    event_time = read_look(connection, answer.race.race_id).event_time
    if event_time is not None and event_time >= answer.generated_time:
        return
    now = later(1, answer.generated_time)
    sending = outbox.sending(now, is_patient=False)
    commit_race(connection, answer, now, None, sending, alerts.telling(now, sending))


async def main(folder: Path, steps: int) -> None:
    """Take the looks one after the other."""
    store = await open_working_store(folder)
    alerts, outbox = new_alerts(), Outbox()
    await store.transaction(alerts.refresh)
    for answer in story(steps):
        await store.transaction(partial(take, answer=answer, alerts=alerts, outbox=outbox))
        print(answer.generated_time, flush=True)  # noqa: T201
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
