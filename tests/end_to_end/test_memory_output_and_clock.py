"""A machine short of memory, without a place for the output, or whose clock is put right in the middle of a run."""

import asyncio
import os
import resource
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.model.errors import LeaseHeldError
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.ops.identity import has_ended
from raceday_daemon.store.leases import refuse_if_held
from tests import workbench
from tests.end_to_end.beside import (
    PYTHON,
    Facts,
    assert_day_is_made_whole,
    assert_files_are_sound,
    clean_day,
    end_of,
    facts,
    limited,
    run_once,
    running,
)
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings, open_house, rows

pytestmark = needs_recordings

MEGABYTE = 1_000_000
ANSWER_SECONDS = 0.25
STAGES = ["meetings", "races", "entrants", "statuses"]
AFTER_THE_RECORDING = datetime(2025, 7, 17, 12, tzinfo=UTC)

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to its RLIMIT_AS")


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """The seven races of one meeting."""
    return keep_meetings(recorded_source, "Awapuni Synthetic")


@pytest.fixture
async def whole_day(recorded_source: RecordedSource, races: list[str], tmp_path: Path) -> Facts:
    """What a run on a healthy machine stores; its files are in `clean`."""
    return await clean_day(recorded_source, tmp_path / "clean")


@only_linux
@pytest.mark.parametrize(
    ("limit", "megabytes"),
    [
        *(("RLIMIT_AS", megabytes) for megabytes in (30, 38, 48, 66, 84, 99, *range(105, 131, 5), 150, 4000)),
        *(("RLIMIT_DATA", megabytes) for megabytes in (20, 50, 4000)),
    ],
)
async def test_a_run_ends_by_itself_at_any_limit_and_one_with_memory_makes_the_day_whole(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, limit: str, megabytes: int
) -> None:
    ended = await run_once("all", recorded_source, tmp_path, python=limited(limit, megabytes * MEGABYTE))
    if megabytes < 160:
        (only,) = ended.err.splitlines()
        assert only == "raceday-daemon: there is not enough memory to run: it needs 160 MB of address space"
        assert (ended.status, ended.out, recorded_source.requests) == (1, "", [])
    else:
        assert ended.status == 0, ended.err
        assert facts(tmp_path) == whole_day
    assert_files_are_sound(tmp_path)
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day)


@only_linux
@pytest.mark.parametrize("megabytes", [170, 190, 220, 250, 290])  # Which of them are enough depends on the machine.
async def test_a_run_with_hardly_enough_memory_tells_of_it_or_makes_the_day_whole(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, megabytes: int
) -> None:
    ended = await run_once("all", recorded_source, tmp_path, python=limited("RLIMIT_AS", megabytes * MEGABYTE))
    assert "Traceback" not in ended.err
    assert ended.status in (0, 1)
    assert ended.status == 0 or "memory" in ended.err.splitlines()[-1]
    assert ended.status == 1 or facts(tmp_path) == whole_day
    assert_files_are_sound(tmp_path)
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day)


@only_linux
async def test_a_run_that_gets_no_more_memory_from_its_middle_on_makes_do_or_ends_and_spoils_nothing(
    recorded_source: RecordedSource, races: list[str], whole_day: Facts, tmp_path: Path
) -> None:
    async with running("all", recorded_source, tmp_path) as process:

        def let_have_no_more(_: object) -> None:
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0])
            most = pages * resource.getpagesize()
            resource.prlimit(process.pid, resource.RLIMIT_AS, (most, most))

        recorded_source.changes[races[2]] = let_have_no_more
        ended = await end_of(process)
    del recorded_source.changes[races[2]]
    assert ended.status in (0, 1), ended.err
    # asyncio's own report of a read that failed has one in its line of the log.
    assert not [line for line in ended.err.splitlines() if line.startswith("Traceback")]
    assert_files_are_sound(tmp_path)
    assert ended.status == 1 or facts(tmp_path) == whole_day
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full, a file on a full disk")
async def test_an_answer_for_a_full_disk_is_told_without_a_traceback(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    ended = await run_once("all", recorded_source, tmp_path, out=full)
    os.close(full)
    assert facts(tmp_path) == whole_day
    assert ended.status == 1
    assert "Traceback" not in ended.err


async def test_a_run_that_was_given_no_stderr_does_its_work(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path
) -> None:
    without_stderr = ("sh", "-c", 'exec "$@" 2>&-', "sh", *PYTHON)
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day, python=without_stderr)


