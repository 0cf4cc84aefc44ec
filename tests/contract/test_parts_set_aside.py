"""A part of an answer that does not fit, or is meant to do harm, is set aside and told; all the rest is stored."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.commands.exits import Exit, exit_of
from raceday_daemon.model.job import JobRun
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, EVENT_ID, needs_recordings
from tests.workbench import keep_meetings, open_house, rows

pytestmark = needs_recordings

Change = Callable[[dict[str, Any]], None]

TREND = "data.tote_pools[4].tote_trends"


@pytest.fixture
def source(recorded_source: RecordedSource) -> RecordedSource:
    """The seven races of one meeting."""
    keep_meetings(recorded_source, "Awapuni Synthetic")
    return recorded_source


async def entrants_of(source: RecordedSource, folder: Path, change: Change) -> JobRun:
    """Import a day of which one race's answer is changed, and give the run of its entrants."""
    source.changes[EVENT_ID] = change
    async with open_house(folder, source.url) as house:
        runs = await house.runner().run("all", date.fromisoformat(DAY))
    assert exit_of(runs) is Exit.SOME_FAILED
    return next(one for one in runs if one.job == "entrants")


def share_methods(folder: Path) -> list[Any]:
    """Read how each stored runner of that race has got its share of the pool."""
    query = "SELECT shareMethod FROM entrants WHERE raceId = ?"
    return [method for (method,) in rows(folder / "raceday.db", query, EVENT_ID)]


def broken_runner(answer: dict[str, Any]) -> None:
    answer["data"]["runners"][3]["runner_number"] = "four"


def runner_twice(answer: dict[str, Any]) -> None:
    answer["data"]["runners"].append(answer["data"]["runners"][0])


def win_trend(xml: str) -> Change:
    def change(answer: dict[str, Any]) -> None:
        win = next(pool for pool in answer["data"]["tote_pools"] if pool["product_type"] == "Win")
        win["tote_trends"] = {"tote_trends_data": xml}

    return change


@pytest.mark.parametrize(
    ("change", "where", "methods"),
    [
        pytest.param(broken_runner, "data.runners[3]", ["hold_percentage"] * 7, id="a runner that does not fit"),
        pytest.param(runner_twice, "data.runners[8]", ["tote_odds"] * 8, id="a runner twice"),
        pytest.param(win_trend("<meetings><m"), TREND, ["tote_odds"] * 8, id="truncated XML"),
    ],
)
async def test_a_part_that_does_not_fit_is_set_aside_and_told(
    source: RecordedSource, tmp_path: Path, change: Change, where: str, methods: list[str]
) -> None:
    entrants = await entrants_of(source, tmp_path, change)
    assert (entrants.status, entrants.processed, entrants.failed) == ("partial", 7, 1)
    assert [(one.item, one.kind) for one in entrants.errors] == [(f"Awapuni Synthetic R1 {where}", "set_aside")]
    assert share_methods(tmp_path) == methods


def billion_laughs(levels: int = 12, copies: int = 10) -> str:
    """Define each entity as ten of the one before: less than a kilobyte that means two terabytes."""
    laughs = [f'<!ENTITY l{level} "{f"&l{level - 1};" * copies}">' for level in range(1, levels + 1)]
    return f'<!DOCTYPE m [<!ENTITY l0 "ha">{"".join(laughs)}]><meetings>&l{levels};</meetings>'


def quadratic_blowup(characters: int = 200_000, copies: int = 80_000) -> str:
    """Name one long entity again and again: short enough to be read at all, and it means sixteen gigabytes."""
    return f'<!DOCTYPE m [<!ENTITY q "{"q" * characters}">]><meetings>{"&q;" * copies}</meetings>'


@pytest.mark.parametrize("bomb", [billion_laughs(), quadratic_blowup()], ids=["billion laughs", "quadratic blowup"])
async def test_an_entity_bomb_is_set_aside_because_it_defines_entities_at_all(
    source: RecordedSource, tmp_path: Path, bomb: str
) -> None:
    entrants = await entrants_of(source, tmp_path, win_trend(bomb))
    assert (entrants.status, entrants.processed, entrants.failed) == ("partial", 7, 1)
    (error,) = entrants.errors
    assert (error.item, error.kind) == (f"Awapuni Synthetic R1 {TREND}", "set_aside")
    assert "DTDForbidden" in error.message, "not for its length, nor by the parser's own guess of how far it grows"
    assert share_methods(tmp_path) == ["tote_odds"] * 8
