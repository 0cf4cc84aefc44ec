"""What the source may do wrong, through the whole house: an error with its kind, a count, an exit status, no loss.

A meeting of seven races is imported while the source misbehaves at one race or everywhere; then it behaves again, and
a second run must leave the store as if nothing had happened.
"""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from raceday_daemon.commands.exits import Exit, exit_of
from raceday_daemon.model.job import JobRun
from tests.fakes.answering_server import Handler, breaks_off, drips, fails, hangs_up, never, sends
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, EVENT_ID, needs_recordings
from tests.workbench import House, dump, keep_meetings, named_rows, open_house

pytestmark = needs_recordings

TIMES_OF_WRITING = ("lastUpdated", "importedAt", "lastPollTime", "pollingTimestamp")


@pytest.fixture
async def source(recorded_source: RecordedSource) -> RecordedSource:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    return recorded_source


@pytest.fixture
async def house(source: RecordedSource, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, source.url, timeout_seconds=2.0) as house:
        yield house


async def run(house: House, job: str = "all") -> list[JobRun]:
    return await house.runner().run(job, date.fromisoformat(DAY))


def facts(folder: Path) -> dict[str, Any]:
    """Read all that is stored but for leases, looks (the times of answers) and times of writing."""
    path = folder / "raceday.db"
    return {
        name: [
            {key: value for key, value in row.items() if key not in TIMES_OF_WRITING}
            for row in named_rows(path, f'SELECT * FROM "{name}" ORDER BY 1, 2')
        ]
        for name in dump(path)
        if name not in ("leases", "looks")
    }


async def of_a_clean_run(source: RecordedSource, folder: Path) -> dict[str, Any]:
    async with open_house(folder, source.url) as clean:
        await run(clean)
    return facts(folder)


def garbled_gzip() -> Handler:
    return sends(b"no gzip at all", headers={"Content-Encoding": "gzip"})


def sixty_megabytes() -> Handler:
    return sends(gzip.compress(b'{"header":"' + b" " * 60_000_000 + b'"}'), headers={"Content-Encoding": "gzip"})


AT_ONE_RACE = [
    pytest.param(fails(400), "refused", id="400"),
    pytest.param(fails(404), "not_found", id="404"),
    pytest.param(fails(429), "throttled", id="429"),
    pytest.param(fails(500), "source_fault", id="500"),
    pytest.param(fails(503), "source_fault", id="503"),
    pytest.param(never, "timeout", id="a server that never answers"),
    pytest.param(drips, "timeout", id="a slow drip"),
    pytest.param(breaks_off, "unreachable", id="half a body"),
    pytest.param(hangs_up, "unreachable", id="a connection closed"),
    pytest.param(sends("<html>Sorry</html>", content_type="text/html"), "misfit", id="HTML with status 200"),
    pytest.param(sends("<html>Sorry</html>"), "misfit", id="HTML that calls itself JSON"),
    pytest.param(sends('{"header":'), "misfit", id="invalid JSON"),
    pytest.param(sends("null"), "misfit", id="null"),
    pytest.param(sixty_megabytes(), "misfit", id="a 60 MB body"),
    pytest.param(garbled_gzip(), "unreachable", id="a wrong gzip"),
    pytest.param(fails(302, Location="https://elsewhere.example/"), "refused", id="a redirect"),
]


@pytest.mark.parametrize(("answer", "kind"), AT_ONE_RACE)
async def test_a_race_that_cannot_be_had_is_counted_and_the_others_are_stored(
    house: House, source: RecordedSource, tmp_path: Path, answer: Handler, kind: str
) -> None:
    source.instead[EVENT_ID] = answer
    runs = await run(house)
    entrants = next(one for one in runs if one.job == "entrants")
    assert (entrants.status, entrants.processed, entrants.failed) == ("partial", 6, 1)
    assert [(failure.item, failure.kind) for failure in entrants.errors] == [("Awapuni Synthetic R1", kind)]
    assert exit_of(runs) is Exit.SOME_FAILED
    source.instead.clear()
    assert exit_of(await run(house)) is Exit.DONE
    assert facts(tmp_path) == await of_a_clean_run(source, tmp_path / "clean")


def another_day(answer: dict[str, Any]) -> None:
    answer["params"]["date_from"] = "2025-07-16T00:00:00Z"


AT_THE_DAY = [
    pytest.param(fails(400), "refused", Exit.SOME_FAILED, id="400"),
    pytest.param(fails(404), "not_found", Exit.SOME_FAILED, id="404"),
    pytest.param(fails(429, Retry_After="3600"), "throttled", Exit.SOURCE_AWAY, id="429 with Retry-After"),
    pytest.param(fails(500), "source_fault", Exit.SOURCE_AWAY, id="500"),
    pytest.param(fails(503), "source_fault", Exit.SOURCE_AWAY, id="503"),
    pytest.param(never, "timeout", Exit.SOURCE_AWAY, id="a server that never answers"),
    pytest.param(drips, "timeout", Exit.SOURCE_AWAY, id="a slow drip"),
    pytest.param(breaks_off, "unreachable", Exit.SOURCE_AWAY, id="half a body"),
    pytest.param(sends("<html>", content_type="text/html"), "misfit", Exit.SOME_FAILED, id="HTML with status 200"),
    pytest.param(sends('{"header":'), "misfit", Exit.SOME_FAILED, id="invalid JSON"),
    pytest.param(sixty_megabytes(), "misfit", Exit.SOME_FAILED, id="a 60 MB body"),
    pytest.param(garbled_gzip(), "unreachable", Exit.SOURCE_AWAY, id="a wrong gzip"),
]


