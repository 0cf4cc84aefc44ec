"""How the daemon and the commands begin beside an Appwrite that is silent, empty, or not the one of their folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables
from tests.conftest import Ended, raceday
from tests.end_to_end.beside import until
from tests.end_to_end.daemon import Daemon, running_daemon
from tests.end_to_end.served_here import ServedHere, served_here

DONE, WRONG_USE = 0, 2


@pytest.fixture
async def source() -> AsyncIterator[ServedHere]:
    async with served_here(2, 600, 60) as source:
        yield source


def surroundings(server: AppwriteServer, **changed: str) -> dict[str, str]:
    return {**server.environment, "APPWRITE_DATABASE_ID": server.database, **changed}


async def is_up(daemon: Daemon) -> None:
    await until(lambda: bool(daemon.said("up")))


async def test_the_polling_begins_although_appwrite_never_answers(
    appwrite_server: AppwriteServer, source: ServedHere, tmp_path: Path
) -> None:
    make_tables(appwrite_server)
    appwrite_server.control.fault(kind="stall")
    ours = surroundings(appwrite_server, RACEDAY_GRACE_SECONDS="1")
    async with running_daemon(source, tmp_path / "data", tmp_path / "log", **ours) as daemon:
        await is_up(daemon)
        assert daemon.said("appwrite_away")
        assert await daemon.stop() == DONE
    assert daemon.log[-1]["action"] == "stopped"
    assert daemon.log[-1]["message"].startswith("stopped; ")


async def test_a_daemon_that_is_told_to_stop_while_it_makes_tables_stops(
    appwrite_server: AppwriteServer, source: ServedHere, tmp_path: Path
) -> None:
    control = appwrite_server.control
    control.latency_ms(200)
    ours = surroundings(appwrite_server)
    async with running_daemon(source, tmp_path / "data", tmp_path / "log", **ours) as daemon:
        await until(lambda: sum(count for name, count in control.requests.items() if "/columns/" in name) >= 5)
        assert await daemon.stop() == DONE
    assert (tmp_path / "data" / "appwrite-setup.jsonl").exists(), "it was not done, and goes on there next time"


async def test_a_key_that_may_only_read_is_one_sentence_and_the_daemon_does_not_begin(
    appwrite_server: AppwriteServer, source: ServedHere, tmp_path: Path
) -> None:
    make_tables(appwrite_server)
    key = appwrite_server.control.key("standard_a-key-that-only-reads", ["rows.read"])
    ours = surroundings(appwrite_server, APPWRITE_API_KEY=key)
    async with running_daemon(source, tmp_path / "data", tmp_path / "log", **ours) as daemon:
        assert await daemon.end() == WRONG_USE
    (told,) = [line for line in (tmp_path / "log").read_text().splitlines() if not line.startswith("{")]
    assert "lacks the scope" in told
    assert "rows.write" in told
    assert key not in (tmp_path / "log").read_text()


async def run_once(source: ServedHere, folder: Path, **environment: str) -> Ended:
    ours = {"RACEDAY_DATA_DIR": str(folder), "NZTAB_API_BASE_URL": source.url, "RACEDAY_COUNTRIES": "NZ,AUS"}
    return await raceday("run-once", "meetings", **{**ours, **environment})


async def test_a_command_that_names_another_database_than_the_daemon_is_refused(
    appwrite_server: AppwriteServer, source: ServedHere, tmp_path: Path
) -> None:
    make_tables(appwrite_server)
    ours, folder = surroundings(appwrite_server), tmp_path / "data"
    async with running_daemon(source, folder, tmp_path / "log", **ours) as daemon:
        await is_up(daemon)
        other = await run_once(source, folder, **{**ours, "APPWRITE_DATABASE_ID": "another"})
        assert other.status == WRONG_USE
        assert "give it the daemon's, or stop the daemon" in other.err.splitlines()[-1]
        assert (await run_once(source, folder)).status == 0, "without any, its rows go where the daemon's go"
        assert await daemon.stop() == DONE


async def test_a_first_command_sends_what_its_folder_has_from_before(
    appwrite_server: AppwriteServer, source: ServedHere, tmp_path: Path
) -> None:
    make_tables(appwrite_server)
    folder = tmp_path / "data"
    assert (await run_once(source, folder)).status == 0
    assert appwrite_server.control.rows(appwrite_server.database, "races") == {}
    assert (await run_once(source, folder, **surroundings(appwrite_server))).status == 0
    assert len(appwrite_server.control.rows(appwrite_server.database, "races")) == 2
