"""The `replay` command: real recordings where they lie, folders of the daemon's own, and what is no recording."""

import asyncio
import gzip
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from raceday_daemon.model.exchange import Exchange
from raceday_daemon.ops.folder_lock import hold_folder
from tests import builders
from tests.builders import body, event, later
from tests.conftest import Ended, raceday
from tests.end_to_end.beside import end_of, facts, run_once, until
from tests.exchanges import CAME_AT, exchange, files_of, write
from tests.fakes.answering_server import answering, sends
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import EVENT_ID, FOLDER, needs_recordings
from tests.workbench import keep_meetings, rows

ONE_POLL = body(
    {
        **event(),
        "params": {"enc": "json", "id": builders.RACE_ID, "with_money_tracker": True, "with_tote_trends_data": True},
    }
)
KEPT = {"RACEDAY_POLLS_RETENTION_DAYS": "0"}
QUERY = {"enc": "json", "with_money_tracker": "true", "with_tote_trends_data": "true"}


def poll(seconds: float = 0) -> Exchange:
    return exchange(ONE_POLL, query=QUERY, received_at=later(seconds, CAME_AT))


async def replay(place: Path, folder: Path, *more: str, **environment: str) -> Ended:
    return await raceday("replay", str(place), *more, RACEDAY_DATA_DIR=str(folder), **environment)


@needs_recordings
async def test_the_real_answers_are_played_where_they_lie(tmp_path: Path) -> None:
    ended = await replay(FOLDER, tmp_path, "--json")
    assert ended.status == 0, ended.err
    assert (ended.answer["answers"], ended.answer["passed_over"], ended.answer["failed"]) == (4, 1, 0)
    assert ended.answer["first_at"] == "2025-07-17T10:48:11.805Z"
    assert ended.answer["last_at"] == "2025-07-17T11:16:59.189Z"
    store = tmp_path / "raceday.db"
    assert rows(store, "SELECT count(*) FROM meetings") == [(12,)]
    assert rows(store, "SELECT count(*) FROM races") == [(96,)]
    assert rows(store, "SELECT status, lastPollTime FROM races WHERE id = ?", EVENT_ID) == [
        ("Final", "2025-07-17T11:16:59.189Z")
    ]


@needs_recordings
@pytest.mark.parametrize(("name", "written"), [("event", 8), ("meetings", 0), ("meeting", 0)])
async def test_one_real_answer_is_played_alone(tmp_path: Path, name: str, written: int) -> None:
    ended = await replay(FOLDER / f"{name}.json", tmp_path)
    assert ended.status == 0, ended.err
    assert "rows written" in ended.out
    assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM entrants") == [(written,)]


@needs_recordings
async def test_what_run_once_recorded_gives_the_same_rows(recorded_source: RecordedSource, tmp_path: Path) -> None:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    live, again = tmp_path / "live", tmp_path / "again"
    ended = await run_once("all", recorded_source, live, RACEDAY_RECORD="true", RACEDAY_RECORDINGS_RETENTION_DAYS="0")
    assert ended.status == 0, ended.err
    (answers,) = [len(files_of(day)) for day in (live / "recordings").iterdir()]
    assert answers == len(recorded_source.requests)
    asked = len(recorded_source.requests)
    ended = await replay(live / "recordings", again, "--json", NZTAB_API_BASE_URL=recorded_source.url)
    assert (ended.status, ended.answer["answers"]) == (0, answers)
    without_jobs = {table: of_it for table, of_it in facts(live).items() if table != "checkpoints"}
    assert without_jobs == {table: of_it for table, of_it in facts(again).items() if table != "checkpoints"}
    assert len(recorded_source.requests) == asked, "nobody was asked anything"


async def test_nothing_is_recorded_unless_it_is_asked_for_nor_by_a_replay(tmp_path: Path) -> None:
    async with answering(sends(ONE_POLL)) as server:
        ended = await raceday("poll", builders.RACE_ID, RACEDAY_DATA_DIR=str(tmp_path), NZTAB_API_BASE_URL=server.url)
        assert ended.status in (0, 1)
    write(tmp_path / "elsewhere", poll())
    assert (await replay(tmp_path / "elsewhere", tmp_path, RACEDAY_RECORD="true")).status == 0
    assert not (tmp_path / "recordings").exists()


async def test_a_replay_removes_no_recording_however_old(tmp_path: Path) -> None:
    write(tmp_path / "recordings" / "2025-07-17", poll())
    assert (await replay(tmp_path / "recordings", tmp_path)).status == 0
    assert len(files_of(tmp_path / "recordings")) == 1


async def test_played_again_where_it_was_played_a_slot_counts_once(tmp_path: Path) -> None:
    write(tmp_path / "in", poll(), replace(poll(60), due_at=later(59.5, CAME_AT)))
    told = [(await replay(tmp_path / "in", tmp_path / "data", "--json", **KEPT)).answer for _ in range(3)]
    assert [one["answers"] for one in told] == [2, 2, 2]
    assert [one["rows_written"] for one in told[1:]] == [0, 0]
    assert rows(tmp_path / "data" / "ops.db", "SELECT outcome FROM polls") == [("ok",), ("unchanged",)]


