"""Whatever length a text comes in, what is mapped fits its column."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from raceday_daemon.market.meeting_summary import with_track
from raceday_daemon.model.changes import Record
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.nztab.card_mapping import day_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.store.rows import row_of
from raceday_daemon.store.schema import BIG_BETS, ENTRANTS, MEETINGS, RACE_POOLS, RACE_RESULTS, RACES, Column, Kind
from tests.builders import (
    bet,
    body,
    card_meeting,
    card_race,
    dividend,
    event,
    mapped,
    meeting,
    meetings,
    money,
    placing,
    runner,
)

TABLES = {
    Meeting: MEETINGS,
    Race: RACES,
    Entrant: ENTRANTS,
    RacePools: RACE_POOLS,
    RaceResults: RACE_RESULTS,
    BigBet: BIG_BETS,
}
KEPT_SHORT = {"event_id", "meeting_id", "entrant_id", "id", "meeting", "generated_time", "start_time", "date"} | {
    "place_time",
    "country",
    "category",
}
"""Ids and times that were any longer would not be read at all."""
FULL_RACE = dict.fromkeys(
    (
        *("race_date_nz", "start_time_nz", "type", "weather", "track_condition", "track_direction", "track_surface"),
        *("rail_position", "silk_url", "silk_base_url", "protest_reason"),
    ),
    "x",
)
FULL_RUNNER = dict.fromkeys(("jockey", "trainer_name", "silk_colours", "silk_url_64x64", "silk_url_128x128"), "x")
FULL_CARD_RACE = dict.fromkeys(("tote_start_time", "track_condition", "weather", "protest_reason"), "x")
FULL_MEETING = dict.fromkeys(("state", "track_condition", "tote_status"), "x")


def stretched(sent: Any, characters: int, letter: str = "x") -> Any:
    """Make every text that many characters long, wherever it is."""
    if isinstance(sent, dict):
        return {name: one if name in KEPT_SHORT else stretched(one, characters, letter) for name, one in sent.items()}
    if isinstance(sent, list):
        return [stretched(one, characters, letter) for one in sent]
    return letter * characters if isinstance(sent, str) else sent


def columns(records: Iterable[Record]) -> list[tuple[Column, Any]]:
    """Give every column of the records' rows with its value."""
    found: list[tuple[Column, Any]] = []
    for record in records:
        found += zip(TABLES[type(record)].columns, row_of(record)[1:], strict=True)
    return found


def too_long(records: Iterable[Record]) -> list[str]:
    """Name the columns whose text does not fit."""
    return [
        f"{column.name}: {len(value)} in {column.size}"
        for column, value in columns(records)
        if isinstance(value, str) and column.size and len(value) > column.size
    ]


def missing(records: Iterable[Record]) -> list[str]:
    """Name the required columns that are empty."""
    return [column.name for column, value in columns(records) if column.required and value is None]


def event_records(characters: int, letter: str = "x") -> list[Record]:
    sent = event(
        *(runner(number, {"fixed_win": 5}, **FULL_RUNNER) for number in range(1, 9)),
        race={**FULL_RACE, "video_channels": ["a", "b"], "protest": True},
        results=[placing(number, number, name="x", comment="x") for number in range(1, 9)],
        dividends=[dividend(positions=[{"runner_number": 1, "position": 1, "note": "x"}])],
        money_tracker=money(("runner-1", 1, 1)),
        big_bets=[bet(description=["a"] * 20)],
    )
    snapshot = mapped(stretched(sent, characters, letter))
    assert snapshot.results
    of_meeting = with_track(meeting(), snapshot.track, snapshot.race.race_id, [])
    return [snapshot.race, *snapshot.entrants, snapshot.pools, snapshot.results, *snapshot.big_bets, of_meeting]


def card_records(characters: int) -> list[Record]:
    sent = meetings(card_meeting(1, card_race(1, **FULL_CARD_RACE), **FULL_MEETING))
    pages = [decode(MeetingsAnswer, body(stretched(sent, characters)))]
    (card,) = day_card(pages, date(2025, 7, 17), Wanted.of(("NZ",), ("T",))).cards
    return [card.meeting, *card.races]


@pytest.mark.parametrize("characters", [1, 10, 300, 3_000, 10_000, 70_000])
def test_every_text_of_an_event_fits_its_column(characters: int) -> None:
    records = event_records(characters)
    assert {type(record) for record in records} == set(TABLES)
    assert too_long(records) == []
    assert missing(records) == []


@pytest.mark.parametrize("characters", [1, 10, 300, 3_000, 10_000, 70_000])
def test_every_text_of_a_card_fits_its_column(characters: int) -> None:
    records = card_records(characters)
    assert {type(record) for record in records} == {Meeting, Race}
    assert too_long(records) == []
    assert missing(records) == []


@pytest.mark.parametrize("letter", ["x", "\N{LATIN SMALL LETTER A WITH MACRON}", "\N{HORSE}"])
@pytest.mark.parametrize("characters", [300, 1_000, 3_000, 10_000, 70_000])
def test_a_long_text_fits_in_bytes_whatever_its_letters(letter: str, characters: int) -> None:
    long = [
        (column.name, value)
        for column, value in columns(event_records(characters, letter))
        if column.kind is Kind.LONG_TEXT and value is not None
    ]
    assert "description" in dict(long)
    assert [name for name, value in long if len(value.encode()) > 65_535] == []


def test_a_text_is_cut_at_the_size_of_its_column() -> None:
    race, first, *_ = event_records(10_000)
    cut = {column.name: len(value) for column, value in columns([race, first]) if value and set(str(value)) == {"x"}}
    assert cut == {
        **{"name": 255, "startTimeNz": 30, "raceDateNz": 10, "trackCondition": 50, "trackSurface": 50, "weather": 50},
        **{"status": 20, "type": 10, "protestReason": 1000, "jockey": 255, "trainerName": 255, "silkColours": 255},
    }


def test_an_address_or_a_list_of_channels_too_long_for_its_column_is_left_out() -> None:
    race, first, *_ = event_records(501)
    values = {column.name: value for column, value in columns([race, first])}
    gone = ("silkUrl", "silkBaseUrl", "videoChannels", "silkUrl64", "silkUrl128")
    assert {name: values[name] for name in gone} == dict.fromkeys(gone)


def test_an_address_that_just_fits_is_kept() -> None:
    race, first, *_ = event_records(255)
    values = {column.name: value for column, value in columns([race, first])}
    assert values["silkBaseUrl"] == values["silkUrl"] == values["silkUrl64"] == "x" * 255
