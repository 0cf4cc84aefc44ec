"""With every secret set to a marker, at DEBUG, whatever happens: the marker is nowhere that anybody could look."""

import asyncio
import io
import logging
import os
import sqlite3
import sys
import threading
import traceback
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from loguru import logger
from typer.testing import CliRunner

from raceday_daemon.appwrite.connection import open_appwrite
from raceday_daemon.checkup import Finding, check_up
from raceday_daemon.cli import app
from raceday_daemon.model.appwrite_errors import AppwriteAwayError
from raceday_daemon.model.errors import RacedayError
from raceday_daemon.ops.logs import start_logging
from raceday_daemon.settings import Settings
from raceday_daemon.settings_loading import SettingsMistakeError, load_settings
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables
from tests.appwrite_tables import way_to as way_to_appwrite
from tests.end_to_end.beside import until
from tests.end_to_end.daemon import ROOT, Daemon, running_daemon
from tests.end_to_end.served_here import ServedHere, served_here
from tests.fakes.answering_server import Handler, answering, breaks_off, fails, hangs_up, never, sends
from tests.secret_markers import (
    MARKER,
    PASSWORD,
    assert_folder_unmarked,
    assert_unmarked,
    marked_proxy,
    marked_secrets,
    secret_names,
)
from tests.served_site import shown

RACES = 15
LOOKED_AT_SECONDS = 1.0


@pytest.fixture
def secrets(appwrite_server: AppwriteServer) -> dict[str, str]:
    """All secrets, and the way to an Appwrite that takes the key."""
    marked = marked_secrets()
    appwrite_server.control.key(marked["APPWRITE_API_KEY"])
    return {**appwrite_server.environment, "APPWRITE_DATABASE_ID": appwrite_server.database, **marked}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Log at DEBUG into a text of the test's own, knowing no secret that could be masked; give what was logged."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stream)
    sink = start_logging("DEBUG", "json", [])

    def logged() -> str:
        sink.close()
        return stream.getvalue()

    yield logged
    sink.close()
    logger.remove()
    logger.add(lambda message: sys.stderr.writelines([message]))
    root.handlers[:] = handlers
    root.setLevel(level)


def test_every_secret_is_marked_and_its_value_is_a_good_one(
    secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"APPWRITE_API_KEY", "RACEDAY_API_TOKEN"} <= set(secret_names())
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    settings = load_settings().settings
    assert list(settings.secret_names()) == secret_names()
    assert all(MARKER in secret for secret in settings.secrets())
    assert_unmarked(repr=repr(settings), dump=str(settings.model_dump()), json=settings.model_dump_json())


@pytest.mark.parametrize("name", secret_names())
@pytest.mark.parametrize("spoil", [str, "{}\n".format, "{}\x07".format, lambda value: value * 400, "é{}".format])
def test_a_wrong_secret_is_refused_without_telling_it(
    monkeypatch: pytest.MonkeyPatch, name: str, spoil: Callable[[str], str]
) -> None:
    monkeypatch.setenv("APPWRITE_ENDPOINT", "http://127.0.0.1:9/v1")
    monkeypatch.setenv(name, spoil(MARKER))
    with pytest.raises(SettingsMistakeError) as raised:
        load_settings()
    assert_unmarked(mistakes="".join(raised.value.mistakes), trace="".join(traceback.format_exception(raised.value)))


KINDS_OF_SOURCE: dict[str, Handler] = {
    "401": fails(401),
    "403": fails(403),
    "404": fails(404),
    "429": fails(429),
    "500": fails(500),
    "no JSON": sends("<html>"),
    "a misfit": sends({"header": {}, "data": {"meetings": [{"date": 7}]}}),
    "hanging up": hangs_up,
    "half a body": breaks_off,
    "no answer": never,
}


