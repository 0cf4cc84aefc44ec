"""When a race is looked at, status by status, with the standard cadence; offsets are seconds from its start."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from raceday_daemon.cadence.profile import STANDARD, Extras, Profile, Step
from raceday_daemon.cadence.slots import RaceTimes, Slot, next_slot, slots_between
from tests.unit.test_cadence_profiles import STANDARD_OFFSETS

START = datetime(2025, 7, 17, 0, 50, tzinfo=UTC)
PLAIN = STANDARD.without_extras()
DAY = 86_400
HOUR = 3600
SIX_HOURS = 6 * HOUR


def at(offset: float) -> datetime:
    """Give the instant so many seconds from the advertised start."""
    return START + timedelta(seconds=offset)


def race(status: str = "Open", **facts: Any) -> RaceTimes:
    return RaceTimes(**{"start_time": START, "status": status, **facts})


def offsets(race: RaceTimes, after: float = -DAY, until: float = DAY, profile: Profile = STANDARD) -> list[float]:
    """Give the slots between two offsets, as offsets."""
    return [(slot.due_at - START).total_seconds() for slot in slots_between(profile, race, at(after), at(until))]


def reasons(race: RaceTimes, profile: Profile = STANDARD) -> dict[str, int]:
    """Give each reason that the race's slots ever have, with its step, soonest first."""
    return {slot.reason: slot.step_seconds for slot in slots_between(profile, race, at(-DAY), at(DAY))}


def following(after: float, status: str = "Open", profile: Profile = STANDARD, **facts: Any) -> tuple[float, str, int]:
    slot = next_slot(profile, race(status, **facts), at(after))
    assert slot is not None
    return (slot.due_at - START).total_seconds(), slot.reason, slot.step_seconds


def test_up_to_the_start_an_open_race_is_due_at_the_offsets_that_were_asked_for() -> None:
    assert offsets(race(), until=0) == STANDARD_OFFSETS
    assert offsets(race(), until=0, profile=PLAIN) == STANDARD_OFFSETS


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (-DAY, (-3600, "every 5m", 300)),
        (-3600.000001, (-3600, "every 5m", 300)),
        (-3600, (-3300, "every 5m", 300)),
        (-1500, (-1200, "every 2m", 120)),
        (-1499.5, (-1200, "every 2m", 120)),
        (-1200, (-1080, "every 2m", 120)),
        (-720, (-600, "every 1m", 60)),
        (-360, (-300, "every 15s", 15)),
        (-300, (-285, "every 15s", 15)),
        (-15, (0, "every 15s", 15)),
        (-0.000001, (0, "every 15s", 15)),
        (0, (15, "late, every 15s", 15)),
    ],
)
def test_a_slot_is_strictly_later_and_an_edge_belongs_to_the_finer_step(
    after: float, expected: tuple[float, str, int]
) -> None:
    assert following(after) == expected


def test_a_race_still_open_past_its_start_is_due_every_15_s_for_30_min_then_every_minute() -> None:
    expected = [*range(15, 1801, 15), *range(1860, SIX_HOURS + 1, 60)]
    assert offsets(race(), after=0) == expected
    assert list(reasons(race()))[-2:] == ["late, every 15s", "late, every 1m"]


@pytest.mark.parametrize("status", ["Delayed", "open", ""])
def test_a_status_that_nobody_knows_counts_as_open(status: str) -> None:
    assert offsets(race(status)) == offsets(race())


def test_a_closed_race_is_due_every_minute_on_a_grid_of_its_start() -> None:
    assert offsets(race("Closed"), after=70, until=300) == [120, 180, 240, 300]
    assert reasons(race("Closed")) == {"closed, every 1m": 60}


def test_a_race_closed_before_its_start_is_due_every_minute_too_but_not_before_the_window() -> None:
    assert offsets(race("Closed"), after=-130, until=60) == [-120, -60, 0, 60]
    assert offsets(race("Closed"))[0] == -3600


def test_an_interim_race_is_due_every_5_minutes_until_final() -> None:
    assert offsets(race("Interim"), after=0, until=1000) == [300, 600, 900]
    assert reasons(race("Interim")) == {"until final, every 5m": 300}


def test_a_race_that_was_run_before_its_advertised_start_leaves_the_table() -> None:
    assert offsets(race("Interim"), after=-400, until=300) == [-300, 0, 300]


@pytest.mark.parametrize("status", ["Open", "Closed", "Interim", "Delayed"])
def test_without_extras_every_status_has_the_table_and_then_every_5_minutes(status: str) -> None:
    assert offsets(race(status), profile=PLAIN) == [*STANDARD_OFFSETS, *range(300, SIX_HOURS + 1, 300)]
    assert list(reasons(race(status), PLAIN))[-1] == "until final, every 5m"


