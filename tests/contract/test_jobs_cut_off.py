"""Daily jobs that are cut off: what was done is kept, and the next run goes on from there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from aiohttp import web

from raceday_daemon.jobs.job import Item, Plan
from raceday_daemon.jobs.runner import JobRunner
from raceday_daemon.model.lease import LEASE_OF_JOB, LeaseTerms
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.records import FILE_NAME as OPS
from raceday_daemon.store.working_store import FILE_NAME as RACEDAY
from tests.fakes.recorded_source import Handler, RecordedSource
from tests.recordings import needs_recordings
from tests.workbench import House, keep_meetings, open_house, rows

pytestmark = needs_recordings

DAY = date(2025, 7, 17)
HALF_PAST_MIDNIGHT = datetime.fromisoformat("2025-07-18T00:30:00+12:00")


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """Fifteen races of two meetings, soonest first."""
    return keep_meetings(recorded_source, "Awapuni Synthetic", "Kembla Grange")


@pytest.fixture
async def house(recorded_source: RecordedSource, tmp_path: Path, races: list[str]) -> AsyncIterator[House]:
    """A house in which the day's races are imported, and no runner yet."""
    async with open_house(tmp_path, recorded_source.url) as house:
        await house.runner().run("races", DAY)
        yield house


def checkpoint(folder: Path, job: str = "entrants") -> tuple[str, set[str]]:
    ((status, done),) = rows(folder / RACEDAY, "SELECT status, done FROM checkpoints WHERE job = ?", job)
    return str(status), set(json.loads(done))


def asked(source: RecordedSource) -> list[str]:
    return [request.path.rpartition("/")[2] for request in source.asked_for("/events/")]


def answering(status: int, first: Callable[[], None] = lambda: None) -> Handler:
    async def instead(_: web.Request) -> web.StreamResponse:
        first()
        return web.json_response({}, status=status)

    return instead


def never(asked_for: asyncio.Event) -> Handler:
    async def instead(_: web.Request) -> web.StreamResponse:
        asked_for.set()
        await asyncio.sleep(60)
        return web.Response()

    return instead


async def cut_off_at(race: str, source: RecordedSource, runner: JobRunner) -> None:
    """Run the entrants job, and cancel it while it waits for a race's answer."""
    waits = asyncio.Event()
    source.instead[race] = never(waits)
    task = asyncio.ensure_future(runner.run("entrants", DAY))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del source.instead[race]
    source.requests.clear()


