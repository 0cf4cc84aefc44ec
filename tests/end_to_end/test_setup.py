"""The `setup` command as people meet it."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.appwrite_servers import AppwriteServer
from tests.conftest import Ended, raceday
from tests.end_to_end.beside import until

DATABASE = "raceday-db"
WRONG_USE, AWAY = 2, 4


async def setup(server: AppwriteServer, *options: str, **changed: str) -> Ended:
    ended = await raceday(
        "setup", *options, **{**server.environment, "APPWRITE_DATABASE_ID": server.database, **changed}
    )
    assert server.key not in ended.out + ended.err
    return ended


async def test_it_sets_up_and_finds_it_right_afterwards(appwrite_server: AppwriteServer) -> None:
    different = await setup(appwrite_server, "--check")
    assert different.status == 1
    assert "is not set up yet: `raceday-daemon setup` makes the tables" in different.out
    first = await setup(appwrite_server, "--json")
    assert (first.status, first.answer["differences"], first.answer["failed"]) == (0, [], [])
    assert "meetings" in first.answer["made"]
    assert "races: index status_startTime" in first.answer["made"]
    again = await setup(appwrite_server)
    assert (again.status, again.out) == (0, f"the tables of {appwrite_server.database} are as declared\n")
    right = await setup(appwrite_server, "--check", "--json")
    assert (right.status, right.answer["made"], right.answer["differences"]) == (0, [], [])
    assert {link["broken"] for link in right.answer["broken_links"]} == {0}


async def test_it_works_whatever_the_store_is(appwrite_server: AppwriteServer) -> None:
    assert (await setup(appwrite_server, "--check", RACEDAY_STORE="sqlite")).status == 1


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"APPWRITE_API_KEY": "standard_nobody_knows_this"}, WRONG_USE, "put a key of that very project"),
        ({"APPWRITE_PROJECT_ID": "another"}, WRONG_USE, "APPWRITE_PROJECT_ID is the project's id, not its name"),
        ({"APPWRITE_ENDPOINT": "{without}"}, WRONG_USE, "is not Appwrite's API for tables; it usually ends in /v1"),
        ({"APPWRITE_ENDPOINT": "http://127.0.0.1:1/v1"}, AWAY, "cannot be reached (Connection refused)"),
        ({"APPWRITE_ENDPOINT": ""}, WRONG_USE, "APPWRITE_ENDPOINT: it is not set; allowed: an http or https address"),
        ({"APPWRITE_API_KEY": "two words\nof_a_key_0123"}, WRONG_USE, "it holds a character that no key has"),
        ({"APPWRITE_DATABASE_ID": "../users"}, WRONG_USE, "it holds a character that no id has"),
    ],
)
async def test_what_is_set_wrongly_is_one_sentence(
    appwrite_server: AppwriteServer, changed: dict[str, str], status: int, sentence: str
) -> None:
    without = appwrite_server.endpoint.removesuffix("/v1")
    environment = {name: value.format(without=without) for name, value in changed.items()}
    ended = await setup(appwrite_server, "--check", **environment)
    told = [line for line in ended.err.splitlines() if not line.startswith("{")]
    assert ended.status == status
    assert len(told) == 1
    assert sentence in told[0]
    assert ended.out == ""


async def test_a_missing_scope_is_named(appwrite_server: AppwriteServer) -> None:
    key = appwrite_server.control.key("a-key-of-rows-alone", ["rows.read", "rows.write", "databases.read"])
    ended = await setup(appwrite_server, APPWRITE_API_KEY=key)
    assert ended.status == WRONG_USE
    assert "lacks the scope databases.write" in ended.err.splitlines()[-1]
    assert key not in ended.err


async def test_a_check_and_a_rollback_at_once_are_refused(appwrite_server: AppwriteServer) -> None:
    assert (await setup(appwrite_server, "--check", "--rollback")).status == WRONG_USE


async def test_a_killed_setup_goes_on_or_is_taken_back(appwrite_server: AppwriteServer, tmp_path: Path) -> None:
    control = appwrite_server.control
    control.latency_ms(20)
    environment: dict[str, Any] = {**os.environ, **appwrite_server.environment}
    environment |= {"APPWRITE_DATABASE_ID": appwrite_server.database}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "raceday_daemon", "setup", env=environment, stderr=asyncio.subprocess.PIPE
    )
    await until(lambda: sum(count for name, count in control.requests.items() if "/columns/" in name) >= 20)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    control.latency_ms(0)
    taken_back = await setup(appwrite_server, "--rollback", "--json")
    assert taken_back.status == 0
    assert {"meetings", "races", "schema-version"} <= set(taken_back.answer["removed"])
    assert (await setup(appwrite_server, "--rollback")).out.startswith("no unfinished setup")
    assert (await setup(appwrite_server)).status == 0
