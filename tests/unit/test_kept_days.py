"""From which racing day on rows are kept: by the date in Auckland, whatever its clocks do."""

from datetime import UTC, date, datetime

import pytest

from raceday_daemon.cadence.kept_days import KeptFrom, kept_from

NOON = datetime(2025, 7, 17, 0, tzinfo=UTC)
TODAY = date(2025, 7, 17)


def kept(now: datetime = NOON, history: int = 0, races: int = 0, notifications: int = 0) -> KeptFrom:
    return kept_from(now, history_days=history, races_days=races, notifications_days=notifications)


def test_nought_days_keep_all() -> None:
    assert kept() == KeptFrom(today=TODAY, history=None, races=None, notifications=None)


def test_so_many_days_before_today_are_kept() -> None:
    assert kept(history=1, notifications=7) == KeptFrom(
        today=TODAY, history=date(2025, 7, 16), races=None, notifications=date(2025, 7, 10)
    )


@pytest.mark.parametrize(
    ("history", "races", "first_of_history"),
    [(90, 30, date(2025, 6, 17)), (30, 90, date(2025, 6, 17)), (0, 30, date(2025, 6, 17))],
)
def test_history_goes_with_its_races_at_the_latest(history: int, races: int, first_of_history: date) -> None:
    assert kept(history=history, races=races).history == first_of_history


@pytest.mark.parametrize(
    ("now", "first"),
    [
        # 15:00 UTC is 03:00 in Auckland's winter, 04:00 in its summer, of the next day.
        (datetime(2025, 7, 16, 15, tzinfo=UTC), date(2025, 7, 16)),
        (datetime(2026, 1, 16, 15, tzinfo=UTC), date(2026, 1, 16)),
        # The day on which clocks go forward begins at 12:00 UTC, the one after it at 11:00.
        (datetime(2025, 9, 27, 11, 59, tzinfo=UTC), date(2025, 9, 26)),
        (datetime(2025, 9, 27, 12, 0, tzinfo=UTC), date(2025, 9, 27)),
        (datetime(2025, 9, 28, 10, 59, tzinfo=UTC), date(2025, 9, 27)),
        (datetime(2025, 9, 28, 11, 0, tzinfo=UTC), date(2025, 9, 28)),
        # And back: the day has 25 hours.
        (datetime(2026, 4, 4, 11, 0, tzinfo=UTC), date(2026, 4, 4)),
        (datetime(2026, 4, 5, 11, 59, tzinfo=UTC), date(2026, 4, 4)),
        (datetime(2026, 4, 5, 12, 0, tzinfo=UTC), date(2026, 4, 5)),
    ],
)
def test_the_day_is_that_of_auckland_also_where_clocks_change(now: datetime, first: date) -> None:
    assert kept(now, history=1).history == first
