"""The machine fails a run: it says so in one sentence, and once the machine is well again the day becomes whole."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Ended
from tests.end_to_end.beside import Facts, assert_day_is_made_whole, clean_day, facts, limited, run_once
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import House, keep_meetings, open_house, rows

pytestmark = needs_recordings

BUSY_SECONDS = 2.0
TODAY = date.fromisoformat(DAY)


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """The seven races of one meeting."""
    return keep_meetings(recorded_source, "Awapuni Synthetic")


@pytest.fixture
async def whole_day(recorded_source: RecordedSource, races: list[str], tmp_path: Path) -> Facts:
    """What a run on a healthy machine stores; its files are in `clean`."""
    return await clean_day(recorded_source, tmp_path / "clean")


def sentence(ended: Ended) -> str:
    """Give the one sentence of a run that came to nothing (2; 5: a file is held) or of its job that failed (1)."""
    assert "Traceback" not in ended.err
    assert ended.status in (1, 2, 5), ended.err
    if ended.status != 1:
        assert ended.out == ""
        (only,) = ended.err.splitlines()
        return only
    (error,) = ended.answer["errors"]
    assert (ended.answer["status"], error["kind"]) == ("failed", "store")
    return str(error["message"])


@pytest.mark.parametrize("room", [1_000, 100_000, 300_000, 500_000])
async def test_no_room_for_the_files_is_told_in_one_sentence(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, room: int
) -> None:
    ended = await run_once("all", recorded_source, tmp_path, python=limited("RLIMIT_FSIZE", room))
    assert sentence(ended).startswith(f"{tmp_path}/raceday.db: ")
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day)


@pytest.mark.parametrize("pages", [60, 70, 90])
async def test_a_full_disk_fails_the_job_and_with_room_again_the_same_process_goes_on(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, pages: int
) -> None:
    async with open_house(tmp_path, recorded_source.url) as house:
        await let_grow_to(house, pages)
        run = (await house.runner(batch_items=2).run("all", TODAY))[-1]
        assert (run.status, run.errors[-1].kind) == ("failed", "store")
        assert run.errors[-1].message == f"{tmp_path}/raceday.db: database or disk is full"
        assert rows(tmp_path / "raceday.db", "SELECT DISTINCT status FROM leases") == [("released",)]
        await let_grow_to(house, 1_000_000)
        runs = await house.runner(batch_items=2).run("all", TODAY)
    assert [run.status for run in runs] == ["ok"] * 4
    assert facts(tmp_path) == whole_day


async def let_grow_to(house: House, pages: int) -> None:
    await house.store.transaction(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())


@pytest.mark.parametrize("below", ["", "not/there/yet"])
async def test_a_read_only_folder_exits_2_and_names_it(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, no_root: tuple[str, ...], below: str
) -> None:
    locked_up = tmp_path / "data"
    locked_up.mkdir(mode=0o555)
    ended = await run_once("all", recorded_source, locked_up / below, python=no_root)
    locked_up.chmod(0o755)
    assert (ended.status, recorded_source.requests) == (2, [])
    assert str(locked_up / below) in sentence(ended)
    await assert_day_is_made_whole(recorded_source, locked_up / below, whole_day, python=no_root)


async def test_a_read_only_folder_with_a_day_in_it_exits_2_and_keeps_the_day(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, no_root: tuple[str, ...]
) -> None:
    locked_up = tmp_path / "clean"
    locked_up.chmod(0o555)
    ended = await run_once("all", recorded_source, locked_up, python=no_root)
    locked_up.chmod(0o755)
    assert (ended.status, recorded_source.requests) == (2, [])
    assert sentence(ended).startswith(f"{locked_up}/raceday.db: ")
    assert facts(locked_up) == whole_day
    await assert_day_is_made_whole(recorded_source, locked_up, whole_day, python=no_root)


async def test_a_store_that_may_be_written_again_is_written_again(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, no_root: tuple[str, ...]
) -> None:
    store = tmp_path / "clean" / "raceday.db"
    store.chmod(0o444)
    ended = await run_once("all", recorded_source, tmp_path / "clean", python=no_root)
    store.chmod(0o644)
    assert sentence(ended).startswith(f"{store}: ")
    await assert_day_is_made_whole(recorded_source, tmp_path / "clean", whole_day, python=no_root)


async def test_a_store_that_may_not_be_written_is_told_at_once(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, no_root: tuple[str, ...]
) -> None:
    (tmp_path / "raceday.db").touch(mode=0o444)
    began = time.monotonic()
    ended = await run_once("all", recorded_source, tmp_path, python=no_root)
    assert sentence(ended).startswith(f"{tmp_path}/raceday.db: ")
    assert time.monotonic() - began < BUSY_SECONDS


async def test_a_store_that_another_process_holds_for_too_long_exits_5(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path
) -> None:
    store = tmp_path / "clean" / "raceday.db"
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        ended = await run_once("all", recorded_source, tmp_path / "clean")
        waited = time.monotonic() - began
    assert (ended.status, recorded_source.requests) == (5, [])
    assert sentence(ended) == f"{store}: database is locked"
    assert BUSY_SECONDS < waited < 2 * BUSY_SECONDS
    await assert_day_is_made_whole(recorded_source, tmp_path / "clean", whole_day)


async def test_a_store_that_is_held_in_the_middle_of_a_run_fails_the_job_which_goes_on_from_there(
    recorded_source: RecordedSource, races: list[str], whole_day: Facts, tmp_path: Path
) -> None:
    store = tmp_path / "raceday.db"
    with closing(sqlite3.connect(store, isolation_level=None)) as other:

        def hold(_: object) -> None:
            other.execute("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_later(BUSY_SECONDS + 1, other.rollback)

        recorded_source.changes[races[3]] = hold
        ended = await run_once("all", recorded_source, tmp_path)
    del recorded_source.changes[races[3]]
    assert (ended.status, ended.answer["processed"]) == (1, 1 + 1 + 3)
    assert sentence(ended) == f"{store}: database is locked"
    checkpoint = "SELECT status, json_array_length(done) FROM checkpoints WHERE job = 'entrants'"
    assert rows(store, checkpoint) == [("running", 3)]
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day)


def no_database(path: Path) -> None:
    path.write_text("a shopping list\n" * 1000)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damaged(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(4096 * 40) + whole[4096 * 41 :])


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("raceday.db", no_database),
        ("raceday.db", torn),
        ("raceday.db", damaged),
        ("raceday.db", a_folder),
        ("ops.db", no_database),
        ("ops.db", a_folder),
    ],
)
async def test_a_file_that_is_no_sound_database_exits_2_and_is_left_as_it_is(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    file = tmp_path / "clean" / name
    spoil(file)
    found = file.read_bytes() if file.is_file() else None
    ended = await run_once("all", recorded_source, tmp_path / "clean")
    assert (ended.status, recorded_source.requests) == (2, [])
    assert sentence(ended).startswith(f"{file}: ")
    assert (file.read_bytes() if file.is_file() else None) == found
    file.rename(tmp_path / "set aside")
    await assert_day_is_made_whole(recorded_source, tmp_path / "clean", whole_day)


async def test_a_folder_below_a_file_exits_2_and_names_it(
    recorded_source: RecordedSource, whole_day: Facts, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = await run_once("all", recorded_source, tmp_path / "file" / "data")
    assert (ended.status, recorded_source.requests) == (2, [])
    assert str(tmp_path / "file" / "data") in sentence(ended)
    (tmp_path / "file").unlink()
    await assert_day_is_made_whole(recorded_source, tmp_path / "file" / "data", whole_day)
