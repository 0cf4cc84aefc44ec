"""One daemon a data folder, between real processes: the second is told who is there, and the lock falls with it."""

import asyncio
import fcntl
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from raceday_daemon.healthcheck import look
from raceday_daemon.model.errors import LeaseHeldError, StoreError
from raceday_daemon.onlooker import status_of
from raceday_daemon.ops.folder_lock import FILE_NAME, Holder, hold_folder, holder_of

SINCE = "2025-07-17T00:40:01.500Z"
ROOT = Path(__file__).resolve().parents[2]

Process = asyncio.subprocess.Process


@asynccontextmanager
async def holder(folder: Path, *more: str) -> AsyncIterator[tuple[Process, str]]:
    """Run a process that tries to hold a folder; give it with the line that it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.folder_holder", str(folder), SINCE, *more),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def locked_up(tmp_path: Path) -> Iterator[Path]:
    """A folder that can be read only."""
    tmp_path.chmod(0o555)
    yield tmp_path
    tmp_path.chmod(0o755)


async def test_a_second_process_is_refused_with_who_holds_it_and_since_when(tmp_path: Path) -> None:
    async with holder(tmp_path) as (first, said), holder(tmp_path) as (second, refusal):
        assert said == "held"
        assert refusal == (
            f"held: the data folder {tmp_path} is held by process {first.pid} since {SINCE}:"
            " only one daemon may use a data folder"
        )
        assert await second.wait() == 0
        assert first.returncode is None


async def test_the_holder_is_known_to_others_without_being_disturbed(tmp_path: Path) -> None:
    async with holder(tmp_path) as (process, _):
        assert [holder_of(tmp_path) for _ in range(3)] == [Holder(process.pid, SINCE)] * 3
        with pytest.raises(LeaseHeldError), hold_folder(tmp_path, SINCE):
            pass
        assert holder_of(tmp_path) == Holder(process.pid, SINCE)


async def test_the_lock_falls_with_a_process_that_is_killed(tmp_path: Path) -> None:
    async with holder(tmp_path) as (process, _):
        process.kill()
        await process.wait()
        assert holder_of(tmp_path) is None
        with hold_folder(tmp_path, "later"):
            assert holder_of(tmp_path) == Holder(os.getpid(), "later")


async def test_a_process_that_ends_lets_it_go_and_leaves_no_note(tmp_path: Path) -> None:
    async with holder(tmp_path) as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0
    assert (tmp_path / FILE_NAME).read_text() == ""
    async with holder(tmp_path) as (_, said):
        assert said == "held"


def test_a_holder_notes_where_it_answers_and_the_last_note_counts(tmp_path: Path) -> None:
    with hold_folder(tmp_path, SINCE) as lock:
        assert holder_of(tmp_path) == Holder(os.getpid(), SINCE, None)
        for url in ("http://127.0.0.1:8080/a-long-way-down", "http://[::1]:1"):
            lock.note(Holder(7, SINCE, url))
            assert holder_of(tmp_path) == Holder(7, SINCE, url)
    assert holder_of(tmp_path) is None


@pytest.mark.parametrize("note", ["", "{", "[]", "null", '{"pid": 7}', '{"who": "me"}', "\0" * 10])
def test_a_note_that_is_just_being_written_is_no_error(tmp_path: Path, note: str) -> None:
    with hold_folder(tmp_path, SINCE):
        (tmp_path / FILE_NAME).write_text(note)
        assert holder_of(tmp_path) == Holder(0, "just now")


def test_nobody_holds_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
    assert holder_of(tmp_path / "nowhere") is None
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    with hold_folder(tmp_path / "data" / "of" / "mine", SINCE):
        assert holder_of(tmp_path / "data" / "of" / "mine") == Holder(os.getpid(), SINCE)


def test_an_error_of_the_work_comes_through_and_lets_the_folder_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_folder(tmp_path, SINCE):
        raise ZeroDivisionError
    assert holder_of(tmp_path) is None
    with hold_folder(tmp_path, SINCE):
        pass


class TestAFolderThatCannotBeWritten:
    @pytest.mark.parametrize("below", ["file", "file/data", f"folder/{FILE_NAME}/../../folder"])
    def test_because_something_is_in_the_way_is_a_store_error(self, tmp_path: Path, below: str) -> None:
        (tmp_path / "file").write_text("a shopping list")
        (tmp_path / "folder" / FILE_NAME).mkdir(parents=True)
        with pytest.raises(StoreError, match="cannot be opened"), hold_folder(tmp_path / below, SINCE):
            pass

    async def test_because_it_may_not_be_is_a_store_error(self, locked_up: Path) -> None:
        async with holder(locked_up, "without rights") as (_, said):
            assert said.startswith(f"store: {locked_up / FILE_NAME}: cannot be opened ")

    async def test_because_the_disk_is_full_is_a_store_error(self, tmp_path: Path) -> None:
        async with holder(tmp_path, "without room") as (_, said):
            assert said.startswith(f"store: {tmp_path / FILE_NAME}: ")


def test_a_look_for_the_holder_keeps_no_daemon_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    # What holder_of does, only longer.
    looking = (tmp_path / FILE_NAME).open()
    fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    ends = threading.Timer(0.1, looking.close)
    ends.start()
    try:
        with hold_folder(tmp_path, SINCE):
            pass
    finally:
        ends.join()


async def test_a_lock_that_cannot_be_looked_at_is_told_and_taken_for_nobodys_by_no_one(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to(FILE_NAME)
    with pytest.raises(StoreError, match="who holds the folder cannot be looked up"):
        holder_of(tmp_path)
    with pytest.raises(StoreError), hold_folder(tmp_path, SINCE):
        pass
    lives, sentence = look(tmp_path)
    assert not lives
    assert "cannot be looked up" in sentence
    told = status_of(tmp_path, datetime.now(UTC))
    assert told.facts["running"] is None
    assert told.trouble == told.facts["error"]
    assert "cannot be looked up" in told.facts["error"]
