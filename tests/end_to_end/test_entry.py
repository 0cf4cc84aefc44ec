"""The way in: the command begins in a place that needs next to nothing, and hides no real mistake."""

import asyncio
import os
import re
import signal
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from raceday_daemon.__main__ import main
from tests.conftest import raceday
from tests.end_to_end.beside import until

ROOT = Path(__file__).resolve().parents[2]


def test_the_script_begins_where_the_module_does() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert EntryPoint("raceday-daemon", scripts["raceday-daemon"], "console_scripts").load() is main


@pytest.mark.parametrize("mistake", ["ImportError('no such thing')", "RuntimeError('a bug')", "SystemError('a bug')"])
async def test_a_mistake_that_is_no_lack_of_memory_shows_where_it_is(tmp_path: Path, mistake: str) -> None:
    (tmp_path / "typer.py").write_text(f"raise {mistake}\n")
    ended = await raceday("--help", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert ended.status == 1
    assert ended.err.startswith("Traceback")
    assert "typer.py" in ended.err


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("MemoryError", "there is not enough memory to run"),
        ('RuntimeError("can\'t start new thread")', "there is not enough memory to start a thread"),
        ("OSError(24, 'Too many open files')", "the system does not let it go on: Too many open files"),
    ],
)
async def test_what_the_machine_lacks_is_told_in_a_sentence(tmp_path: Path, error: str, sentence: str) -> None:
    (tmp_path / "typer.py").write_text(f"raise {error}\n")
    ended = await raceday("--help", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (ended.status, ended.out) == (1, "")
    (only,) = ended.err.splitlines()
    assert only.startswith(f"raceday-daemon: {sentence}")


@pytest.mark.parametrize(
    ("command", "number", "status"),
    [
        ("run", signal.SIGTERM, 0),
        ("run", signal.SIGINT, 0),
        ("check", signal.SIGTERM, -signal.SIGTERM),
    ],
)
async def test_a_command_that_is_stopped_before_anything_has_begun_ends_without_a_word(
    tmp_path: Path, command: str, number: signal.Signals, status: int
) -> None:
    (tmp_path / "typer.py").write_text("import pathlib, time\npathlib.Path('imported').touch()\ntime.sleep(60)\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "raceday_daemon", command),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
    )
    await until((tmp_path / "imported").exists)
    process.send_signal(number)
    _, err = await process.communicate()
    assert (process.returncode, err) == (status, b"")


async def test_a_crash_would_leave_no_core(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ValueError(open('/proc/self/limits').read())\n")
    ended = await raceday("run", PYTHONPATH=f"{tmp_path}:{ROOT}")
    limit = re.search(r"Max core file size +(\d+) +(\d+)", ended.err)
    assert limit
    assert limit.groups() == ("0", "0")
