"""What `ops.db` tells of the last hour, of the racing day, of the jobs, and of the daemon's last life."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.job import JobRun
from raceday_daemon.model.poll import Poll
from raceday_daemon.model.status import Activity, LastLife, Lateness, PollCounts
from raceday_daemon.store.lives import read_last_life
from raceday_daemon.store.poll_queries import read_activity, read_last_looks
from raceday_daemon.store.reading import reading
from raceday_daemon.store.records import FILE_NAME, Records, open_records

NOON = datetime(2025, 7, 17, 0, tzinfo=UTC)
"""In Auckland; the racing day began twelve hours ago."""


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await open_records(tmp_path)
    yield records
    await records.close()


def before(**duration: float) -> datetime:
    return NOON - timedelta(**duration)


def slot(at: datetime, outcome: str = "ok", late_ms: float = 0, reason: str = "every 15s", **changes: Any) -> Poll:
    began_at = at + timedelta(milliseconds=late_ms)
    values: dict[str, Any] = {
        "due_at": at,
        "began_at": began_at,
        "ended_at": began_at,
        "reason": reason,
        "outcome": outcome,
    }
    return Poll(race_id="race-1", **(values | changes))


def activity(folder: Path) -> Activity:
    with reading(folder / FILE_NAME) as connection:
        return read_activity(connection, NOON)


async def test_looks_count_by_what_came_of_them_and_missed_slots_by_their_reason(
    records: Records, tmp_path: Path
) -> None:
    missed = [slot(before(minutes=5), "missed", reason=why) for why in ("down", "busy", "down")]
    others = [slot(before(minutes=5), outcome) for outcome in ("ok", "ok", "unchanged", "failed", "stale")]
    await records.add_polls([*missed, *others])
    counts = PollCounts(
        by_outcome={"ok": 2, "unchanged": 1, "failed": 1, "stale": 1, "missed": 3},
        missed_by_reason={"busy": 1, "down": 2},
        slots_failed=1,
    )
    assert activity(tmp_path).last_hour == activity(tmp_path).today == counts


async def test_the_hour_is_the_last_one_and_the_day_begins_at_midnight_in_auckland(
    records: Records, tmp_path: Path
) -> None:
    await records.add_polls([slot(before(minutes=59)), slot(before(minutes=61)), slot(before(hours=12, seconds=1))])
    told = activity(tmp_path)
    assert (told.last_hour.by_outcome, told.today.by_outcome) == ({"ok": 1}, {"ok": 2})


async def test_a_slot_counts_when_it_was_due_not_when_it_was_accounted_for(records: Records, tmp_path: Path) -> None:
    await records.add_polls([slot(before(hours=2), "missed", began_at=before(minutes=1), ended_at=before(minutes=1))])
    told = activity(tmp_path)
    assert (told.last_hour.by_outcome, told.today.by_outcome) == ({}, {"missed": 1})


async def test_a_look_without_a_slot_counts_when_it_began(records: Records, tmp_path: Path) -> None:
    await records.add_poll(slot(before(minutes=1), due_at=None))
    assert activity(tmp_path).last_hour.by_outcome == {"ok": 1}


async def test_a_look_by_hand_that_failed_is_no_slot_that_failed(records: Records, tmp_path: Path) -> None:
    await records.add_polls([slot(before(minutes=2), "failed"), slot(before(minutes=1), "failed", due_at=None)])
    today = activity(tmp_path).today
    assert (today.by_outcome, today.slots_failed) == ({"failed": 2}, 1)


async def test_lateness_is_of_slots_that_were_polled(records: Records, tmp_path: Path) -> None:
    polled = [slot(before(minutes=5), "ok" if ms % 2 else "failed", late_ms=ms) for ms in range(1, 101)]
    others = [
        slot(before(minutes=5), "missed", late_ms=60_000),
        slot(before(minutes=5), due_at=None, began_at=before(minutes=4)),
        slot(before(minutes=65), late_ms=9_000),
    ]
    await records.add_polls([*others, *reversed(polled)])
    assert activity(tmp_path).lateness == Lateness(slots=100, median_ms=50, p99_ms=99, worst_ms=100)


async def test_without_slots_there_is_no_lateness(records: Records, tmp_path: Path) -> None:
    assert activity(tmp_path).lateness == Lateness(slots=0, median_ms=None, p99_ms=None, worst_ms=None)


async def test_of_each_job_the_newest_run_is_told(records: Records, tmp_path: Path) -> None:
    for job, status, hours in (("meetings", "failed", 3), ("statuses", "ok", 2), ("meetings", "ok", 1)):
        at = before(hours=hours)
        run = JobRun(job=job, racing_day=date(2025, 7, 17), started_at=at, finished_at=at, status=status, processed=7)
        await records.add_job_run(run)
    assert [(run.job, run.status, run.finished_at, run.processed) for run in activity(tmp_path).jobs] == [
        ("meetings", "ok", before(hours=1), 7),
        ("statuses", "ok", before(hours=2), 7),
    ]


async def test_the_last_looks_are_real_ones_the_newest_first(records: Records, tmp_path: Path) -> None:
    polls = [
        slot(before(minutes=3)),
        slot(before(minutes=1), "failed", error="timeout: too slow"),
        slot(before(minutes=0), "missed"),
    ]
    await records.add_polls([*polls, slot(before(minutes=2), due_at=None, reason="by hand")])
    with reading(tmp_path / FILE_NAME) as connection:
        looks = read_last_looks(connection, 2)
    assert [(look.began_at, look.outcome, look.reason, look.error) for look in looks] == [
        (before(minutes=1), "failed", "every 15s", "timeout: too slow"),
        (before(minutes=2), "ok", "by hand", None),
    ]


async def last_life(folder: Path) -> LastLife | None:
    with reading(folder / FILE_NAME) as connection:
        return read_last_life(connection)


async def test_where_no_daemon_has_run_there_is_no_last_life(records: Records, tmp_path: Path) -> None:
    await records.add_poll(slot(before(minutes=1)))
    assert await last_life(tmp_path) is None


async def test_a_life_that_ended_as_it_should_was_alive_until_then(records: Records, tmp_path: Path) -> None:
    await records.begin_life(before(hours=2))
    await records.end_life(before(hours=1))
    assert await last_life(tmp_path) == LastLife(
        began_at=before(hours=2), ended_at=before(hours=1), last_alive_at=before(hours=1)
    )


async def test_a_life_that_was_cut_off_was_alive_at_its_last_slot(records: Records, tmp_path: Path) -> None:
    await records.add_poll(slot(before(hours=3)))
    await records.begin_life(before(hours=2))
    assert await last_life(tmp_path) == LastLife(began_at=before(hours=2), ended_at=None, last_alive_at=before(hours=2))
    by_hand = slot(before(minutes=1), due_at=None)
    await records.add_polls([slot(before(minutes=30)), slot(before(minutes=40)), by_hand])
    told = await last_life(tmp_path)
    assert told is not None
    assert told.last_alive_at == before(minutes=30)
