"""Recorded answers played into a store: by the daemon's own parts, each at its own instant."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.intake.intake import Intake
from raceday_daemon.intake.playing import Player
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.exchange import Exchange
from raceday_daemon.model.progress import NoProgress
from raceday_daemon.nztab.questions import EVENTS, MEETINGS, RACES
from raceday_daemon.nztab.recognition import recognised
from raceday_daemon.ops.standing_clock import StandingClock
from raceday_daemon.recordings.reading import Recordings
from raceday_daemon.replay import Pace, play_all
from raceday_daemon.store.sqlite import Database
from tests import builders
from tests.builders import NOW, START, Document, later
from tests.exchanges import exchange, write
from tests.fakes.clock import FakeClock
from tests.workbench import WANTED, open_house, rows

ALL_FLAGS = {
    "with_money_tracker": True,
    "with_tote_trends_data": True,
    "with_big_bets": True,
    "with_biggest_bet": True,
}


@dataclass(frozen=True)
class Bench:
    """A player on a store of its own."""

    player: Player
    store: Database
    folder: Path

    async def play(self, *exchanges: Exchange) -> dict[str, Any]:
        """Play answers and give what came of them."""
        for one in exchanges:
            await self.player.play("answer", one)
        self.player.end()
        return self.player.played.facts()

    def rows(self, query: str, file: str = "raceday.db") -> list[tuple[Any, ...]]:
        return rows(self.folder / file, query)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    clock = StandingClock()
    async with open_house(folder, "http://127.0.0.1:9") as house:
        yield Bench(Player(Intake(house.store, house.records, clock), WANTED, clock), house.store, folder)


def poll(document: Document | None = None, **changes: Any) -> Exchange:
    """Give the answer to a poll of the race."""
    document = document or builders.event()
    document["params"] = {"enc": "json", "id": builders.RACE_ID, **ALL_FLAGS}
    query = {name: "true" if value is True else value for name, value in document["params"].items() if name != "id"}
    body = json.dumps(document).encode()
    return exchange(body, **{"path": f"{EVENTS}/{builders.RACE_ID}", "query": query, "received_at": NOW, **changes})


def page(*numbers: int, offset: int = 0, limit: int = 2, day: str = "2025-07-17", **changes: Any) -> Exchange:
    """Give a page of the day's meetings."""
    document = builders.meetings(*(builders.card_meeting(number) for number in numbers))
    asked = {"date_from": day, "date_to": day}
    document["params"] = {"enc": "json", **asked, "limit": limit, "offset": offset}
    query = {"enc": "json", **asked, "limit": "200", "offset": str(offset)}
    return exchange(json.dumps(document).encode(), **{"path": MEETINGS, "query": query, "received_at": NOW, **changes})


