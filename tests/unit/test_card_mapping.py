"""Meetings and their races, from the pages of /meetings and from one meeting's own answer."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.snapshot import DayCard, MeetingCard, RaceListing
from raceday_daemon.nztab.card_mapping import day_card, race_listings, single_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer, RaceListAnswer
from raceday_daemon.nztab.wanted import Wanted
from tests.builders import MEETING_ID, START, Document, answer, body, card_meeting, card_race, later, meetings

DAY = date(2025, 7, 17)
EVERYTHING = Wanted.of(("NZ", "AUS"), ("T", "H", "G"))


def day(*pages: Document, wanted: Wanted = EVERYTHING) -> DayCard:
    return day_card([decode(MeetingsAnswer, body(page)) for page in pages], DAY, wanted)


def one(sent: Document, meeting_id: str = MEETING_ID) -> MeetingCard:
    return single_card(*decode(MeetingsAnswer, body(sent)), meeting_id)


def ids(card: DayCard) -> list[str]:
    return [found.meeting.meeting_id for found in card.cards]


def test_a_meeting_and_its_race_are_mapped_whole() -> None:
    sent = card_meeting(
        1,
        card_race(
            1,
            tote_start_time="12:50:00",
            track_condition="Good4",
            distance="1700",
            weather="Fine",
            protest=True,
            protest_reason="Interference",
        ),
        state="NZ",
        track_condition="Good4",
        tote_status="Open",
    )
    card = one(meetings(sent))
    assert card.meeting == Meeting(
        meeting_id="meeting-1",
        meeting_name="Track 1",
        country="NZ",
        category="T",
        category_name="Thoroughbred Horse Racing",
        date=DAY,
        state="NZ",
        track_condition="Good4",
        tote_status="Open",
        data_source="nztab",
        api_generated_time=later(0.123),
    )
    assert card.races == (
        Race(
            race_id="race-1",
            meeting_id="meeting-1",
            name="Race 1",
            race_number=1,
            start_time=START,
            status="Open",
            tote_start_time="12:50:00",
            distance=1700,
            track_condition="Good4",
            weather="Fine",
            type="T",
            protest=True,
            protest_reason="Interference",
        ),
    )


@pytest.mark.parametrize("blank", ["absent", None, "", " "], ids=["absent", "null", "blank", "a space"])
def test_what_a_card_lacks_is_unknown(blank: str | None) -> None:
    texts = () if blank == "absent" else ("tote_start_time", "track_condition", "weather", "protest_reason")
    state = () if blank == "absent" else ("state", "track_condition", "tote_status")
    sent = card_meeting(1, card_race(1, **dict.fromkeys(texts, blank)), **dict.fromkeys(state, blank))
    assert one(meetings(sent)) == one(meetings(card_meeting(1)))
    assert one(meetings(sent)).meeting.tote_status is None


@pytest.mark.parametrize(
    ("sent", "field", "kept"),
    [
        ({"status": "FINAL"}, "status", "Final"),
        ({"status": "Postponed"}, "status", "Postponed"),
        ({"distance": ""}, "distance", None),
        ({"race_number": "3"}, "race_number", 3),
        ({"protest": None}, "protest", None),
        ({"start_time": "2025-07-17T12:50:00+12:00"}, "start_time", START),
    ],
    ids=str,
)
def test_a_card_races_values_come_in_many_spellings(sent: Document, field: str, kept: object) -> None:
    assert getattr(one(meetings(card_meeting(1, card_race(1, **sent)))).races[0], field) == kept


@pytest.mark.parametrize("races", [None, []], ids=["null", "empty"])
def test_a_meeting_may_have_no_races(races: Any) -> None:
    assert one(meetings(card_meeting(1, races=races))).races == ()


def test_a_race_that_is_listed_twice_is_taken_once() -> None:
    sent = card_meeting(1, card_race(1), card_race(2), card_race(1, name="Again"))
    assert [race.name for race in one(meetings(sent)).races] == ["Race 1", "Race 2"]


@pytest.mark.parametrize(
    "sent",
    [meetings(), meetings(card_meeting(2)), meetings(card_meeting(1), card_meeting(2)), answer({"meetings": None})],
    ids=["none", "another", "two", "null"],
)
def test_the_answer_for_a_meeting_must_hold_just_that_meeting(sent: Document) -> None:
    with pytest.raises(MisfitError, match="meeting-1"):
        one(sent)


def test_a_meeting_that_could_not_be_read_says_why_it_is_missing() -> None:
    with pytest.raises(MisfitError, match="country"):
        one(meetings(card_meeting(1, country=None)))


@pytest.mark.parametrize(
    ("countries", "categories", "kept"),
    [
        (("NZ",), ("T",), ["meeting-1"]),
        (("AUS",), ("T", "H"), ["meeting-2", "meeting-3"]),
        (("AU",), ("T", "H"), ["meeting-2", "meeting-3"]),
        (("nz", "au"), ("h",), ["meeting-3"]),
        (("NZ", "AUS"), ("G",), []),
    ],
    ids=["NZ gallops", "AUS", "AU is AUS", "in small letters", "no dogs here"],
)
def test_only_wanted_countries_and_categories_make_cards(
    countries: tuple[str, ...], categories: tuple[str, ...], kept: list[str]
) -> None:
    page = meetings(
        card_meeting(1),
        card_meeting(2, country="AUS"),
        card_meeting(3, country="AUS", category="H"),
        card_meeting(4, country="AU"),
    )
    assert ids(day(page, wanted=Wanted.of(countries, categories))) == kept


def test_the_day_names_every_meeting_and_race_wanted_or_not() -> None:
    card = day(meetings(card_meeting(1), card_meeting(2, country="GBR")), meetings(card_meeting(3)))
    assert card.listed_ids == {"meeting-1", "race-1", "meeting-2", "race-2", "meeting-3", "race-3"}
    assert ids(card) == ["meeting-1", "meeting-3"]


def test_a_meeting_on_two_pages_is_taken_once() -> None:
    assert ids(day(meetings(card_meeting(1)), meetings(card_meeting(1), card_meeting(2)))) == ["meeting-1", "meeting-2"]


def test_meetings_with_another_label_than_the_day_are_left_out() -> None:
    page = meetings(card_meeting(1), card_meeting(2, date="2025-07-18T00:00:00Z"))
    assert ids(day(page)) == ["meeting-1"]


def test_a_label_is_a_date_whatever_the_instant_of_its_races() -> None:
    card = day(meetings(card_meeting(1, card_race(1, start_time="2025-07-17T17:02:00Z"))))
    assert card.cards[0].meeting.date == DAY
    assert card.cards[0].races[0].start_time == datetime(2025, 7, 17, 17, 2, tzinfo=UTC)


def test_a_race_that_does_not_fit_makes_its_meeting_doubtful_and_the_others_are_kept() -> None:
    broken = card_meeting(1, card_race(1), card_race(2, start_time="soon"), card_race(3))
    card = day(meetings(broken, card_meeting(4)))
    assert [race.race_id for race in card.cards[0].races] == ["race-1", "race-3"]
    assert card.doubtful_ids == {"meeting-1"}
    assert [part.where for part in card.cards[0].set_aside] == ["data.meetings[0].races[1]"]
    assert (card.complete, card.set_aside, card.cards[1].set_aside) == (True, (), ())


@pytest.mark.parametrize("races", [None, []], ids=["null", "empty"])
def test_a_meeting_listed_without_any_race_is_doubtful(races: Any) -> None:
    card = day(meetings(card_meeting(1, races=races), card_meeting(2)))
    assert card.doubtful_ids == {"meeting-1"}
    assert card.complete


def test_a_meeting_that_does_not_fit_makes_the_day_incomplete() -> None:
    card = day(meetings(card_meeting(1, name=""), card_meeting(2)))
    assert (card.complete, ids(card)) == (False, ["meeting-2"])
    assert [part.where for part in card.set_aside] == ["data.meetings[0]"]


def test_a_broken_race_is_reported_with_its_own_meeting_also_after_broken_meetings() -> None:
    page = meetings(
        card_meeting(1, name=""), card_meeting(2), card_meeting(3, country=""), card_meeting(4, card_race(4, id="?"))
    )
    card = day(page)
    assert card.doubtful_ids == {"meeting-4"}
    assert {found.meeting.meeting_id: len(found.set_aside) for found in card.cards} == {"meeting-2": 0, "meeting-4": 1}


def test_the_broken_races_of_a_broken_meeting_count_once() -> None:
    card = day(meetings(card_meeting(1, card_race(1, status=None), name=""), card_meeting(2)))
    assert [part.where for part in card.set_aside] == ["data.meetings[0]"]
    assert card.doubtful_ids == frozenset()


def test_a_day_without_meetings_has_no_cards() -> None:
    card = day(answer({"meetings": None}))
    assert (card.cards, card.listed_ids, card.complete) == ((), frozenset(), True)


@pytest.mark.parametrize("actual", [None, "", "2025-07-17T00:51:05Z"], ids=["null", "blank", "known"])
def test_the_list_of_starts_names_races(actual: str | None) -> None:
    sent = {"id": "race-1", "meeting_id": MEETING_ID, "number": 1, "name": "R", "actual_start": actual}
    read, _ = decode(RaceListAnswer, body(answer({"races": [{**sent, "advertised_start": "2025-07-17T00:50:00Z"}]})))
    assert race_listings(read) == (
        RaceListing(
            race_id="race-1",
            meeting_id=MEETING_ID,
            name="R",
            race_number=1,
            start_time=START,
            actual_start=later(65, START) if actual else None,
        ),
    )


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+13:00", "9999-12-31T23:59:59-12:00", 0, "2025"])
def test_a_race_with_an_impossible_start_is_set_aside(start: Any) -> None:
    card = one(meetings(card_meeting(1, card_race(1, start_time=start), card_race(2))))
    assert [race.race_id for race in card.races] == ["race-2"]
