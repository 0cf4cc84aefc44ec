"""Notifications from the daemon and its commands to a receiver outside: at once, and not twice after `kill -9`."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import pytest
from typer.testing import CliRunner

from raceday_daemon.cli import app
from raceday_daemon.onlooker import status_of
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.rows import read_instant
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.alerting import rule
from tests.conftest import raceday
from tests.delivery_bench import SECRET, answers, answers_204, delivery_bench, ids_got
from tests.end_to_end.daemon import ROOT, running_daemon
from tests.end_to_end.served_here import served_here
from tests.fakes.answering_server import AnsweringServer, answering, never
from tests.workbench import rows

TOKEN = "token-4f1d-secret"
RACES = 2


def channels(server: AnsweringServer, **others: str) -> dict[str, str]:
    """Give the settings of a webhook to a server."""
    return {"RACEDAY_WEBHOOK_URL": f"{server.url}/{TOKEN}", "RACEDAY_WEBHOOK_SECRET": SECRET, **others}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def folder_with_rules(folder: Path, *race_ids: str) -> Path:
    """Give a folder with a rule that every runner's price fulfils, and one of each race that is named."""
    rules = [rule("odds_below", 9_999), *(rule("odds_below", 9_998, race=one, rule_id=one) for one in race_ids)]
    store = await open_working_store(folder)
    await store.transaction(lambda connection: write(connection, rules))
    await store.close()
    return folder


@asynccontextmanager
async def sender(folder: Path, server: AnsweringServer) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that sends what waits, and kill it at the end."""
    program = ("-m", "tests.fakes.delivering_process", str(folder), server.url)
    process = await asyncio.create_subprocess_exec(sys.executable, *program, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def test_a_process_killed_in_mid_send_is_followed_by_one_that_sends_only_the_rest(tmp_path: Path) -> None:
    async with delivery_bench(tmp_path) as bench:
        bench.clock.set(SystemClock().now())
        await bench.tell(1, 2, 3)
        async with answering(answers_204, never) as server, sender(tmp_path, server):
            await until(lambda: len(server.requests) == 2)
        async with answering(answers_204) as after, sender(tmp_path, after):
            await until(lambda: bench.rows("state")[-1] == ("sent",))
            assert await ids_got(after) == ["told-3"]
        assert bench.rows("state") == [("sent",), ("uncertain",), ("sent",)]


async def test_a_daemon_sends_what_it_tells_within_two_seconds_and_says_so(tmp_path: Path) -> None:
    folder = await folder_with_rules(tmp_path / "data")
    arrivals: list[float] = []

    async def take(request: Any) -> Any:
        arrivals.append(time())
        return await answers_204(request)

    async with (
        served_here(RACES, 60, 15) as source,
        answering(take) as server,
        running_daemon(source, folder, tmp_path / "log", **channels(server)) as daemon,
    ):
        await until(lambda: len(arrivals) >= 5)
        (channel,) = (await daemon.status())["channels"]
        shown = await raceday("status", RACEDAY_DATA_DIR=str(folder))
        assert await daemon.stop() == 0
    first = json.loads(await server.requests[0].read())
    assert arrivals[0] - read_instant(first["createdAt"]).timestamp() < 2
    assert (channel["channel"], channel["failing_since"]) == ("webhook", None)
    assert channel["sent"] >= 4
    assert "channel webhook: " in shown.out
    (after,) = status_of(folder, SystemClock().now()).facts["channels"]
    assert after["sent"] == len(arrivals), "told by the files, once none runs"
    got = await ids_got(server)
    assert len(got) == len(set(got))
    assert TOKEN not in (tmp_path / "log").read_text() + shown.out


async def test_commands_send_what_they_tell_before_they_end(tmp_path: Path) -> None:
    async with served_here(RACES, 60, 15) as source, answering(answers_204) as server:
        first = source.race_ids[0]
        folder = await folder_with_rules(tmp_path / "data", first)
        where = {"RACEDAY_DATA_DIR": str(folder), "NZTAB_API_BASE_URL": source.url, **channels(server)}
        for arguments in (("poll", first), ("run-once", "all")):
            ended = await raceday(*arguments, **where)
            assert ended.status == 0, ended.err
            told = [row_id for (row_id,) in rows(folder / FILE_NAME, "SELECT id FROM notifications ORDER BY rowid")]
            queued = rows(folder / FILE_NAME, "SELECT notificationId, state FROM deliveries WHERE restsUntil IS NULL")
            assert queued
            assert set(queued) <= {(row_id, "sent") for row_id in told}
            assert sorted(await ids_got(server)) == sorted(row_id for row_id, _ in queued)


async def test_a_channel_that_cannot_be_had_is_refused_at_the_start(tmp_path: Path) -> None:
    ended = await raceday("run", RACEDAY_DATA_DIR=str(tmp_path), RACEDAY_NOTIFY_URLS=f"phone=nosuch://{TOKEN}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.splitlines()[-1].startswith("RACEDAY_NOTIFY_URLS: apprise can't read the address of phone")
    assert TOKEN not in ended.err


class TestTryingThemOut:
    """`alerts test`."""

    async def test_each_channel_gets_one_and_it_says_what_became_of_it(self, tmp_path: Path) -> None:
        async with answering(answers_204) as server, answering(answers(401)) as refuses:
            phone = f"phone={refuses.url.replace('http:', 'json:')}/{TOKEN}"
            settings = channels(server, RACEDAY_NOTIFY_URLS=phone, RACEDAY_DATA_DIR=str(tmp_path / "data"))
            ended = await raceday("alerts", "test", "--user", "ann", "--json", LOG_LEVEL="DEBUG", **settings)
        assert ended.status == 1, ended.err
        webhook, apprise = ended.answer["channels"]
        assert (webhook["channel"], webhook["arrived"], webhook["error"]) == ("webhook", True, None)
        assert (apprise["channel"], apprise["arrived"]) == ("phone", False)
        assert "error=401" in apprise["error"]
        assert webhook["ms"] >= 0
        sent = json.loads(await server.requests[0].read())
        assert (sent["type"], sent["userId"]) == ("test", "ann")
        assert not (tmp_path / "data").exists(), "it writes nothing"
        assert TOKEN not in ended.out + ended.err

    async def test_the_one_that_is_named_gets_it_alone(self) -> None:
        async with answering(answers_204) as server, answering(answers(500)) as other:
            phone = f"phone={other.url.replace('http:', 'json:')}"
            settings = channels(server, RACEDAY_NOTIFY_URLS=phone)
            ended = await raceday("alerts", "test", "--channel", "webhook", **settings)
        assert ended.status == 0, ended.err
        assert [line.split()[:2] for line in ended.out.splitlines()] == [["channel", "arrived"], ["webhook", "yes"]]
        assert other.requests == []

    @pytest.mark.parametrize(
        ("arguments", "environment", "words"),
        [
            ((), {}, "RACEDAY_WEBHOOK_URL"),
            (("--channel", "pager"), {"RACEDAY_NOTIFY_URLS": "phone=json://a"}, "there are phone"),
        ],
    )
    def test_where_there_is_none_it_says_what_to_do(
        self,
        arguments: tuple[str, ...],
        environment: dict[str, str],
        words: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        ended = CliRunner().invoke(app, ["alerts", "test", *arguments])
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert words in ended.stderr
