"""An episode: when it begins, what is told in it, when it ends, and what waits for the last notification to cool."""

import pytest

from raceday_daemon.alerting.bands import SIX_BANDS, Band, band_of
from raceday_daemon.alerting.episodes import State, advanced, ended
from tests.builders import later

FRESH = State(rule_id="rule-1", target="runner-1", checksum=7)


def run(
    *values: float, threshold: float = 10.0, cooldown: int = 0, state: State = FRESH, every: float = 15.0
) -> tuple[str, State]:
    """Give the notifications of each evaluation, and the last state."""
    told = []
    for step, value in enumerate(values):
        state, is_told = advanced(
            state,
            threshold if value >= threshold else None,
            is_low=value < 0.8 * threshold,
            at=later(every * step),
            cooldown_seconds=cooldown,
        )
        told.append(is_told)
    return "".join("x" if one else "." for one in told), state


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((9.99,), "."),
        ((10,), "x"),
        ((10, 10, 50), "x.."),
        ((10, 7.9, 10), "x.."),
        ((10, 7.9, 7.9, 10), "x..x"),
        ((10, 8, 8, 8, 10), "x...."),
        ((10, 7.9, 8, 7.9, 10), "x...."),
        ((10, 7.9, 9, 7.9, 7.9, 10), "x....x"),
        ((0, 0, 12, 0, 0, 0, 0, 12), "..x....x"),
    ],
)
def test_one_notification_an_episode_which_ends_when_it_is_low_twice_in_a_row(
    values: tuple[float, ...], told: str
) -> None:
    assert run(*values)[0] == told


def test_an_episode_is_known_by_the_time_at_which_it_began() -> None:
    _, state = run(0, 12, 12, 12)
    assert (state.episode, state.fired_at) == (later(15), later(15))


def test_a_state_that_nothing_changes_is_the_same() -> None:
    _, state = run(12)
    again, _ = advanced(state, 10.0, is_low=False, at=later(15), cooldown_seconds=300)
    assert again == state


def test_within_the_cooldown_another_episode_waits_and_is_told_once_it_is_over_if_still_true() -> None:
    assert run(12, 0, 0, 12, 12, 12, 12, cooldown=60)[0] == "x...x.."
    assert run(12, 0, 0, 12, 0, 0, 12, cooldown=60)[0] == "x.....x"
    assert run(12, 0, 0, 12, 0, 0, 0, cooldown=600)[0] == "x......"


def test_a_race_that_leaves_open_ends_the_episode_and_the_cooldown_goes_on() -> None:
    _, state = run(12)
    over = ended(state)
    assert (over.episode, over.told, over.fired_at) == (None, None, later(0))
    assert run(12, state=over, cooldown=60)[0] == "."


def test_a_higher_bound_is_told_anew_whatever_the_cooldown_and_a_lower_one_never() -> None:
    state, told = FRESH, []
    for step, reached in enumerate((5.0, 10.0, 5.0, 10.0, 50.0, 25.0)):
        state, is_told = advanced(state, reached, is_low=False, at=later(step), cooldown_seconds=300)
        told.append(is_told)
    assert told == [True, True, False, False, True, False]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (4.999999, None),
        (5, "5-10"),
        (9.999999, "5-10"),
        (10, "10-15"),
        (15.13, "15-20"),
        (20, "20-25"),
        (24.99, "20-25"),
        (25, "25-50"),
        (41.67, "25-50"),
        (50, "50+"),
        (400, "50+"),
    ],
)
def test_a_bands_lower_end_is_in_and_its_upper_end_is_not(value: float, name: str | None) -> None:
    found = band_of(value, SIX_BANDS)
    assert (str(found) if found else None) == name


def test_between_bands_there_is_none_and_of_overlapping_ones_the_highest_counts() -> None:
    assert band_of(12, (Band(5, 10), Band(15, 20))) is None
    assert band_of(10, (Band(5, 10), Band(15, 20))) is None
    assert band_of(12, (Band(5, 20), Band(10, 15))) == Band(10, 15)