async def test_a_checkpoint_is_written_after_every_batch(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    seen: list[int] = []
    for race in races:
        recorded_source.changes[race] = lambda _: seen.append(len(checkpoint(tmp_path)[1]))
    await house.runner(batch_items=4).run("entrants", DAY)
    assert seen == [0] * 4 + [4] * 4 + [8] * 4 + [12] * 3
    assert checkpoint(tmp_path) == ("ok", set())


async def test_a_source_that_goes_away_ends_the_job_and_the_next_run_does_the_rest(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    recorded_source.instead.update({race: answering(503) for race in races[3:]})
    (run,) = await house.runner(batch_items=2).run("entrants", DAY)
    assert (run.status, run.processed, run.failed, run.source_away) == ("failed", 3, 5 + 1, True)
    assert [failure.kind for failure in run.errors] == ["source_fault"] * 5 + ["breaker_open"]
    assert asked(recorded_source) == races[:8]
    assert checkpoint(tmp_path) == ("running", set(races[:3]))

    recorded_source.instead.clear()
    recorded_source.requests.clear()
    house.clock.advance(60)
    (run,) = await house.runner(batch_items=2).run("entrants", DAY)
    assert (run.status, run.processed, run.failed, run.skipped) == ("ok", len(races) - 3, 0, 3)
    assert asked(recorded_source) == [*races[8:], *races[3:8]], "what failed comes last"
    assert checkpoint(tmp_path) == ("ok", set())

    recorded_source.requests.clear()
    (run,) = await house.runner(batch_items=2).run("entrants", DAY)
    assert (run.status, run.processed, run.skipped) == ("ok", len(races), 0)
    assert asked(recorded_source) == races


async def test_a_job_that_was_cut_off_does_not_count_as_done_for_a_later_one(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    recorded_source.instead["/meetings"] = answering(503)
    assert [(run.job, run.status) for run in await house.runner().run("meetings", DAY)] == [("meetings", "failed")]
    recorded_source.instead.clear()
    runs = await house.runner(most_races=1).run("entrants", DAY)
    assert [(run.job, run.status) for run in runs] == [("meetings", "ok"), ("entrants", "ok")]


async def test_an_item_that_failed_is_tried_again_by_the_next_run_that_goes_on(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    recorded_source.instead[races[0]] = answering(404)
    await cut_off_at(races[2], recorded_source, house.runner())
    recorded_source.instead.clear()
    (run,) = await house.runner().run("entrants", DAY)
    assert (run.status, run.skipped) == ("ok", 1)
    assert asked(recorded_source) == [*races[2:], races[0]]


async def test_a_batch_that_takes_too_long_ends_the_job_and_keeps_what_was_done(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    recorded_source.instead[races[3]] = never(asyncio.Event())
    (run,) = await house.runner(batch_items=2, batch_seconds=1.0).run("entrants", DAY)
    assert (run.status, run.processed, run.failed, run.source_away) == ("failed", 3, 1, False)
    (failure,) = run.errors
    assert (failure.item, failure.kind) == ("entrants", "batch_timeout")
    assert "2 items took longer than 1 s" in failure.message
    assert checkpoint(tmp_path) == ("running", set(races[:3]))
    assert rows(tmp_path / OPS, "SELECT outcome, error FROM polls WHERE race_id = ?", races[3]) == [
        ("failed", "cancelled: given up before it was done")
    ]


async def test_at_one_in_the_morning_in_auckland_a_job_ends_and_keeps_what_was_done(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    house.clock.set(HALF_PAST_MIDNIGHT)
    recorded_source.changes[races[0]] = lambda _: house.clock.advance(29 * 60)
    recorded_source.changes[races[2]] = lambda _: house.clock.advance(60)
    (run,) = await house.runner().run("entrants", DAY)
    assert (run.status, run.processed, run.failed) == ("failed", 3, 1)
    assert [(failure.item, failure.kind) for failure in run.errors] == [("entrants", "day_over")]
    assert asked(recorded_source) == races[:3]
    assert checkpoint(tmp_path) == ("running", set(races[:3]))
    assert run.finished_at.isoformat() == "2025-07-17T13:00:00+00:00"

    (run,) = await house.runner().run("entrants", DAY)
    assert (run.status, run.processed, run.skipped) == ("ok", len(races) - 3, 3)


async def test_a_job_that_begins_at_one_in_the_morning_has_the_whole_day(house: House, races: list[str]) -> None:
    house.clock.set(HALF_PAST_MIDNIGHT.replace(hour=1, minute=0))
    (run,) = await house.runner().run("entrants", DAY)
    assert (run.status, run.processed) == ("ok", len(races))


async def test_a_job_that_is_told_to_stop_records_it_and_keeps_what_was_done(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    await cut_off_at(races[3], recorded_source, house.runner(batch_items=20))
    assert checkpoint(tmp_path) == ("running", set(races[:3]))
    ((status, processed, errors),) = rows(
        tmp_path / OPS, "SELECT status, processed, errors FROM job_runs WHERE job = 'entrants'"
    )
    assert (status, processed) == ("failed", 3)
    assert [failure["kind"] for failure in json.loads(errors)] == ["interrupted"]


async def test_the_capped_races_of_a_cut_off_run_are_the_ones_gone_on_with(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    await cut_off_at(races[1], recorded_source, house.runner(most_races=3))
    (run,) = await house.runner(most_races=3).run("entrants", DAY)
    assert (run.processed, run.skipped) == (2, len(races) - 2)
    assert asked(recorded_source) == races[1:3]


async def test_a_run_that_goes_on_and_meets_only_failures_is_not_as_if_nothing_had_been_done(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    await cut_off_at(races[-1], recorded_source, house.runner())
    recorded_source.instead[races[-1]] = answering(404)
    (run,) = await house.runner().run("entrants", DAY)
    assert (run.processed, run.failed, run.skipped) == (0, 1, len(races) - 1)
    assert run.status == "partial"


@dataclass(frozen=True)
class BuggyJob:
    """A job whose second item meets a bug."""

    name: str = "buggy"
    needs: tuple[str, ...] = ()
    batch_items: int = 5
    batch_seconds: float | None = None
    resumes: bool = True
    lease: LeaseTerms = LEASE_OF_JOB["meetings"]

    async def plan(self, source: Source, day: date) -> Plan:
        async def good() -> Sequence[SetAside]:
            return ()

        async def bad() -> Sequence[SetAside]:
            raise KeyError("a bug")

        return Plan(items=[Item("1", "one", good), Item("2", "two", bad)])


async def test_a_bug_stops_the_job_loudly_and_is_not_recorded_as_a_good_run(house: House, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        await house.runner(BuggyJob()).run("buggy", DAY)
    assert checkpoint(tmp_path, "buggy") == ("running", {"1"})
    ((status, processed, errors),) = rows(
        tmp_path / OPS, "SELECT status, processed, errors FROM job_runs WHERE job = 'buggy'"
    )
    assert (status, processed) == ("failed", 1)
    assert [(failure["kind"], failure["message"]) for failure in json.loads(errors)] == [("bug", "KeyError('a bug')")]
