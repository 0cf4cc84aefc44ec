"""The command at a terminal: what people see there, and a terminal that stops."""

import asyncio
import json
import os
import pty
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings

pytestmark = needs_recordings


@dataclass(frozen=True)
class Terminal:
    """A pseudo terminal: what the command has, and what a person sees of it."""

    person: int
    command: int


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    person, command = pty.openpty()
    yield Terminal(person, command)
    os.close(person)
    os.close(command)


async def run_at(terminal: Terminal, source: RecordedSource, folder: Path) -> asyncio.subprocess.Process:
    environment = {
        "NZTAB_API_BASE_URL": source.url,
        "NZTAB_DELAY_SECONDS": "0",
        "RACEDAY_DATA_DIR": str(folder),
        "TERM": "xterm",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "raceday_daemon",
        "run-once",
        "all",
        "--date",
        DAY,
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=terminal.command,
        env={**os.environ, **environment},
    )


async def test_a_terminal_that_was_stopped_stops_no_work(
    recorded_source: RecordedSource, terminal: Terminal, tmp_path: Path
) -> None:
    termios.tcflow(terminal.command, termios.TCOOFF)
    process = await run_at(terminal, recorded_source, tmp_path)
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert json.loads(out)["status"] == "ok"


async def test_a_name_with_control_characters_steers_no_terminal(
    recorded_source: RecordedSource, terminal: Terminal, tmp_path: Path
) -> None:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    recorded_source.meetings["data"]["meetings"][0]["name"] = "Evil\x1b]0;owned\x07"
    process = await run_at(terminal, recorded_source, tmp_path)
    await asyncio.wait_for(process.communicate(), 60)
    os.set_blocking(terminal.person, False)
    seen = os.read(terminal.person, 1 << 20)
    assert b"Evil" in seen
    assert b"\x1b]0;owned" not in seen
