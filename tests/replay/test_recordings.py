"""The recorded answers of the source, mapped, against what we say that they mean.

The expected texts are in `expected/`. After an intended change, rewrite them and read the difference before it is kept:

    RACEDAY_REWRITE_EXPECTED=1 .venv/bin/python -m pytest tests/replay
"""

import json
import os
from collections.abc import Callable
from datetime import date
from difflib import unified_diff
from pathlib import Path
from statistics import median

import pytest

from raceday_daemon.model.entrant import HOLD_PERCENTAGE, TOTE_ODDS
from raceday_daemon.model.snapshot import DayCard, MeetingCard, RaceListing, RaceSnapshot
from raceday_daemon.nztab.card_mapping import day_card, race_listings, single_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.event_mapping import race_snapshot
from raceday_daemon.nztab.payloads import EventAnswer, MeetingsAnswer, RaceListAnswer
from raceday_daemon.nztab.wanted import Wanted
from tests.recordings import DAY, EVENT_ID, GRAFTON_ID, needs_recordings, recorded_bytes
from tests.replay.rendering import rendered

pytestmark = needs_recordings

EXPECTED = Path(__file__).parent / "expected"
# Read before the fixture that empties the environment of our names.
REWRITE = os.environ.get("RACEDAY_REWRITE_EXPECTED") == "1"
WANTED = Wanted.of(("NZ", "AUS"), ("T", "H"))


def event() -> RaceSnapshot:
    return race_snapshot(*decode(EventAnswer, recorded_bytes("event")))


def day(wanted: Wanted = WANTED) -> DayCard:
    return day_card([decode(MeetingsAnswer, recorded_bytes("meetings"))], date.fromisoformat(DAY), wanted)


def one_meeting() -> MeetingCard:
    return single_card(*decode(MeetingsAnswer, recorded_bytes("meeting")), GRAFTON_ID)


def listed() -> tuple[RaceListing, ...]:
    return race_listings(decode(RaceListAnswer, recorded_bytes("races"))[0])


@pytest.mark.parametrize(
    ("name", "read"),
    [("event", event), ("meetings", day), ("meeting", one_meeting), ("races", listed)],
    ids=["event", "meetings", "meeting", "races"],
)
def test_a_recording_means_what_we_say_it_means(
    name: str, read: Callable[[], RaceSnapshot | DayCard | MeetingCard | tuple[RaceListing, ...]]
) -> None:
    path = EXPECTED / f"{name}.txt"
    text = rendered(read())
    if REWRITE:
        path.write_text(text)
    difference = unified_diff(
        path.read_text().splitlines(), text.splitlines(), f"expected/{name}.txt", "as mapped now", lineterm="", n=1
    )
    assert text == path.read_text(), "\n" + "\n".join(difference)


def test_the_recorded_prices_are_those_of_the_source() -> None:
    runners = event().entrants
    assert [one.runner_number for one in runners] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [one.fixed_win_odds for one in runners] == [5, 7.5, 6.5, 4.2, 5, 5.5, 13, 41]
    assert [one.pool_win_odds for one in runners] == [4.4, 6.6, 9.9, 4.8, 3.8, 6.6, 15.6, 35.4]


def test_the_recorded_money_tracker_is_summed_over_its_76_rows() -> None:
    runners = event().entrants
    assert [one.hold_percentage for one in runners] == [18, 13, 5, 16, 16, 19, 4, 2]
    assert [one.bet_percentage for one in runners] == [14, 14, 9, 17, 17, 19, 8, 3]


def test_the_recorded_shares_of_the_win_pool_follow_from_the_tote_odds() -> None:
    runners = event().entrants
    assert {one.share_method for one in runners} == {TOTE_ODDS}
    shares = [one.win_pool_percentage or 0 for one in runners]
    assert [round(share, 1) for share in shares] == [19.0, 12.7, 8.5, 17.4, 22.0, 12.7, 5.4, 2.4]
    assert sum(shares) == pytest.approx(100)
    assert sum(one.win_pool_amount or 0 for one in runners) == pytest.approx(event().pools.win_pool_total, abs=8)


def test_the_recorded_shares_of_the_place_pool_follow_from_the_hold_non_runners_included() -> None:
    runners = event().entrants
    assert {one.place_share_method for one in runners} == {HOLD_PERCENTAGE}
    assert [round(one.place_pool_percentage or 0, 2) for one in runners] == [
        round(100 * hold / 101, 2) for hold in (18, 13, 5, 16, 16, 19, 4, 2)
    ]


def test_the_recorded_pools_leave_out_those_over_several_races() -> None:
    assert event().pools.total_race_pool == 3_101_011


def test_the_recorded_race_has_eight_placings_and_seven_dividends() -> None:
    results = event().results
    assert results
    assert (results.results_available, results.result_status) == (True, "final")
    placings, dividends = json.loads(results.results_data or "[]"), json.loads(results.dividends_data or "[]")
    assert [one["position"] for one in placings] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(dividends) == 7
    assert {one["status"] for one in dividends} == {"Final"}


def test_the_recorded_day_has_twelve_wanted_meetings_with_96_races() -> None:
    cards = day().cards
    assert (len(cards), sum(len(card.races) for card in cards)) == (12, 96)
    kinds = [(card.meeting.country, card.meeting.category) for card in cards]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        ("AUS", "T"): 5,
        ("AUS", "H"): 4,
        ("NZ", "H"): 2,
        ("NZ", "T"): 1,
    }


@pytest.mark.parametrize("countries", [("NZ", "AU"), ("nz", "aus"), ("AUS", "NZ", "AU")], ids=" ".join)
def test_australia_is_found_by_whichever_name_people_write(countries: tuple[str, ...]) -> None:
    assert day(Wanted.of(countries, ("t", "h"))).cards == day().cards


def test_the_recorded_day_lists_all_76_meetings_and_748_races() -> None:
    assert len(day().listed_ids) == 76 + 748


def test_the_meeting_recorded_on_its_own_is_the_same_as_on_the_day() -> None:
    alone = one_meeting()
    of_day = next(card for card in day().cards if card.meeting.meeting_id == GRAFTON_ID)
    assert [race.race_id for race in alone.races] == [race.race_id for race in of_day.races]
    assert alone.meeting.category_name == of_day.meeting.category_name


def test_the_one_entry_of_the_recorded_list_that_has_no_number_is_listed_without() -> None:
    assert [one.race_number for one in listed()].count(None) == 1
    assert len(listed()) == 100


def test_the_recorded_starts_are_as_late_as_the_facts_say() -> None:
    delays = sorted((one.actual_start - one.start_time).total_seconds() for one in listed() if one.actual_start)
    assert 60 <= median(delays) <= 70
    assert max(delays) == 1423


def test_the_recorded_event_is_that_of_awapuni_race_1() -> None:
    assert event().race.race_id == EVENT_ID
    assert (event().race.status, event().race.race_number) == ("Final", 1)