class WallClock:
    """Shows the test's instant; its seconds pass a hundred thousand times as fast, for heartbeats to come in time."""

    def __init__(self, shown: FakeClock) -> None:
        self._shown = shown

    def now(self) -> datetime:
        return self._shown.now()

    def monotonic(self) -> float:
        return self._shown.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100_000)


def under_way(store: Path, now: datetime) -> list[str]:
    """Name the jobs that somebody else would be refused now."""
    refused = []
    with closing(sqlite3.connect(store)) as connection:
        for job, terms in LEASE_OF_JOB.items():
            try:
                refuse_if_held(connection, terms, now, has_ended)
            except LeaseHeldError:
                refused.append(job)
    return refused


@pytest.mark.parametrize("minutes", [2, -2])
@pytest.mark.parametrize("jobs", [["meetings", "statuses"], ["races"], ["entrants"]], ids="-".join)
async def test_a_clock_put_right_in_the_middle_of_a_job_changes_nothing(
    recorded_source: RecordedSource,
    races: list[str],
    whole_day: Facts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
    jobs: list[str],
) -> None:
    clock, held = FakeClock(AFTER_THE_RECORDING), []
    monkeypatch.setattr(workbench, "SystemClock", lambda: WallClock(clock))

    def put_right(_: object) -> None:
        clock.set(clock.now() + timedelta(minutes=minutes))
        held.append(under_way(tmp_path / "raceday.db", clock.now()))

    meeting = f"/meetings/{whole_day['meetings'][0]['id']}"
    recorded_source.changes[""] = lambda _: clock.advance(ANSWER_SECONDS)
    recorded_source.changes[{"meetings": "/meetings", "races": meeting, "entrants": races[3]}[jobs[0]]] = put_right
    async with open_house(tmp_path, recorded_source.url, clock) as house:
        runs = await house.runner(batch_items=2).run("all", date.fromisoformat(DAY))

    assert [(run.job, run.status, run.failed) for run in runs] == [(job, "ok", 0) for job in STAGES]
    assert held == [[job] for job in jobs], "each job still holds its lease"
    assert facts(tmp_path) == whole_day
    assert rows(tmp_path / "raceday.db", "SELECT DISTINCT status FROM leases") == [("released",)]
    durations = rows(tmp_path / "ops.db", "SELECT job, duration_seconds, api_calls FROM job_runs")
    assert [job for job, _, _ in durations] == STAGES
    assert all(seconds == calls * ANSWER_SECONDS > 0 for _, seconds, calls in durations)
    spent = rows(tmp_path / "ops.db", "SELECT fetch_ms, decode_ms, commit_ms FROM polls")
    assert len(spent) >= len(races)
    assert all(milliseconds >= 0 for each in spent for milliseconds in each)


async def test_no_record_ends_before_it_began(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path
) -> None:
    clock = FakeClock(AFTER_THE_RECORDING)
    recorded_source.changes[races[3]] = lambda _: clock.set(clock.now() - timedelta(minutes=2))
    async with open_house(tmp_path, recorded_source.url, clock) as house:
        runs = await house.runner().run("all", date.fromisoformat(DAY))
    assert [run.status for run in runs] == ["ok"] * len(STAGES)
    assert rows(tmp_path / "ops.db", "SELECT race_id FROM polls WHERE ended_at < began_at") == []
    assert rows(tmp_path / "ops.db", "SELECT job FROM job_runs WHERE finished_at < started_at") == []
