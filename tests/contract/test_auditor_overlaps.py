"""Looks at one race that overlap: the auditor gives each the answer that came while it went on, as they ended."""

from datetime import datetime, timedelta

from raceday_daemon.simulator.faults import Fault
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.served import Served
from raceday_daemon.simulator.server import Simulator
from tests.auditor.answers import EVENTS, Document, Request
from tests.auditor.finding import What
from tests.auditor.matched_looks import MatchedLooks, match_looks
from tests.auditor.records import Poll, Records
from tests.fakes.clock import FakeClock
from tests.simulated import EVERYTHING, FIRST

PLAN = plan_day(1, FIRST)
RACE = PLAN.races[0].race_id
SIMULATOR = Simulator(PLAN, FakeClock())


def at(seconds: float) -> datetime:
    return FIRST - timedelta(minutes=3) + timedelta(seconds=seconds)


def asked(place: int, seconds: float, fault: Fault | None = None) -> Request:
    made_at, question = SIMULATOR.refreshed_at(at(seconds)), (EVENTS + RACE, EVERYTHING)
    served = Served(
        path=question[0],
        query_string=question[1],
        at=at(seconds),
        generated_time=made_at,
        status=503 if fault else 200,
        fault=fault,
        answered=question,
    )
    return Request(place, served)


def look(place: int, began: float, ended: float, outcome: str = "ok") -> Poll:
    return Poll(
        place=place,
        race_id=RACE,
        due_at=None,
        began_at=at(began),
        ended_at=at(ended),
        reason="by hand",
        outcome=outcome,
        race_status="Open",
        rows_written=1,
        error=None,
    )


def document(request: Request) -> Document:
    found = SIMULATOR.document(request.served)
    assert found
    return found


def matched(requests: list[Request], *looks: Poll, killed: bool = False) -> MatchedLooks:
    lives = [(at(-60), None if killed else at(60))]
    return match_looks(requests, looks, Records({RACE: looks}, [], lives), document)


def pairs(found: MatchedLooks) -> list[tuple[int | None, int]]:
    return [(step.look.place if step.look else None, step.request.place) for step in found.steps]


def test_a_second_try_belongs_to_the_look_that_still_went_on() -> None:
    requests = [asked(0, 0, Fault.UNAVAILABLE), asked(1, 0.2), asked(2, 1.1)]
    found = matched(requests, look(10, 0, 1.5), look(11, 0.2, 0.9))
    assert pairs(found) == [(11, 1), (10, 2)]
    assert found.findings == []


def test_a_look_that_ended_later_took_its_answer_later_though_it_asked_first() -> None:
    found = matched([asked(0, 0), asked(1, 0.2)], look(10, 0, 2), look(11, 0.2, 0.9))
    assert pairs(found) == [(11, 1), (10, 0)]
    assert found.findings == []


def test_a_look_that_no_answer_came_to_is_found_beside_one_that_took_two() -> None:
    found = matched([asked(0, 0), asked(1, 0.1)], look(10, 0, 1), look(11, 0.5, 0.9))
    assert {finding.what for finding in found.findings} == {What.RECORD_WITHOUT_ANSWER, What.WRONG_RECORD}


def test_a_look_cut_off_at_the_instant_of_another_is_explained_by_a_kill_alone() -> None:
    requests, recorded = [asked(0, 0), asked(1, 0)], look(10, 0, 0)
    assert [one.what for one in matched(requests, recorded).findings] == [What.WRONG_RECORD]
    killed = matched(requests, recorded, killed=True)
    assert killed.findings == []
    assert [(step.look is None, step.is_sure) for step in killed.steps] == [(True, False), (False, True)]
