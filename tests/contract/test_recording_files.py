"""The files of recordings on real disks: they hold nobody up, and no fault of the machine leaves one that is half."""

import asyncio
import os
import random
import shutil
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from raceday_daemon.recordings import writer
from raceday_daemon.recordings.layout import packed
from raceday_daemon.recordings.writer import RecordingFiles
from tests.end_to_end.beside import PYTHON, Process, kill, limited, until
from tests.exchanges import CAME_AT, MOST_SECONDS, exchange, files_of, kept, logged

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE_SECONDS = 5.0


@asynccontextmanager
async def recording(folder: Path, *arguments: str, python: tuple[str, ...] = PYTHON) -> AsyncIterator[Process]:
    """Run a process that records into a folder, from when it is under way."""
    # What measures coverage would meet the fault too, and so would .pyc files.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    process = await asyncio.create_subprocess_exec(
        *(*python, "-m", "tests.fakes.recording_process", str(folder), *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=surroundings | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"begun\n"
        yield process
    finally:
        kill(process)
        await process.communicate()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that takes nothing before the test lets it."""
    opened = threading.Event()

    def slow(*arguments: object) -> bytes:
        opened.wait(MOST_SECONDS)
        return packed(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "packed", slow)
    return opened


def test_answers_of_one_moment_keep_their_order(tmp_path: Path) -> None:
    recorder = RecordingFiles(tmp_path)
    for number in range(1_000):
        recorder.record(exchange(str(number).encode(), path=f"/racing/events/race-{number % 7}"))
    recorder.close(MOST_SECONDS)
    assert [int(one.body) for one in kept(tmp_path)] == list(range(1_000))


def test_a_process_that_meets_the_moment_of_an_earlier_one_overwrites_nothing(tmp_path: Path) -> None:
    for body in (b"1", b"2"):
        recorder = RecordingFiles(tmp_path)
        recorder.record(exchange(body))
        recorder.close(MOST_SECONDS)
    assert [one.body for one in kept(tmp_path)] == [b"1", b"2"]


def test_the_same_body_again_is_not_written_again(tmp_path: Path) -> None:
    body, recorder = os.urandom(100_000), RecordingFiles(tmp_path)
    answers = [exchange(body, received_at=CAME_AT + timedelta(seconds=15 * turn)) for turn in range(5)]
    other = exchange(b"other", received_at=CAME_AT + timedelta(seconds=80))
    back = exchange(body, received_at=CAME_AT + timedelta(seconds=90))
    for one in (*answers, other, back):
        recorder.record(one)
    recorder.close(MOST_SECONDS)
    assert [one.body for one in kept(tmp_path)] == [body] * 5 + [b"other", body]
    assert [one.received_at for one in kept(tmp_path)[:5]] == [one.received_at for one in answers]
    assert [file.stat().st_size > 100_000 for file in files_of(tmp_path)] == [True] + [False] * 5 + [True]


def test_a_day_needs_no_other_day_and_no_file_that_was_taken_away(tmp_path: Path) -> None:
    recorder = RecordingFiles(tmp_path)
    for days in range(3):
        recorder.record(exchange(received_at=CAME_AT + timedelta(days=days)))
    recorder.close(MOST_SECONDS)
    shutil.rmtree(tmp_path / "2025-07-17")
    assert len(kept(tmp_path)) == 2

    recorder = RecordingFiles(tmp_path)
    recorder.record(exchange())
    deadline = time.monotonic() + MOST_SECONDS
    while not (found := list(tmp_path.glob("2025-07-17/*.gz"))) and time.monotonic() < deadline:
        time.sleep(0.001)
    found[0].unlink()
    recorder.record(exchange())
    recorder.close(MOST_SECONDS)
    assert len(kept(tmp_path / "2025-07-17")) == 1


def test_a_slow_disk_holds_nobody_up_and_what_was_dropped_is_told_once(tmp_path: Path, gate: threading.Event) -> None:
    recorder = RecordingFiles(tmp_path, queue_answers=10)
    with logged() as told:
        began = time.monotonic()
        for number in range(10_000):
            recorder.record(exchange(str(number).encode()))
        assert time.monotonic() - began < AT_ONCE_SECONDS
        assert 9_989 <= recorder.dropped <= 9_990
        gate.set()
        recorder.close(MOST_SECONDS)
    assert len(kept(tmp_path)) == 10_000 - recorder.dropped
    (line,) = told
    assert (line["action"], line["dropped"], line["level"]) == ("recordings_dropped", recorder.dropped, "WARNING")


def test_what_waits_is_bounded_by_its_bytes_too(tmp_path: Path, gate: threading.Event) -> None:
    recorder = RecordingFiles(tmp_path, queue_bytes=1_000)
    for _ in range(20):
        recorder.record(exchange(b"x" * 300))
    assert recorder.dropped == 17
    gate.set()
    recorder.close(MOST_SECONDS)
    assert len(kept(tmp_path)) == 3


def test_closing_on_a_disk_that_takes_nothing_comes_back_and_says_what_is_lost(
    tmp_path: Path, gate: threading.Event
) -> None:
    recorder = RecordingFiles(tmp_path)
    for _ in range(5):
        recorder.record(exchange())
    with logged() as told:
        began = time.monotonic()
        recorder.close(0.1)
        assert time.monotonic() - began < 0.1 + AT_ONCE_SECONDS
    gate.set()
    assert [line["action"] for line in told] == ["recordings_left"]


def test_a_folder_that_cannot_be_written_is_told_once_and_once_more_when_it_can(tmp_path: Path) -> None:
    in_the_way = tmp_path / "recordings"
    in_the_way.write_text("a file where the folder should be")
    recorder = RecordingFiles(in_the_way)
    with logged() as told:
        for _ in range(5):
            recorder.record(exchange())
        while not recorder._answers.empty() or recorder._failed < 5:
            time.sleep(0.001)
        in_the_way.unlink()
        recorder.record(exchange())
        recorder.close(MOST_SECONDS)
    assert [(line["level"], line["action"]) for line in told] == [
        ("ERROR", "recording_failed"),
        ("INFO", "recording_again"),
    ]
    assert str(in_the_way) in told[0]["message"]
    assert told[1]["lost"] == 5
    assert len(kept(in_the_way)) == 1


async def test_a_full_disk_leaves_the_whole_files_and_one_line(tmp_path: Path) -> None:
    async with recording(tmp_path / "small", "20000", "30", python=limited("RLIMIT_FSIZE", 40_000)) as process:
        out, _ = await process.communicate()
        assert (process.returncode, out) == (0, b"")
    async with recording(tmp_path / "large", "60000", "30", python=limited("RLIMIT_FSIZE", 40_000)) as process:
        out, _ = await process.communicate()
        assert process.returncode == 0
    (line,) = out.decode().splitlines()
    assert line.startswith(f"recording_failed: answers are not recorded in {tmp_path}/large: File too large")
    assert len(kept(tmp_path / "small")) == 30
    assert files_of(tmp_path / "large") == []


def test_the_last_room_of_the_disk_is_left_to_the_store(tmp_path: Path) -> None:
    recorder = RecordingFiles(tmp_path, room_left_bytes=1 << 60)
    with logged() as told:
        recorder.record(exchange())
        recorder.record(exchange())
        recorder.close(MOST_SECONDS)
    (line,) = told
    assert line["action"] == "recording_failed"
    assert "MB are left on the disk" in line["message"]
    assert files_of(tmp_path) == []


async def test_kill_9_at_any_moment_leaves_nothing_that_cannot_be_read(tmp_path: Path) -> None:
    moments = random.Random(1)
    for _ in range(5):
        before = len(files_of(tmp_path))
        async with recording(tmp_path, "300000") as process:
            await until(lambda before=before: len(files_of(tmp_path)) > before)  # type: ignore[misc]
            await asyncio.sleep(moments.uniform(0, 0.3))
            process.kill()
            await process.wait()
        unfinished = [file for file in files_of(tmp_path) if file.suffix == ".part"]
        assert len(unfinished) <= 5
    assert all(len(one.body) == 300_000 for one in kept(tmp_path))
    assert len(kept(tmp_path)) == len(files_of(tmp_path)) - len(unfinished)