@pytest.mark.parametrize(("answer", "kind", "status"), AT_THE_DAY)
async def test_a_day_that_cannot_be_had_fails_the_job_and_costs_nothing_stored(
    house: House, source: RecordedSource, tmp_path: Path, answer: Handler, kind: str, status: Exit
) -> None:
    await run(house)
    stored = facts(tmp_path)
    source.instead["/meetings"] = answer
    runs = await run(house)
    assert [(one.job, one.status, one.errors[0].kind) for one in runs] == [("meetings", "failed", kind)]
    assert exit_of(runs) is status
    source.instead.clear()
    house.clock.advance(3_601)
    assert exit_of(await run(house)) is Exit.DONE
    assert facts(tmp_path) == stored


async def test_a_longer_pause_than_can_be_waited_for_is_kept_by_every_call(
    house: House, source: RecordedSource
) -> None:
    source.instead[EVENT_ID] = fails(429, Retry_After="3600")
    runs = await run(house)
    assert [failure.kind for failure in runs[-1].errors] == ["throttled", "breaker_open"]
    assert exit_of(runs) is Exit.SOURCE_AWAY
    asked = len(source.requests)
    await run(house)
    assert len(source.requests) == asked
    source.instead.clear()
    house.clock.advance(3_601)
    assert exit_of(await run(house)) is Exit.DONE


async def test_another_days_answer_is_refused(house: House, source: RecordedSource) -> None:
    source.changes["/meetings"] = another_day
    runs = await run(house)
    assert [(one.status, one.errors[0].kind) for one in runs] == [("failed", "wrong_answer")]
    assert exit_of(runs) is Exit.SOME_FAILED


async def test_an_empty_day_is_no_failure(house: House, source: RecordedSource) -> None:
    source.changes["/meetings"] = lambda answer: answer["data"].update(meetings=None)
    runs = await run(house)
    assert [(one.job, one.status, one.processed) for one in runs] == [
        (job, "ok", 0) for job in ("meetings", "races", "entrants", "statuses")
    ]
    assert exit_of(runs) is Exit.DONE


async def test_a_refused_connection_is_a_source_away(tmp_path: Path, unused_tcp_port: int) -> None:
    async with open_house(tmp_path, f"http://127.0.0.1:{unused_tcp_port}") as house:
        runs = await run(house)
    assert [(one.status, one.errors[0].kind) for one in runs] == [("failed", "unreachable")]
    assert exit_of(runs) is Exit.SOURCE_AWAY


async def test_more_than_two_hundred_meetings_are_all_looked_through(house: House, source: RecordedSource) -> None:
    wanted = source.meetings["data"]["meetings"][0]
    foreign = [{**wanted, "meeting": f"foreign-{n}", "country": "UK", "races": []} for n in range(250)]
    source.meetings["data"]["meetings"] = [*foreign, wanted]
    runs = await run(house, "meetings")
    assert (runs[0].processed, runs[0].api_calls) == (1, 2)


def odd(answer: dict[str, Any]) -> None:
    """Send what is odd but no fault: null lists, absent keys, numbers as strings, an unknown status, a dead heat."""
    data = answer["data"]
    data["race"] |= {"status": "Photo", "distance": "1700", "video_channels": None}
    del data["race"]["weather"]
    data["runners"][0]["odds"] = {"fixed_win": "5.0", "fixed_place": 0}
    data["dividends"] = data["big_bets"] = None
    data["results"][1]["position"] = 1


async def test_what_is_odd_but_sound_is_stored_as_sent(house: House, source: RecordedSource, tmp_path: Path) -> None:
    source.changes[EVENT_ID] = odd
    assert exit_of(await run(house)) is Exit.DONE
    stored = facts(tmp_path)
    race = next(row for row in stored["races"] if row["id"] == EVENT_ID)
    assert (race["status"], race["distance"], race["weather"], race["videoChannels"]) == ("Photo", 1700, None, None)
    first = next(row for row in stored["entrants"] if row["raceId"] == EVENT_ID and row["runnerNumber"] == 1)
    assert (first["fixedWinOdds"], first["fixedPlaceOdds"], first["poolWinOdds"]) == (5.0, None, None)
    results = next(row for row in stored["race_results"] if row["id"] == EVENT_ID)
    assert [placing["position"] for placing in json.loads(results["resultsData"])] == [1, 1, 3, 4, 5, 6, 7, 8]
    assert (results["dividendsData"], results["resultStatus"]) == (None, "interim")


async def test_while_the_breaker_is_open_a_job_stops_and_its_checkpoint_is_kept(
    house: House, source: RecordedSource, tmp_path: Path
) -> None:
    async def away(_: web.Request) -> web.StreamResponse:
        raise web.HTTPServiceUnavailable

    ids = keep_meetings(source, "Awapuni Synthetic")
    for race_id in ids[1:]:
        source.instead[race_id] = away
    runs = await run(house)
    assert [(one.job, one.status) for one in runs][-1] == ("entrants", "failed")
    assert [failure.kind for failure in runs[-1].errors] == ["source_fault"] * 5 + ["breaker_open"]
    assert exit_of(runs) is Exit.SOURCE_AWAY
    [checkpoint] = [row for row in facts(tmp_path)["checkpoints"] if row["job"] == "entrants"]
    assert (checkpoint["status"], json.loads(checkpoint["done"])) == ("running", [ids[0]])

    source.instead.clear()
    house.clock.advance(31)
    [again] = await run(house, "entrants")
    assert (again.status, again.processed, again.skipped) == ("ok", 6, 1)
