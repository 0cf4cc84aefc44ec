"""run-once as scripts use it: exit statuses, the one JSON object, the day it takes, and what it says of itself."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from raceday_daemon import __version__
from raceday_daemon.cadence.racing_day import racing_day
from tests.conftest import Ended, raceday
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import dump, keep_meetings, rows

KEYS = ["job", "date", "status", "processed", "failed", "skipped", "api_calls", "duration_seconds", "errors"]
NOWHERE = "http://127.0.0.1:9"
MARKER = "marker-4f1d-never-shown"


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """The seven races of one meeting."""
    return keep_meetings(recorded_source, "Awapuni Synthetic")


async def run_once(source: RecordedSource, *arguments: str, **environment: str) -> Ended:
    return await raceday("run-once", *arguments, NZTAB_API_BASE_URL=source.url, **environment)


async def not_found(_: web.Request) -> web.StreamResponse:
    return web.json_response({"header": {"error": "no such race"}}, status=404)


async def asks_for_peace(_: web.Request) -> web.StreamResponse:
    return web.Response(status=429, headers={"Retry-After": "3600"})


def nothing(_: Path) -> None:
    return


def folder_is_a_file(path: Path) -> None:
    (path / "data").write_text("in the way")


def store_is_newer(path: Path) -> None:
    (path / "data").mkdir()
    with closing(sqlite3.connect(path / "data" / "raceday.db")) as connection:
        connection.execute("PRAGMA user_version = 99")


def store_is_no_database(path: Path) -> None:
    (path / "data").mkdir()
    (path / "data" / "raceday.db").write_text("a shopping list\n" * 100)


@needs_recordings
async def test_a_good_run_exits_0_with_exactly_one_json_object(
    recorded_source: RecordedSource, races: list[str]
) -> None:
    ended = await run_once(recorded_source, "entrants", "--date", DAY, "--json")
    assert ended.status == 0
    assert ended.out.count("\n") == 1
    assert list(ended.answer) == KEYS
    assert ended.answer | {"duration_seconds": 0} == {
        "job": "entrants",
        "date": DAY,
        "status": "ok",
        "processed": 1 + 1 + len(races),
        "failed": 0,
        "skipped": 0,
        "api_calls": 2 + len(races),
        "duration_seconds": 0,
        "errors": [],
    }
    assert len(recorded_source.requests) == ended.answer["api_calls"]
    assert 0 < ended.answer["duration_seconds"] < 60
    assert [line["action"] for line in ended.log] == ["job_started", "job_finished"] * 3


@needs_recordings
async def test_a_run_with_a_failed_item_exits_1_and_names_it(recorded_source: RecordedSource, races: list[str]) -> None:
    recorded_source.instead[races[2]] = not_found
    ended = await run_once(recorded_source, "entrants", "--date", DAY, "--json")
    assert ended.status == 1
    assert (ended.answer["status"], ended.answer["processed"], ended.answer["failed"]) == ("partial", 8, 1)
    (error,) = ended.answer["errors"]
    assert (error["job"], error["item"], error["kind"]) == ("entrants", "Awapuni Synthetic R3", "not_found")
    assert "no such race" in error["message"]

    ended = await run_once(recorded_source, "entrants", "--date", DAY)
    assert ended.status == 1
    (line,) = (line.split() for line in ended.out.splitlines() if line.startswith("entrants"))
    assert line[:6] == ["entrants", DAY, "partial", "6", "1", "0"]
    assert "• entrants: Awapuni Synthetic R3: not_found: " in ended.out


@pytest.mark.parametrize(
    ("prepare", "arguments", "environment", "words"),
    [
        (nothing, ("--date", "17/07/2025"), {}, ["--date 17/07/2025", "2025-07-17"]),
        (nothing, ("--date", "2025-02-30"), {}, ["--date 2025-02-30"]),
        (nothing, ("--date", "2025-07-18..2025-07-17"), {}, ["the first day comes first"]),
        (nothing, ("--date", "2024-01-01..2025-07-17"), {}, ["at most 366 days"]),
        (nothing, (), {"RACEDAY_HTTP_PORT": "many"}, ["RACEDAY_HTTP_PORT", "allowed: 0 to 65535"]),
        (nothing, (), {"RACEDAY_DATA_DIRR": "x"}, ["RACEDAY_DATA_DIRR", "did you mean RACEDAY_DATA_DIR?"]),
        (
            nothing,
            (),
            {"APPWRITE_ENDPOINT": "https://a.example/v1", "APPWRITE_PROJECT_ID": "races"},
            ["APPWRITE_API_KEY", "it is not set"],
        ),
        (folder_is_a_file, (), {}, ["data/raceday.db", "cannot be opened"]),
        (store_is_newer, (), {}, ["data/raceday.db", "written by a newer raceday-daemon"]),
        (store_is_no_database, (), {}, ["data/raceday.db", "file is not a database"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_wrong_use_exits_2_with_one_sentence(
    tmp_path: Path,
    prepare: Callable[[Path], None],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    words: list[str],
) -> None:
    prepare(tmp_path)
    ended = await raceday("run-once", "meetings", "--json", *arguments, NZTAB_API_BASE_URL=NOWHERE, **environment)
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert all(word in ended.err for word in words)
    assert "Traceback" not in ended.err


async def test_every_mistake_in_the_settings_is_told_at_once() -> None:
    ended = await raceday("run-once", "meetings", LOG_LEVEL="LOUD", NZTAB_DELAY_SECONDS="-1", RACEDAY_PORT="80")
    assert ended.status == 2
    assert sorted(line.partition(":")[0] for line in ended.err.splitlines()) == [
        "LOG_LEVEL",
        "NZTAB_DELAY_SECONDS",
        "RACEDAY_PORT",
    ]


async def test_an_unknown_job_exits_2_and_names_those_there_are() -> None:
    ended = await raceday("run-once", "meeting")
    assert ended.status == 2
    assert "Traceback" not in ended.err
    for job in ("meetings", "races", "entrants", "statuses", "refresh", "all"):
        assert job in ended.err


async def test_an_unknown_name_of_a_shared_prefix_is_only_warned_of() -> None:
    ended = await raceday("config", "--json", NZTAB_FORM="me@example.org", APPWRITE_SELF="x")
    assert ended.status == 0
    assert "warning: NZTAB_FORM: there is no such setting; did you mean NZTAB_FROM?" in ended.err


async def test_a_source_that_refuses_connections_exits_3() -> None:
    ended = await raceday("run-once", "all", "--date", DAY, "--json", NZTAB_API_BASE_URL=NOWHERE)
    assert ended.status == 3
    assert (ended.answer["status"], ended.answer["processed"], ended.answer["failed"]) == ("failed", 0, 1)
    (error,) = ended.answer["errors"]
    assert (error["job"], error["item"], error["kind"]) == ("meetings", "meetings", "unreachable")
    assert "Traceback" not in ended.err


@needs_recordings
async def test_a_source_that_goes_away_exits_3_and_the_next_run_goes_on(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path
) -> None:
    recorded_source.instead.update(dict.fromkeys(races[1:], asks_for_peace))
    ended = await run_once(recorded_source, "entrants", "--date", DAY, "--json")
    assert ended.status == 3
    assert {error["kind"] for error in ended.answer["errors"]} == {"throttled", "breaker_open"}
    checkpoint = "SELECT status, json_array_length(done) FROM checkpoints WHERE job = 'entrants'"
    assert rows(tmp_path / "data" / "raceday.db", checkpoint) == [("running", 1)]

    recorded_source.instead.clear()
    ended = await run_once(recorded_source, "entrants", "--date", DAY, "--json")
    assert ended.status == 0
    assert (ended.answer["processed"], ended.answer["skipped"]) == (len(races) - 1, 1)


@needs_recordings
async def test_a_range_of_days_is_run_day_by_day(recorded_source: RecordedSource, races: list[str]) -> None:
    ended = await run_once(recorded_source, "meetings", "--date", "2025-07-16..2025-07-18", "--json")
    assert ended.status == 0
    assert (ended.answer["date"], ended.answer["processed"]) == ("2025-07-16..2025-07-18", 1)
    assert [request.query["date_from"] for request in recorded_source.requests] == [
        "2025-07-16",
        "2025-07-17",
        "2025-07-18",
    ]


@needs_recordings
async def test_a_range_ends_at_the_first_day_that_finds_the_source_away(recorded_source: RecordedSource) -> None:
    recorded_source.instead["/meetings"] = asks_for_peace
    ended = await run_once(recorded_source, "meetings", "--date", "2025-07-16..2025-07-18", "--json")
    assert ended.status == 3
    assert [request.query["date_from"] for request in recorded_source.requests] == ["2025-07-16"]


@needs_recordings
async def test_the_day_is_todays_in_auckland_and_the_source_learns_who_asks(
    recorded_source: RecordedSource, races: list[str]
) -> None:
    before = racing_day(datetime.now(UTC))
    ended = await run_once(
        recorded_source, "meetings", "--json", NZTAB_FROM="me@example.org", NZTAB_PARTNER="Us", NZTAB_PARTNER_ID="7"
    )
    (request,) = recorded_source.requests
    assert ended.answer["date"] in (str(before), str(before + timedelta(days=1)))
    assert request.query["date_from"] == request.query["date_to"] == ended.answer["date"]
    assert {name: request.headers[name] for name in ("User-Agent", "From", "X-Partner", "X-Partner-ID")} == {
        "User-Agent": f"raceday-daemon/{__version__}",
        "From": "me@example.org",
        "X-Partner": "Us",
        "X-Partner-ID": "7",
    }
    assert "sender_missing" not in ended.err


@needs_recordings
async def test_a_run_without_a_sender_says_so_and_sends_none(recorded_source: RecordedSource, races: list[str]) -> None:
    ended = await run_once(recorded_source, "meetings", NZTAB_FROM="")
    assert ended.status == 0
    assert ended.log[0]["action"] == "sender_missing"
    assert not {"From", "X-Partner", "X-Partner-ID"} & set(recorded_source.requests[0].headers)


@needs_recordings
@pytest.mark.parametrize("log_format", ["json", "text"])
async def test_no_secret_is_ever_shown(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path, log_format: str
) -> None:
    secrets = {"APPWRITE_API_KEY": f"{MARKER}-key", "RACEDAY_API_TOKEN": f"{MARKER}-token"}
    environment = {**secrets, "RACEDAY_STORE": "sqlite", "LOG_LEVEL": "TRACE", "LOG_FORMAT": log_format}
    recorded_source.instead[races[0]] = not_found
    ended = await run_once(recorded_source, "entrants", "--date", DAY, **environment)
    assert ended.status == 1
    assert MARKER not in ended.out + ended.err
    assert all(MARKER not in str(request.headers) for request in recorded_source.requests)
    assert MARKER not in str([dump(tmp_path / "data" / name) for name in ("raceday.db", "ops.db")])


async def test_a_wrong_secret_is_refused_without_showing_it() -> None:
    ended = await raceday("run-once", "meetings", RACEDAY_API_TOKEN="marker-short", APPWRITE_API_KEY=MARKER)
    assert ended.status == 2
    assert "RACEDAY_API_TOKEN" in ended.err
    assert "marker" not in ended.out + ended.err
