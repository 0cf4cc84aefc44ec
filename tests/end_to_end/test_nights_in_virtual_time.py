"""Cards that run past midnight in Auckland, the nights on which the clocks there change among them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.simulator.plan import RacePlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.store.rows import instant_text
from tests.end_to_end.card_in_time import CardInTime, card_in_time
from tests.workbench import rows

AUCKLAND = ZoneInfo("Pacific/Auckland")
BEFORE_START = tuple(chain.from_iterable(STANDARD.offsets_before))


@dataclass(frozen=True)
class Night:
    """An evening card by its date, its starts (UTC), and what the clock in Auckland shows at the start at 14:00 UTC."""

    day: date
    starts: tuple[str, ...]
    fourteen_hundred: str


NIGHTS = {
    "clocks go forward": Night(date(2025, 9, 27), ("11:30", "12:40", "13:40", "14:00", "14:20"), "2025-09-28 03:00"),
    "clocks go back": Night(date(2026, 4, 4), ("10:30", "11:40", "13:40", "14:00", "14:20"), "2026-04-05 02:00"),
    "an ordinary night": Night(date(2025, 7, 17), ("11:30", "11:55", "12:05", "14:00", "14:20"), "2025-07-18 02:00"),
}


@dataclass(frozen=True)
class Lived:
    """A night that has been lived through, from the morning before it to the afternoon after it."""

    night: Night
    card: CardInTime

    @property
    def of_the_night(self) -> list[RacePlan]:
        """Give the races of the evening card; one more is of the next day's."""
        return list(self.card.races[:-1])

    def jobs(self, *names: str) -> list[tuple[str, str, str, str]]:
        """Give the runs of some jobs: the job, the racing day, when begun, and the status."""
        runs = rows(
            self.card.folder / "ops.db", "SELECT job, racing_day, started_at, status FROM job_runs ORDER BY rowid"
        )
        return [run for run in runs if run[0] in names]


def at(day: date, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}Z").astimezone(UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=NIGHTS.values(), ids=NIGHTS.keys())
async def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    night: Night = request.param
    eve, morrow = night.day - timedelta(days=1), night.day + timedelta(days=1)
    starts = [*(at(night.day, start) for start in night.starts), at(morrow, "01:30")]
    plan = plan_of_starts(1, starts, plain=True)
    async with card_in_time(tmp_path_factory.mktemp("night"), plan, at(eve, "16:50")) as card:
        await card.live(at(morrow, "03:30"))
        yield Lived(night, card)


def test_the_card_is_of_the_evening_though_it_runs_past_midnight_and_the_change_of_the_clocks(lived: Lived) -> None:
    local = [race.start.astimezone(AUCKLAND) for race in lived.of_the_night]
    assert {start.date() for start in local} == {lived.night.day, lived.night.day + timedelta(days=1)}
    assert f"{local[3]:%Y-%m-%d %H:%M}" == lived.night.fourteen_hundred
    cards = rows(lived.card.folder / "raceday.db", "SELECT DISTINCT substr(date, 1, 10) FROM meetings ORDER BY 1")
    assert cards == [(f"{lived.night.day}",), (f"{lived.night.day + timedelta(days=1)}",)]


def test_every_slot_is_polled_once_and_none_is_missed(lived: Lived) -> None:
    for race in lived.card.races:
        slots = lived.card.slots(race)
        offsets = [(datetime.fromisoformat(due_at) - race.start).total_seconds() for due_at, _ in slots]
        assert tuple(offset for offset in offsets if offset <= 0) == BEFORE_START
        assert slots == lived.card.expected_slots(race)
        assert lived.card.missed(race) == []
    assert rows(lived.card.folder / "ops.db", "SELECT 1 FROM polls WHERE outcome NOT IN ('ok', 'unchanged')") == []


def test_every_race_is_polled_to_its_settlement(lived: Lived) -> None:
    for race in lived.card.races:
        assert [reason for _, reason in lived.card.slots(race)[-2:]] == ["10m after final", "30m after final"]
    assert rows(lived.card.folder / "raceday.db", "SELECT DISTINCT status FROM races") == [("Final",)]


def test_statuses_are_asked_for_every_quarter_under_the_cards_own_date_until_it_is_over(lived: Lived) -> None:
    day, morrow = lived.night.day, lived.night.day + timedelta(days=1)
    runs = [(ran_for, began) for _, ran_for, began, _ in lived.jobs("statuses")]
    # The slot before the two looks at what is settled is the one that found the race Final.
    over_at = max(lived.card.slots(race)[-3][0] for race in lived.of_the_night)
    quarters = [at(day - timedelta(days=1), "16:50")]
    quarters += [at(day - timedelta(days=1), "17:00") + timedelta(minutes=15) * place for place in range(100)]
    expected = [begun for quarter in quarters if (begun := instant_text(quarter)) <= over_at]
    assert [began for ran_for, began in runs if ran_for == f"{day}"] == expected
    # The next day's card is looked through from its import on.
    of_the_next = [began for ran_for, began in runs if ran_for == f"{morrow}"]
    assert (of_the_next[0], len(runs)) == (instant_text(at(day, "17:00")), len(expected) + len(of_the_next))


def test_the_daily_pipeline_runs_on_both_mornings_at_its_times_in_utc(lived: Lived) -> None:
    day, morrow = lived.night.day, lived.night.day + timedelta(days=1)
    runs = lived.jobs("meetings", "races", "entrants")
    for eve, ran_for in ((day - timedelta(days=1), day), (day, morrow)):
        times = {"meetings": "17:00", "races": "17:10", "entrants": "17:20"}
        for job, time in times.items():
            assert (job, f"{ran_for}", instant_text(at(eve, time)), "ok") in runs
            assert (job, f"{ran_for}", instant_text(at(eve, "20:30")), "ok") in runs
    # Beside these there is what the start caught up.
    assert len(runs) == 2 * 6 + 3
