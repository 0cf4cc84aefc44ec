"""A race of today by the name that people call it, wherever a command takes an id; and what a shell offers for ids."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from raceday_daemon.cadence.racing_day import racing_day, racing_day_start
from raceday_daemon.cli import app
from raceday_daemon.commands import completion
from raceday_daemon.model.race import Race
from raceday_daemon.onlooker import races_known, runners_known
from raceday_daemon.store.working_store import FILE_NAME
from tests.builders import RACE_ID, entrant, meeting, race
from tests.conftest import Ended, raceday
from tests.contract.test_alert_commands import keep
from tests.fakes.live_source import bring_to_now
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import needs_recordings
from tests.workbench import rows


def today(**changes: object) -> Race:
    """Give a race of the racing day that it is while the test runs."""
    return race(start_time=racing_day_start(racing_day(datetime.now(UTC))) + timedelta(hours=12), **changes)


def command(*arguments: str) -> Ended:
    ended = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that the commands use, with a race of today and one of long ago."""
    old = race(race_id="old", race_number=2)
    keep(folder := tmp_path / "data", meeting(meeting_name="Te Rapa"), today(), old, entrant(3))
    monkeypatch.setenv("RACEDAY_DATA_DIR", str(folder))
    return folder


def wish(*where: str) -> Ended:
    return command("alerts", "add", "--user", "ann", "--type", "odds_below", "--threshold", "4.5", *where)


def test_a_rule_names_its_race_or_its_runner_as_people_do(folder: Path) -> None:
    assert wish("--race", "te rapa  r1").status == 0
    assert wish("--entrant", "Te Rapa R1 3").status == 0
    stored = rows(folder / FILE_NAME, "SELECT race, entrant FROM user_alert_configs WHERE userId = 'ann'")
    assert set(stored) == {(RACE_ID, None), (None, "runner-3")}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("poll", "Te Rapa R2"), "coverage --json"),
        (("poll", "Te Rapa R1 3"), "coverage --json"),
        (("alerts", "add", "--user", "a", "--type", "race_start", "--threshold", "60", "--race", "No R1"), "page"),
        (("alerts", "add", "--user", "a", "--type", "odds_below", "--entrant", "Te Rapa R1 4"), "`entrants`"),
    ],
)
def test_a_name_that_nothing_of_today_has_is_refused_and_where_ids_are_is_said(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    refused = command(*arguments)
    assert (refused.status, refused.out) == (2, "")
    assert "nothing on today's card is called so" in refused.err
    assert told in refused.err


def test_a_name_that_two_races_have_is_refused_with_their_ids(folder: Path) -> None:
    keep(folder, meeting(meeting_id="m2", meeting_name="Te Rapa"), today(race_id="twin", meeting_id="m2"))
    refused = command("poll", "Te Rapa R1")
    assert (refused.status, refused.out) == (2, "")
    assert "2 are called so" in refused.err
    assert {"twin", RACE_ID} <= set(refused.err.replace(",", " ").split())


def test_a_job_that_is_not_there_is_refused_with_those_that_are_and_its_help_breaks_none_of_them() -> None:
    refused = command("run-once", "statusses")
    assert (refused.status, refused.out) == (2, "")
    assert "'statusses' is no daily job; there are" in refused.err
    told = CliRunner().invoke(app, ["run-once", "--help"], env={"COLUMNS": "80"}).stdout
    assert all(job in told.split() for job in completion.JOBS)
    assert "statu " not in told


def test_what_can_be_no_id_is_refused_and_where_ids_are_is_said(folder: Path) -> None:
    refused = command("poll", "../x")
    assert (refused.status, refused.out) == (2, "")
    assert "can be no race's id" in refused.err
    assert "coverage --json" in refused.err


@needs_recordings
async def test_a_race_of_today_is_looked_at_by_its_name_and_its_start_is_told_in_the_zone(
    recorded_source: RecordedSource, tmp_path: Path
) -> None:
    bring_to_now(recorded_source, "Awapuni Synthetic", first_start=0)
    settings = {"NZTAB_API_BASE_URL": recorded_source.url, "RACEDAY_DATA_DIR": str(tmp_path / "data")}
    assert (await raceday("run-once", "meetings", **settings)).status == 0
    ended = await raceday("poll", "awapuni synthetic r1", RACEDAY_TIMEZONE="Australia/Perth", **settings)
    assert ended.status == 0
    assert f", starts {datetime.now(ZoneInfo('Australia/Perth')):%Y-%m-%d}" in ended.out
    assert " (Australia/Perth), Open" in ended.out


@needs_recordings
async def test_an_id_that_the_source_does_not_know_is_told_so_and_where_ids_are(
    recorded_source: RecordedSource, tmp_path: Path
) -> None:
    settings = {"NZTAB_API_BASE_URL": recorded_source.url, "RACEDAY_DATA_DIR": str(tmp_path / "data")}
    ended = await raceday("poll", "Matai", **settings)
    assert (ended.status, ended.out) == (1, "")
    told = ended.err.splitlines()[-1]
    assert told.startswith("there is no race Matai: a race's id is the end of its address on the page")
    assert "coverage --json" in told


def test_a_name_is_of_no_use_where_no_race_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACEDAY_DATA_DIR", str(tmp_path / "none"))
    refused = command("poll", "Te Rapa R1")
    assert (refused.status, refused.out) == (2, "")
    assert "there is no raceday.db (RACEDAY_DATA_DIR names the folder)" in refused.err
    assert completion.races("") == completion.runners("") == []


def test_a_shell_is_offered_the_ids_of_today_and_tomorrow_with_their_names(folder: Path) -> None:
    assert completion.races("") == [(RACE_ID, "Te Rapa R1 Maiden Plate")]
    assert completion.races("nothing") == []
    assert completion.runners("run") == [("runner-3", "Te Rapa R1 3 Horse 3")]
    keep(folder, replace(today(), race_id="later", start_time=today().start_time + timedelta(days=1)))
    assert [name for name, _ in completion.races("")] == [RACE_ID, "later"]


def test_races_that_left_the_card_are_not_known(folder: Path) -> None:
    now = datetime.now(UTC)
    keep(folder, today(withdrawn_at=now))
    assert races_known(folder, now) == runners_known(folder, now) == []
