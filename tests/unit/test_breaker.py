"""The breaker leaves a failing source alone, and finds out carefully whether it is back."""

from asyncio import CancelledError
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.model.errors import BreakerOpenError, NotFoundError, SourceAwayError
from raceday_daemon.nztab.breaker import FAILURES_TO_OPEN, REST_SECONDS, Breaker
from tests.fakes.clock import FakeClock

Call = AbstractContextManager[None]
Ending = Literal["succeeds", "fails", "is given up"]

FAILURES, REST = 3, 30


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(clock, FAILURES, REST)


def begin(breaker: Breaker) -> Call:
    """Begin a call, to be ended by `end`."""
    call = breaker.call()
    call.__enter__()
    return call


def end(call: Call, how: Ending) -> None:
    """End a call that was begun."""
    errors: dict[Ending, BaseException] = {"fails": SourceAwayError("away"), "is given up": CancelledError()}
    error = errors.get(how)
    call.__exit__(type(error) if error else None, error, None)


def fail(breaker: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        end(begin(breaker), "fails")


def succeed(breaker: Breaker) -> None:
    end(begin(breaker), "succeeds")


def refuses(breaker: Breaker) -> bool:
    """Ask to make a call, and give it up again if it may go."""
    try:
        call = begin(breaker)
    except BreakerOpenError:
        return True
    end(call, "is given up")
    return False


@pytest.mark.parametrize(
    ("events", "seconds_later", "state"),
    [
        ("", 0, "closed"),
        ("s", 0, "closed"),
        ("ff", 0, "closed"),
        ("ffsff", 0, "closed"),
        ("ffaf", 0, "open"),
        ("ffa", 0, "closed"),
        ("fff", 0, "open"),
        ("fff", REST - 0.001, "open"),
        ("fff", REST, "half_open"),
        ("fff", 10 * REST, "half_open"),
    ],
)
def test_the_state_follows_failures_in_a_row_and_the_rest(
    breaker: Breaker, clock: FakeClock, events: str, seconds_later: float, state: str
) -> None:
    endings: dict[str, Ending] = {"f": "fails", "s": "succeeds", "a": "is given up"}
    for event in events:
        end(begin(breaker), endings[event])
    clock.advance(seconds_later)
    assert breaker.state == state
    assert refuses(breaker) is (state == "open")


def test_by_itself_it_opens_after_five_failures_and_rests_for_half_a_minute(clock: FakeClock) -> None:
    breaker = Breaker(clock)
    fail(breaker, FAILURES_TO_OPEN - 1)
    assert breaker.state == "closed"
    fail(breaker, 1)
    assert breaker.state == "open"
    clock.advance(REST_SECONDS)
    assert breaker.state == "half_open"
    assert (FAILURES_TO_OPEN, REST_SECONDS) == (5, 30.0)


def test_a_refusal_says_how_often_the_source_failed_and_when_the_next_try_is(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker)
    clock.advance(12)
    with pytest.raises(BreakerOpenError, match=r"after 3 failures; next try in 18 s"):
        begin(breaker)


def test_a_refused_call_does_not_lengthen_the_rest(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker)
    clock.advance(REST - 1)
    assert refuses(breaker)
    clock.advance(1)
    assert not refuses(breaker)


def test_a_wall_clock_put_right_changes_nothing(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker)
    clock.set(clock.now() + timedelta(hours=1))
    assert breaker.state == "open"
    clock.set(clock.now() - timedelta(hours=2))
    clock.advance(REST)
    assert breaker.state == "half_open"


class TestAfterTheRest:
    @pytest.fixture(autouse=True)
    def _rested(self, breaker: Breaker, clock: FakeClock) -> None:
        fail(breaker)
        clock.advance(REST)

    def test_one_call_tries_and_the_others_are_refused_meanwhile(self, breaker: Breaker, clock: FakeClock) -> None:
        trying = begin(breaker)
        assert breaker.state == "half_open"
        for _ in range(3):
            with pytest.raises(BreakerOpenError, match="next try in 0 s"):
                begin(breaker)
            clock.advance(REST)
        end(trying, "succeeds")
        assert breaker.state == "closed"

    def test_a_success_closes_it_and_forgets_every_failure(self, breaker: Breaker) -> None:
        succeed(breaker)
        assert breaker.state == "closed"
        fail(breaker, FAILURES - 1)
        assert breaker.state == "closed"

    def test_one_failure_opens_it_for_a_whole_rest_again(self, breaker: Breaker, clock: FakeClock) -> None:
        fail(breaker, 1)
        assert breaker.state == "open"
        clock.advance(REST - 1)
        assert refuses(breaker)
        clock.advance(1)
        assert breaker.state == "half_open"

    def test_a_try_that_is_given_up_leaves_the_next_call_to_try(self, breaker: Breaker) -> None:
        end(begin(breaker), "is given up")
        assert breaker.state == "half_open"
        succeed(breaker)
        assert breaker.state == "closed"


@pytest.mark.parametrize("how", ["is given up", "fails"])
def test_the_end_of_a_call_from_before_does_not_let_a_second_one_try(
    breaker: Breaker, clock: FakeClock, how: Ending
) -> None:
    call_from_before = begin(breaker)
    fail(breaker)
    clock.advance(REST)
    trying = begin(breaker)
    end(call_from_before, how)
    clock.advance(REST)
    with pytest.raises(BreakerOpenError):
        begin(breaker)
    end(trying, "succeeds")
    assert breaker.state == "closed"


def test_a_source_that_asks_for_a_pause_gets_it_from_all_callers(breaker: Breaker, clock: FakeClock) -> None:
    breaker.rest(120)
    assert refuses(breaker)
    clock.advance(120)
    assert not refuses(breaker)


def test_a_pause_lasts_an_hour_at_most(breaker: Breaker, clock: FakeClock) -> None:
    breaker.rest(1e9)
    clock.advance(3600)
    assert not refuses(breaker)


def test_an_answer_that_does_not_fit_shows_that_the_source_is_there(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    with pytest.raises(NotFoundError), breaker.call():
        raise NotFoundError("no such race")
    fail(breaker, FAILURES - 1)
    assert breaker.state == "closed"


Event = tuple[str, int]
EVENTS = st.lists(
    st.tuples(st.just("call"), st.sampled_from([0, 1, 1, 2])) | st.tuples(st.just("wait"), st.integers(0, 2 * REST)),
    max_size=60,
)


@settings(deadline=None)
@given(EVENTS)
def test_calls_one_after_the_other_are_let_through_exactly_when_they_may_be(events: list[Event]) -> None:
    clock = FakeClock()
    breaker = Breaker(clock, FAILURES, REST)
    endings: tuple[Ending, ...] = ("succeeds", "fails", "is given up")
    failures_in_a_row, seconds_since_the_last = 0, 0
    for what, amount in events:
        if what == "wait":
            clock.advance(amount)
            seconds_since_the_last += amount
        elif failures_in_a_row >= FAILURES and seconds_since_the_last < REST:
            assert refuses(breaker)
        else:
            end(begin(breaker), endings[amount])
            if endings[amount] == "succeeds":
                failures_in_a_row = 0
            elif endings[amount] == "fails":
                failures_in_a_row, seconds_since_the_last = failures_in_a_row + 1, 0
        assert (breaker.state == "closed") is (failures_in_a_row < FAILURES)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["begins", "succeeds", "fails", "is given up", "wait"]), max_size=80))
def test_however_calls_overlap_none_is_let_through_before_the_rest_is_over(events: list[str]) -> None:
    clock = FakeClock()
    breaker = Breaker(clock, FAILURES, REST)
    under_way: list[Call] = []
    failures_in_a_row, seconds_since_the_last = 0, 0
    for event in events:
        may_go = failures_in_a_row < FAILURES or seconds_since_the_last >= REST
        if event == "begins":
            try:
                under_way.append(begin(breaker))
            except BreakerOpenError:
                assert failures_in_a_row >= FAILURES
            else:
                assert may_go
        elif event == "wait":
            clock.advance(REST // 3)
            seconds_since_the_last += REST // 3
        elif under_way:
            end(under_way.pop(0), event)  # type: ignore[arg-type]
            failures_in_a_row = {"succeeds": 0, "fails": failures_in_a_row + 1}.get(event, failures_in_a_row)
            seconds_since_the_last = 0 if event == "fails" else seconds_since_the_last
        assert (breaker.state == "closed") is (failures_in_a_row < FAILURES)
