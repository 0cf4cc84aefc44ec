"""The `cadence` command, and commands that meet a cadence with a mistake."""

from pathlib import Path

import pytest

from raceday_daemon.cadence.outline import outline
from raceday_daemon.cadence.profile import INTENSE, STANDARD
from tests.conftest import raceday

OWN = '[mine.before]\n10m = "1m"\n[mine.after]\nafter_final = []\n'


async def test_cadence_as_json_is_one_object_with_offsets_and_what_happens_after() -> None:
    ended = await raceday("cadence", "--json")
    assert (ended.status, ended.err) == (0, "")
    assert ended.answer == outline(STANDARD)
    assert list(ended.answer) == ["profile", "offsets", "after"]


async def test_another_profile_is_shown_by_its_name() -> None:
    ended = await raceday("cadence", "--profile", "intense", "--json", RACEDAY_CADENCE_EXTRAS="false")
    assert ended.answer == outline(INTENSE.without_extras())


async def test_the_profile_in_force_is_shown_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    ended = await raceday("cadence", "--json", RACEDAY_CADENCE="mine", RACEDAY_CADENCE_FILE="own.toml")
    assert (ended.answer["profile"], ended.answer["offsets"]) == ("mine", list(range(-600, 1, 60)))


async def test_cadence_as_a_table_shows_each_step_what_follows_and_how_many_looks_there_are() -> None:
    ended = await raceday("cadence")
    assert (ended.status, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines() if line.strip()]
    assert lines[0][:3] == ["standard:", "39", "looks"]
    assert lines[2:6] == [
        ["T-60:00", "T-25:00", "5m", "8"],
        ["T-20:00", "T-12:00", "2m", "5"],
        ["T-10:00", "T-6:00", "1m", "5"],
        ["T-5:00", "start", "15s", "21"],
    ]
    assert [" ".join(words) for words in lines[7:]] == [
        "as long as Open every 15s for 30m",
        "then every 1m",
        "as long as Closed every 1m",
        "as long as Interim every 5m",
        "Final once more 10m and 30m after it",
        "Abandoned once more 10m after it",
        "not over 6h after the start given up",
    ]


async def test_a_table_without_looks_after_the_end_says_so(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    ended = await raceday("cadence", "--profile", "mine", RACEDAY_CADENCE_FILE="own.toml")
    assert [line.split() for line in ended.out.splitlines() if line.startswith("Final")] == [["Final", "not", "again"]]


async def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    ended = await raceday("cadence", "--profile", "wild", "--json")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "--profile: there is no table wild; there are intense, standard\n"


@pytest.mark.parametrize("command", [("config",), ("cadence", "--profile", "standard"), ("run-once", "meetings")])
async def test_every_command_refuses_a_file_with_a_mistake(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[mine.before]\n10m = "1m"\n5m = "40s"\n')
    ended = await raceday(*command, RACEDAY_CADENCE_FILE="own.toml")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith('RACEDAY_CADENCE_FILE: own.toml, line 3: "5m" to the start is no multiple of every 40s')
    assert not (tmp_path / "data").exists()


async def test_a_name_that_no_table_has_is_refused_by_every_command() -> None:
    ended = await raceday("config", RACEDAY_CADENCE="mine")
    assert ended.status == 2
    assert ended.err.startswith("RACEDAY_CADENCE: there is no table mine; there are intense, standard; allowed: ")
