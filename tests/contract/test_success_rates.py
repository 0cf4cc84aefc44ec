"""Success rates of seven days, from rows of `ops.db`: what counts as tried, what as a success, and what it costs."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.model.job import FAILED as JOB_FAILED
from raceday_daemon.model.job import OK, PARTIAL, REFUSED, Failure, JobRun
from raceday_daemon.model.poll import CHANGED, FAILED, MISSED, STALE, UNCHANGED, Poll
from raceday_daemon.model.success import SuccessRate
from raceday_daemon.model.targets import TARGETS
from raceday_daemon.store.alert_passes import AlertPasses
from raceday_daemon.store.records import FILE_NAME, Records, open_records
from raceday_daemon.store.success_queries import read_success_rates
from tests.workbench import rows

NOW = datetime(2026, 2, 7, 3, 30, tzinfo=UTC)
DAY = date(2026, 2, 7)


@pytest.fixture
async def records(tmp_path: Path) -> Records:
    return await open_records(tmp_path)


async def rates(records: Records, folder: Path) -> Mapping[str, SuccessRate]:
    await records.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return {rate.work: rate for rate in read_success_rates(connection, NOW)}


def poll(outcome: str, reason: str = "every 15s", *, ago: timedelta = timedelta(hours=1), due: bool = True) -> Poll:
    at = NOW - ago
    return Poll(race_id="race-1", due_at=at if due else None, began_at=at, ended_at=at, reason=reason, outcome=outcome)


def run(job: str, status: str, processed: int, failed: int, kind: str | None = None, days: int = 0) -> JobRun:
    at = NOW - timedelta(days=days)
    errors = (Failure(item=job, kind=kind, message="why"),) if kind else ()
    return JobRun(
        job=job,
        racing_day=DAY,
        started_at=at,
        finished_at=at,
        status=status,
        processed=processed,
        failed=failed,
        errors=errors,
    )


async def test_where_nothing_was_recorded_nothing_is_told(records: Records, tmp_path: Path) -> None:
    found = await rates(records, tmp_path)
    assert list(found) == ["meetings", "races", "entrants", "polls", "alerts"]
    assert {(rate.succeeded, rate.failed, rate.percent, rate.below_aim) for rate in found.values()} == {
        (0, 0, None, None)
    }
    assert [rate.aim_percent for rate in found.values()] == [99.5, 99.5, 99.0, 99.5, 99.9]


async def test_polls_count_the_slots_that_somebody_here_was_to_poll(records: Records, tmp_path: Path) -> None:
    await records.add_polls(
        [
            *(poll(outcome) for outcome in (CHANGED, UNCHANGED, STALE, CHANGED)),
            poll(FAILED),
            *(poll(MISSED, reason) for reason in ("down", "busy", "stalled", "overload")),
            # Neither a plan that was given up nor what another daemon had.
            *(poll(MISSED, reason) for reason in ("replanned", "unwatched")),
            # No slot asked for these, and those are of another week.
            poll(CHANGED, due=False),
            poll(FAILED, due=False),
            poll(FAILED, ago=timedelta(days=7, seconds=1)),
            poll(CHANGED, ago=timedelta(days=7, seconds=1)),
        ]
    )
    polls = (await rates(records, tmp_path))["polls"]
    assert (polls.succeeded, polls.failed, polls.percent, polls.below_aim) == (4, 5, 44.444, True)


async def test_jobs_count_their_items_and_one_failure_for_a_job_that_came_to_nothing(
    records: Records, tmp_path: Path
) -> None:
    for one in (
        run("meetings", OK, 12, 0),
        run("meetings", PARTIAL, 11, 1, "misfit", days=1),
        run("meetings", JOB_FAILED, 0, 1, "unreachable", days=2),
        # It was told to stop, and that one never began.
        run("meetings", JOB_FAILED, 4, 1, "interrupted"),
        run("meetings", REFUSED, 0, 1, "held"),
        run("meetings", JOB_FAILED, 0, 99, "unreachable", days=8),
        run("statuses", JOB_FAILED, 0, 5, "unreachable"),
    ):
        await records.add_job_run(one)
    found = await rates(records, tmp_path)
    assert (found["meetings"].succeeded, found["meetings"].failed) == (27, 2)
    assert found["races"].percent is None


async def test_alerts_count_their_passes_which_are_written_with_the_records_that_follow(
    records: Records, tmp_path: Path
) -> None:
    passes = AlertPasses()
    records.count_passes(passes)
    passes.count("2026-01-31T02", 1000, 1000)  # of another week
    passes.count("2026-01-31T03", 10, 0)
    await records.add_poll(poll(CHANGED))
    passes.count("2026-02-07T03", 988, 1)
    await records.add_poll(poll(CHANGED))
    passes.count("2026-02-07T03", 1, 0)
    alerts = (await rates(records, tmp_path))["alerts"]
    assert (alerts.succeeded, alerts.failed, alerts.percent, alerts.below_aim) == (998, 1, 99.9, True)
    assert rows(tmp_path / FILE_NAME, "SELECT * FROM alert_passes WHERE hour > '2026-02'") == [
        ("2026-02-07T03", 989, 1)
    ]


async def test_passes_that_cannot_be_written_are_not_forgotten(records: Records, tmp_path: Path) -> None:
    passes = AlertPasses()
    records.count_passes(passes)
    passes.count("2026-02-07T03", 5, 1)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await records.add_poll(poll(CHANGED))
        other.rollback()
    assert ((await rates(records, tmp_path))["alerts"].succeeded) == 4


@pytest.mark.parametrize(("failed", "below"), [(5, False), (6, True)])
def test_a_rate_that_just_keeps_its_aim_is_not_below_it(failed: int, below: bool) -> None:
    rate = SuccessRate.of("polls", 1000 - failed, failed, TARGETS["polls"].success_percent)
    assert rate.below_aim is below


async def test_a_busy_week_is_counted_by_indexes_alone(records: Records, tmp_path: Path) -> None:
    await records.close()
    asked: list[str] = []
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.set_trace_callback(asked.append)
        read_success_rates(connection, NOW)
        connection.set_trace_callback(None)
        plans = [
            step[3] for query in asked if "polls" in query for step in connection.execute(f"EXPLAIN QUERY PLAN {query}")
        ]
    assert [plan.partition(" (")[0] for plan in plans] == [
        "SEARCH polls USING COVERING INDEX polls_due",
        "SEARCH polls USING COVERING INDEX polls_failed",
    ]


async def test_records_of_an_older_layout_are_brought_up_to_date(records: Records, tmp_path: Path) -> None:
    await records.add_poll(poll(CHANGED))
    await records.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.executescript(
            "DROP TABLE alert_passes; DROP INDEX polls_due; DROP INDEX polls_failed; PRAGMA user_version = 1"
        )
    found = await rates(await open_records(tmp_path), tmp_path)
    assert (found["polls"].succeeded, found["alerts"].percent) == (1, None)
