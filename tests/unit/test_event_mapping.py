"""A race and its runners, from an event's answer: every spelling of the source that has caught someone out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.snapshot import TrackDetails
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import EventAnswer
from tests.builders import Document, answer, entrant, event, event_race, later, mapped, race, runner

LIST = [runner(1), runner(2)]
SENT_OF_A_RUNNER = (
    *("barrier", "is_scratched", "is_late_scratched", "is_emergency", "scratch_time", "jockey", "trainer_name"),
    *("silk_colours", "silk_url_64x64", "silk_url_128x128", "favourite", "mover"),
)
SENT_OF_A_RACE = (
    *("actual_start", "race_date_nz", "start_time_nz", "type", "distance", "weather", "track_condition"),
    *("track_surface", "silk_url", "silk_base_url", "entrant_count", "field_size", "positions_paid"),
    *("protest", "protest_reason", "track_direction", "rail_position"),
)


def runners_of(**data: Any) -> list[str]:
    return [one.entrant_id for one in mapped(answer({"race": event_race(), **data})).entrants]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"runners": LIST}, ["runner-1", "runner-2"]),
        ({"runners": LIST, "entrants": None}, ["runner-1", "runner-2"]),
        ({"runners": LIST, "entrants": []}, ["runner-1", "runner-2"]),
        ({"entrants": LIST}, ["runner-1", "runner-2"]),
        ({"entrants": LIST, "runners": None}, ["runner-1", "runner-2"]),
        ({"entrants": LIST, "runners": []}, ["runner-1", "runner-2"]),
        ({"entrants": LIST, "runners": [runner(3)]}, ["runner-1", "runner-2"]),
        ({"entrants": [], "runners": None}, []),
        ({}, []),
    ],
    ids=[
        *("runners alone", "entrants null", "entrants empty"),
        *(
            "entrants alone",
            "runners null",
            "runners empty",
            "both: entrants wins",
            "neither has any",
            "neither is there",
        ),
    ],
)
def test_runners_are_taken_from_the_list_that_has_them(data: Document, found: list[str]) -> None:
    assert runners_of(**data) == found


def test_a_runner_that_comes_twice_counts_once_and_is_reported() -> None:
    snapshot = mapped(event(runner(1, name="First"), runner(2), runner(1, name="Second")))
    assert [one.name for one in snapshot.entrants] == ["First", "Horse 2"]
    assert [str(part) for part in snapshot.set_aside] == ["data.runners[2]: entrant runner-1 is there twice"]


def test_a_runner_that_does_not_fit_is_set_aside_and_the_others_are_kept() -> None:
    snapshot = mapped(event(runner(1), runner(2, name=None), runner(3)))
    assert [one.entrant_id for one in snapshot.entrants] == ["runner-1", "runner-3"]
    assert [part.where for part in snapshot.set_aside] == ["data.runners[1]"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"fixed_win": 5}, 5.0),
        ({"fixed_win": 7.5}, 7.5),
        ({"fixed_win": "7.50"}, 7.5),
        ({"fixed_win": 0}, None),
        ({"fixed_win": 0.0}, None),
        ({"fixed_win": "0"}, None),
        ({"fixed_win": ""}, None),
        ({"fixed_win": None}, None),
        ({}, None),
        (None, None),
    ],
    ids=["int", "float", "text", "0", "0.0", "text 0", "blank", "null", "absent", "no odds"],
)
def test_a_price_is_a_number_or_none(sent: Document | None, kept: float | None) -> None:
    assert mapped(event(runner(1, sent))).entrants[0].fixed_win_odds == kept


@pytest.mark.parametrize(
    ("odds", "win", "place"),
    [
        ({"fixed_win": 5, "fixed_place": 1.8, "pool_win": 4.4, "pool_place": 1.5}, 5.0, 1.8),
        ({"fixed_win": 0, "fixed_place": 0, "pool_win": 4.4, "pool_place": 1.5}, 4.4, 1.5),
        ({"pool_win": 4.4}, 4.4, None),
        ({"fixed_place": 1.8}, None, 1.8),
        ({}, None, None),
    ],
    ids=["fixed first", "no fixed price", "pool win alone", "fixed place alone", "none"],
)
def test_the_odds_are_the_fixed_price_else_the_totes(odds: Document, win: float | None, place: float | None) -> None:
    (found,) = mapped(event(runner(1, odds))).entrants
    assert (found.win_odds, found.place_odds) == (win, place)


@pytest.mark.parametrize(
    ("sent", "field", "kept"),
    [
        ({"runner_number": "7"}, "runner_number", 7),
        ({"barrier": "3"}, "barrier", 3),
        ({"barrier": 0}, "barrier", 0),
        ({"barrier": ""}, "barrier", None),
        ({"scratch_time": 1752710000}, "scratch_time", 1752710000),
        ({"scratch_time": "1752710000"}, "scratch_time", 1752710000),
        ({"scratch_time": 0}, "scratch_time", None),
        ({"scratch_time": ""}, "scratch_time", None),
        ({"is_scratched": True}, "is_scratched", True),
        ({"is_scratched": False}, "is_scratched", False),
        ({"is_scratched": ""}, "is_scratched", None),
        ({"is_late_scratched": True}, "is_late_scratched", True),
        ({"is_emergency": True}, "is_emergency", True),
        ({"jockey": ""}, "jockey", None),
        ({"jockey": " "}, "jockey", None),
        ({"trainer_name": 7}, "trainer_name", "7"),
        ({"silk_url_64x64": ""}, "silk_url64", None),
        ({"silk_url_128x128": "https://s/1.png"}, "silk_url128", "https://s/1.png"),
        ({"favourite": True, "mover": False}, "favourite", True),
        ({"favourite": True, "mover": False}, "mover", False),
        ({"gear": {"12/11": "Gelding"}, "runner_change": ["x"], "weight": "60"}, "name", "Horse 1"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_runners_values_come_in_many_spellings(sent: Document, field: str, kept: object) -> None:
    (found,) = mapped(event(runner(1, **sent))).entrants
    assert getattr(found, field) == kept


@pytest.mark.parametrize("blank", ["absent", None, ""], ids=["absent", "null", "blank"])
def test_what_a_runner_lacks_is_unknown(blank: str | None) -> None:
    sent = {} if blank == "absent" else dict.fromkeys(SENT_OF_A_RUNNER, blank)
    (found,) = mapped(event(runner(1, **sent))).entrants
    assert found == entrant(1)


@pytest.mark.parametrize("blank", ["absent", None, ""], ids=["absent", "null", "blank"])
def test_what_a_race_lacks_is_unknown(blank: str | None) -> None:
    snapshot = mapped(event(race={} if blank == "absent" else dict.fromkeys(SENT_OF_A_RACE, blank)))
    assert snapshot.race == race()
    assert snapshot.track == TrackDetails()


@pytest.mark.parametrize(
    ("sent", "field", "kept"),
    [
        ({"distance": "1700"}, "distance", 1700),
        ({"actual_start": 1752713566}, "actual_start", datetime(2025, 7, 17, 0, 52, 46, tzinfo=UTC)),
        ({"actual_start": 0}, "actual_start", None),
        ({"actual_start": "0"}, "actual_start", None),
        ({"advertised_start": "1752713400"}, "start_time", datetime(2025, 7, 17, 0, 50, tzinfo=UTC)),
        ({"race_number": "9"}, "race_number", 9),
        ({"prize_monies": {"total_value": 17000}}, "total_prize_money", 17000),
        ({"prize_monies": {"total_value": "17000"}}, "total_prize_money", 17000),
        ({"prize_monies": {"total_value": ""}}, "total_prize_money", None),
        ({"prize_monies": {}}, "total_prize_money", None),
        ({"prize_monies": None}, "total_prize_money", None),
        ({"video_channels": ["Trackside1", "SKY 04"]}, "video_channels", '["Trackside1", "SKY 04"]'),
        ({"video_channels": []}, "video_channels", None),
        ({"video_channels": None}, "video_channels", None),
        ({"protest": True}, "protest", True),
        ({}, "protest", None),
        ({"protest": True, "protest_reason": "Interference"}, "protest_reason", "Interference"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_races_values_come_in_many_spellings(sent: Document, field: str, kept: object) -> None:
    assert getattr(mapped(event(race=sent)).race, field) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *((spelling, "Open") for spelling in ("Open", "OPEN", "open", " Open ")),
        *(("CLOSED", "Closed"), ("interim", "Interim"), ("FINAL", "Final"), ("abandoned", "Abandoned")),
        *((unknown, unknown) for unknown in ("Postponed", "SUSPENDED")),
    ],
)
def test_a_status_is_spelled_as_the_tables_do_and_an_unknown_one_is_kept(sent: str, kept: str) -> None:
    assert mapped(event(race={"status": sent})).race.status == kept


def test_the_time_of_an_answer_is_cut_to_milliseconds() -> None:
    assert mapped(event()).generated_time == later(0.123)


def test_a_time_with_another_offset_is_the_same_instant() -> None:
    sent = {**event(), "header": {"generated_time": "2025-07-17T12:40:00+12:00"}}
    assert mapped(sent).generated_time == later(0)


def test_unknown_properties_do_not_hurt() -> None:
    sent = event(race={"new": {"a": [1]}}, favourite=runner(1), mover=runner(2), derivatives=None, invented=[{}])
    assert mapped({**sent, "more": 1}) == mapped(event())


@pytest.mark.parametrize(
    "sent",
    [
        {**event(), "header": None},
        {**event(), "header": {"generated_time": "2025-07-17T00:40:00"}},
        {**event(), "params": None},
        answer({"runners": LIST}),
        answer(None),
        event(race={"event_id": ""}),
        event(race={"event_id": "../meetings"}),
        event(race={"event_id": "x" * 37}),
        event(race={"advertised_start": 0}),
        event(race={"advertised_start": None}),
        event(race={"race_number": None}),
        event(race={"status": ""}),
    ],
    ids=[
        *("no head", "a time without offset", "no echo", "no race", "no data", "no id", "an id that is a path"),
        *("an id too long", "start 0", "no start", "no number", "no status"),
    ],
)
def test_an_answer_without_its_frame_is_a_misfit(sent: Document) -> None:
    with pytest.raises(MisfitError):
        mapped(sent)


@pytest.mark.parametrize(
    "sent", [b"", b"<html>", b"[]", b"null", b'{"header":', b"\xff\xfe", b"[" * 100_000], ids=lambda sent: str(sent[:9])
)
def test_a_body_that_is_no_answer_is_a_misfit(sent: bytes) -> None:
    with pytest.raises(MisfitError):
        decode(EventAnswer, sent)


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+13:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_at_the_edge_of_the_calendar_is_a_misfit(edge: str) -> None:
    with pytest.raises(MisfitError):
        mapped({**event(), "header": {"generated_time": edge}})


@pytest.mark.parametrize("number", [0, "0", 1752713400, "2025"])
def test_a_time_that_is_no_iso_text_is_a_misfit(number: Any) -> None:
    with pytest.raises(MisfitError):
        mapped({**event(), "header": {"generated_time": number}})
