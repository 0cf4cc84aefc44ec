"""Since when facts count for a race's slots, where a kill leaves it open whether an answer was taken."""

from datetime import timedelta

from tests.auditor.eras import Facts, confirmed_era, next_era
from tests.auditor.steps import Step
from tests.builders import NOW, START, later

FACTS = Facts(START, "Open", None)


def step(seconds: float, *, is_sure: bool = True) -> Step:
    return Step(since=later(seconds), until=later(seconds + 1), is_sure=is_sure)


def test_what_an_answer_told_that_may_not_have_been_taken_counts_for_sure_only_from_the_next_that_tells_it() -> None:
    perhaps = next_era(FACTS, step(0, is_sure=False))
    assert perhaps.earliest <= NOW
    assert perhaps.latest > later(1e6)
    still = confirmed_era(perhaps, step(60, is_sure=False))
    assert (still.earliest, still.latest, still.is_sure) == (perhaps.earliest, perhaps.latest, False)
    known = confirmed_era(still, step(140))
    assert (known.earliest, known.is_sure) == (perhaps.earliest, True)
    assert later(140) <= known.latest <= later(141) + timedelta(seconds=1)