@pytest.mark.parametrize("kind", KINDS_OF_SOURCE)
async def test_nothing_is_told_of_a_source_that_fails(
    log: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with answering(KINDS_OF_SOURCE[kind]) as proxy:
        for name, value in marked_proxy(proxy.url).items():
            monkeypatch.setenv(name, value)
        settings = Settings(
            nztab_api_base_url="http://source.invalid", nztab_timeout_seconds=1, raceday_data_dir=tmp_path / "data"
        )
        findings = await check_up(settings)
        logins = {request.headers["Proxy-Authorization"] for request in proxy.requests}
    assert [b64decode(login.removeprefix("Basic ")).decode() for login in logins] == [f"me:{PASSWORD}"]
    assert [one.state for one in findings if one.name == "NZ TAB"] == ["wrong"]
    assert_told_without_marker(findings)
    assert_unmarked(log=log())


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1:{port}", "http://no.such.host.invalid"])
@pytest.mark.parametrize("as_proxy", [True, False])
async def test_nothing_is_told_of_a_source_or_proxy_out_of_reach(
    log: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, as_proxy: bool
) -> None:
    async with answering(never) as plain:
        address = address.format(port=plain.url.rpartition(":")[2])
        if as_proxy:
            way = address.replace("://", f"://me:{MARKER}@")
            monkeypatch.setenv("http_proxy", way)
            monkeypatch.setenv("https_proxy", way)
            monkeypatch.setenv("no_proxy", "")
        settings = Settings(
            nztab_api_base_url="https://source.invalid" if as_proxy else address,
            nztab_timeout_seconds=2,
            raceday_data_dir=tmp_path / "data",
        )
        findings = await check_up(settings)
    assert [one.state for one in findings if one.name == "NZ TAB"] == ["wrong"]
    assert_told_without_marker(findings)
    assert_unmarked(log=log())


KINDS_OF_APPWRITE: dict[str, dict[str, Any]] = {
    **{str(status): {"kind": "error", "status": status} for status in (401, 403, 404, 429, 500, 503)},
    "an answer that repeats the key": {"kind": "error", "status": 400, "message": f"Invalid key {MARKER}"},
    "garbage": {"kind": "garbage"},
    "hanging up": {"kind": "reset"},
    "no answer": {"kind": "stall"},
}


@pytest.mark.parametrize("kind", KINDS_OF_APPWRITE)
async def test_nothing_is_told_of_an_appwrite_that_fails(
    log: Callable[[], str], secrets: dict[str, str], appwrite_server: AppwriteServer, kind: str
) -> None:
    fault = KINDS_OF_APPWRITE[kind]
    repeats = MARKER in str(fault)
    appwrite_server.control.fault(**fault)
    server = AppwriteServer(appwrite_server.access, appwrite_server.database, appwrite_server.stand_in)
    object.__setattr__(server.access, "key", secrets["APPWRITE_API_KEY"])
    told = []
    async with way_to_appwrite(server, read_timeout_seconds=1.0) as appwrite:
        for question in (
            lambda tables: tables.list(),
            lambda tables: tables.list_rows(server.database, "races"),
            lambda tables: tables.upsert_row(server.database, "races", "one", {"name": "x"}),
        ):
            with pytest.raises(RacedayError) as raised:
                await appwrite.ask(question)
            told.append("".join(traceback.format_exception(raised.value)))
    # What others say is told; the log masks it, where the secret is known.
    assert_unmarked(log=log(), **({} if repeats else {"told": "".join(told)}))


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9/v1", "https://127.0.0.1:{port}/v1"])
async def test_nothing_is_told_of_an_appwrite_out_of_reach(log: Callable[[], str], endpoint: str) -> None:
    async with answering(never) as plain:
        address = endpoint.format(port=plain.url.rpartition(":")[2])
        key = marked_secrets()["APPWRITE_API_KEY"]
        async with open_appwrite(address, "raceday", key, "raceday-db", read_timeout_seconds=1.0) as appwrite:
            with pytest.raises(AppwriteAwayError) as raised:
                await appwrite.ask(lambda tables: tables.list())
    assert_unmarked(log=log(), trace="".join(traceback.format_exception(raised.value)), repr=repr(raised.value))


def assert_told_without_marker(findings: list[Finding]) -> None:
    for finding in findings:
        assert_unmarked(words=finding.words)
        if finding.error:
            assert_unmarked(trace="".join(traceback.format_exception(finding.error)), repr=repr(finding.error))


BUGS = """
import asyncio, sys, threading
from raceday_daemon.commands.command_line import loaded_settings, with_log

def deep_inside(secret):
    hidden = "-".join([secret])
    raise KeyError(f"no {secret}" if hidden else "")

async def work(settings, *_):
    secret = settings.raceday_api_token.get_secret_value()
    thread = threading.Thread(target=deep_inside, args=(secret,)); thread.start(); thread.join()
    asyncio.get_running_loop().call_soon(deep_inside, secret)
    await asyncio.sleep(0.01)
    if sys.argv[1] == "group":
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(deep_inside, secret))
    deep_inside(secret)

with_log(work, loaded_settings())
"""


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("kind", ["group", "alone"])
async def test_a_bug_shows_where_it_is_and_no_secret(log_format: str, kind: str) -> None:
    environment = {**os.environ, **marked_secrets(), "LOG_FORMAT": log_format, "LOG_LEVEL": "DEBUG"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BUGS, kind),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment | {"PYTHONPATH": str(ROOT)},
    )
    out, _ = await process.communicate()
    assert process.returncode == 1
    assert out.count(b"in deep_inside") >= 3
    assert out.count(b"**********") >= 3
    assert_unmarked(out=out)