async def test_what_is_written_bears_the_time_at_which_the_answer_came(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        await bench_.play(poll(received_at=NOW))
    assert bench_.rows('SELECT "lastUpdated", "importedAt", "lastPollTime" FROM races') == [
        ("2025-07-17T00:40:01.500Z",) * 3
    ]
    record = "SELECT reason, outcome, began_at, ended_at, error FROM polls"
    assert bench_.rows(record, "ops.db") == [
        ("replay", "ok", "2025-07-17T00:40:01.000Z", "2025-07-17T00:40:01.500Z", None)
    ]


async def test_a_poll_falls_into_the_bucket_of_its_slot_and_any_other_look_into_that_of_its_answer(
    tmp_path: Path,
) -> None:
    slot = START - timedelta(minutes=15)
    async with bench(tmp_path) as bench_:
        await bench_.play(poll(due_at=slot), poll())
    assert bench_.rows("SELECT DISTINCT timeInterval FROM money_flow_history ORDER BY 1") == [(5,), (15,)]


async def test_the_same_answers_again_change_nothing_and_older_ones_are_stale(tmp_path: Path) -> None:
    news = builders.event(builders.runner(1, {"fixed_win": 3.5}))
    news["header"]["generated_time"] = "2025-07-17T00:41:00Z"
    async with bench(tmp_path) as bench_:
        told = await bench_.play(poll(), poll(news), poll(news), poll())
    assert (told["changed"], told["unchanged"], told["stale"], told["status"]) == (2, 1, 1, "ok")
    assert told["rows_written"] == sum(count for (count,) in bench_.rows("SELECT rows_written FROM polls", "ops.db"))


async def test_the_pages_of_a_day_are_one_answer_whatever_comes_between_them(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        told = await bench_.play(page(1, 2), poll(), page(3, offset=2))
    assert (told["status"], told["answers"], told["changed"]) == ("ok", 0, 4)
    assert bench_.rows("SELECT id FROM meetings ORDER BY id") == [("meeting-1",), ("meeting-2",), ("meeting-3",)]


async def test_pages_that_do_not_make_a_day_are_told_and_write_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        told = await bench_.play(page(1, 2), page(1, 2), page(1, 2, day="2025-07-18"), page(3, offset=2))
    assert (told["failed"], told["kinds"], told["status"]) == (4, {"not_recorded": 4}, "failed")
    assert {error["item"] for error in told["errors"]} == {"meetings of 2025-07-17", "meetings of 2025-07-18"}
    assert bench_.rows("SELECT count(*) FROM meetings") == [(0,)]


async def test_pages_without_a_beginning_are_not_held_for_ever(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        told = await bench_.play(*(page(1, 2, offset=2 * number) for number in range(1, 121)))
    assert told["kinds"] == {"not_recorded": 3}


async def test_a_card_says_which_races_have_ended_and_their_own_answers_come_by_themselves(tmp_path: Path) -> None:
    ended = builders.meetings(builders.card_meeting(1, builders.card_race(1, status="Final")))
    ended["params"] = {"enc": "json", "id": "meeting-1"}
    final = builders.event(race={"status": "Final"}, results=[builders.placing(1, 1)])
    final["header"]["generated_time"] = ended["header"]["generated_time"] = "2025-07-17T01:00:00Z"
    card = exchange(
        json.dumps(ended).encode(), path=f"{MEETINGS}/meeting-1", query={"enc": "json"}, received_at=later(1200)
    )
    async with bench(tmp_path) as bench_:
        told = await bench_.play(poll(), card, poll(final, received_at=later(1201)))
    assert (told["status"], told["failed"]) == ("ok", 0)
    assert bench_.rows("SELECT status, finalizedAt FROM races") == [("Final", "2025-07-17T01:00:00.000Z")]
    assert bench_.rows("SELECT outcome FROM polls", "ops.db") == [("ok",), ("ok",)]


async def test_what_failed_then_fails_again_and_the_next_answer_is_played(tmp_path: Path) -> None:
    future = poll(received_at=later(-3600))
    html = replace(poll(), body=b"<p>", content_type="text/html")
    other = poll(path=f"{EVENTS}/race-2")
    fewer_flags = poll(query={"enc": "json"})
    undated = page(1, query={"enc": "json"})
    half = replace(poll(), body=b'{"half":')
    async with bench(tmp_path) as bench_:
        told = await bench_.play(future, html, other, undated, half, fewer_flags, poll())
    assert told["kinds"] == {"misfit": 2, "unreadable": 1, "wrong_answer": 2}
    assert (told["status"], told["changed"], told["unchanged"]) == ("partial", 1, 1)


async def test_a_store_that_is_full_ends_it_since_the_next_answer_would_meet_that_too(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        await bench_.store.transaction(lambda connection: connection.execute("PRAGMA max_page_count = 1").fetchone())
        runners = [builders.runner(number, silk_colours="x" * 255) for number in range(1, 200)]
        with pytest.raises(StoreError, match="full"):
            await bench_.play(poll(builders.event(*runners)))
    assert bench_.rows("SELECT count(*) FROM races") == [(0,)]


async def test_parts_set_aside_are_counted_and_told(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        told = await bench_.play(poll(builders.event(builders.runner(1), builders.runner(2, entrant_id="/"))))
    assert (told["set_aside"], told["failed"], told["status"]) == (1, 0, "partial")
    assert told["errors"][0]["item"] == "answer data.runners[1]"


async def test_a_list_of_starts_and_an_unknown_question_are_passed_over(tmp_path: Path) -> None:
    async with bench(tmp_path) as bench_:
        told = await bench_.play(exchange(path=RACES), exchange(path="/affiliates/v1/sports"), exchange(path=EVENTS))
    assert (told["passed_over"], told["status"], told["rows_written"]) == (3, "ok", 0)


async def test_a_speed_keeps_the_distances_and_none_keeps_no_time(tmp_path: Path) -> None:
    clock = FakeClock()
    write(tmp_path / "in", *(poll(received_at=later(seconds, NOW)) for seconds in (0, 60, 30, 360)))
    async with bench(tmp_path) as bench_:
        recordings = Recordings(tmp_path / "in", recognised)
        await play_all(recordings, bench_.player, Pace(clock, None), NoProgress())
        assert clock.slept == []
        await play_all(recordings, bench_.player, Pace(clock, 10), NoProgress())
    assert clock.slept == [0, 3, 3, 30]
    assert bench_.player.played.answers == 8
