"""From the source's answer to people being told: 10,000 rules, the largest field of a simulated day, moving prices."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from sqlite3 import Connection
from time import perf_counter

import orjson
import pytest

from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.appwrite.connection import open_appwrite
from raceday_daemon.appwrite.forwarder import Forwarder
from raceday_daemon.intake.intake import Intake
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.nztab.source import Source
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.simulator.answers import PREFIX, Answers
from raceday_daemon.simulator.plan import DayPlan, RacePlan
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.store.outbox import Lane, Outbox
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from tests.alerting_store import new_alerts
from tests.appwrite_servers import Access, AppwriteServer
from tests.appwrite_tables import make_tables
from tests.benchmarks.bench_alerts import rules_elsewhere
from tests.benchmarks.conftest import Tell
from tests.fakes.answering_server import answering, sends
from tests.fakes.appwrite import standing_in_beside
from tests.fakes.clock import FakeClock
from tests.simulated import EVERYTHING, FIRST
from tests.workbench import House, open_house

RULES = 10_000
RUNNERS = 20
STEP = timedelta(seconds=15)
LOOKS = 160
DATABASE = "bench"


def large_race() -> tuple[DayPlan, RacePlan]:
    """Give a day and a race of it with at least twenty runners."""
    for seed in range(1, 100):
        plan = plan_day(seed, FIRST)
        for race in plan.races:
            if len(race.runners) >= RUNNERS:
                return plan, race
    raise AssertionError("no simulated day has a large field")


def rules_of(race: RacePlan) -> Iterator[AlertRule]:
    """Give rules, a tenth of them of this race's runners: every kind that a price or money moves, in every window."""
    kinds = cycle(name for name, of_type in RULE_TYPES.items() if of_type.has_episodes)
    entrants, windows = cycle(runner.entrant_id for runner in race.runners), cycle((0, 60, 300))
    for number, rule in enumerate(rules_elsewhere(RULES // 10)):
        yield replace(
            rule,
            rule_id=rule.rule_id[::-1],
            alert_type=next(kinds),
            entrant=next(entrants),
            window_seconds=next(windows),
            threshold=1.5 + number % 8,
        )
    yield from rules_elsewhere(RULES - RULES // 10)


class Looking:
    """Looks at one race again and again, each answer 15 seconds newer than the last."""

    def __init__(self, house: House, intake: Intake, source: Source, race_id: str) -> None:
        self._clock, self._intake, self._source, self._race_id = house.clock, intake, source, race_id

    async def look(self, at: datetime) -> float:
        """Look at an instant; give the milliseconds from the answer's arrival to the commit."""
        self._clock.set(at)
        poll = (await self._intake.look_at_race(self._source, self._race_id, "Open", "bench", due_at=at)).poll
        return (poll.decode_ms or 0.0) + (poll.commit_ms or 0.0)


def answers_of(plan: DayPlan, race: RacePlan, instants: Sequence[datetime]) -> list[bytes]:
    """Give the bytes that the source answers at these instants."""
    path = f"{PREFIX}/events/{race.race_id}"
    return [orjson.dumps(Answers(plan).answer(path, EVERYTHING, at).document) for at in instants]


@asynccontextmanager
async def looking(folder: Path, outbox: Outbox) -> AsyncIterator[tuple[Looking, Database, list[datetime]]]:
    """Put the house up with its rules, and a source that has its answers ready."""
    plan, race = large_race()
    instants = [race.start - (LOOKS - number) * STEP for number in range(LOOKS)]
    async with AsyncExitStack() as parts:
        bodies = answers_of(plan, race, instants)
        server = await parts.enter_async_context(answering(*(sends(body) for body in bodies)))
        house = await parts.enter_async_context(open_house(folder, server.url, FakeClock(instants[0]), outbox=outbox))
        alerts = new_alerts()

        def add_rules(connection: Connection) -> None:
            write(connection, list(rules_of(race)))

        await house.store.transaction(add_rules)
        # As at the start of a daemon, which reads them all once.
        await house.store.transaction(alerts.refresh)
        intake = Intake(house.store, house.records, house.clock, outbox, alerts)
        yield Looking(house, intake, house.source(), race.race_id), house.store, instants


async def told(store: Database) -> int:
    """Count the notifications."""
    count: int = await store.transaction(lambda one: one.execute("SELECT count(*) FROM notifications").fetchone()[0])
    return count


async def test_from_the_answer_to_the_commit(tmp_path: Path, tell: Tell) -> None:
    async with looking(tmp_path, Outbox()) as (race, store, instants):
        times = sorted([await race.look(at) for at in instants])
        notifications = await told(store)
    assert notifications > LOOKS
    tell(f"answer to commit, {RULES:,} rules, {RUNNERS} runners and more: median", times[LOOKS // 2], "ms", "-")
    tell(f"  99 % ({notifications:,} notifications in {LOOKS} looks)", times[LOOKS * 99 // 100], "ms", "under 50")


@pytest.fixture
def server() -> Iterator[AppwriteServer]:
    with standing_in_beside() as stand_in:
        server = AppwriteServer(Access(stand_in.endpoint, stand_in.project, stand_in.key), DATABASE, stand_in)
        make_tables(server)
        yield server


async def people_told(store: Database) -> None:
    """Wait until no notification waits for Appwrite."""
    waiting = "SELECT count(*) FROM outbox WHERE lane = ?"
    while await store.transaction(lambda one: one.execute(waiting, (Lane.PEOPLE,)).fetchone()[0]):  # noqa: ASYNC110
        await asyncio.sleep(0.001)


async def test_from_the_answer_to_appwrite(tmp_path: Path, server: AppwriteServer, tell: Tell) -> None:
    outbox = Outbox()
    async with (
        looking(tmp_path, outbox) as (race, store, instants),
        open_appwrite(server.endpoint, server.project, server.key, DATABASE) as appwrite,
    ):
        forwarding = asyncio.create_task(
            Forwarder(tmp_path, store, appwrite, SystemClock(), outbox, 10_000_000).run(), name="forwarder"
        )
        server.control.latency_ms(50)
        times = []
        for at in instants:
            before = await told(store)
            milliseconds = await race.look(at)
            began = perf_counter()
            if await told(store) > before:
                await people_told(store)
                times.append(milliseconds + (perf_counter() - began) * 1_000)
        forwarding.cancel()
        await asyncio.gather(forwarding, return_exceptions=True)
    assert len(server.control.rows(DATABASE, "notifications")) > LOOKS
    times.sort()
    tell("answer to Appwrite with 50 ms of latency: median", times[len(times) // 2], "ms", "-")
    tell(f"  99 % ({len(times)} looks that told somebody)", times[len(times) * 99 // 100], "ms", "under 500")
