"""The way in: the command begins in a place that needs next to nothing, and hides no real mistake."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from raceday_daemon.__main__ import main
from tests.conftest import raceday

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
