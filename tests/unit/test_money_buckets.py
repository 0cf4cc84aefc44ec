"""The time to a start as the history of money counts it: buckets, whole minutes, and names of how often is looked."""

import pytest

from raceday_daemon.market.money_flow import bucket, interval_type, whole_minutes

MINUTE = 60.0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1e9, 60),
        (60 * MINUTE, 60),
        (60 * MINUTE - 0.000_001, 55),
        (55 * MINUTE, 55),
        (55 * MINUTE - 0.001, 50),
        (25 * MINUTE, 25),
        (20 * MINUTE, 20),
        (20 * MINUTE - 1, 15),
        (10 * MINUTE, 10),
        (10 * MINUTE - 0.5, 5),
        (5 * MINUTE, 5),
        (5 * MINUTE - 0.001, 4),
        (4 * MINUTE, 4),
        (4 * MINUTE - 1, 3),
        (2 * MINUTE, 2),
        (2 * MINUTE - 1, 1),
        (MINUTE, 1),
        (MINUTE - 0.001, 0),
        (0.001, 0),
        (0, 0),
        (-0.001, 0),
        (-59, 0),
        (-59.999_999, 0),
        (-MINUTE, -1),
        (-119.999, -1),
        (-2 * MINUTE, -2),
        (-9 * MINUTE, -9),
        (-599.999, -9),
        (-10 * MINUTE, -10),
        (-11 * MINUTE, -10),
        (-1e9, -10),
    ],
)
def test_a_bucket_reaches_from_its_minute_to_the_next_on_both_sides_of_the_start(seconds: float, expected: int) -> None:
    assert bucket(seconds) == expected


def test_there_are_twenty_seven_buckets() -> None:
    found = {bucket(seconds / 2) for seconds in range(-3600, 10_000)}
    assert found == {*range(60, 4, -5), *range(4, -11, -1)}
    assert len(found) == 27


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (7200, "5m"),
        (1200.001, "5m"),
        (1200, "2m"),
        (600.001, "2m"),
        (600, "1m"),
        (300.001, "1m"),
        (300, "15s"),
        (0.001, "15s"),
        (0, "15s"),
        (-0.001, "live"),
        (-3600, "live"),
    ],
)
def test_the_interval_type_changes_at_20_10_and_5_minutes_and_right_after_the_start(
    seconds: float, expected: str
) -> None:
    assert interval_type(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(600, 10), (599.9, 9), (61, 1), (59.9, 0), (-59.9, 0), (-60, -1), (-119, -1), (-3600, -60)]
)
def test_minutes_to_the_start_are_whole_and_truncated_towards_zero(seconds: float, minutes: int) -> None:
    assert whole_minutes(seconds) == minutes