COMMANDS = (
    "config",
    "config --json",
    "check",
    "check --json",
    "status --json",
    "coverage",
    "setup",
    "setup --check --json",
    "outbox list",
    "run-once meetings --json",
    "poll 0f57e087-f4d4-4cf6-be1d-6d1b1e9a9a35",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("log")
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # what apprise imports, in this process here
def test_no_command_tells_a_secret(
    secrets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name, value in (secrets | marked_proxy("http://127.0.0.1:9")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("NZTAB_API_BASE_URL", "http://source.invalid")
    # A command sets these for the whole process.
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    ended = CliRunner().invoke(app, command.split())
    assert isinstance(ended.exception, SystemExit | None)
    assert ended.output
    assert "allowed:" not in ended.output, "no setting was refused"
    assert_unmarked(out=ended.stdout, err=ended.stderr)
    assert_folder_unmarked(tmp_path)


@dataclass
class Watched:
    """A daemon under way with every secret set, through a proxy, and what can be seen of it."""

    daemon: Daemon
    source: ServedHere
    server: AppwriteServer
    pages: dict[str, bytes]

    async def look_at_site(self, paths: list[str]) -> None:
        """Ask for every page, with and without the token's name; a stream is read for a moment."""
        async with aiohttp.ClientSession(read_bufsize=1 << 20) as session:
            for path in paths:
                self.pages[path] = self.pages.get(path, b"") + await self._page(session, path)

    async def _page(self, session: aiohttp.ClientSession, path: str) -> bytes:
        content = bytearray()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKED_AT_SECONDS), session.get(f"{self.daemon.url}{path}") as answer:
                content += str(answer.headers).encode()
                async for piece in answer.content.iter_any():
                    content += piece
        return bytes(content)


@pytest.fixture
async def paths(tmp_path: Path) -> list[str]:
    """Every address of the site; what stands for an id is any."""
    async with shown(tmp_path / "elsewhere") as site:
        routes = [route.resource.canonical for route in site.site.app().router.routes() if route.resource]
    return sorted({route.replace("{", "").replace("}", "") for route in routes} | {"/", "/metrics", "/none"})


@pytest.fixture
async def watched(secrets: dict[str, str], appwrite_server: AppwriteServer, tmp_path: Path) -> AsyncIterator[Watched]:
    make_tables(appwrite_server)
    async with served_here(RACES, 90, 1) as source:
        ours = {
            **secrets,
            **marked_proxy(source.url),
            "LOG_LEVEL": "DEBUG",
            "NZTAB_API_BASE_URL": "http://source.invalid",
            "RACEDAY_RECORD": "true",
        }
        async with running_daemon(source, tmp_path / "data", tmp_path / "log", **ours) as daemon:
            await daemon.watches(RACES)
            yield Watched(daemon, source, appwrite_server, {})


def core_limits(pid: int) -> list[str] | None:
    """Give how large a core the process may leave, soft and hard, where the system tells that."""
    limits = Path(f"/proc/{pid}/limits")
    lines = limits.read_text().splitlines() if limits.exists() else []
    return next((line.split()[4:6] for line in lines if line.startswith("Max core")), None)


async def test_a_daemon_tells_no_secret_when_all_is_well_and_when_nothing_is(
    watched: Watched, paths: list[str], tmp_path: Path
) -> None:
    daemon, source, control = watched.daemon, watched.source, watched.server.control
    await until(lambda: bool(control.rows(watched.server.database, "entrants")))
    await watched.look_at_site(paths)
    assert core_limits(daemon.process.pid) in (["0", "0"], None)

    control.fault(kind="error", status=500)
    await until(lambda: bool(daemon.said("forward_failed")))
    source.meddler.instead["/events/"] = lambda _: web.Response(status=500, text=PASSWORD)
    await until(lambda: bool(daemon.said("poll_failed")))
    await watched.look_at_site(paths)
    with closing(sqlite3.connect(daemon.folder / "raceday.db", timeout=30)) as connection, connection:
        connection.execute("UPDATE races SET startTime = replace(startTime, 'Z', '?')")
    await watched.look_at_site(paths)
    assert await daemon.stop() in (0, 1)

    assert b'"version"' in watched.pages["/api/status"]
    assert_unmarked(**watched.pages)
    assert_unmarked(log=daemon.log_file.read_bytes())
    assert_folder_unmarked(tmp_path / "data")
