"""Every look at a race leaves a record, whatever came of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import stamina
from aiohttp import web

from raceday_daemon.model.errors import MisfitError, NotFoundError, RacedayError, SourceFaultError, StoreError
from raceday_daemon.nztab.client import Client
from raceday_daemon.nztab.lanes import daily_lane
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.records import FILE_NAME as OPS
from raceday_daemon.store.working_store import FILE_NAME as RACEDAY
from tests.builders import later
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import EVENT_ID, needs_recordings
from tests.workbench import House, named_rows, open_house, rows

pytestmark = needs_recordings


@pytest.fixture
async def house(recorded_source: RecordedSource, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, recorded_source.url) as house:
        yield house


async def look(house: House, race_id: str = EVENT_ID, due_at: datetime | None = None) -> None:
    await house.intake.look_at_race(house.source(), race_id, "Final", reason="entrants", due_at=due_at)


def polls(folder: Path) -> list[dict[str, Any]]:
    return named_rows(folder / OPS, "SELECT * FROM polls ORDER BY rowid")


def generated(text: str) -> Any:
    def change(answer: dict[str, Any]) -> None:
        answer["header"] = {**answer["header"], "generated_time": text}

    return change


async def test_a_look_that_changed_something_is_ok_with_its_figures(
    house: House, tmp_path: Path, recorded_source: RecordedSource
) -> None:
    def takes_a_while(answer: dict[str, Any]) -> None:
        answer["header"]["generated_time"] = "2025-07-17T00:39:58Z"
        house.clock.advance(2.5)

    house.clock.set(later(0))
    recorded_source.changes[EVENT_ID] = takes_a_while
    await look(house, due_at=later(-1))
    (poll,) = polls(tmp_path)
    measured = {name: poll.pop(name) for name in ("bytes", "fetch_ms", "decode_ms", "commit_ms")}
    assert poll == {
        "race_id": EVENT_ID,
        "due_at": "2025-07-17T00:39:59.000Z",
        "began_at": "2025-07-17T00:40:00.000Z",
        "ended_at": "2025-07-17T00:40:02.500Z",
        "reason": "entrants",
        "outcome": "ok",
        "race_status": "Final",
        "rows_written": 1 + 8 + 1 + 8 * 4 + 1,
        "error": None,
    }
    assert measured["bytes"] > 50_000
    assert all(value > 0 for value in measured.values())


async def test_a_look_that_needed_a_second_try_began_with_its_first(
    house: House, tmp_path: Path, recorded_source: RecordedSource
) -> None:
    def fails_once(_: dict[str, Any]) -> None:
        recorded_source.changes[EVENT_ID] = lambda _: None
        house.clock.advance(2.5)
        raise web.HTTPServiceUnavailable

    recorded_source.changes[EVENT_ID] = fails_once
    source = Source(Client(house.transport, house.breaker, daily_lane(0)))
    with stamina.set_testing(True, attempts=3, cap=True):
        await house.intake.look_at_race(source, EVENT_ID, "Final", reason="entrants")
    (poll,) = polls(tmp_path)
    assert (poll["outcome"], source.calls) == ("ok", 2)
    assert (poll["began_at"], poll["ended_at"]) == ("2025-07-17T12:00:00.000Z", "2025-07-17T12:00:02.500Z")


async def test_a_look_that_no_slot_asked_for_was_never_due(house: House, tmp_path: Path) -> None:
    await look(house)
    assert polls(tmp_path)[0]["due_at"] is None


async def test_a_look_that_found_nothing_new_is_unchanged(house: House, tmp_path: Path) -> None:
    await look(house)
    await look(house)
    assert [(poll["outcome"], poll["rows_written"]) for poll in polls(tmp_path)] == [("ok", 43), ("unchanged", 0)]


async def test_a_look_that_got_an_older_answer_is_stale_and_no_failure(
    house: House, tmp_path: Path, recorded_source: RecordedSource
) -> None:
    await look(house)
    recorded_source.changes[EVENT_ID] = generated("2025-07-17T11:16:59.189Z")
    await look(house)
    recorded_source.changes[EVENT_ID] = generated("2025-07-17T11:16:59.188999999Z")
    await look(house)
    found = polls(tmp_path)[1:]
    assert [(poll["outcome"], poll["rows_written"], poll["error"]) for poll in found] == [
        ("unchanged", 0, None),
        ("stale", 0, None),
    ]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (web.Response(status=404), NotFoundError, "not_found: "),
        (web.Response(status=503), SourceFaultError, "source_fault: "),
        (web.Response(text="<html>", content_type="text/html"), MisfitError, "misfit: "),
        (web.json_response({"header": {}}), MisfitError, "misfit: "),
    ],
    ids=["404", "503", "no JSON", "no event"],
)
async def test_a_look_that_failed_says_why_by_its_kind(
    house: House,
    tmp_path: Path,
    recorded_source: RecordedSource,
    answer: web.Response,
    error: type[RacedayError],
    words: str,
) -> None:
    async def instead(_: web.Request) -> web.StreamResponse:
        return answer

    recorded_source.instead[EVENT_ID] = instead
    with pytest.raises(error) as raised:
        await look(house)
    (poll,) = polls(tmp_path)
    assert (poll["outcome"], poll["rows_written"], poll["bytes"]) == ("failed", 0, None)
    assert poll["error"] == words + str(raised.value)
    assert rows(tmp_path / RACEDAY, "SELECT count(*) FROM races") == [(0,)]


async def test_a_look_that_could_not_be_kept_failed_though_it_was_fetched(house: House, tmp_path: Path) -> None:
    await house.store.transaction(lambda connection: connection.execute("DROP TABLE entrants").close())
    with pytest.raises(StoreError):
        await look(house)
    (poll,) = polls(tmp_path)
    assert (poll["outcome"], poll["race_status"], poll["commit_ms"]) == ("failed", "Final", None)
    assert poll["bytes"] > 50_000
    assert poll["error"].startswith("store: ")
    assert "no such table: entrants" in poll["error"]
    assert rows(tmp_path / RACEDAY, "SELECT count(*) FROM races") == [(0,)]


async def test_a_look_that_was_given_up_is_recorded_as_cancelled(
    house: House, tmp_path: Path, recorded_source: RecordedSource
) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def holds_back(_: web.Request) -> web.StreamResponse:
        asked.set()
        await never.wait()
        return web.Response()

    recorded_source.instead[EVENT_ID] = holds_back
    task = asyncio.ensure_future(look(house))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    never.set()
    (poll,) = polls(tmp_path)
    assert (poll["outcome"], poll["error"]) == ("failed", "cancelled: given up before it was done")


async def test_bets_are_asked_for_only_while_there_can_be_new_ones(
    house: House, recorded_source: RecordedSource
) -> None:
    for status in ("Open", None, "Final"):
        await house.intake.look_at_race(house.source(), EVENT_ID, status, reason="entrants")
    asked = [request.query.get("with_big_bets") for request in recorded_source.asked_for(EVENT_ID)]
    assert asked == ["true", "true", None]
