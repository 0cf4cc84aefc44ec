"""Ten notifications a user and minute, and one more that says how many there would have been."""

from collections.abc import Iterable

from raceday_daemon.alerting.fold import MOST_A_MINUTE, Tally, folded
from raceday_daemon.model.alerts import Notification
from tests.builders import later


def wanted(count: int, seconds: float = 0) -> list[Notification]:
    return [
        Notification(
            notification_id=f"{seconds}-{number}",
            user_id="user-1",
            title="t",
            message="m",
            type="scratched",
            event_timestamp=later(seconds),
            created_at=later(seconds),
        )
        for number in range(count)
    ]


def tell(*looks: tuple[float, int]) -> list[list[str]]:
    """Tell so many at so many seconds, one after the other; give the messages of each, those told singly as `m`."""
    tally, told = Tally(), []
    for seconds, count in looks:
        notifications, tally = folded("user-1", wanted(count, seconds), tally, later(seconds))
        told.append([one.message for one in notifications])
    return told


def fold(count: str) -> str:
    return f"{count} within a minute, besides the 10 that you were told singly."


def test_ten_are_told_singly_and_the_rest_in_one() -> None:
    assert tell((0, 10)) == [["m"] * 10]
    assert tell((0, 11)) == [["m"] * 10 + [fold("1 more alert")]]
    assert tell((0, 1_010)) == [["m"] * 10 + [fold("1,000 more alerts")]]


def test_the_fold_grows_while_its_minute_lasts_and_is_one_row() -> None:
    assert tell((0, 12), (20, 3), (59, 1)) == [
        ["m"] * 10 + [fold("2 more alerts")],
        [fold("5 more alerts")],
        [fold("6 more alerts")],
    ]
    tally, ids = Tally(), set()
    for seconds in (0, 20, 59):
        notifications, tally = folded("user-1", wanted(12, seconds), tally, later(seconds))
        ids.add(notifications[-1].notification_id)
    assert len(ids) == 1


def test_after_a_minute_there_is_room_again_as_fast_as_the_old_ones_pass() -> None:
    assert [len(one) for one in tell((0, 4), (30, 9), (60, 9), (90, 9))] == [4, 7, 5, 7]


def test_in_no_sixty_seconds_are_more_than_ten_told_singly() -> None:
    looks = [(7.0 * step, step % 5) for step in range(100)]
    singly = [
        (seconds, sum(text == "m" for text in texts)) for (seconds, _), texts in zip(looks, tell(*looks), strict=True)
    ]
    for begin, _ in singly:
        assert sum(count for seconds, count in singly if begin <= seconds < begin + 60) <= MOST_A_MINUTE


def test_a_clock_set_back_leaves_nobody_without_news() -> None:
    assert tell((3_600, 10), (0, 2))[1] == ["m", "m"]


def test_no_users_alerts_are_lost_from_the_count() -> None:
    def told(texts: Iterable[str]) -> int:
        return sum(text == "m" for text in texts)

    looks = [(float(step), 3) for step in range(30)]
    texts = tell(*looks)
    assert sum(map(told, texts)) == 10
    assert texts[-1] == [fold("80 more alerts")]
