"""Cases in which data would be lost or made up unless somebody thought of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.errors import WrongAnswerError
from raceday_daemon.model.job import JobRun
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.ops.clock import SystemClock
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, EVENT_ID, needs_recordings
from tests.workbench import House, keep_meetings, named_rows, open_house, rows

pytestmark = needs_recordings

TODAY = date.fromisoformat(DAY)


@pytest.fixture
async def source(recorded_source: RecordedSource) -> RecordedSource:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    return recorded_source


@pytest.fixture
async def house(source: RecordedSource, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, source.url) as house:
        yield house


async def run(house: House, job: str = "all") -> list[JobRun]:
    return await house.runner().run(job, TODAY)


def stamped(time: str) -> Any:
    return lambda answer: answer["header"].update(generated_time=time)


def race_row(folder: Path) -> dict[str, Any]:
    return named_rows(folder / "raceday.db", "SELECT * FROM races WHERE id = ?", EVENT_ID)[0]


def results_row(folder: Path) -> dict[str, Any]:
    return named_rows(folder / "raceday.db", "SELECT * FROM race_results WHERE id = ?", EVENT_ID)[0]


def becomes(source: RecordedSource, status: str) -> None:
    """Let the recorded race stand at a status, on the card and in its own answer."""
    for race in source.meetings["data"]["meetings"][0]["races"]:
        if race["id"] == EVENT_ID:
            race["status"] = status
    source.changes[EVENT_ID] = lambda answer: answer["data"]["race"].update(status=status)


async def test_an_event_answer_a_little_older_than_the_card_is_still_news(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    source.changes["/meetings"] = stamped("2025-07-17T11:17:04Z")
    runs = await run(house)
    assert {one.status for one in runs} == {"ok"}
    assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM entrants") == [(7 * 8,)]
    assert rows(tmp_path / "ops.db", "SELECT DISTINCT outcome FROM polls") == [("ok",)]


async def test_an_answer_from_the_future_is_refused_and_does_not_stand_in_the_way_of_the_next(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    source.changes[EVENT_ID] = stamped("2090-01-01T00:00:00Z")
    runs = await run(house)
    [failure] = runs[2].errors
    assert (failure.kind, runs[2].processed) == (WrongAnswerError.kind, 6)
    assert "one of the two is wrong" in failure.message
    source.changes.clear()
    assert {one.status for one in await run(house)} == {"ok"}
    assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM entrants WHERE raceId = ?", EVENT_ID) == [(8,)]


async def test_a_race_turns_final_with_its_results(house: House, source: RecordedSource, tmp_path: Path) -> None:
    becomes(source, "Closed")

    def without_results(answer: dict[str, Any]) -> None:
        answer["data"]["race"]["status"] = "Closed"
        answer["data"] |= {"results": None, "dividends": None}

    source.changes[EVENT_ID] = without_results
    await run(house)
    assert race_row(tmp_path)["status"] == "Closed"
    assert not rows(tmp_path / "raceday.db", "SELECT * FROM race_results WHERE id = ?", EVENT_ID)

    becomes(source, "Final")
    source.meetings["header"]["generated_time"] = "2025-07-17T11:20:00Z"
    source.changes[EVENT_ID] = stamped("2025-07-17T11:20:00Z")
    [statuses] = await run(house, "statuses")
    assert (statuses.status, statuses.api_calls) == ("ok", 2)
    assert (race_row(tmp_path)["status"], race_row(tmp_path)["finalizedAt"]) == ("Final", "2025-07-17T11:20:00.000Z")
    assert results_row(tmp_path)["resultStatus"] == "final"


async def test_a_race_whose_own_answer_cannot_be_had_is_not_made_final_without_results(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    becomes(source, "Closed")
    await run(house)
    becomes(source, "Final")
    source.meetings["header"]["generated_time"] = "2025-07-17T11:20:00Z"

    async def away(_: web.Request) -> web.StreamResponse:
        raise web.HTTPServiceUnavailable

    source.instead[EVENT_ID] = away
    [statuses] = await run(house, "statuses")
    assert statuses.status == "failed"
    assert race_row(tmp_path)["status"] == "Closed"


def spoil(path: tuple[str | int, ...], value: Any) -> Any:
    def change(answer: dict[str, Any]) -> None:
        place: Any = answer["data"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        answer["header"]["generated_time"] = "2025-07-17T11:30:00Z"

    return change


@pytest.mark.parametrize(
    "change",
    [
        spoil(("results", 0, "position"), "first"),
        spoil(("results",), [{"position": None, "entrant_id": None}]),
        spoil(("dividends", 1, "dividend"), "much"),
        spoil(("money_tracker", "entrants", 0, "hold_percentage"), "half"),
        spoil(("tote_pools", 4, "total"), "lots"),
        spoil(("race", "distance"), "far"),
        spoil(("race", "prize_monies"), []),
        spoil(("race", "video_channels"), ""),
        spoil(("runners", 2, "odds"), "short"),
        spoil(("runners",), []),
    ],
    ids=[
        "a placing",
        "all placings",
        "a dividend",
        "the money",
        "a pool",
        "distance",
        "prizes",
        "channels",
        "a runner",
        "no runner at all",
    ],
)
async def test_what_cannot_be_read_leaves_what_is_stored(
    house: House, source: RecordedSource, tmp_path: Path, change: Any
) -> None:
    await run(house)
    tables = ("races", "entrants", "race_pools", "race_results", "odds_history")
    queries = [f"SELECT * FROM {name} ORDER BY id" for name in tables]
    stored = [rows(tmp_path / "raceday.db", query) for query in queries]
    source.changes[EVENT_ID] = change
    await run(house, "entrants")
    assert [rows(tmp_path / "raceday.db", query) for query in queries] == stored


async def test_a_runner_that_is_gone_keeps_no_share_of_the_pool(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    await run(house)

    def without_the_first(answer: dict[str, Any]) -> None:
        del answer["data"]["runners"][0]
        answer["header"]["generated_time"] = "2025-07-17T11:30:00Z"

    source.changes[EVENT_ID] = without_the_first
    await run(house, "entrants")
    shares = rows(
        tmp_path / "raceday.db",
        "SELECT winPoolPercentage FROM entrants WHERE raceId = ? ORDER BY runnerNumber",
        EVENT_ID,
    )
    assert shares[0] == (None,)
    assert sum(share for (share,) in shares[1:]) == pytest.approx(100)


async def test_a_day_that_was_empty_is_asked_for_again_before_its_runners(house: House, source: RecordedSource) -> None:
    source.changes["/meetings"] = lambda answer: answer["data"].update(meetings=[])
    assert [(one.job, one.processed) for one in await run(house, "meetings")] == [("meetings", 0)]
    source.changes.clear()
    assert [(one.job, one.processed) for one in await run(house, "entrants")] == [
        ("meetings", 1),
        ("races", 1),
        ("entrants", 7),
    ]


async def test_a_job_that_waits_at_the_source_ends_at_one_in_the_morning_too(
    source: RecordedSource, tmp_path: Path
) -> None:
    clock = FakeClock(datetime.fromisoformat("2025-07-17T12:59:59.8Z"))

    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    source.instead["/meetings"] = never
    async with open_house(tmp_path, source.url, clock) as house:
        [ended] = await run(house, "meetings")
    assert (ended.status, ended.errors[0].kind) == ("failed", "day_over")


async def test_a_race_seen_in_any_answer_begins_its_absences_anew(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    await run(house)
    races = source.meetings["data"]["meetings"][0]["races"]
    gone = races.pop()

    async def listed(at: str, *, in_the_meetings_own_answer: bool = False) -> str | None:
        source.meetings["header"]["generated_time"] = at

        def with_the_race(answer: dict[str, Any]) -> None:
            answer["header"]["generated_time"] = at
            answer["data"]["meetings"][0]["races"].append(gone)

        source.changes[source.meetings["data"]["meetings"][0]["meeting"]] = with_the_race
        await run(house, "races" if in_the_meetings_own_answer else "meetings")
        [(withdrawn_at,)] = rows(tmp_path / "raceday.db", "SELECT withdrawnAt FROM races WHERE id = ?", gone["id"])
        return None if withdrawn_at is None else str(withdrawn_at)

    assert await listed("2025-07-17T11:20:00Z") is None
    assert await listed("2025-07-17T11:21:00Z", in_the_meetings_own_answer=True) is None
    assert await listed("2025-07-17T11:22:00Z") is None
    assert await listed("2025-07-17T11:23:00Z") == "2025-07-17T11:23:00.000Z"


async def test_a_meetings_run_that_was_cut_off_does_not_keep_the_next_from_its_news(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    await run(house)
    meeting = source.meetings["data"]["meetings"][0]
    await house.store.transaction(
        lambda connection: connection.execute(
            "UPDATE checkpoints SET status = 'running', done = ? WHERE job = 'meetings'", (f'["{meeting["meeting"]}"]',)
        ).close()
    )
    for race in meeting["races"]:
        race["status"] = "Abandoned"
    source.meetings["header"]["generated_time"] = "2025-07-17T11:30:00Z"
    [again] = await run(house, "meetings")
    assert (again.processed, again.skipped) == (1, 0)
    assert rows(tmp_path / "raceday.db", "SELECT DISTINCT status FROM races") == [("Abandoned",)]


@pytest.mark.parametrize("job", ["refresh", "statuses"])
async def test_a_lease_that_is_taken_at_the_last_moment_refuses_the_job_and_keeps_a_record(
    house: House, source: RecordedSource, tmp_path: Path, job: str
) -> None:
    async with LeaseKeeper(house.store, SystemClock()).held(LEASE_OF_JOB[job], str):
        [refused] = await run(house, job)
    assert (refused.job, refused.status, refused.errors[0].kind) == (job, "refused", "held")
    assert not source.requests
    assert rows(tmp_path / "ops.db", "SELECT job, status FROM job_runs") == [(job, "refused")]


async def test_a_few_races_that_the_source_fails_at_do_not_keep_the_others_out(
    recorded_source: RecordedSource, tmp_path: Path
) -> None:
    async def at_fault(_: web.Request) -> web.StreamResponse:
        raise web.HTTPInternalServerError

    ids = keep_meetings(recorded_source, "Awapuni Synthetic", "Winton")
    recorded_source.instead.update(dict.fromkeys(ids[:5], at_fault))
    async with open_house(tmp_path, recorded_source.url) as house:
        first = (await run(house))[-1]
        assert (first.job, first.stopped, first.source_away) == ("entrants", True, True)
        house.clock.advance(31)
        [second] = await run(house, "entrants")
    assert (second.status, second.processed, second.failed) == ("partial", len(ids) - 5, 5), "they come last"


async def test_a_race_is_not_moved_to_another_meeting_by_its_own_answer(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    await run(house)
    source.changes[EVENT_ID] = lambda answer: answer["data"]["race"].update(meeting_id="somebody-elses")
    [again] = await run(house, "entrants")
    assert [failure.kind for failure in again.errors] == ["wrong_answer"]
    assert race_row(tmp_path)["meetingId"] != "somebody-elses"


async def test_a_runner_is_not_taken_away_from_its_race_by_anothers_answer(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    await run(house)
    mine = rows(tmp_path / "raceday.db", "SELECT id FROM entrants WHERE raceId = ? ORDER BY id", EVENT_ID)
    other = keep_meetings(source, "Awapuni Synthetic")[1]

    def with_a_stranger(answer: dict[str, Any]) -> None:
        answer["data"]["runners"][0]["entrant_id"] = mine[0][0]
        answer["header"]["generated_time"] = "2025-07-17T11:30:00Z"

    source.changes[other] = with_a_stranger
    [again] = await run(house, "entrants")
    assert [failure.message for failure in again.errors] == [f"entrant {mine[0][0]} is another race's"]
    assert rows(tmp_path / "raceday.db", "SELECT id FROM entrants WHERE raceId = ? ORDER BY id", EVENT_ID) == mine


@pytest.mark.parametrize(
    "change",
    [spoil((name,), None) for name in ("results", "dividends", "tote_pools")] + [spoil(("race", "rail_position"), {})],
    ids=["results", "dividends", "pools", "rail position"],
)
async def test_a_list_that_is_null_for_once_takes_nothing_away(
    house: House, source: RecordedSource, tmp_path: Path, change: Any
) -> None:
    await run(house)
    queries = [f"SELECT * FROM {name} ORDER BY id" for name in ("race_pools", "race_results", "entrants", "meetings")]
    stored = [rows(tmp_path / "raceday.db", query) for query in queries]
    source.changes[EVENT_ID] = change
    await run(house, "entrants")
    assert [rows(tmp_path / "raceday.db", query) for query in queries] == stored


async def test_a_run_whose_lease_was_taken_over_asks_for_nothing_more(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    async def taken_over(request: web.Request) -> web.StreamResponse:
        await house.store.transaction(
            lambda connection: connection.execute(
                "INSERT INTO leases SELECT 'next', leaseId, epoch + 1, 'another', 'south/8/x/y', startTime,"
                " lastHeartbeat, expiresAt, 'held', NULL FROM leases WHERE leaseId = 'daily-entrants-lock'"
                " ORDER BY epoch DESC LIMIT 1"
            ).close()
        )
        del source.instead[EVENT_ID]
        raise web.HTTPNotFound

    source.instead[EVENT_ID] = taken_over
    lost = (await run(house))[-1]
    assert (lost.job, lost.status, lost.errors[-1].kind) == ("entrants", "failed", "lease_lost")
    assert len(source.asked_for("/events/")) == 1