def test_a_final_race_is_looked_at_10_and_30_minutes_after_its_end() -> None:
    ended = race("Final", finalized_at=at(400.5))
    assert offsets(ended) == [1000.5, 2200.5]
    assert following(0, "Final", finalized_at=at(400)) == (1000, "10m after final", 60)
    assert following(1000, "Final", finalized_at=at(400)) == (2200, "30m after final", 60)
    assert next_slot(STANDARD, ended, at(2200.5)) is None


def test_an_abandoned_race_is_looked_at_once_more_10_minutes_later() -> None:
    assert offsets(race("Abandoned", abandoned_at=at(-7200))) == [-6600]
    assert reasons(race("Abandoned", abandoned_at=at(-7200))) == {"10m after abandoned": 60}


def test_the_end_that_counts_is_that_of_the_status() -> None:
    both = {"finalized_at": at(100), "abandoned_at": at(200)}
    assert offsets(race("Final", **both)) == [700, 1900]
    assert offsets(race("Abandoned", **both)) == [800]


@pytest.mark.parametrize(("status", "expected"), [("Final", [1500, 2700]), ("Abandoned", [1500])])
def test_a_race_that_was_over_when_first_seen_counts_from_its_import(status: str, expected: list[float]) -> None:
    assert offsets(race(status, imported_at=at(900))) == expected


@pytest.mark.parametrize("status", ["Final", "Abandoned"])
def test_a_race_that_is_over_since_nobody_knows_when_is_due_no_more(status: str) -> None:
    assert offsets(race(status)) == []


@pytest.mark.parametrize("status", ["Final", "Abandoned"])
def test_without_extras_a_race_that_is_over_is_due_no_more(status: str) -> None:
    assert offsets(race(status, finalized_at=at(100), abandoned_at=at(100), imported_at=at(0)), profile=PLAIN) == []


def test_a_race_imported_in_the_middle_is_due_from_then_on() -> None:
    assert offsets(race(imported_at=at(-290)), until=-240) == [-285, -270, -255, -240]
    assert offsets(race("Closed", imported_at=at(61)), until=200) == [120, 180]
    assert offsets(race("Final", imported_at=at(2000), finalized_at=at(900))) == [2700]


def test_a_slot_at_the_instant_of_the_import_is_due() -> None:
    assert offsets(race(imported_at=at(-300)), until=-280) == [-300, -285]
    assert offsets(race(imported_at=at(-299.999999)), until=-280) == [-285]


def test_what_came_before_the_import_does_not_matter_to_a_later_instant() -> None:
    assert following(-100, imported_at=at(-290)) == (-90, "every 15s", 15)


def test_a_moved_start_moves_every_slot_with_it() -> None:
    later = race(start_time=at(600))
    assert offsets(later, after=-100, until=120) == [0, 60, 120]
    assert offsets(later, until=600) == [offset + 600 for offset in STANDARD_OFFSETS]


def test_a_start_moved_forward_past_now_makes_the_race_late_at_once() -> None:
    assert following(-1000, start_time=at(-1003)) == (-988, "late, every 15s", 15)


@pytest.mark.parametrize("profile", [STANDARD, PLAIN], ids=["extras", "plain"])
@pytest.mark.parametrize("status", ["Open", "Closed", "Interim", "Delayed"])
def test_no_slot_is_later_than_six_hours_after_the_start(status: str, profile: Profile) -> None:
    assert offsets(race(status), profile=profile)[-1] == SIX_HOURS
    assert next_slot(profile, race(status), at(SIX_HOURS)) is None


def test_nor_is_a_look_after_the_end() -> None:
    assert offsets(race("Final", finalized_at=at(SIX_HOURS - 600))) == [SIX_HOURS]
    assert offsets(race("Abandoned", abandoned_at=at(SIX_HOURS - 599))) == []


def test_slots_between_begin_after_the_one_instant_and_go_up_to_the_other() -> None:
    assert offsets(race(), after=-60, until=-30) == [-45, -30]
    assert offsets(race(), after=-60, until=-46) == []
    assert offsets(race(), after=-30, until=-60) == []


def test_one_step_alone_is_a_table_too() -> None:
    coarse = Profile(name="coarse", before=(Step(from_seconds=100, every_seconds=50),), extras=Extras())
    assert offsets(race(), until=15, profile=coarse) == [-100, -50, 0, 15]
    assert offsets(race("Closed"), until=60, profile=coarse) == [-60, 0, 60]


def test_an_interval_longer_than_the_window_begins_at_the_start() -> None:
    short = Profile(name="short", before=(Step(from_seconds=30, every_seconds=15),))
    assert offsets(race("Closed"), until=60, profile=short) == [0, 60]


def test_a_slot_is_an_instant_in_utc() -> None:
    assert next_slot(STANDARD, race(), at(-61)) == Slot(at(-60), "every 15s", 15)
