"""What follows for a meeting from its races."""

import pytest

from raceday_daemon.market.meeting_summary import CardLine, next_race, summarised, with_track
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.snapshot import TrackDetails
from tests.builders import START, card_line, later, meeting

LEFT = TrackDetails(track_direction="Left", track_surface="Turf", rail_position="True")


def card(*statuses: str) -> tuple[CardLine, ...]:
    return tuple(card_line(number, status=status) for number, status in enumerate(statuses, 1))


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), "active"),
        (("Open", "Open"), "active"),
        (("Final", "Open"), "active"),
        (("Final", "Closed"), "active"),
        (("Final", "Interim"), "active"),
        (("Final", "Postponed"), "active"),
        (("Final", "Final"), "completed"),
        (("Final", "Abandoned"), "completed"),
        (("Abandoned", "Abandoned"), "abandoned"),
        (("Abandoned", "Open"), "active"),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value) or "no races",
)
def test_a_meeting_is_active_until_every_race_is_over(statuses: tuple[str, ...], status: str) -> None:
    assert summarised(meeting(), card(*statuses)).status == status


@pytest.mark.parametrize(
    ("statuses", "next_id"),
    [
        (("Open", "Open"), "race-1"),
        (("Final", "Open", "Open"), "race-2"),
        (("Final", "Closed", "Open"), "race-2"),
        (("Open", "Final"), "race-1"),
        (("Final", "Abandoned"), "race-2"),
    ],
    ids=["all to come", "one is over", "one is running", "the first is late", "all are over: the last"],
)
def test_the_next_race_is_the_first_that_is_not_over(statuses: tuple[str, ...], next_id: str) -> None:
    upcoming = next_race(card(*statuses))
    assert upcoming
    assert upcoming.race_id == next_id


def test_an_empty_card_has_no_next_race() -> None:
    assert next_race(()) is None


def test_the_next_race_goes_by_start_not_by_the_order_of_the_card() -> None:
    lines = [card_line(1, start_time=later(3600, START)), card_line(2, start_time=START)]
    assert next_race(lines) == lines[1]


def test_two_races_with_one_start_are_taken_in_an_order_that_is_always_the_same() -> None:
    lines = [card_line(2, start_time=START), card_line(1, start_time=START)]
    assert next_race(lines) == next_race(lines[::-1]) == lines[1]


def test_first_and_last_start_are_those_of_the_card_in_whatever_order_it_comes() -> None:
    lines = [card_line(2), card_line(3), card_line(1)]
    after = summarised(meeting(), lines)
    assert (after.first_race_start, after.last_race_start) == (START, later(3600, START))


def test_the_weather_is_that_of_the_next_race() -> None:
    lines = [card_line(1, status="Final", weather="Fine"), card_line(2, weather="Showery"), card_line(3)]
    assert summarised(meeting(), lines).weather == "Showery"


def test_a_card_that_loses_all_its_races_says_nothing_of_starts_and_weather() -> None:
    before = summarised(meeting(), [card_line(1, weather="Fine")])
    after = summarised(before, [])
    assert (after.status, after.first_race_start, after.last_race_start, after.weather) == ("active", None, None, None)


def test_the_rest_of_the_meeting_stays_as_it_was() -> None:
    before = meeting(track_condition="Good4", tote_status="Open", track_direction="Left")
    after = summarised(before, [card_line()])
    assert (after.track_condition, after.tote_status, after.track_direction) == ("Good4", "Open", "Left")


def direction(of: Meeting) -> tuple[str | None, str | None, str | None]:
    return of.track_direction, of.track_surface, of.rail_position


def test_the_next_races_answer_gives_the_meeting_its_track_details() -> None:
    assert direction(with_track(meeting(), LEFT, "race-1", card("Open", "Open"))) == ("Left", "Turf", "True")


def test_any_races_answer_gives_them_while_none_are_known() -> None:
    assert direction(with_track(meeting(), LEFT, "race-2", card("Open", "Open"))) == ("Left", "Turf", "True")


def test_another_races_answer_does_not_turn_them_back_and_forth() -> None:
    known = meeting(track_direction="Right")
    assert with_track(known, LEFT, "race-2", card("Open", "Open")) == known


def test_once_a_race_is_over_the_next_one_speaks_for_the_meeting() -> None:
    known = meeting(track_direction="Right", rail_position="Out 3m")
    assert direction(with_track(known, LEFT, "race-2", card("Final", "Open"))) == ("Left", "Turf", "True")


def test_what_the_next_race_does_not_say_is_unknown() -> None:
    known = meeting(track_direction="Right", rail_position="Out 3m")
    assert direction(with_track(known, TrackDetails(track_direction="Left"), "race-1", card("Open"))) == (
        "Left",
        None,
        None,
    )
