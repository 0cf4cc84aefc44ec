"""SIGTERM in the phases of a daemon's life that have no other test: at its very start, and while nobody answers."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.beside import MOST_SECONDS, until
from tests.end_to_end.daemon import ROOT, running_daemon

_BEGUN = """import sys
from raceday_daemon.__main__ import main
from raceday_daemon.ops import endings
until_begun = endings.end_well_until_begun
def told(arguments):
    until_begun(arguments)
    sys.stdout.write("-")
    sys.stdout.flush()
endings.end_well_until_begun = told
main()"""
NOWHERE = "http://127.0.0.1:9"
GRACE_SECONDS = 8.0


class Away:
    """A source that nobody serves."""

    url = NOWHERE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_at_any_moment_of_its_start_it_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    ours = {"NZTAB_API_BASE_URL": NOWHERE, "NZTAB_FROM": "tests@example.org", "RACEDAY_HTTP_PORT": "0"}

    async def told_after(seconds: float) -> tuple[int | None, str]:
        folder = tmp_path / f"{seconds}"
        folder.mkdir()
        # The interpreter's own start, before any line of ours, is not counted.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _BEGUN, "run"),
            env=os.environ | ours | {"RACEDAY_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout
        await process.stdout.readexactly(1)
        await asyncio.sleep(seconds)
        process.send_signal(number)
        _, err = await asyncio.wait_for(process.communicate(), MOST_SECONDS)
        return process.returncode, err.decode()

    for moments in ((0.2, 0.5), (0.9, 1.4)):
        for status, err in await asyncio.gather(*map(told_after, moments)):
            assert status == 0, err
            assert "Traceback" not in err


async def test_while_the_source_cannot_be_reached_and_is_asked_again_it_ends_well_within_the_grace(
    tmp_path: Path,
) -> None:
    async with running_daemon(Away(), tmp_path / "data", tmp_path / "log") as daemon:
        await until(lambda: bool(daemon.said("source_retry")))
        sent_at = time.monotonic()
        assert await daemon.stop() == 0
        assert time.monotonic() - sent_at < GRACE_SECONDS
    assert "Traceback" not in daemon.log_file.read_text()
