"""What doesn't fit is set aside on its own, and the rest is kept as if it had never been there."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import EventAnswer, MeetingsAnswer, RaceListAnswer
from tests import builders

Document = dict[str, Any]


def read_event(document: Document) -> tuple[EventAnswer, tuple[SetAside, ...]]:
    return decode(EventAnswer, builders.body(document))


def read_meetings(document: Document) -> tuple[MeetingsAnswer, tuple[SetAside, ...]]:
    return decode(MeetingsAnswer, builders.body(document))


def places(set_aside: tuple[SetAside, ...]) -> list[str]:
    return [part.where for part in set_aside]


def full_event() -> Document:
    """Give an event with two of everything that may be set aside."""
    return builders.event(
        *(builders.runner(number, {"fixed_win": 2.5}) for number in (1, 2)),
        entrants=[builders.runner(number) for number in (1, 2)],
        results=[builders.placing(1, 1), builders.placing(2, 2)],
        dividends=[builders.dividend(), builders.dividend("Pool Place", 1.2)],
        money_tracker=builders.money(("runner-1", 40, 50), ("runner-2", 60, 50)),
        tote_pools=[builders.pool("Win", 100.5, "<x/>"), builders.pool("Place", 50.25, "<x/>")],
        big_bets=[builders.bet(), builders.bet(stake=2000)],
        biggest_bet=builders.bet(),
    )


def without(document: Document, *path: str | int) -> Document:
    """Give the document without the part at `path`."""
    rest = deepcopy(document)
    parent: Any = rest
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    return rest


def test_an_answer_that_fits_is_kept_whole() -> None:
    answer, set_aside = read_event(full_event())
    assert set_aside == ()
    assert [runner.name for runner in answer.data.runners or ()] == ["Horse 1", "Horse 2"]
    assert answer.data.biggest_bet is not None


def test_unknown_properties_do_no_harm_anywhere() -> None:
    document = full_event()
    for part in (document, document["header"], document["data"], document["data"]["runners"][0]):
        part["unheard_of"] = {"deep": [1, None, {"deeper": "x"}]}
    assert read_event(document) == read_event(full_event())


@pytest.mark.parametrize(
    ("path", "breaking", "reason"),
    [
        (("runners", 0), {"entrant_id": None}, "entrant_id: "),
        (("runners", 1), {"runner_number": "three"}, "runner_number: "),
        (("runners", 1), {"odds": {"fixed_win": -1}}, "odds.fixed_win"),
        (("runners", 1), {"name": ""}, "name: "),
        (("entrants", 0), {"entrant_id": "no id at all"}, "entrant_id: "),
        (("results", 1), {"position": -1}, "position: "),
        (("dividends", 0), {"dividend": "much"}, "dividend."),
        (("money_tracker",), {"entrants": "none"}, "entrants: "),
        (("money_tracker",), {"entrants": [{"entrant_id": "runner-1", "hold_percentage": -1}]}, "entrants[0]."),
        (("tote_pools", 0), {"total": "lots"}, "total."),
        (("tote_pools", 1), {"product_type": None}, "product_type: "),
        (("tote_pools", 0, "tote_trends"), {"tote_trends_data": {"xml": "<x/>"}}, "tote_trends_data: "),
        (("big_bets", 1), {"stake": None}, "stake: "),
        (("biggest_bet",), {"title": ""}, "title: "),
    ],
)
def test_one_broken_part_of_an_event_is_left_out_with_its_place_and_reason(
    path: tuple[str | int, ...], breaking: Document, reason: str
) -> None:
    document = full_event()
    part: Any = document["data"]
    for step in path:
        part = part[step]
    part.update(breaking)

    answer, set_aside = read_event(document)

    assert [part.path for part in set_aside] == [("data", *path)]
    assert set_aside[0].reason.startswith(reason)
    assert answer == read_event(without(full_event(), "data", *path))[0]


def test_a_broken_property_that_a_race_can_do_without_is_left_out_on_its_own() -> None:
    document = full_event()
    document["data"]["race"].update(distance="far", weather="fine", prize_monies=[1])
    answer, set_aside = read_event(document)
    assert places(set_aside) == ["data.race.distance", "data.race.prize_monies"]
    race = answer.data.race
    assert (race.distance, race.prize_monies, race.weather) == (None, None, "fine")


@pytest.mark.parametrize("broken", [None, 7, "x", [], {}])
def test_a_runner_that_is_no_runner_at_all_is_left_out(broken: Any) -> None:
    document = full_event()
    document["data"]["runners"][0] = broken
    answer, set_aside = read_event(document)
    assert places(set_aside) == ["data.runners[0]"]
    assert [runner.runner_number for runner in answer.data.runners or ()] == [2]


def test_a_broken_tote_trend_leaves_its_pool_in_place() -> None:
    document = full_event()
    document["data"]["tote_pools"][0]["tote_trends"] = ["<x/>"]
    answer, _ = read_event(document)
    assert answer.data.tote_pools is not None
    assert (answer.data.tote_pools[0].total, answer.data.tote_pools[0].tote_trends) == (100.5, None)


def test_a_pool_broken_twice_goes_with_its_tote_trend() -> None:
    document = full_event()
    document["data"]["tote_pools"][0].update(product_type=None, tote_trends=7)
    answer, set_aside = read_event(document)
    assert places(set_aside) == ["data.tote_pools[0]", "data.tote_pools[0].tote_trends"]
    assert [pool.product_type for pool in answer.data.tote_pools or ()] == ["Place"]


def test_a_part_with_two_faults_is_reported_once_by_its_first() -> None:
    document = full_event()
    document["data"]["runners"][1].update(entrant_id=None, name=None)
    _, set_aside = read_event(document)
    assert [str(part) for part in set_aside] == ["data.runners[1]: entrant_id: Input should be a valid string"]


def test_a_broken_race_of_a_meeting_leaves_the_meeting_and_its_other_races() -> None:
    card = builders.card_meeting(1, *(builders.card_race(number) for number in (1, 2, 3)))
    card["races"][1]["start_time"] = "soon"
    answer, set_aside = read_meetings(builders.meetings(card, builders.card_meeting(2)))
    assert places(set_aside) == ["data.meetings[0].races[1]"]
    assert [[race.id for race in meeting.races or ()] for meeting in answer.data.meetings or ()] == [
        ["race-1", "race-3"],
        ["race-2"],
    ]


def test_a_broken_meeting_goes_with_its_races() -> None:
    broken = builders.card_meeting(1, builders.card_race(1, status=""), country=None)
    answer, set_aside = read_meetings(builders.meetings(broken, builders.card_meeting(2)))
    assert places(set_aside) == ["data.meetings[0]", "data.meetings[0].races[0]"]
    assert [meeting.meeting for meeting in answer.data.meetings or ()] == ["meeting-2"]


def test_a_broken_race_of_the_plain_list_is_left_out() -> None:
    start = "2025-07-17T00:50:00Z"
    good = {"id": "race-1", "meeting_id": "m", "number": 1, "name": "R1", "advertised_start": start}
    document = builders.answer({"races": [good, {**good, "name": ""}, {**good, "id": "race-3"}]})
    answer, set_aside = decode(RaceListAnswer, builders.body(document))
    assert places(set_aside) == ["data.races[1]"]
    assert [race.id for race in answer.data.races or ()] == ["race-1", "race-3"]


BREAKABLE = [
    (name, place)
    for name in ("runners", "entrants", "results", "dividends", "tote_pools", "big_bets")
    for place in range(12)
]


@settings(deadline=None)
@given(st.sets(st.sampled_from(BREAKABLE)))
def test_whichever_parts_are_broken_the_others_are_read_as_if_those_had_not_been_there(
    broken: set[tuple[str, int]],
) -> None:
    document = full_event()
    for name in {name for name, _ in BREAKABLE}:
        document["data"][name] = [deepcopy(document["data"][name][place % 2]) for place in range(12)]
    remaining = deepcopy(document)
    for name, place in sorted(broken, reverse=True):
        document["data"][name][place] = {"broken": place}
        del remaining["data"][name][place]

    answer, set_aside = read_event(document)

    assert answer == read_event(remaining)[0]
    assert [part.path for part in set_aside] == [("data", *part) for part in sorted(broken)]
