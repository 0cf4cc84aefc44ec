"""The exit status for Docker: a daemon's pulse asked for by a process that loads next to nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from raceday_daemon.healthcheck import data_dir, look
from raceday_daemon.ops.folder_lock import Holder, hold_folder
from raceday_daemon.settings_loading import load_settings
from tests.conftest import raceday
from tests.served_site import SINCE, shown

NAME = "RACEDAY_DATA_DIR"


async def looked(folder: Path) -> tuple[bool, str]:
    return await asyncio.to_thread(look, folder)


async def test_a_daemon_whose_loop_turns_is_healthy_and_one_that_hangs_is_not(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        pid = site.site.holder.pid
        assert await looked(tmp_path) == (True, f"the daemon (process {pid}) lives")
        site.inside.pulse.last_beat -= 60
        lives, sentence = await looked(tmp_path)
        assert not lives
        assert sentence.startswith(f"the daemon (process {pid}) hangs: its loop has not turned for 60")


async def test_a_daemon_that_is_not_ready_is_healthy_all_the_same(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        site.site.inside = None
        assert (await site.ask("/readyz")).status == 503
        assert (await looked(tmp_path))[0] is True


async def test_no_daemon_one_that_starts_and_a_stranger_on_its_port_are_not(tmp_path: Path) -> None:
    assert await looked(tmp_path) == (False, f"no daemon runs on {tmp_path}")
    async with shown(tmp_path / "other") as site:
        with hold_folder(tmp_path, SINCE) as lock:
            starting = await looked(tmp_path)
            assert starting == (
                False,
                f"the daemon (process {lock.holder.pid}) answers nowhere: it is starting or ending, or it is a replay",
            )
            lock.note(replace(Holder(1, SINCE), url=site.url))
            assert await looked(tmp_path) == (
                False,
                f"the daemon (process 1) says that it answers at {site.url}, but another program does",
            )


async def test_the_command_ends_with_0_or_1_and_says_why_in_a_sentence(tmp_path: Path) -> None:
    async with shown(tmp_path / "data") as site:
        ended = await raceday("healthcheck", RACEDAY_DATA_DIR=str(tmp_path / "data"))
        assert (ended.status, ended.err) == (0, "")
        assert ended.out == f"the daemon (process {site.site.holder.pid}) lives\n"
    ended = await raceday("healthcheck", RACEDAY_DATA_DIR=str(tmp_path / "data"))
    assert (ended.status, ended.out, ended.err) == (1, f"no daemon runs on {tmp_path}/data\n", "")


def test_it_loads_none_of_the_heavy_libraries() -> None:
    heavy = ("pydantic", "aiohttp", "typer", "rich", "loguru", "asyncio", "sqlite3", "prometheus_client")
    program = (
        "import sys; sys.argv = ['raceday-daemon', 'healthcheck']\n"
        "from raceday_daemon.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    # What counts the lines of the tests would load some.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=plain)
    assert told.stdout.splitlines()[-1] == "[]"


def _places(tmp_path: Path, chosen: Sequence[bool], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Name another folder in the environment, in .env and in a secret file, each where it is chosen."""
    environment, env_file, secret = chosen
    env_path, secrets = tmp_path / ".env", tmp_path / "secrets"
    secrets.mkdir()
    monkeypatch.delenv(NAME, raising=False)
    if environment:
        monkeypatch.setenv(NAME, "from-environment")
    if env_file:
        env_path.write_text("# a note\nLOG_LEVEL=INFO\nexport RACEDAY_DATA_DIR='from env'\n")
    if secret:
        (secrets / "raceday_data_dir").write_text("~/from-secret\n")
    return env_path, secrets


@pytest.mark.parametrize("chosen", list(product((True, False), repeat=3)))
def test_it_finds_the_folder_where_the_settings_do(
    tmp_path: Path, chosen: Sequence[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file, secrets = _places(tmp_path, chosen, monkeypatch)
    assert data_dir(env_file, secrets) == load_settings(env_file, secrets).settings.raceday_data_dir


async def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"RACEDAY_DATA_DIR=\xff\xfe\n")
    ended = await raceday("healthcheck")
    assert (ended.status, ended.err) == (1, "")
    assert ended.out.startswith("the data folder's name cannot be read: ")
