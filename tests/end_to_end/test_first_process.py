"""The daemon as the first process of a container, which the kernel ends by no signal that has no handler."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.end_to_end.beside import MOST_SECONDS, until
from tests.end_to_end.daemon import ROOT, Daemon
from tests.end_to_end.first_process import APART, can_be_apart, numbers_of, only_child
from tests.end_to_end.served_here import ServedHere, served_here

HELD_SECONDS = "60"

pytestmark = pytest.mark.skipif(not can_be_apart(), reason="this user may not count processes anew")


@pytest.fixture
async def source() -> AsyncIterator[ServedHere]:
    async with served_here(15, 60, 1) as source:
        yield source


@asynccontextmanager
async def first_process(source: ServedHere, folder: Path, log_file: Path) -> AsyncIterator[tuple[Daemon, int]]:
    """Run the daemon as number 1 of its own space of processes; give it, and its number in ours."""
    ours = {
        "NZTAB_API_BASE_URL": source.url,
        "NZTAB_FROM": "tests@example.org",
        "RACEDAY_DATA_DIR": str(folder),
        "RACEDAY_GRACE_SECONDS": HELD_SECONDS,
        "RACEDAY_HTTP_PORT": "0",
        "PYTHONPATH": str(ROOT),
    }
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(*APART, sys.executable, "-m", "raceday_daemon", "run"), stderr=log, env=os.environ | ours
        )
    try:
        daemon = Daemon(process, folder, log_file)
        await daemon.answers()
        yield daemon, only_child(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_ends_well_by_a_signal_and_at_once_by_a_second_one(source: ServedHere, tmp_path: Path) -> None:
    async with first_process(source, tmp_path / "data", tmp_path / "log") as (daemon, number):
        assert numbers_of(number)[-1] == 1
        os.kill(number, signal.SIGTERM)
        assert await daemon.end() == 0
    async with first_process(source, tmp_path / "data", tmp_path / "log") as (daemon, number):
        await source.meddler.hold("/events/").reached.wait()
        os.kill(number, signal.SIGTERM)
        await until(lambda: bool(daemon.said("stopping")))
        os.kill(number, signal.SIGTERM)
        assert await daemon.end() == 128 + signal.SIGTERM


@pytest.mark.parametrize(("command", "status"), [("run", 0), ("check", 128 + signal.SIGTERM)])
async def test_it_can_be_stopped_while_it_is_still_being_imported(tmp_path: Path, command: str, status: int) -> None:
    (tmp_path / "typer.py").write_text("import pathlib, time\npathlib.Path('imported').touch()\ntime.sleep(60)\n")
    process = await asyncio.create_subprocess_exec(
        *(*APART, sys.executable, "-m", "raceday_daemon", command),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
    )
    await until((tmp_path / "imported").exists)
    os.kill(only_child(process), signal.SIGTERM)
    async with asyncio.timeout(MOST_SECONDS):
        _, err = await process.communicate()
    assert (process.returncode, err) == (status, b"")
