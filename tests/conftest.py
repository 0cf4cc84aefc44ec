"""What tests share: a recorded source on loopback, an empty environment, and the command as a process."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from xdist.scheduler import LoadScopeScheduling

from raceday_daemon.appwrite.connection import Appwrite
from tests.appwrite_servers import OPTION, Access, AppwriteServer, an_appwrite_server, real_access
from tests.appwrite_tables import make_tables, way_to
from tests.fakes.recorded_source import RecordedSource

_OURS = ("RACEDAY_", "NZTAB_", "APPWRITE_", "LOG_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_REAL_APPWRITE = pytest.StashKey[Access | None]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a real Appwrite be put in the stand-in's place: a choice of its own, not just variables lying about."""
    parser.addoption(
        OPTION,
        action="store_true",
        help="run the Appwrite tests against the server named by APPWRITE_ENDPOINT, APPWRITE_PROJECT_ID and "
        "APPWRITE_API_KEY, in databases of their own that are removed again",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the three variables before the tests lose sight of them."""
    config.stash[_REAL_APPWRITE] = real_access() if config.getoption(OPTION) else None


class _WhereThereIsRoom(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps tests together that share what is made once a module; all others go wherever there is room."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if _shares_what_it_made(self.config.rootpath / file) else nodeid


@cache
def _shares_what_it_made(file: Path) -> bool:
    return 'scope="module"' in file.read_text()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out among the processes."""
    return _WhereThereIsRoom(config, log)


@pytest.fixture(scope="session")
def real_appwrite(pytestconfig: pytest.Config) -> Access | None:
    """The way to a real Appwrite; None is: use the stand-in."""
    return pytestconfig.stash[_REAL_APPWRITE]


@pytest.fixture
def appwrite_server(real_appwrite: Access | None) -> Iterator[AppwriteServer]:
    """An Appwrite for this test: a fresh stand-in, or the real server with a database id of this test's own."""
    with an_appwrite_server(real_appwrite) as server:
        yield server


@pytest.fixture
async def appwrite(appwrite_server: AppwriteServer) -> AsyncIterator[Appwrite]:
    """The way to that Appwrite, whose tables are made."""
    make_tables(appwrite_server)
    async with way_to(appwrite_server) as appwrite:
        yield appwrite


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's own settings and .env out of the tests."""
    own_surroundings(monkeypatch, tmp_path)


def own_surroundings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Do the same for what outlives a single test."""
    for name in [name for name in os.environ if name.startswith(_OURS) or name.lower() in _PROXIES]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)


@pytest.fixture
def no_root(tmp_path: Path) -> tuple[str, ...]:
    """Give a Python that file permissions hold for, if need be by taking that power from root."""
    if os.geteuid() != 0:
        return (sys.executable,)
    python = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", sys.executable)
    probe = tmp_path / "probe"
    probe.mkdir(mode=0o555)
    could_write = "import os, sys; sys.exit(os.access(sys.argv[1], os.W_OK))"
    if not shutil.which("setpriv") or subprocess.run([*python, "-c", could_write, probe], check=False).returncode:
        pytest.skip("root may write anywhere, and setpriv, which takes that from root, is missing or not allowed here")
    return python


@pytest.fixture
async def recorded_source() -> AsyncIterator[RecordedSource]:
    """The recorded racing day on a loopback port; its address is `url`."""
    source = RecordedSource()
    server = TestServer(source.app)
    await server.start_server()
    source.url = str(server.make_url("")).rstrip("/")
    yield source
    await server.close()


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        answer: dict[str, Any] = json.loads(self.out)
        return answer

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log lines on stderr."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


async def raceday(*arguments: str, **environment: str) -> Ended:
    """Run the command as a process of its own, without delay between calls unless told otherwise."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "raceday_daemon",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NZTAB_DELAY_SECONDS": "0", "NZTAB_FROM": "tests@example.org", **environment},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())
