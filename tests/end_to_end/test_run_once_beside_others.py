"""Commands on one machine while another one works on the same Appwrite."""

from pathlib import Path

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.leases import AppwriteLeases
from raceday_daemon.model.lease import LEASE_OF_JOB, POLLER_LEASE
from raceday_daemon.ops.clock import SystemClock
from tests.appwrite_servers import AppwriteServer
from tests.conftest import Ended, raceday
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings, rows

pytestmark = needs_recordings

ELSEWHERE = "another-machine/7/space/boot"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def run_once(job: str, source: RecordedSource, server: AppwriteServer, folder: Path) -> Ended:
    return await raceday(
        *("run-once", job, "--date", DAY, "--json"),
        **server.environment,
        APPWRITE_DATABASE_ID=server.database,
        NZTAB_API_BASE_URL=source.url,
        RACEDAY_DATA_DIR=str(folder),
    )


async def taken_elsewhere(appwrite: Appwrite, job: str | None = None) -> None:
    terms = LEASE_OF_JOB[job] if job else POLLER_LEASE
    await AppwriteLeases(appwrite, SystemClock()).take(terms, ELSEWHERE, "its run", lambda _: False)


async def test_a_job_that_another_machine_does_is_refused_with_who_before_the_source_is_asked(
    recorded_source: RecordedSource, appwrite: Appwrite, appwrite_server: AppwriteServer, folder: Path
) -> None:
    await taken_elsewhere(appwrite, "meetings")
    appwrite_server.control.forget_traffic()
    ended = await run_once("meetings", recorded_source, appwrite_server, folder)
    assert (ended.status, ended.answer["status"]) == (5, "refused")
    assert "held by another-machine/7/space/boot since" in str(ended.answer["errors"])
    assert appwrite_server.control.requests.total() == 2, "one for the version of the tables, one for the leases"
    assert recorded_source.requests == []


async def test_a_job_lets_both_leases_go_and_its_rows_arrive(
    recorded_source: RecordedSource, appwrite: Appwrite, appwrite_server: AppwriteServer, folder: Path
) -> None:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    ended = await run_once("meetings", recorded_source, appwrite_server, folder)
    assert (ended.status, ended.answer["status"]) == (0, "ok")
    locks = appwrite_server.control.rows(appwrite_server.database, "function-locks")
    assert {row["status"] for row in locks.values()} == {"released"}
    assert len(appwrite_server.control.rows(appwrite_server.database, "meetings")) == 1


async def test_what_waited_since_before_another_machine_polled_is_not_sent_over_its_rows(
    recorded_source: RecordedSource, appwrite: Appwrite, appwrite_server: AppwriteServer, folder: Path
) -> None:
    (race_id, *_) = keep_meetings(recorded_source, "Awapuni Synthetic")
    ended = await run_once("meetings", recorded_source, appwrite_server, folder)
    assert ended.status == 0
    appwrite_server.control.down()
    assert (await run_once("entrants", recorded_source, appwrite_server, folder)).status == 4
    assert rows(folder / "raceday.db", "SELECT count(*) FROM outbox WHERE tableName = 'races'") != [(0,)]
    appwrite_server.control.up()
    await taken_elsewhere(appwrite)
    path = f"/tablesdb/{appwrite_server.database}/tables/races/rows/{race_id}"
    assert appwrite_server.send("PATCH", path, {"data": {"name": "as the other machine has it"}}).status_code == 200
    assert (await run_once("statuses", recorded_source, appwrite_server, folder)).status == 0
    told = appwrite_server.control.rows(appwrite_server.database, "races")[race_id]
    assert told["name"] == "as the other machine has it"
    assert rows(folder / "raceday.db", "SELECT name FROM races WHERE id = ?", race_id) == [(told["name"],)]
