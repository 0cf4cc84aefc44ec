"""Faults come as often as they are asked for, and to the same questions every time."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.faults import NO_FAULTS, Fault, Faults
from raceday_daemon.simulator.other_question import other_question
from raceday_daemon.simulator.planning import plan_day, plan_of_starts
from tests.simulated import FIRST

CHANCE = Chance.from_seed(1)
ASKED = 6000
ERRORS = {Fault.INTERNAL_ERROR, Fault.UNAVAILABLE, Fault.TOO_MANY, Fault.HANG_UP}
GARBAGE = {Fault.HALF_BODY, Fault.BROKEN_JSON, Fault.PAGE}


def met(faults: Faults, chance: Chance = CHANCE, asked: int = ASKED) -> Counter[Fault | None]:
    return Counter(
        faults.at(chance, f"/events/{place % 40}", FIRST + timedelta(seconds=15 * (place // 40)))
        for place in range(asked)
    )


def test_without_switches_nothing_goes_wrong() -> None:
    assert met(NO_FAULTS) == {None: ASKED}


@pytest.mark.parametrize(
    ("switch", "faults"),
    [
        ("errors", ERRORS),
        ("timeouts", {Fault.TIMEOUT}),
        ("stalls", {Fault.STALL}),
        ("garbage", GARBAGE),
        ("wrong_day", {Fault.WRONG_DAY}),
    ],
)
def test_a_switch_brings_its_faults_as_often_as_it_says(switch: str, faults: set[Fault]) -> None:
    counted = met(replace(NO_FAULTS, **{switch: 0.1}))  # type: ignore[arg-type]
    assert set(counted) == {None, *faults}
    assert sum(counted[fault] for fault in faults) == pytest.approx(0.1 * ASKED, rel=0.15)
    for fault in faults:
        assert counted[fault] == pytest.approx(0.1 * ASKED / len(faults), rel=0.35)


def test_switches_do_not_take_from_each_other() -> None:
    counted = met(Faults(errors=0.1, timeouts=0.1, stalls=0.1, garbage=0.1, wrong_day=0.1))
    for faults in (ERRORS, GARBAGE, {Fault.TIMEOUT}, {Fault.STALL}, {Fault.WRONG_DAY}):
        assert sum(counted[fault] for fault in faults) == pytest.approx(0.1 * ASKED, rel=0.2)


def test_faults_depend_on_the_seed_the_path_and_the_second() -> None:
    faults = Faults(errors=0.5)
    drawn = [faults.at(CHANCE, "/x", FIRST + timedelta(seconds=n)) for n in range(100)]
    assert drawn == [faults.at(CHANCE, "/x", FIRST + timedelta(seconds=n, milliseconds=999)) for n in range(100)]
    for chance, path in ((Chance.from_seed(2), "/x"), (CHANCE, "/y")):
        assert drawn != [faults.at(chance, path, FIRST + timedelta(seconds=n)) for n in range(100)]


def test_in_an_outage_nothing_is_answered() -> None:
    faults = Faults(outages=((FIRST, FIRST + timedelta(minutes=5)),))
    during = {faults.at(CHANCE, "/x", FIRST + timedelta(seconds=n)) for n in range(300)}
    assert during == {Fault.HANG_UP, Fault.UNAVAILABLE}
    for outside in (timedelta(seconds=-1), timedelta(minutes=5)):
        assert faults.at(CHANCE, "/x", FIRST + outside) is None


@pytest.mark.parametrize("parts", [{"errors": -0.1}, {"errors": 0.6, "garbage": 0.5}])
def test_parts_that_are_no_parts_of_a_whole_are_refused(parts: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        replace(NO_FAULTS, **parts)  # type: ignore[arg-type]


def test_another_question_is_of_the_next_day_meeting_or_race() -> None:
    plan = plan_day(1, FIRST)
    first, second, *_ = (race.race_id for race in plan.races)
    last = plan.races[-1].race_id
    assert other_question(plan, f"/events/{first}", "enc=json") == (f"/events/{second}", "enc=json")
    assert other_question(plan, f"/events/{last}", "") == (f"/events/{first}", "")
    meeting, other, *_ = (one.meeting_id for one in plan.meetings)
    assert other_question(plan, f"/meetings/{meeting}", "") == (f"/meetings/{other}", "")
    assert other_question(plan, "/meetings", "date_from=2025-07-31&limit=5") == (
        "/meetings",
        "date_from=2025-08-01&limit=5",
    )


def test_there_is_not_always_another_question() -> None:
    plan = plan_of_starts(1, [FIRST])
    for path, query in (
        (f"/events/{plan.races[0].race_id}", ""),
        ("/meetings", ""),
        ("/meetings", "date_from=today"),
        ("/events/nobody", ""),
    ):
        assert other_question(plan, path, query) is None
