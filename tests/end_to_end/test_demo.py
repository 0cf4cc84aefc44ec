"""The demo as a process: a whole simulated day in seconds, the same one each time, and never among real races."""

import re
from pathlib import Path
from typing import Any

from tests.conftest import Ended, raceday
from tests.workbench import dump, rows


async def demo(folder: Path, speed: int, *more: str) -> Ended:
    """Live a small day to its end."""
    arguments = ("demo", "--speed", str(speed), "--races", "6", "--until-done", "--data-dir", str(folder), *more)
    return await raceday(*arguments, LOG_LEVEL="WARNING")


def facts(folder: Path) -> dict[str, list[Any]]:
    """Read all rows but those of the leases, which tell of the run itself."""
    return {table: found for table, found in dump(folder / "raceday.db").items() if table != "leases"}


async def test_a_day_is_lived_to_its_end_and_the_same_seed_gives_the_same_rows_at_any_speed(tmp_path: Path) -> None:
    first, second = await demo(tmp_path / "a", 1200), await demo(tmp_path / "b", 3600)
    other = await demo(tmp_path / "c", 3600, "--seed", "2")
    assert (first.status, second.status, other.status) == (0, 0, 0), first.err + second.err + other.err
    assert re.search(r"6 races \(1 Abandoned, 5 Final\)", first.out)
    assert facts(tmp_path / "a") == facts(tmp_path / "b")
    assert facts(tmp_path / "a")["odds_history"] != facts(tmp_path / "c")["odds_history"]
    assert len(facts(tmp_path / "a")["money_flow_history"]) > 1000
    missed = rows(tmp_path / "a" / "ops.db", "SELECT * FROM polls WHERE outcome IN ('missed', 'failed')")
    assert missed == []


async def test_the_next_demo_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    assert (await demo(tmp_path, 3600)).status == 0
    before = facts(tmp_path)
    assert (await demo(tmp_path, 3600)).status == 0
    assert facts(tmp_path) == before


async def test_a_folder_with_real_races_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "raceday.db").write_bytes(b"")
    ended = await demo(tmp_path, 3600)
    assert (ended.status, ended.out) == (2, "")
    assert "real races" in ended.err
    assert "--data-dir" in ended.err
    assert (tmp_path / "raceday.db").read_bytes() == b""


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
