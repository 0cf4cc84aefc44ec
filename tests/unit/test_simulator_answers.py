"""The simulator answers as the source does: its shapes, its echo, its pages, its errors; and always the same."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.snapshot import RaceListing
from raceday_daemon.nztab.card_mapping import day_card, race_listings, single_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.event_mapping import race_snapshot
from raceday_daemon.nztab.payloads import EventAnswer, MeetingsAnswer, RaceListAnswer
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.simulator.answers import PREFIX, Answers
from raceday_daemon.simulator.grid import Grid, spelled
from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.simulator.planning import plan_day, plan_of_starts
from tests.described import departures
from tests.property.openapi_strategies import needs_openapi
from tests.recordings import needs_recordings, recorded
from tests.simulated import EVERYTHING, FIRST, event, life, race_with

PLAN = plan_day(1, FIRST)
WANTED = Wanted.of(("NZ", "AUS"), ("T", "H"))
DAY = "date_from=2025-07-17&date_to=2025-07-17"


def body(path: str, query: str, at: datetime, answers: Answers | None = None) -> bytes:
    return json.dumps((answers or Answers(PLAN)).answer(PREFIX + path, query, at).document).encode()


def data(path: str, query: str = "", at: datetime = FIRST, answers: Answers | None = None) -> Any:
    answer = (answers or Answers(PLAN)).answer(PREFIX + path, query, at)
    assert answer.status == 200
    return answer.document["data"]


class TestSameness:
    def test_the_same_seed_gives_the_same_bytes_whatever_was_asked_before(self) -> None:
        busy, fresh = Answers(plan_day(3, FIRST)), Answers(plan_day(3, FIRST))
        race = busy.plan.races[4]
        path = f"/events/{race.race_id}"
        said = {at: body(path, EVERYTHING, at, busy) for at in life(race, step_seconds=60)}
        for at in reversed(said):
            assert body(path, EVERYTHING, at, fresh) == said[at]
        assert body("/meetings", DAY, FIRST, busy) == body("/meetings", DAY, FIRST, fresh)

    def test_another_process_says_the_same(self) -> None:
        race = PLAN.races[5]
        script = (
            "import hashlib, json; from tests.simulated import FIRST, event; "
            "from raceday_daemon.simulator.planning import plan_day; plan = plan_day(1, FIRST); "
            "print(hashlib.sha256(json.dumps(event(plan, plan.races[5], FIRST)).encode()).hexdigest())"
        )
        said = subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": "7"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        assert said == hashlib.sha256(json.dumps(event(PLAN, race, FIRST)).encode()).hexdigest()

    def test_another_seed_gives_other_bytes(self) -> None:
        assert body("/meetings", DAY, FIRST) != body("/meetings", DAY, FIRST, Answers(plan_day(2, FIRST)))

    def test_the_grid_has_its_own_origin_and_goes_back_to_before_it(self) -> None:
        grid = Grid(FIRST + timedelta(seconds=7), timedelta(seconds=15))
        for seconds, expected in [(7, 7), (21.9, 7), (22, 22), (6.9, -8), (-3600, -3608)]:
            assert grid.last_at(FIRST + timedelta(seconds=seconds)) == FIRST + timedelta(seconds=expected)

    @pytest.mark.parametrize(
        ("microseconds", "nanoseconds", "expected"),
        [
            (0, 0, "2025-07-17T02:00:00Z"),
            (0, 42, "2025-07-17T02:00:00.000000042Z"),
            (500_000, 0, "2025-07-17T02:00:00.5Z"),
            (0, 120, "2025-07-17T02:00:00.00000012Z"),
        ],
    )
    def test_instants_are_spelled_with_nanoseconds(self, microseconds: int, nanoseconds: int, expected: str) -> None:
        assert spelled(FIRST.replace(microsecond=microseconds), nanoseconds) == expected

    def test_an_answer_is_stamped_with_its_refresh(self) -> None:
        header = Answers(PLAN).answer(f"{PREFIX}/meetings", DAY, FIRST).document["header"]
        assert datetime.fromisoformat(header["generated_time"]) == FIRST
        assert len(header["generated_time"]) > len("2025-07-17T02:00:00Z")
        assert header["url"] == f"{PREFIX}/meetings?{DAY}"


class TestReading:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_daemon_reads_every_event_with_nothing_set_aside(self, seed: int) -> None:
        answers = Answers(plan_day(seed, FIRST))
        for race in answers.plan.races:
            for at in life(race, step_seconds=211, before_seconds=2 * 3600):
                answer, aside = decode(EventAnswer, body(f"/events/{race.race_id}", EVERYTHING, at, answers))
                snapshot = race_snapshot(answer, aside)
                assert snapshot.set_aside == ()
                assert snapshot.unread == frozenset()
                assert len(snapshot.entrants) == len(race.runners)

    def test_the_daemon_reads_every_card_with_nothing_set_aside(self) -> None:
        day = date(2025, 7, 17)
        for minutes in range(-120, 120, 7):
            at = FIRST + timedelta(minutes=minutes)
            card = day_card([decode(MeetingsAnswer, body("/meetings", DAY, at))], day, WANTED)
            assert card.complete
            assert sum(len(meeting.races) for meeting in card.cards) == 12
            for meeting in card.cards:
                path = f"/meetings/{meeting.meeting.meeting_id}"
                single = single_card(*decode(MeetingsAnswer, body(path, "", at)), meeting.meeting.meeting_id)
                assert single == meeting
                assert not single.set_aside

    def test_a_card_and_an_event_say_the_same_of_a_race(self) -> None:
        for race in PLAN.races:
            for at in life(race, step_seconds=97):
                told = event(PLAN, race, at)["race"]
                meeting = data(f"/meetings/{race.meeting_id}", at=at)["meetings"][0]
                (carded,) = (one for one in meeting["races"] if one["id"] == race.race_id)
                assert (carded["status"], carded.get("protest")) == (told["status"], told.get("protest"))
                assert datetime.fromisoformat(carded["start_time"]).timestamp() == told["advertised_start"]

    @needs_openapi
    @needs_recordings
    @pytest.mark.parametrize("seed", [1, 2])
    def test_answers_keep_to_the_published_description_where_the_source_itself_does(self, seed: int) -> None:
        answers, found = Answers(plan_day(seed, FIRST)), set[str]()
        for race in answers.plan.races:
            for at in life(race, step_seconds=181):
                found |= departures("EventRaceDetails", data(f"/events/{race.race_id}", EVERYTHING, at, answers))
        for minutes in (-60, 30, 120):
            at = FIRST + timedelta(minutes=minutes)
            found |= departures("MeetingPayload", data("/meetings", DAY, at, answers))
            found |= departures("RacesListData", data("/list", DAY, at, answers))
        theirs = departures("EventRaceDetails", recorded("event")["data"])
        theirs |= departures("MeetingPayload", recorded("meetings")["data"])
        theirs |= departures("RacesListData", recorded("races")["data"])
        assert found - theirs == set()

    @needs_openapi
    def test_errors_keep_to_the_published_description(self) -> None:
        for path in ("/meetings?limit=x", "/events/unknown"):
            answer = Answers(PLAN).answer(PREFIX + path.partition("?")[0], path.partition("?")[2], FIRST)
            assert departures("main_ErrorResponse", answer.document) == set()


class TestEvents:
    def test_parts_come_only_when_they_are_asked_for(self) -> None:
        plan, race = race_with(Kind.BIG_BETS)
        at = race.jump_at + timedelta(seconds=15)
        bare = event(plan, race, at, "enc=json")
        assert "money_tracker" not in bare
        assert (bare["big_bets"], bare["biggest_bet"]) == (None, None)
        assert not any("tote_trends" in pool for pool in bare["tote_pools"])
        whole = event(plan, race, at)
        assert whole["money_tracker"]["entrants"]
        assert whole["big_bets"]
        assert whole["biggest_bet"]["stake"] == max(bet["stake"] for bet in whole["big_bets"])
        assert any("tote_trends" in pool for pool in whole["tote_pools"])
        unasked = ("money_tracker", "big_bets", "biggest_bet", "tote_pools")
        assert {name: bare[name] for name in bare if name not in unasked} == {
            name: whole[name] for name in whole if name not in unasked
        }

    def test_flags_are_echoed_under_the_sources_names(self) -> None:
        race = PLAN.races[0]
        query = "with_big_bets=true&with_will_pays=true&with_music=true"
        document = Answers(PLAN).answer(f"{PREFIX}/events/{race.race_id}", query, FIRST).document
        assert document["params"] == {
            "enc": "json",
            "id": race.race_id,
            "present_overlay": False,
            "with_big_bets": True,
            "with_live_bets": False,
            "with_money_tracker": False,
            "with_biggest_bet": False,
            "will_pays": True,
            "with_tote_trends_data": False,
            "bet_type_filter": " ",
            "bets_limit": 10,
        }
        assert document["header"]["title"] == f"Event Details: {race.race_id}"
        assert document["data"]["error"] == ""

    def test_times_are_told_in_every_spelling(self) -> None:
        race = plan_of_starts(1, [FIRST], on_time=True).races[0]
        plan = plan_of_starts(1, [FIRST], on_time=True)
        before, after = (event(plan, race, FIRST + timedelta(seconds=shift))["race"] for shift in (-15, 15))
        assert before["advertised_start"] == int(FIRST.timestamp())
        assert before["advertised_start_string"] == "2025-07-17 02:00:00 +0000 UTC"
        assert (before["start_time_nz"], before["race_date_nz"]) == ("14:00:00 NZST", "2025-07-17")
        assert (before["actual_start"], before["status"]) == (0, "Open")
        assert (after["actual_start"], after["status"]) == (int(FIRST.timestamp()), "Closed")
        assert after["actual_start_string"] == "2025-07-17 02:00:00 +0000 UTC"

    def test_summer_time_is_told_as_such(self) -> None:
        plan = plan_of_starts(1, [datetime(2026, 1, 1, tzinfo=UTC)])
        race = event(plan, plan.races[0], plan.first_start - timedelta(hours=1))["race"]
        assert race["start_time_nz"] == "13:00:00 NZDT"


class TestMeetings:
    def test_the_day_is_asked_for_by_its_label(self) -> None:
        days = plan_of_starts(1, [FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2)])
        answers = Answers(days)

        def labels(query: str) -> list[str]:
            return [one["date"][:10] for one in data("/meetings", query, FIRST, answers)["meetings"]]

        assert labels(DAY) == ["2025-07-17"]
        assert labels("date_from=2025-07-17&date_to=2025-07-18") == ["2025-07-17", "2025-07-18"]
        assert labels("date_from=2025-07-20&date_to=2025-07-20") == []

    @pytest.mark.parametrize("query", ["", "date=2025-07-25", "date_from=today&date_to=today"])
    def test_without_a_day_it_is_today_in_auckland(self, query: str) -> None:
        answers = Answers(plan_day(1, FIRST))
        assert len(data("/meetings", query, FIRST, answers)["meetings"]) == 4
        past_midnight = datetime(2025, 7, 17, 12, 30, tzinfo=UTC)
        document = answers.answer(f"{PREFIX}/meetings", query, past_midnight).document
        assert document["data"]["meetings"] == []
        assert document["params"]["date_from"] == "2025-07-18T00:00:00Z"

    def test_a_filter_is_kept_and_echoed(self) -> None:
        document = Answers(PLAN).answer(f"{PREFIX}/meetings", f"{DAY}&country=NZ&category=H", FIRST).document
        assert [(one["country"], one["category"]) for one in document["data"]["meetings"]] == [("NZ", "H")]
        assert (document["params"]["country"], document["params"]["type"]) == ("NZ", "H")
        unfiltered = Answers(PLAN).answer(f"{PREFIX}/meetings", DAY, FIRST).document["params"]
        assert (unfiltered["country"], unfiltered["type"], unfiltered["ids"]) == (" ", " ", None)

    def test_a_long_day_comes_in_pages(self) -> None:
        answers = Answers(plan_of_starts(1, [FIRST + timedelta(seconds=15 * n) for n in range(2000)], plain=True))
        pages = [
            answers.answer(f"{PREFIX}/meetings", f"{DAY}&limit=500&offset={offset}", FIRST).document
            for offset in (0, 200)
        ]
        assert [page["params"]["limit"] for page in pages] == [200, 200]
        found = [one["meeting"] for page in pages for one in page["data"]["meetings"]]
        assert found == [meeting.meeting_id for meeting in answers.plan.meetings]
        assert len(found) == 250
        assert len(data("/meetings", DAY, FIRST, answers)["meetings"]) == 100

    def test_a_meeting_is_closed_once_all_its_races_are_over(self) -> None:
        last = max(race.ending.final_at for race in PLAN.races)
        (early, late) = ({one["tote_status"] for one in data("/meetings", DAY, at)["meetings"]} for at in (FIRST, last))
        assert (early, late) == ({"Open"}, {"Closed"})


class TestList:
    def test_every_race_of_the_sources_day_is_listed_page_by_page(self) -> None:
        starts = [FIRST - timedelta(hours=3), *(FIRST + timedelta(minutes=place) for place in range(150))]
        answers, token, pages = Answers(plan_of_starts(1, starts)), "", 0
        races: list[RaceListing] = []
        while pages == 0 or token:
            query = f"{DAY}&limit=60" + (f"&page_token={token}" if token else "")
            answer, aside = decode(RaceListAnswer, body("/list", query, FIRST - timedelta(hours=9), answers))
            assert not aside
            races += race_listings(answer)
            token, pages = answer.data.next_page_token or "", pages + 1
        assert pages == 3
        assert [race.start_time for race in races] == starts[1:]
        assert {race.actual_start for race in races} == {None}

    def test_the_actual_start_is_told_once_it_is_known(self) -> None:
        (race,) = plan_of_starts(1, [FIRST]).races
        plan = plan_of_starts(1, [FIRST])
        listed = data("/list", DAY, race.jump_at, Answers(plan))["races"]
        assert [datetime.fromisoformat(one["actual_start"]) for one in listed] == [race.jump_at]

    def test_a_foreign_page_token_is_refused(self) -> None:
        answers = Answers(plan_of_starts(1, [FIRST + timedelta(minutes=place) for place in range(50)]))
        token = data("/list", f"{DAY}&limit=20", FIRST, answers)["next_page_token"]
        for query in (f"{DAY}&limit=30&page_token={token}", f"{DAY}&page_token=nonsense", f"{DAY}&page_token=e30"):
            assert answers.answer(f"{PREFIX}/list", query, FIRST).status == 400


class TestErrors:
    @pytest.mark.parametrize(
        ("path", "query", "status", "said"),
        [
            (f"{PREFIX}/events/nobody", "", 404, "event not found"),
            (f"{PREFIX}/meetings/nobody", "", 404, "meeting not found"),
            (f"{PREFIX}/tips", "", 404, "no such path"),
            ("/affiliates/v2/racing/meetings", "", 404, "no such path"),
            (f"{PREFIX}/list/x", "", 404, "no such path"),
            (f"{PREFIX}/meetings", "date_from=17-07-2025", 400, "invalid date_from"),
            (f"{PREFIX}/meetings", "limit=0", 400, "invalid limit"),
            (f"{PREFIX}/meetings", "offset=-1", 400, "invalid offset"),
            (f"{PREFIX}/meetings", "enc=xml", 400, "invalid enc"),
            (f"{PREFIX}/meetings/{PLAN.meetings[0].meeting_id}", "enc=html", 400, "invalid enc"),
            (f"{PREFIX}/list", "date_to=someday", 400, "invalid date_to"),
            (f"{PREFIX}/events/{PLAN.races[0].race_id}", "with_big_bets=yes", 400, "invalid with_big_bets"),
        ],
    )
    def test_what_cannot_be_answered_is_said_in_the_header(self, path: str, query: str, status: int, said: str) -> None:
        answer = Answers(PLAN).answer(path, query, FIRST)
        assert answer.status == status
        assert set(answer.document) == {"header"}
        assert said in answer.document["header"]["error"]
        assert answer.document["header"]["error_code"] == str(status)
