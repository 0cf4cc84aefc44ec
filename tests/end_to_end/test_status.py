"""`status` and `coverage` beside a running daemon, after its end, and where there is nothing."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.model.job import OK
from raceday_daemon.store.records import open_records
from raceday_daemon.store.working_store import open_working_store
from tests.conftest import Ended, raceday
from tests.end_to_end.daemon import Daemon, running_daemon
from tests.fakes.live_source import bring_to_now
from tests.fakes.recorded_source import RecordedSource
from tests.figures import at, by_label, figures_of
from tests.recordings import needs_recordings

pytestmark = needs_recordings

Files = dict[str, tuple[int, int]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    return bring_to_now(recorded_source, "Awapuni Synthetic", first_start=60)


@pytest.fixture
async def daemon(recorded_source: RecordedSource, folder: Path, tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running_daemon(recorded_source, folder, tmp_path / "daemon.log") as daemon:
        yield daemon


async def look(folder: Path, *arguments: str, **environment: str) -> Ended:
    return await raceday(*arguments, **{"RACEDAY_DATA_DIR": str(folder), **environment})


def files_of(folder: Path) -> Files:
    return {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in folder.iterdir()}


async def test_a_running_daemon_tells_what_it_is_doing(races: list[str], daemon: Daemon, folder: Path) -> None:
    await daemon.watches(len(races))
    ended = await look(folder, "status", "--json")
    assert (ended.status, ended.err) == (0, "")
    told = ended.answer
    assert (told["running"], told["pid"], told["url"]) == (True, daemon.process.pid, daemon.url)
    assert told["racing_day"] == f"{racing_day(datetime.now(UTC))}"
    assert told["races_watched"] == len(races)
    assert {turn["race_id"] for turn in told["next_turns"]} <= set(races)
    first = told["next_turns"][0]
    assert first["race"].startswith("Awapuni Synthetic R")
    assert (first["status"], first["failures"]) == ("Open", 0)
    assert {run["job"]: run["status"] for run in told["activity"]["jobs"]} == dict.fromkeys(
        ("meetings", "races", "entrants", "statuses"), OK
    )
    assert told["activity"]["today"]["by_outcome"]["ok"] >= len(races)
    assert told["breakers"] == {"daily": "closed", "poll": "closed"}
    assert told["broken_races"] == []
    assert told["alerts"] == {"rules": 0, "invalid": 0, "today": 0, "newest": []}
    (up,) = [line for line in daemon.log if line["action"] == "up"]
    assert up["level"] == "INFO"
    assert re.fullmatch(
        rf"watching {up['races']} races(, next look \d\d:\d\d:\d\d NZ[SD]T)?; the page is at {daemon.url}",
        up["message"],
    )
    await daemon.says("watching" if up["races"] == 0 else "up")


async def test_people_read_times_in_their_zone_and_no_proxy_stands_between(
    races: list[str], daemon: Daemon, folder: Path
) -> None:
    await daemon.watches(len(races))
    surroundings = {"RACEDAY_TIMEZONE": "Asia/Tokyo", "http_proxy": "http://127.0.0.1:9"}
    status = await look(folder, "status", **surroundings)
    assert status.status == 0
    assert f"process {daemon.process.pid}, {daemon.url}" in status.out
    assert "times in Asia/Tokyo (JST)" in status.out
    assert "Awapuni Synthetic R1" in status.out
    coverage = await look(folder, "coverage", **surroundings)
    assert coverage.status == 0
    assert "told by the daemon" in coverage.out
    assert "times in Asia/Tokyo (JST)" in coverage.out
    assert f"{len(races)} races" in coverage.out


async def test_coverage_is_the_same_from_the_daemon_and_from_its_files(
    races: list[str], daemon: Daemon, folder: Path
) -> None:
    await daemon.watches(len(races))
    told = (await look(folder, "coverage", "--json")).answer
    assert told["running"] is True
    assert [race["race_id"] for race in told["races"]] == races
    await daemon.stop()
    from_files = (await look(folder, "coverage", "--json")).answer
    assert from_files["running"] is False
    assert [race["race_id"] for race in from_files["races"]] == races
    for slots in (told["totals"], from_files["totals"]):
        accounted = slots["polled"] + slots["failed"] + sum(slots["missed"].values()) + slots["without_record"]
        assert slots["due"] == accounted
    assert from_files["totals"]["polled"] >= told["totals"]["polled"]


@pytest.mark.parametrize(("number", "ends_well"), [(signal.SIGTERM, True), (signal.SIGKILL, False)])
async def test_the_files_of_a_daemon_that_is_gone_tell_its_last_doings_and_stay_as_they_are(
    races: list[str], daemon: Daemon, folder: Path, number: signal.Signals, ends_well: bool
) -> None:
    await daemon.watches(len(races))
    assert await daemon.stop(number) == (0 if ends_well else -number)
    before = files_of(folder)
    assert ("ops.db-wal" in before) is not ends_well

    told = (await look(folder, "status", "--json")).answer
    assert told["running"] is False
    assert (told["last_life"]["ended_at"] is not None) is ends_well
    assert told["last_life"]["last_alive_at"] >= told["last_life"]["began_at"]
    assert told["last_looks"][0]["race"].startswith("Awapuni Synthetic R")
    assert {run["job"] for run in told["activity"]["jobs"]} == {"meetings", "races", "entrants", "statuses"}
    words = await look(folder, "status")
    assert words.status == 0
    assert f"no daemon runs on {folder}; its files tell this" in words.out
    assert ("did not end as it should" in words.out) is not ends_well
    assert "no daemon runs: told by its files" in (await look(folder, "coverage")).out
    assert files_of(folder) == before


@pytest.mark.parametrize("command", ["status", "coverage"])
@pytest.mark.parametrize("there", [True, False])
async def test_a_folder_without_files_gives_a_sentence_and_gets_none(folder: Path, command: str, there: bool) -> None:
    if there:
        os.mkdir(folder)
    words = await look(folder, command)
    assert (words.status, words.out) == (1, "")
    assert words.err.strip() == (
        f"no daemon runs on {folder}, and its files tell nothing:"
        " there is no raceday.db (RACEDAY_DATA_DIR names the folder)"
    )
    told = await look(folder, command, "--json")
    assert (told.status, told.answer["running"]) == (1, False)
    assert told.answer["error"] == words.err.strip()
    assert [name for name in os.listdir(folder.parent) if name == folder.name] == ([folder.name] if there else [])
    assert not there or os.listdir(folder) == []


async def test_files_that_cannot_be_read_are_told_of_in_a_sentence(folder: Path) -> None:
    os.mkdir(folder)
    for name in ("raceday.db", "ops.db"):
        (folder / name).write_text("no database at all, " * 100)
    words = await look(folder, "status")
    assert words.status == 1
    assert "file is not a database" in words.err
    assert "Traceback" not in words.err


async def test_a_daemon_that_hangs_is_said_to_hang(races: list[str], daemon: Daemon, folder: Path) -> None:
    await daemon.watches(len(races))
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        words, told, coverage = await asyncio.gather(
            look(folder, "status"), look(folder, "status", "--json"), look(folder, "coverage")
        )
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    assert (words.status, told.status, coverage.status) == (1, 1, 1)
    assert words.err.strip() == (
        f"the daemon (process {daemon.process.pid}) hangs: {daemon.url}/livez was not answered within 2 s"
    )
    assert told.answer == {
        "running": True,
        "pid": daemon.process.pid,
        "since": told.answer["since"],
        "url": daemon.url,
        "error": words.err.strip(),
    }
    assert coverage.err == words.err
    await daemon.watches(len(races))
    assert (await look(folder, "status")).status == 0
    assert await daemon.stop() == 0


async def test_a_daemon_that_waits_after_crashes_lives_and_says_so(
    recorded_source: RecordedSource, folder: Path, tmp_path: Path
) -> None:
    records = await open_records(folder)
    for _ in range(8):
        await records.begin_life(datetime.now(UTC))
    await records.close()
    async with running_daemon(recorded_source, folder, tmp_path / "daemon.log") as daemon:
        await daemon.answers()
        await daemon.says("crash_loop")
        ended = await look(folder, "status")
        assert ended.status == 1
        why = "the daemon crashed again and again: it waits for 160 s before it begins"
        assert ended.err.strip() == f"the daemon (process {daemon.process.pid}) runs, but: {why}"
        assert await daemon.stop() == 0


async def test_a_port_in_use_is_refused_by_its_setting(
    recorded_source: RecordedSource, folder: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = running_daemon(recorded_source, folder, tmp_path / "daemon.log", RACEDAY_HTTP_PORT=str(port))
        async with refused as daemon:
            assert await daemon.end() == 2
    assert daemon.log_file.read_text().splitlines() == [
        f"RACEDAY_HTTP_PORT: port {port} of 127.0.0.1 is in use by another program;"
        " set another port, or 0 for any free one"
    ]
    # It counts as no crash: nothing had begun.
    assert not (folder / "ops.db").exists()


async def test_a_second_daemon_is_refused_for_the_folder_not_for_the_port(
    recorded_source: RecordedSource, daemon: Daemon, folder: Path, tmp_path: Path
) -> None:
    await daemon.answers()
    port = daemon.url.rpartition(":")[2]
    async with running_daemon(recorded_source, folder, tmp_path / "2.log", RACEDAY_HTTP_PORT=port) as second:
        assert await second.end() == 5
    assert f"held by process {daemon.process.pid}" in second.log_file.read_text()


@pytest.mark.parametrize("arguments", [("--watch",), ("--watch", "--json")])
async def test_watching_needs_a_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    ended = await look(folder, "status", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.strip() == "--watch draws in a terminal: without one, and with --json, leave it out"


async def test_a_day_without_races_is_told_plainly(folder: Path) -> None:
    await (await open_working_store(folder)).close()
    await (await open_records(folder)).close()
    ended = await look(folder, "coverage", "--date", "2001-02-03")
    assert ended.status == 0
    assert "no races of that day are known" in ended.out
    told: dict[str, Any] = (await look(folder, "coverage", "--date", "2001-02-03", "--json")).answer
    assert (told["running"], told["racing_day"], told["races"]) == (False, "2001-02-03", [])
    wrong = await look(folder, "coverage", "--date", "yesterday")
    assert (wrong.status, wrong.err.strip()) == (2, "--date yesterday: a day is written as 2025-07-17")
    assert os.listdir(folder)


async def test_a_running_daemon_is_ready_measured_and_shown_on_a_page(
    daemon: Daemon, races: list[str], folder: Path
) -> None:
    await daemon.watches(len(races))
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{daemon.url}/readyz") as answer:
            facts = await answer.json()
            assert (answer.status, {check["state"] for check in facts["checks"]}) == (200, {"ok"})
        async with session.get(f"{daemon.url}/metrics") as answer:
            figures = figures_of(await answer.text())
        async with session.get(f"{daemon.url}/status") as answer:
            assert (answer.status, f"{len(races)} races watched" in await answer.text()) == (200, True)
    assert at(figures, "races_watched") == len(races)
    assert at(figures, "job_runs_total", job_name="meetings", status="ok") == 1
    assert at(figures, "log_lines_dropped_total") == 0
    assert by_label(figures, "metrics_unread", "part") == {}
    healthy = await raceday("healthcheck", RACEDAY_DATA_DIR=str(folder))
    assert (healthy.status, healthy.out) == (0, f"the daemon (process {daemon.process.pid}) lives\n")