@pytest.mark.parametrize("made", ["a file in the way", "no database"])
async def test_a_data_folder_that_cannot_be_used_exits_2_with_a_sentence(tmp_path: Path, made: str) -> None:
    write(tmp_path / "in", poll())
    if made == "no database":
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "raceday.db").write_bytes(b"anything else" * 100)
    else:
        (tmp_path / "data").write_text("mine")
    ended = await replay(tmp_path / "in", tmp_path / "data", "--json")
    assert (ended.status, ended.out) == (2, "")
    (sentence,) = ended.err.splitlines()
    assert sentence.startswith(f"{tmp_path}/data/")


async def test_a_name_that_is_no_text_is_spelled_out(tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"in\xff")
    place.mkdir()
    (place / os.fsdecode(b"\xfe.json")).write_text("{}")
    ended = await replay(place, tmp_path / "data", "--json", PYTHONIOENCODING="utf-8:strict")
    assert ended.status == 1, ended.err
    assert ended.answer["replay"].endswith("/in\\xff")
    assert ended.answer["errors"][0]["item"] == "\\xfe.json"


async def test_a_folder_that_a_daemon_holds_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "in", poll())
    with hold_folder(tmp_path / "data", "2025-07-17T00:40:01.500Z"):
        ended = await replay(tmp_path / "in", tmp_path / "data", "--json")
    assert (ended.status, ended.out) == (5, "")
    assert f"held by process {os.getpid()} since 2025-07-17T00:40:01.500Z" in ended.err
    assert not (tmp_path / "data" / "raceday.db").exists()


async def test_while_a_replay_runs_no_daemon_begins_on_its_folder_and_a_signal_ends_it(tmp_path: Path) -> None:
    write(tmp_path / "in", poll(), poll(3600))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "raceday_daemon", "replay", str(tmp_path / "in"), "--speed", "1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "RACEDAY_DATA_DIR": str(tmp_path / "data")},
    )
    store = tmp_path / "data" / "ops.db"
    await until(lambda: store.exists() and bool(rows(store, "SELECT name FROM sqlite_master WHERE name = 'polls'")))
    await until(lambda: rows(store, "SELECT count(*) FROM polls") == [(1,)])
    refused = await raceday("run", RACEDAY_DATA_DIR=str(tmp_path / "data"), RACEDAY_HTTP_PORT="0")
    assert (refused.status, f"held by process {process.pid}" in refused.err) == (5, True)
    process.send_signal(signal.SIGTERM)
    ended = await end_of(process)
    assert ended.status == 143
    assert "Traceback" not in ended.err
    assert rows(tmp_path / "data" / "raceday.db", "SELECT count(*) FROM races") == [(1,)]


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
async def test_a_speed_that_is_none_is_refused(tmp_path: Path, speed: str) -> None:
    ended = await replay(tmp_path, tmp_path / "data", "--speed", speed)
    assert (ended.status, ended.out) == (2, "")
    assert "--speed" in ended.err


@pytest.mark.parametrize("made", ["nothing", "a folder", "a file of another kind"])
async def test_a_place_without_recordings_exits_2_and_says_what_would_be_some(tmp_path: Path, made: str) -> None:
    place = tmp_path / "in"
    if made == "a folder":
        (place / "2025-07-17").mkdir(parents=True)
    elif made != "nothing":
        place.write_text("mine")
    ended = await replay(place, tmp_path / "data", "--json")
    assert (ended.status, ended.out) == (2, "")
    (sentence,) = ended.err.splitlines()
    assert sentence.startswith(f"{place}: ")
    assert not (tmp_path / "data").exists()


async def test_hostile_files_are_told_in_a_sentence_each_and_the_rest_is_played(tmp_path: Path) -> None:
    place = tmp_path / "in"
    write(place, poll(), poll(60))
    whole = (place / "000.json.gz").read_bytes()
    hostile = {
        "bomb.json.gz": gzip.compress(b"\0" * 300_000_000),
        "cut.json.gz": whole[: len(whole) // 2],
        "empty.json.gz": b"",
        "evil\x1b]0;owned\x07.json.gz": b"not gzip",
        "deep.json": b"[" * 5_000_000,
        "huge.json": b" " * 9_000_000,
        "other.json": b'{"header":{},"params":[],"data":1}',
    }
    for name, content in hostile.items():
        (place / name).write_bytes(content)
    (place / "loop.json").symlink_to(place / "loop.json")
    ended = await replay(place, tmp_path / "data", "--json")
    assert (ended.status, ended.answer["kinds"]) == (1, {"unreadable": len(hostile)})
    assert {error["item"] for error in ended.answer["errors"]} == set(hostile)
    assert (ended.answer["changed"], ended.answer["unchanged"], ended.answer["status"]) == (1, 1, "partial")
    assert "Traceback" not in ended.err
    table = await replay(place, tmp_path / "data")
    assert table.status == 1
    assert "\x1b" not in table.out
