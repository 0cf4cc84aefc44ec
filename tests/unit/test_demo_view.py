"""What a demo shows fits the terminal: the odds of the next race and what was told last come first."""

import pytest

from raceday_daemon.views.demo import fitted


@pytest.mark.parametrize(
    ("height", "races", "runners", "shown"),
    [
        (24, 12, 6, (3, 6, 3, 0)),
        (24, 12, 8, (3, 8, 1, 0)),
        (24, 12, 24, (3, 8, 1, 0)),
        (20, 12, 24, (3, 7, 0, 0)),
        (30, 12, 11, (3, 11, 3, 0)),
        (34, 12, 11, (3, 11, 3, 4)),
        (45, 12, 16, (8, 16, 4, 4)),
        (60, 12, 24, (8, 24, 6, 8)),
        (60, 2, 10, (2, 10, 6, 8)),
        (24, 0, 0, (0, 0, 6, 5)),
        (5, 12, 24, (3, 2, 0, 0)),
    ],
)
def test_the_lines_of_a_terminal_are_shared_out(
    height: int, races: int, runners: int, shown: tuple[int, int, int, int]
) -> None:
    fit = fitted(height, races, runners)
    assert (fit.races, fit.runners, fit.told, fit.events) == shown


def test_where_there_is_room_for_the_least_no_more_lines_are_taken_than_there_are() -> None:
    for height in range(15, 80):
        for races in range(12):
            for runners in range(1, 25):
                fit = fitted(height, races, runners)
                told = 2 + fit.told if fit.told else 0
                assert 10 + fit.races + fit.runners + told + (1 + fit.events if fit.events else 0) <= height
