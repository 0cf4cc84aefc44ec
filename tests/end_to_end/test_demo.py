"""The demo as a process: a whole simulated day in seconds, the same one each time, and never among real races."""

import asyncio
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import Ended, own_surroundings, raceday
from tests.end_to_end.beside import end_of, limited
from tests.workbench import dump, rows


async def demo(folder: Path, speed: int = 3600, *more: str, races: int = 6, **environment: str) -> Ended:
    """Live a small day to its end."""
    wish = ("--speed", str(speed), "--races", str(races), "--until-done", "--data-dir", str(folder), *more)
    return await raceday("demo", *wish, LOG_LEVEL="WARNING", **environment)


def facts(folder: Path) -> dict[str, list[Any]]:
    """Read all rows but those of the leases, which tell of the run itself."""
    return {table: found for table, found in dump(folder / "raceday.db").items() if table != "leases"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a day that was lived to its end, and recorded."""
    folder = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as patch:
        own_surroundings(patch, folder)
        ended = await demo(folder / "data", RACEDAY_RECORD="true")
    assert ended.status == 0, ended.err
    return folder / "data"


@pytest.fixture
def demo_folder(lived: Path, tmp_path: Path) -> Path:
    """A demo's folder of this test's own."""
    return shutil.copytree(lived, tmp_path / "demo")


async def test_a_day_is_lived_to_its_end_and_the_same_seed_gives_the_same_rows_at_any_speed(
    lived: Path, tmp_path: Path
) -> None:
    first, other = await demo(tmp_path / "a", 1200), await demo(tmp_path / "c", 3600, "--seed", "2", races=2)
    assert (first.status, other.status) == (0, 0), first.err + other.err
    assert re.search(r"6 races \(1 Abandoned, 5 Final\)", first.out)
    assert facts(tmp_path / "a") == facts(lived)
    assert facts(tmp_path / "a")["odds_history"] != facts(tmp_path / "c")["odds_history"]
    assert len(facts(tmp_path / "a")["money_flow_history"]) > 1000
    told = Counter(kind for (kind,) in rows(tmp_path / "a" / "raceday.db", "SELECT type FROM notifications"))
    assert told.keys() >= {"odds_shortening", "odds_drift", "favourite_changed", "big_bet", "race_start"}
    assert "more_alerts" not in told, "which ones are left out would depend on who commits first"
    assert f"{told.total()} alerts: {told['big_bet']} big_bet, " in first.out
    missed = rows(tmp_path / "a" / "ops.db", "SELECT * FROM polls WHERE outcome IN ('missed', 'failed')")
    assert missed == []


async def test_the_next_demo_takes_the_place_of_the_one_before(demo_folder: Path) -> None:
    before = facts(demo_folder)
    assert (await demo(demo_folder)).status == 0
    assert facts(demo_folder) == before


async def test_a_folder_with_real_races_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "raceday.db").write_bytes(b"")
    ended = await demo(tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert "real races" in ended.err
    assert "--data-dir" in ended.err
    assert (tmp_path / "raceday.db").read_bytes() == b""


@pytest.mark.parametrize("name", ["ops.db", "recordings"])
async def test_records_and_recordings_of_real_races_are_left_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "2026-02-07").mkdir(parents=True)
    ended = await demo(tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert "real races" in ended.err
    assert (tmp_path / name / "2026-02-07").exists()


async def test_a_demo_that_has_ended_is_told_of_as_at_its_last_look(lived: Path) -> None:
    status = await raceday("status", RACEDAY_DATA_DIR=str(lived))
    assert "its races are made up" in status.out
    assert "racing day 2026-02-07" in status.out
    facts = (await raceday("status", "--json", RACEDAY_DATA_DIR=str(lived))).answer
    assert facts["is_demo"]
    assert facts["activity"]["today"]["by_outcome"]["ok"] > 100
    coverage = (await raceday("coverage", "--json", RACEDAY_DATA_DIR=str(lived))).answer
    assert len(coverage["races"]) == 6


@pytest.mark.parametrize("command", ["run", "run-once all", "poll race-1", "replay ."])
async def test_nothing_real_comes_into_a_demos_folder(demo_folder: Path, command: str) -> None:
    before = dump(demo_folder / "raceday.db")
    ended = await raceday(*command.split(), RACEDAY_DATA_DIR=str(demo_folder), RACEDAY_HTTP_PORT="0")
    assert (ended.status, ended.out) == (2, "")
    (sentence,) = ended.err.splitlines()
    assert "is a demo's" in sentence
    assert dump(demo_folder / "raceday.db") == before


async def test_a_recorded_demo_is_played_again_row_by_row_and_goes_with_the_next_one(
    demo_folder: Path, tmp_path: Path
) -> None:
    recordings, again = demo_folder / "recordings", tmp_path / "again"
    ended = await raceday("replay", str(recordings), RACEDAY_DATA_DIR=str(again), LOG_LEVEL="WARNING")
    assert ended.status == 0, ended.err
    # What jobs have done is in no recording, and neither are the demo's rules, nor whom they tell.
    besides = {"checkpoints", "user_alert_configs", "notifications"}
    besides |= {table for table in facts(again) if table.startswith("alert_")}
    played, lived = facts(again), facts(demo_folder)
    assert {table: played[table] for table in played.keys() - besides} == {
        table: lived[table] for table in lived.keys() - besides
    }
    assert (await demo(demo_folder, races=1)).status == 0
    assert list(recordings.iterdir()) == []


async def test_a_demo_whose_races_can_never_be_over_ends_too(tmp_path: Path) -> None:
    process_of_little = limited("RLIMIT_FSIZE", 2_000_000)
    process = await asyncio.create_subprocess_exec(
        *(*process_of_little, "-m", "raceday_daemon", "demo", "--speed", "3600", "--races", "2", "--until-done"),
        *("--data-dir", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    ended = await end_of(process)
    assert ended.status == 1, ended.err
    assert "2 races" in ended.out


async def test_wrong_options_are_refused_with_what_is_allowed(tmp_path: Path) -> None:
    for option, value in (
        ("--speed", "0"),
        ("--races", "0"),
        ("--races", "201"),
        ("--seed", "-1"),
        ("--port", "70000"),
    ):
        ended = await raceday("demo", option, value, "--data-dir", str(tmp_path / "x"))
        assert ended.status == 2
        assert option in ended.err
    assert not (tmp_path / "x").exists()
