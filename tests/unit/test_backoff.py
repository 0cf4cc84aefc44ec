"""How long something that fails is left alone."""

from raceday_daemon.ops.backoff import backoff_seconds


def test_pauses_double_up_to_the_longest_and_the_other_sides_wish_counts_up_to_five_minutes() -> None:
    pauses = [backoff_seconds(failures, 60, None) for failures in (1, 2, 3, 6, 7, 8, 5_000)]
    assert pauses == [1, 2, 4, 32, 60, 60, 60]
    assert backoff_seconds(1, 60, 7.5) == 7.5
    assert backoff_seconds(5, 60, 0.0) == 16
    assert backoff_seconds(1, 60, 86_400) == 300
