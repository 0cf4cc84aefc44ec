"""The daily jobs by their runner, on real files, against the recorded source: order, isolation, records."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from raceday_daemon.model.job import JobRun
from raceday_daemon.store.records import FILE_NAME as OPS
from raceday_daemon.store.working_store import FILE_NAME as RACEDAY
from tests.fakes.recorded_source import Change, Handler, RecordedSource
from tests.recordings import needs_recordings
from tests.workbench import House, keep_meetings, named_rows, open_house, rows

pytestmark = needs_recordings

DAY = date(2025, 7, 17)
STARTED = datetime.fromisoformat("2025-07-17T11:30:00Z")


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """Two meetings whose races take turns: Awapuni (7, from 00:50) and Kembla Grange (8, from 02:05)."""
    return keep_meetings(recorded_source, "Awapuni Synthetic", "Kembla Grange")


@pytest.fixture
async def house(recorded_source: RecordedSource, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, recorded_source.url) as house:
        house.clock.set(STARTED)
        yield house


def answering(status: int) -> Handler:
    async def instead(_: web.Request) -> web.StreamResponse:
        return web.json_response({"header": {"error": "so it goes"}}, status=status)

    return instead


def asked(source: RecordedSource) -> list[str]:
    return [request.path.rpartition("/")[2] for request in source.asked_for("/events/")]


def outcomes(runs: list[JobRun]) -> list[tuple[str, str]]:
    return [(run.job, run.status) for run in runs]


def newer(change: Change) -> Change:
    """Give an answer made after the recorded ones, with a change."""

    def made(answer: dict[str, Any]) -> None:
        answer["header"] = {**answer["header"], "generated_time": "2025-07-17T11:20:00.5Z"}
        change(answer)

    return made


async def test_a_later_job_runs_the_earlier_ones_that_are_missing(house: House, races: list[str]) -> None:
    runs = await house.runner().run("entrants", DAY)
    assert outcomes(runs) == [("meetings", "ok"), ("races", "ok"), ("entrants", "ok")]
    assert [run.processed for run in runs] == [2, 2, len(races)]


async def test_what_was_done_for_the_day_is_not_done_again(house: House, races: list[str]) -> None:
    runner = house.runner()
    await runner.run("races", DAY)
    assert outcomes(await runner.run("entrants", DAY)) == [("entrants", "ok")]
    assert outcomes(await runner.run("races", DAY)) == [("races", "ok")]
    assert outcomes(await runner.run("meetings", DAY)) == [("meetings", "ok")]


async def test_what_was_done_for_another_day_does_not_count(house: House, races: list[str]) -> None:
    await house.runner().run("races", DAY)
    runs = await house.runner().run("races", DAY + timedelta(days=1))
    assert [(run.job, run.processed) for run in runs] == [("meetings", 0), ("races", 0)]


async def test_nothing_runs_on_nothing_when_an_earlier_job_fails(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    recorded_source.instead["/meetings"] = answering(400)
    runs = await house.runner().run("entrants", DAY)
    assert outcomes(runs) == [("meetings", "failed")]
    assert len(recorded_source.requests) == 1
    assert not runs[0].source_away

    del recorded_source.instead["/meetings"]
    assert outcomes(await house.runner().run("entrants", DAY)) == [
        ("meetings", "ok"),
        ("races", "ok"),
        ("entrants", "ok"),
    ]


async def test_a_stage_that_failed_does_not_keep_the_next_from_what_is_stored(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    for meeting in recorded_source.meetings["data"]["meetings"]:
        recorded_source.instead[meeting["meeting"]] = answering(404)
    assert outcomes(await house.runner().run("all", DAY)) == [
        ("meetings", "ok"),
        ("races", "failed"),
        ("entrants", "ok"),
        ("statuses", "ok"),
    ]


@pytest.mark.parametrize(
    ("name", "stages"),
    [("refresh", ["meetings", "races", "entrants"]), ("all", ["meetings", "races", "entrants", "statuses"])],
)
async def test_a_sequence_runs_every_stage_anew(
    house: House, races: list[str], name: str, stages: list[str], tmp_path: Path
) -> None:
    for _ in range(2):
        assert outcomes(await house.runner().run(name, DAY)) == [(stage, "ok") for stage in stages]
    assert [job for (job,) in rows(tmp_path / OPS, "SELECT job FROM job_runs ORDER BY rowid")] == stages * 2


async def test_an_item_that_fails_is_named_and_leaves_the_others_alone(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    recorded_source.instead[races[3]] = answering(404)
    run = (await house.runner().run("entrants", DAY))[-1]
    assert (run.status, run.processed, run.failed, run.skipped) == ("partial", len(races) - 1, 1, 0)
    (failure,) = run.errors
    assert (failure.item, failure.kind) == ("Kembla Grange R1", "not_found")
    assert "HTTP 404 (so it goes)" in failure.message
    assert races[3] in failure.message
    with_runners = {race for (race,) in rows(tmp_path / RACEDAY, "SELECT DISTINCT raceId FROM entrants")}
    assert with_runners == set(races) - {races[3]}
    assert rows(tmp_path / OPS, "SELECT race_id, reason FROM polls WHERE outcome = 'failed'") == [
        (races[3], "entrants")
    ]


async def test_a_part_that_did_not_fit_is_named_and_its_race_is_done(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    recorded_source.changes[races[0]] = lambda answer: answer["data"]["runners"][2].update(name=None)
    run = (await house.runner().run("entrants", DAY))[-1]
    assert (run.status, run.processed, run.failed) == ("partial", len(races), 1)
    assert [(failure.item, failure.kind) for failure in run.errors] == [
        ("Awapuni Synthetic R1 data.runners[2]", "set_aside")
    ]


async def test_a_job_of_which_every_item_fails_has_failed(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    await house.runner().run("races", DAY)
    recorded_source.instead.update({race: answering(404) for race in races})
    (run,) = await house.runner().run("entrants", DAY)
    assert (run.status, run.processed, run.failed, run.source_away) == ("failed", 0, len(races), False)


async def test_races_are_looked_at_soonest_first(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    await house.runner().run("entrants", DAY)
    assert asked(recorded_source) == races
    assert races[:4] != sorted(races[:4])


async def test_a_cap_takes_the_soonest_races_and_counts_the_others_as_skipped(
    house: House, races: list[str], recorded_source: RecordedSource
) -> None:
    run = (await house.runner(most_races=3).run("entrants", DAY))[-1]
    assert (run.status, run.processed, run.skipped) == ("ok", 3, len(races) - 3)
    assert asked(recorded_source) == races[:3]


async def test_a_day_without_meetings_is_done_at_once(house: House, races: list[str]) -> None:
    runs = await house.runner().run("all", date(2025, 12, 25))
    assert [(run.job, run.status, run.processed, run.api_calls) for run in runs] == [
        ("meetings", "ok", 0, 1),
        ("races", "ok", 0, 0),
        ("entrants", "ok", 0, 0),
        ("statuses", "ok", 0, 1),
    ]


async def test_a_run_leaves_a_record(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    recorded_source.instead[races[0]] = answering(404)
    recorded_source.changes[races[1]] = lambda _: house.clock.advance(2.5)
    runs = await house.runner(most_races=4).run("entrants", DAY)
    found = named_rows(tmp_path / OPS, "SELECT * FROM job_runs ORDER BY rowid")
    assert [row["job"] for row in found] == ["meetings", "races", "entrants"]
    record = found[-1]
    assert record.pop("memory_peak_mb") > 1
    assert json.loads(record.pop("errors")) == [
        {"item": "Awapuni Synthetic R1", "kind": "not_found", "message": runs[-1].errors[0].message}
    ]
    assert record == {
        "job": "entrants",
        "racing_day": "2025-07-17",
        "started_at": "2025-07-17T11:30:00.000Z",
        "finished_at": "2025-07-17T11:30:02.500Z",
        "status": "partial",
        "processed": 3,
        "failed": 1,
        "skipped": len(races) - 4,
        "api_calls": 4,
        "duration_seconds": 2.5,
    }
    assert len(recorded_source.requests) == sum(row["api_calls"] for row in found)


async def test_statuses_pick_up_a_new_race_a_moved_start_and_a_status(
    house: House, races: list[str], recorded_source: RecordedSource, tmp_path: Path
) -> None:
    await house.runner().run("refresh", DAY)

    def change(answer: dict[str, Any]) -> None:
        (awapuni,) = (each for each in answer["data"]["meetings"] if each["name"] == "Awapuni Synthetic")
        first, second = awapuni["races"][:2]
        first["status"] = "Interim"
        second["start_time"] = "2025-07-17T01:30:00Z"
        awapuni["races"].append({**second, "id": "new-race", "race_number": 99, "status": "Open"})

    recorded_source.changes["/meetings"] = newer(change)
    (run,) = await house.runner().run("statuses", DAY)
    assert (run.status, run.processed, run.api_calls) == ("ok", 2, 1)
    store = tmp_path / RACEDAY
    query = "SELECT status, startTime, lastStatusChange FROM races WHERE id = ?"
    assert rows(store, query, races[0])[0][::2] == ("Interim", "2025-07-17T11:20:00.500Z")
    assert rows(store, query, races[1])[0][1:] == ("2025-07-17T01:30:00.000Z", None)
    assert rows(store, query, "new-race") == [("Open", "2025-07-17T01:30:00.000Z", None)]
    assert rows(store, "SELECT raceId, totalRacePool FROM race_pools WHERE id = 'new-race'") == [("new-race", None)]
    assert rows(store, "SELECT status FROM meetings WHERE meetingName = 'Awapuni Synthetic'") == [("active",)]
