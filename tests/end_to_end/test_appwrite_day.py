"""The recorded day on its way into Appwrite by the real commands: all rows in few requests, and what goes wrong."""

import json
from pathlib import Path

import pytest

from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import SENT, differences, make_tables, rows_there, stored_rows
from tests.conftest import Ended, raceday
from tests.end_to_end.beside import until
from tests.end_to_end.daemon import running_daemon
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings

pytestmark = needs_recordings

ROWS_A_REQUEST = 30


@pytest.fixture
def server(appwrite_server: AppwriteServer, tmp_path: Path) -> AppwriteServer:
    make_tables(appwrite_server)
    return appwrite_server


async def to_appwrite(server: AppwriteServer, *arguments: str, **environment: str) -> Ended:
    return await raceday(*arguments, **server.environment, APPWRITE_DATABASE_ID=server.database, **environment)


def about_rows(server: AppwriteServer) -> int:
    """Count the requests that write rows, those of leases apart."""
    return sum(one["method"] != "GET" and "function-locks" not in one["path"] for one in server.control.log)


async def test_the_day_arrives_value_for_value_with_thirty_rows_and_more_a_request(
    recorded_source: RecordedSource, server: AppwriteServer, tmp_path: Path
) -> None:
    ended = await to_appwrite(server, "run-once", "all", "--date", DAY, NZTAB_API_BASE_URL=recorded_source.url)
    assert ended.status == 0, ended.err
    assert differences(tmp_path / "data", server) == {}
    rows = sum(len(stored_rows(tmp_path / "data", table)) for table in SENT)
    assert rows > 3000
    assert about_rows(server) * ROWS_A_REQUEST <= rows

    server.control.forget_traffic()
    again = await to_appwrite(server, "run-once", "entrants", "--date", DAY, NZTAB_API_BASE_URL=recorded_source.url)
    assert again.status == 0
    assert about_rows(server) == 0


async def test_a_poll_by_hand_arrives_in_three_requests(
    recorded_source: RecordedSource, server: AppwriteServer, tmp_path: Path
) -> None:
    race_id, *_ = keep_meetings(recorded_source, "Awapuni Synthetic")
    address = {"NZTAB_API_BASE_URL": recorded_source.url}
    assert (await to_appwrite(server, "run-once", "meetings", "--date", DAY, **address)).status == 0
    server.control.forget_traffic()
    ended = await to_appwrite(server, "poll", race_id, "--json", **address)
    assert (ended.status, json.loads(ended.out)["outcome"]) == (0, "ok"), ended.err
    assert about_rows(server) == 3
    assert differences(tmp_path / "data", server) == {}


async def test_while_appwrite_is_away_the_day_is_kept_exit_4_says_so_and_the_next_command_sends_it(
    recorded_source: RecordedSource, server: AppwriteServer, tmp_path: Path
) -> None:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    address = {"NZTAB_API_BASE_URL": recorded_source.url}
    server.control.down()
    ended = await to_appwrite(server, "run-once", "meetings", "--date", DAY, "--json", **address)
    assert ended.status == 4
    assert json.loads(ended.out)["status"] == "ok"
    waiting = sum(len(stored_rows(tmp_path / "data", table)) for table in SENT)
    assert f"{waiting} rows still wait for Appwrite" in ended.err
    listed = await to_appwrite(server, "outbox", "list", "--json")
    assert (listed.status, json.loads(listed.out)["waiting"]) == (0, waiting)
    server.control.up()
    assert (await to_appwrite(server, "run-once", "meetings", "--date", DAY, **address)).status == 0
    assert differences(tmp_path / "data", server) == {}


async def test_a_refused_row_is_listed_with_appwrites_words_and_sent_once_it_is_mended(
    recorded_source: RecordedSource, server: AppwriteServer, tmp_path: Path
) -> None:
    bad, *_ = keep_meetings(recorded_source, "Awapuni Synthetic")
    address = {"NZTAB_API_BASE_URL": recorded_source.url}
    server.control.refuse(table="races", row_id=bad, message="Invalid document structure: too long for the test")
    assert (await to_appwrite(server, "run-once", "meetings", "--date", DAY, **address)).status == 0
    assert differences(tmp_path / "data", server) == {"races": [bad]}
    (refused,) = json.loads((await to_appwrite(server, "outbox", "list", "--json")).out)["refused"]
    assert (refused["table"], refused["row_id"]) == ("races", bad)
    assert "too long for the test" in refused["reason"]
    table = (await to_appwrite(server, "outbox", "list")).out
    assert "too long for the test" in table
    assert "outbox retry" in table
    server.control.behave()
    assert json.loads((await to_appwrite(server, "outbox", "retry", "--json")).out) == {"queued": 1}
    assert (await to_appwrite(server, "run-once", "meetings", "--date", DAY, **address)).status == 0
    assert bad in rows_there(server, next(table for table in SENT if table.name == "races"))
    assert differences(tmp_path / "data", server) == {}


async def test_a_store_that_was_filled_before_appwrite_was_set_arrives_whole_with_the_next_daemon(
    recorded_source: RecordedSource, server: AppwriteServer, tmp_path: Path
) -> None:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    address = {"NZTAB_API_BASE_URL": recorded_source.url}
    assert (await raceday("run-once", "entrants", "--date", DAY, **address)).status == 0
    assert set(differences(tmp_path / "data", server)) >= {"meetings", "races", "entrants", "odds-history"}
    there = {**server.environment, "APPWRITE_DATABASE_ID": server.database}
    async with running_daemon(recorded_source, tmp_path / "data", tmp_path / "log", **there) as daemon:
        await until(lambda: "up" in [line["action"] for line in daemon.log])
        await until(lambda: not differences(tmp_path / "data", server))
        assert await daemon.stop() == 0
    assert differences(tmp_path / "data", server) == {}
