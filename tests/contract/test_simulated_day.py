"""A simulated day through the real client, jobs and store: what was served is what is stored."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.model.errors import SourceError
from raceday_daemon.simulator.faults import Faults
from raceday_daemon.simulator.plan import RacePlan
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving
from raceday_daemon.store.records import FILE_NAME as OPS
from raceday_daemon.store.working_store import FILE_NAME as RACEDAY
from tests.fakes.clock import FakeClock
from tests.simulated import FIRST, life
from tests.workbench import House, named_rows, open_house, rows

DAY = date(2025, 7, 17)
STEP_SECONDS = 90


@dataclass(frozen=True)
class Bench:
    simulator: Simulator
    house: House
    store: Path
    ops: Path

    async def look(self, race: RacePlan, status: str | None = "Open") -> bool:
        """Look at a race; say whether its answer was taken."""
        try:
            await self.house.intake.look_at_race(self.house.source(), race.race_id, status, reason="test")
        except SourceError:
            return False
        return True


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = FakeClock(FIRST - timedelta(hours=1))
    simulator = Simulator(plan_day(1, FIRST, races=8, every_seconds=60), clock)
    async with serving(simulator) as url, open_house(tmp_path, url, clock, timeout_seconds=5) as house:
        yield Bench(simulator, house, tmp_path / RACEDAY, tmp_path / OPS)


async def follow(bench: Bench, race: RacePlan) -> None:
    for at in life(race, step_seconds=STEP_SECONDS, before_seconds=1200):
        bench.house.clock.set(at)
        await bench.look(race)


async def test_a_day_is_imported_whole(bench: Bench) -> None:
    runs = await bench.house.runner().run("all", DAY)
    plan = bench.simulator.plan
    assert [(run.job, run.status, run.failed) for run in runs] == [
        (job, "ok", 0) for job in ("meetings", "races", "entrants", "statuses")
    ]
    assert rows(bench.store, "SELECT count(*) FROM meetings") == [(len(plan.meetings),)]
    assert {one for (one,) in rows(bench.store, "SELECT id FROM races")} == {race.race_id for race in plan.races}
    assert rows(bench.store, "SELECT count(*) FROM entrants") == [(sum(len(race.runners) for race in plan.races),)]
    assert sum(run.api_calls for run in runs) == bench.simulator.served.total


async def test_every_race_is_followed_to_its_end(bench: Bench) -> None:
    await bench.house.runner().run("refresh", DAY)
    for race in bench.simulator.plan.races:
        await follow(bench, race)
    stored = named_rows(bench.store, "SELECT * FROM races")
    plans = {race.race_id: race for race in bench.simulator.plan.races}
    for row in stored:
        race = plans[row["id"]]
        assert row["status"] == ("Abandoned" if race.abandoned_at else "Final")
        assert datetime.fromisoformat(row["startTime"]) == race.last_start
        started = row["actualStart"] and datetime.fromisoformat(row["actualStart"])
        assert started == (None if race.abandoned_at else race.jump_at)
    counted = rows(bench.ops, "SELECT outcome, count(*) FROM polls GROUP BY outcome")
    outcomes: dict[str, int] = dict(counted)
    assert outcomes.keys() <= {"ok", "unchanged"}
    assert outcomes["ok"] > 10 * len(stored)


async def test_what_is_stored_is_what_was_last_served(bench: Bench) -> None:
    await bench.house.runner().run("refresh", DAY)
    for race in bench.simulator.plan.races[:4]:
        await follow(bench, race)
        (*_, served) = bench.simulator.served.of(race.race_id)
        document = bench.simulator.document(served)
        assert document
        data = document["data"]
        stored = named_rows(bench.store, "SELECT * FROM entrants WHERE raceId = ?", race.race_id)
        assert {row["id"]: (row["fixedWinOdds"], row["poolWinOdds"]) for row in stored} == {
            runner["entrant_id"]: (runner["odds"]["fixed_win"], runner["odds"]["pool_win"] or None)
            for runner in data["runners"]
        }
        (pools,) = named_rows(bench.store, "SELECT * FROM race_pools WHERE raceId = ?", race.race_id)
        sent = {pool["product_type"]: round(100 * pool["total"]) for pool in data["tote_pools"]}
        assert (pools["winPoolTotal"], pools["placePoolTotal"]) == (sent["Win"], sent["Place"])


async def test_a_second_look_before_the_next_refresh_changes_nothing(bench: Bench) -> None:
    await bench.house.runner().run("refresh", DAY)
    race = bench.simulator.plan.races[0]
    await bench.look(race)
    bench.house.clock.advance(1)
    before = bench.simulator.refreshed_at(bench.house.clock.now())
    await bench.look(race)
    assert bench.simulator.served.of(race.race_id)[-1].generated_time == before
    assert rows(bench.ops, "SELECT outcome FROM polls WHERE reason = 'test' ORDER BY rowid")[-1] == ("unchanged",)


async def test_with_faults_each_look_is_recorded_as_what_it_met(bench: Bench) -> None:
    await bench.house.runner().run("refresh", DAY)
    bench.simulator.served.clear()
    bench.simulator.faults = Faults(errors=0.15, garbage=0.1, wrong_day=0.1)
    race = bench.simulator.plan.races[1]
    bench.house.clock.set(race.start - timedelta(minutes=15))
    taken = 0
    while bench.house.clock.now() < race.over_at:
        taken += await bench.look(race)
        bench.house.clock.advance(20)
    recorded = rows(bench.ops, "SELECT outcome, error FROM polls WHERE reason = 'test'")
    failed = [error for outcome, error in recorded if outcome == "failed"]
    assert len(recorded) - len(failed) == taken
    assert taken == sum(one.fault is None for one in bench.simulator.served.of(race.race_id))
    assert len(failed) > 10
    assert not [error for error in failed if error.startswith("bug")]
