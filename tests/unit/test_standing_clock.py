"""The clock of a replay stands where it was put."""

from datetime import timedelta

from raceday_daemon.ops.standing_clock import StandingClock
from tests.builders import NOW, later


def test_it_stands_at_an_instant_until_it_is_put_to_another() -> None:
    clock = StandingClock()
    clock.stand_at(NOW)
    assert (clock.now(), clock.now()) == (NOW, NOW)
    clock.stand_at(later(-60, NOW))
    assert clock.now() == NOW - timedelta(minutes=1)


def test_put_back_it_takes_back_no_time_that_has_passed() -> None:
    clock = StandingClock()
    clock.stand_at(NOW)
    before = clock.monotonic()
    clock.stand_at(later(-60, NOW))
    assert clock.monotonic() == before
    clock.stand_at(later(-58, NOW))
    assert clock.monotonic() == before + 2


async def test_who_sleeps_by_it_waits_for_nobody() -> None:
    clock = StandingClock()
    clock.stand_at(NOW)
    await clock.sleep(3_600)
    assert clock.now() == later(3_600, NOW)
