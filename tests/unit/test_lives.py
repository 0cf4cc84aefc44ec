"""How long a daemon that keeps crashing waits before its work."""

from collections.abc import Sequence

import pytest

from raceday_daemon.store.lives import Life, wait_after_crashes
from tests.builders import NOW, later


def lives(*ago: tuple[float, float, bool]) -> list[Life]:
    """Give lives, the newest first: began so many seconds ago, waited so long, ended as it should."""
    return [
        Life(later(-began, NOW), waited, later(-began, NOW) if ended_well else None)
        for began, waited, ended_well in ago
    ]


def crashes(*ago: float) -> list[Life]:
    """Give lives without a wait that ended badly."""
    return lives(*((began, 0, False) for began in ago))


WAITS = {
    "the first life": (crashes(), 0),
    "one crash": (crashes(2), 0),
    "two crashes in a row": (crashes(2, 4), 0),
    "three": (crashes(2, 4, 6), 5),
    "three, each at the end of a minute": (crashes(60, 120, 180), 5),
    "a long life before two crashes": (crashes(2, 4, 64.001), 0),
    "a long life that crashed in the end": (crashes(60.001, 62, 64), 0),
    "a good end just before": (lives((2, 0, True), (4, 0, False), (6, 0, False), (8, 0, False)), 0),
    "a good end before two crashes": (lives((2, 0, False), (4, 0, False), (6, 0, True), (8, 0, False)), 0),
    "a good end before three": (lives((2, 0, False), (4, 0, False), (6, 0, False), (8, 0, True)), 5),
    "the fourth, after five seconds' wait": (lives((7, 5, False), (9, 0, False), (11, 0, False), (13, 0, False)), 10),
    "a wait does not count as work": (lives((360, 300, False), *((400 + n, 0, False) for n in range(3))), 10),
    "a minute of work after the wait does": (lives((361, 300, False), *((400 + n, 0, False) for n in range(3))), 0),
    "killed while it waited": (lives((3, 300, False), (4, 0, False), (5, 0, False)), 5),
    "the clock was set back by an hour since": (crashes(-3600, -3598, -3596), 5),
}


@pytest.mark.parametrize(("before", "seconds"), WAITS.values(), ids=WAITS)
def test_the_wait_follows_from_the_crashes_in_a_row(before: Sequence[Life], seconds: float) -> None:
    assert wait_after_crashes(before, NOW) == seconds


def test_each_further_crash_doubles_the_wait_up_to_five_minutes() -> None:
    waits = [wait_after_crashes(crashes(*range(1, 1 + count)), NOW) for count in range(12)]
    assert waits == [0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_a_daemon_that_crashes_as_soon_as_it_works_comes_to_a_crash_every_five_minutes() -> None:
    lived: list[Life] = []
    now, waits = NOW, list[float]()
    for _ in range(30):
        waits.append(wait_after_crashes(lived[:20], now))
        lived.insert(0, Life(now, waits[-1], None))
        now = later(waits[-1] + 5, now)
    assert waits[:10] == [0, 0, 0, 5, 10, 20, 40, 80, 160, 300]
    assert set(waits[10:]) == {300}
