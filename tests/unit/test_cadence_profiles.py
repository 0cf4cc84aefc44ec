"""The cadences that ship here, and durations as people write them."""

from itertools import pairwise

import pytest

from raceday_daemon.cadence.durations import seconds_of, spelled_duration
from raceday_daemon.cadence.outline import outline
from raceday_daemon.cadence.profile import INTENSE, PROFILES, STANDARD, Extras, Profile, Step

STANDARD_OFFSETS = [
    *(-3600, -3300, -3000, -2700, -2400, -2100, -1800, -1500),
    *(-1200, -1080, -960, -840, -720),
    *(-600, -540, -480, -420, -360),
    *(-300, -285, -270, -255, -240, -225, -210, -195, -180, -165, -150, -135, -120, -105, -90, -75, -60, -45, -30, -15),
    0,
]


def test_the_standard_cadence_has_the_offsets_that_were_asked_for() -> None:
    assert outline(STANDARD)["offsets"] == STANDARD_OFFSETS


def test_the_intense_cadence_looks_every_60_s_then_30_s_from_t_15_then_15_s_from_t_5() -> None:
    expected = [*range(-3600, -900, 60), *range(-900, -300, 30), *range(-300, 1, 15)]
    assert outline(INTENSE)["offsets"] == expected


def test_an_edge_belongs_to_the_finer_step_and_the_start_to_the_last() -> None:
    ends = [(offsets[0], offsets[-1], offsets.step) for offsets in STANDARD.offsets_before]
    assert ends == [(-3600, -1500, 300), (-1200, -720, 120), (-600, -360, 60), (-300, 0, 15)]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_cadence_that_ships_here_leads_from_step_to_step_without_a_gap(profile: Profile) -> None:
    offsets = outline(profile)["offsets"]
    steps = {later - sooner for sooner, later in pairwise(offsets)}
    assert steps == {step.every_seconds for step in profile.before}
    assert (profile.window_seconds, profile.least_step_seconds) == (3600, 15)


def test_cadences_are_found_by_their_names() -> None:
    assert PROFILES == {"standard": STANDARD, "intense": INTENSE}


def test_without_extras_only_the_table_and_until_final_are_left() -> None:
    plain = STANDARD.without_extras()
    assert (plain.name, plain.before, plain.until_final_every_seconds) == ("standard", STANDARD.before, 300)
    assert plain.extras is None
    assert plain.without_extras() == plain


@pytest.mark.parametrize(
    ("extras", "least"),
    [
        (None, 120),
        (Extras(late_every_seconds=200, late_for_seconds=200, later_every_seconds=200, closed_every_seconds=200), 120),
        (Extras(late_every_seconds=100, late_for_seconds=200, later_every_seconds=200, closed_every_seconds=200), 100),
        (Extras(late_every_seconds=200, late_for_seconds=200, later_every_seconds=90, closed_every_seconds=200), 90),
        (Extras(late_every_seconds=200, late_for_seconds=200, later_every_seconds=200, closed_every_seconds=80), 80),
        (Extras(after_final_seconds=(600, 610)), 10),
        (Extras(after_abandoned_seconds=(600, 611)), 11),
        (Extras(after_final_seconds=(), after_abandoned_seconds=(5,)), 15),
    ],
)
def test_the_least_step_is_the_smallest_distance_of_two_looks_anywhere(extras: Extras | None, least: int) -> None:
    table = (Step(from_seconds=600, every_seconds=150), Step(from_seconds=300, every_seconds=150))
    assert Profile(name="x", before=table, until_final_every_seconds=120, extras=extras).least_step_seconds == least


def test_the_outline_says_what_happens_after_the_start() -> None:
    assert outline(STANDARD)["after"] == [
        {"while": "Open", "every_seconds": 15, "for_seconds": 1800},
        {"while": "Open", "every_seconds": 60},
        {"while": "Closed", "every_seconds": 60},
        {"while": "Interim", "every_seconds": 300},
        {"after": "Final", "at_seconds": [600, 1800]},
        {"after": "Abandoned", "at_seconds": [600]},
        {"give_up_after_start_seconds": 21600},
    ]


def test_the_outline_without_extras_is_the_table_and_every_5_minutes_until_final() -> None:
    plain = outline(STANDARD.without_extras())
    assert plain["offsets"] == STANDARD_OFFSETS
    assert plain["after"] == [
        {"while": "Open", "every_seconds": 300},
        {"while": "Closed", "every_seconds": 300},
        {"while": "Interim", "every_seconds": 300},
        {"give_up_after_start_seconds": 21600},
    ]


@pytest.mark.parametrize(
    ("spelled", "seconds"), [("15s", 15), ("90s", 90), ("1m", 60), ("90m", 5400), ("1h", 3600), ("24h", 86_400)]
)
def test_a_duration_is_read_and_spelled_in_its_largest_unit(spelled: str, seconds: int) -> None:
    assert seconds_of(spelled) == seconds
    assert spelled_duration(seconds) == spelled


@pytest.mark.parametrize("spelled", ["", "5", "m", "5 m", "5M", "1.5m", "-5m", "+5m", "5m\n", "5m30s", "1d", "٣m"])
def test_anything_else_is_no_duration(spelled: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds_of(spelled)


def test_a_duration_may_be_spelled_in_a_smaller_unit() -> None:
    assert (seconds_of("60m"), seconds_of("0s"), seconds_of("007s")) == (3600, 0, 7)
