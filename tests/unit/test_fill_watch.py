"""How full the outbox is, refused rows included: they wait for a person, and hold their races."""

from raceday_daemon.appwrite.fill_watch import FillWatch
from raceday_daemon.model.status import OnwardStatus


def state(waiting: int, refused: int) -> OnwardStatus:
    return OnwardStatus(waiting=waiting, oldest=None, refused=refused, left_out=0)


def test_refused_rows_take_room_as_those_do_that_wait() -> None:
    told: list[bool] = []
    watch = FillWatch(100, told.append)
    for waiting, refused in ((60, 39), (60, 40), (60, 35), (0, 91), (0, 89)):
        watch.judge(state(waiting, refused))
    assert told == [True, False]
