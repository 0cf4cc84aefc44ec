"""The API over loopback HTTP: what it tells of the racing, and in which form it may be asked."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.alerting.new_money import shares_of
from raceday_daemon.model.market import OddsPoint
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.timeline import MOST_PRICES, thinned
from tests.builders import RACE_ID, START, entrant, later, meeting, money_point, pools, race, results
from tests.lived_day import NOW, RACES, lived_day
from tests.served_site import Shown, shown
from tests.workbench import named_rows, rows

Facts = dict[str, Any]


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shown]:
    """A site that shows a simulated day, in its middle."""
    async with shown(lived_day(tmp_path / "data"), now=NOW) as site:
        yield site


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Shown]:
    """A site that shows nothing but what a test writes; it is 2025-07-17."""
    async with shown(tmp_path) as site:
        yield site


async def put(site: Shown, *records: Any) -> None:
    await site.house.store.transaction(lambda connection: write(connection, records))


def store_of(tmp_path: Path) -> Path:
    return tmp_path / "data" / "raceday.db"


async def test_the_meetings_of_a_day_come_in_order_of_their_first_race_with_their_races(day: Shown) -> None:
    facts = (await day.ask("/api/meetings")).facts
    assert facts == (await day.ask("/api/meetings?date=2025-07-17")).facts
    assert (facts["racing_day"], facts["now"]) == ("2025-07-17", "2025-07-17T02:20:00.000Z")
    firsts = [one["first_race_start"] for one in facts["meetings"]]
    assert firsts == sorted(firsts)
    listed = [line for one in facts["meetings"] for line in one["races"]]
    assert len(listed) == RACES
    for one in facts["meetings"]:
        assert [line["race_number"] for line in one["races"]] == sorted(line["race_number"] for line in one["races"])
        assert {line["meeting_name"] for line in one["races"]} == {one["meeting_name"]}


async def test_a_meeting_without_races_and_one_that_is_withdrawn(empty: Shown) -> None:
    bare = meeting(meeting_id="bare", meeting_name="Bare")
    gone = meeting(meeting_id="gone", withdrawn_at=later(0))
    first = meeting(first_race_start=START)
    withdrawn = race(race_id="race-2", race_number=2, withdrawn_at=later(0))
    await put(empty, bare, gone, first, race(), withdrawn, race(race_id="race-3", meeting_id="gone"))
    facts = (await empty.ask("/api/meetings")).facts
    assert [(one["meeting_name"], [line["race_id"] for line in one["races"]]) for one in facts["meetings"]] == [
        ("Awapuni", [RACE_ID]),
        ("Bare", []),
    ]
    assert (await empty.ask("/api/races")).facts["races"] == facts["meetings"][0]["races"]
    assert (await empty.ask("/api/meetings?date=2025-07-18")).facts["meetings"] == []


async def test_the_races_of_a_day_come_by_start_a_page_at_a_time(day: Shown) -> None:
    whole = (await day.ask("/api/races")).facts
    assert len(whole["races"]) == RACES
    assert whole["next"] is None
    starts = [line["start_time"] for line in whole["races"]]
    assert starts == sorted(starts)
    for limit in (1, 2, RACES - 1, RACES):
        pages = await all_pages(day, f"/api/races?limit={limit}", "races")
        assert pages == whole["races"]
    final = (await day.ask("/api/races?status=Final")).facts["races"]
    assert final == [line for line in whole["races"] if line["status"] == "Final"] != []
    assert (await day.ask("/api/races?status=Nothing")).facts["races"] == []


async def all_pages(site: Shown, path: str, name: str) -> list[Facts]:
    """Go through a list to its end; every page but the last one is full."""
    found: list[Facts] = []
    after = ""
    while True:
        facts = (await site.ask(path + after)).facts
        found += facts[name]
        if facts["next"] is None:
            return found
        assert len(facts[name]) == int(path.partition("limit=")[2].partition("&")[0])
        after = f"&after={facts['next']}"


async def test_upcoming_races_are_those_that_are_still_to_run_the_late_ones_first(empty: Shown) -> None:
    statuses = ["Open", "Closed", "Interim", "Final", "Abandoned", "Delayed"]
    late = [race(race_id=f"late-{one}", start_time=later(-60), status=one) for one in statuses]
    await put(
        empty,
        meeting(),
        race(race_id="soon", start_time=later(60)),
        race(race_id="tomorrow", start_time=later(86_400)),
        race(race_id="given-up", start_time=later(-7 * 3600)),
        *late,
    )
    found = [line["race_id"] for line in (await empty.ask("/api/upcoming")).facts["races"]]
    assert found == ["late-Delayed", "late-Open", "soon", "tomorrow"]
    assert len((await empty.ask("/api/upcoming?limit=2")).facts["races"]) == 2


async def test_a_race_is_told_whole(day: Shown, tmp_path: Path) -> None:
    for line in (await day.ask("/api/races")).facts["races"]:
        view = (await day.ask(f"/api/races/{line['race_id']}")).facts
        assert view["race"] == line
        stored = named_rows(
            store_of(tmp_path), "SELECT * FROM entrants WHERE raceId = ? ORDER BY runnerNumber", line["race_id"]
        )
        assert [(one["name"], one["fixed_win_odds"], one["win_pool_amount"]) for one in view["runners"]] == [
            (one["name"], one["fixedWinOdds"], one["winPoolAmount"]) for one in stored
        ]
        assert [one["is_scratched"] for one in view["runners"]] == [bool(one["isScratched"]) for one in stored]
        if view["results"]:
            assert view["results"]["placings"][0]["position"] == 1
            assert all(isinstance(one["dividend"], float) for one in view["results"]["dividends"])
        else:
            assert line["result_status"] is None


async def test_the_timeline_is_the_newest_row_of_each_bucket_and_adds_up(day: Shown, tmp_path: Path) -> None:
    seen = 0
    for line in (await day.ask("/api/races")).facts["races"]:
        view = (await day.ask(f"/api/races/{line['race_id']}")).facts
        intervals = [bucket["time_interval"] for bucket in view["timeline"]]
        assert intervals == sorted(set(intervals), reverse=True)
        for place, runner in enumerate(view["runners"]):
            newest = named_rows(
                store_of(tmp_path),
                "SELECT timeInterval, incrementalWinAmount, winPoolAmount, max(eventTimestamp) AS at"
                " FROM money_flow_history WHERE entrantId = ? GROUP BY timeInterval ORDER BY timeInterval DESC",
                runner["entrant_id"],
            )
            told = [
                (bucket["time_interval"], bucket["increments"][place], bucket["win_pool_amounts"][place])
                for bucket in view["timeline"]
            ]
            known = [one for one in told if one[1] is not None]
            expected = [(one["timeInterval"], one["incrementalWinAmount"], one["winPoolAmount"]) for one in newest]
            assert known == [one for one in expected if one[1] is not None]
            if known:
                assert sum(one[1] for one in known) == known[-1][2]
                seen += 1
        for bucket in view["timeline"]:
            shares = [share for share in bucket["new_money_percentages"] if share is not None]
            assert not shares or sum(shares) == pytest.approx(100)
    assert seen > 10


def test_shares_of_new_money_count_refunds_as_nothing_and_leave_out_what_is_not_known() -> None:
    assert shares_of({"a": 300, "b": 100, "c": -50, "d": None}) == {"a": 75.0, "b": 25.0, "c": 0.0}
    assert shares_of({"a": 0, "b": -50}) == {}
    assert shares_of({}) == {}


async def test_a_line_of_prices_is_the_fixed_ones_else_the_totes_and_short(empty: Shown) -> None:
    def price(number: int, kind: str, odds: float, seconds: float) -> OddsPoint:
        return OddsPoint(
            entrant_id=f"runner-{number}",
            race_id=RACE_ID,
            type=kind,
            odds=odds,
            event_timestamp=later(seconds),
            time_to_start_seconds=60,
        )

    many = [price(1, "fixed_win", 2.0 + step / 100, step) for step in range(500)]
    tote = [price(2, "pool_win", 8.0, 1), price(1, "pool_win", 9.0, 2), price(3, "fixed_place", 1.5, 3)]
    await put(empty, meeting(), race(), *[entrant(number) for number in (1, 2, 3)], *many, *tote)
    first, second, third = (await empty.ask(f"/api/races/{RACE_ID}")).facts["runners"]
    assert (first["price_type"], len(first["prices"])) == ("fixed_win", MOST_PRICES)
    assert (first["prices"][0]["odds"], first["prices"][-1]["odds"]) == (2.0, 2.0 + 499 / 100)
    assert [point["at"] for point in first["prices"]] == sorted({point["at"] for point in first["prices"]})
    assert (second["price_type"], [point["odds"] for point in second["prices"]]) == ("pool_win", [8.0])
    assert (third["price_type"], third["prices"]) == (None, [])


@pytest.mark.parametrize("count", [0, 1, 2, 59, 60, 61, 1000])
def test_thinned_points_keep_both_ends_and_their_order(count: int) -> None:
    points = list(range(count))
    thin = list(thinned(points, 60))
    assert len(thin) == min(count, 60)
    assert thin == sorted(set(thin))
    assert not points or (thin[0], thin[-1]) == (0, count - 1)


async def test_results_are_told_as_far_as_they_are_what_they_should_be(empty: Shown) -> None:
    placings = [
        {"position": 1, "runner_number": 4, "name": "Ruji", "entrant_id": "e", "margin_length": 0.5},
        {"position": 1, "runner_number": True, "name": 7, "margin_length": [1]},
        {"position": None},
        "no placing",
    ]
    dividends = [
        {"product_name": "Pool Win", "dividend": 3, "status": "Final", "description": "4"},
        {"product_name": "Pool Place", "dividend": "1.5"},
        {"dividend": 2.5},
        7,
    ]
    odd = results(results_data=json.dumps(placings), dividends_data=json.dumps(dividends))
    await put(empty, meeting(), race(status="Final"), odd, pools())
    told = (await empty.ask(f"/api/races/{RACE_ID}")).facts["results"]
    assert told["placings"] == [
        {"position": 1, "runner_number": 4, "entrant_id": "e", "name": "Ruji", "margin": "0.5"},
        {"position": 1, "runner_number": None, "entrant_id": None, "name": None, "margin": None},
    ]
    assert told["dividends"] == [{"product_name": "Pool Win", "dividend": 3.0, "status": "Final", "description": "4"}]
    for text in ("{", "[" * 100_000, '{"a": 1}', None):
        await put(empty, results(results_data=text, dividends_data=text))
        told = (await empty.ask(f"/api/races/{RACE_ID}")).facts["results"]
        assert (told["placings"], told["dividends"]) == ([], [])
    await put(empty, results(results_available=False))
    assert (await empty.ask(f"/api/races/{RACE_ID}")).facts["results"] is None


async def test_a_race_that_has_not_changed_costs_an_empty_answer(empty: Shown) -> None:
    path = f"/api/races/{RACE_ID}"
    await put(empty, meeting(), race(), entrant(1))
    first = await empty.ask(path)
    tag = first.headers["ETag"]
    assert first.facts["version"] in tag
    assert first.headers["Cache-Control"] == "no-cache"
    again = await empty.ask(path, If_None_Match=tag)
    assert (again.status, again.headers["ETag"]) == (304, tag)
    changes = [
        race(last_updated=later(1)),
        entrant(1, last_updated=later(2)),
        entrant(2),
        pools(last_updated=later(1)),
        results(last_updated=later(1)),
        money_point(),
        meeting(last_updated=later(1)),
    ]
    for change in changes:
        await put(empty, change)
        answer = await empty.ask(path, If_None_Match=f'"other", {tag}')
        assert answer.status == 200, change
        assert answer.headers["ETag"] != tag
        tag = answer.headers["ETag"]
        assert (await empty.ask(path, If_None_Match=tag)).status == 304


async def test_the_history_of_a_race_comes_oldest_first_a_page_at_a_time(day: Shown, tmp_path: Path) -> None:
    race_id = (await day.ask("/api/races")).facts["races"][0]["race_id"]
    for kind, table in (("fixed_win", "odds_history"), ("pool_place", "odds_history"), ("money", "money_flow_history")):
        of_type = "" if kind == "money" else f"AND type = '{kind}'"
        ((count,),) = rows(store_of(tmp_path), f"SELECT count(*) FROM {table} WHERE raceId = ? {of_type}", race_id)
        name, other = ("money", "prices") if kind == "money" else ("prices", "money")
        points = await all_pages(day, f"/api/races/{race_id}/history?type={kind}&limit=7", name)
        assert len(points) == count > 20
        assert [point["event_timestamp"] for point in points] == sorted(point["event_timestamp"] for point in points)
        assert (await day.ask(f"/api/races/{race_id}/history?type={kind}")).facts[other] == []
        runner = points[0]["entrant_id"]
        own = (await day.ask(f"/api/races/{race_id}/history?type={kind}&limit=500&entrant={runner}")).facts[name]
        assert own == [point for point in points if point["entrant_id"] == runner]


async def test_a_race_that_is_not_stored_is_told_so(empty: Shown) -> None:
    for path in ("/api/races/nobody", "/api/races/nobody/history", "/api/races/%00%F0%9F%90%8E"):
        answer = await empty.ask(path)
        assert (answer.status, answer.facts) == (404, {"error": "no such race is stored"})


REFUSED = {
    "/api/meetings?day=2025-07-17": "day: there is no such name here; there are: date",
    "/api/meetings?date=17.7.2025": "date: a day is written as 2025-07-17",
    "/api/meetings?date=2025-7-17": "date: a day is written as 2025-07-17",
    "/api/meetings?date=2025-02-30": "date: a day is written as 2025-07-17",
    "/api/meetings?date=٢٠٢٥-07-17": "date: a day is written as 2025-07-17",
    "/api/upcoming?limit=0": "limit: Input should be greater than or equal to 1",
    "/api/upcoming?limit=501": "limit: Input should be less than or equal to 500",
    "/api/upcoming?limit=1_0": "limit: a whole number is needed",
    "/api/upcoming?limit=9" + "9" * 400: "limit: Input should be less than or equal to 500",
    "/api/upcoming?limit=1&limit=2": "limit: it is given more than once",
    "/api/upcoming?after=x": "after: there is no such name here; there are: limit",
    "/api/races?status=": "status: String should have at least 1 character",
    "/api/races?after=x": "after: this is no place in this list; take the `next` of a page as it is",
    "/api/races?after=WzEsMl0": "after: this is no place in this list; take the `next` of a page as it is",
    "/api/races?after=W10": "after: this is no place in this list; take the `next` of a page as it is",
    "/api/races?after=%F0%9F%90%8E": "after: this is no place in this list; take the `next` of a page as it is",
    "/api/races/x/history?type=odds": (
        "type: Input should be 'fixed_win', 'fixed_place', 'pool_win', 'pool_place' or 'money'"
    ),
    "/api/health?x=1": "x: there is no such name here; there are: none",
    "/api/status?x=1": "x: there is no such name here; there are: none",
    "/api/openapi.json?x=1": "x: there is no such name here; there are: none",
    "/api/events?since=1": "since: there is no such name here; there are: user, last_event_id",
    "/api/meetings?%1B%5B31m=1": "?[31m: there is no such name here; there are: date",
}


async def test_what_does_not_fit_is_refused_by_its_name(empty: Shown) -> None:
    for path, sentence in REFUSED.items():
        answer = await empty.ask(path)
        assert (path, answer.status, answer.facts) == (path, 400, {"error": sentence})


async def test_health_tells_how_things_stand_and_the_daemons_time(day: Shown) -> None:
    facts = (await day.ask("/api/health")).facts
    assert facts["time"] == {"now": "2025-07-17T02:20:00.000Z", "speed": 1.0, "timezone": "UTC"}
    assert facts["health"]["breakers"] == {"poll": "closed"}
    assert (facts["health"]["stale_races"], facts["health"]["broken_races"]) == ([], [])
    assert facts["health"]["racing_day"] == "2025-07-17"
    assert facts["health"]["failing_jobs"] == []
    assert facts["access"]["may_write"] is False


async def test_a_race_whose_looks_fail_twice_is_told_as_stale(day: Shown) -> None:
    await day.supervisor.compare()
    loop = next(iter(day.supervisor.loops.values()))
    for failures, stale in ((1, []), (2, [loop.race.race_id])):
        object.__setattr__(loop.standing, "failures", failures)
        told = (await day.ask("/api/health")).facts["health"]["stale_races"]
        assert [one["race_id"] for one in told] == stale


async def test_every_instant_is_utc_with_milliseconds(day: Shown) -> None:
    def instants(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [one for name, item in value.items() for one in instants(item) if name not in ("status",)]
        if isinstance(value, list):
            return [one for item in value for one in instants(item)]
        return [value] if isinstance(value, str) and value[4:5] == "-" and "T" in value else []

    race_id = (await day.ask("/api/races")).facts["races"][0]["race_id"]
    found = instants((await day.ask(f"/api/races/{race_id}")).facts)
    assert len(found) > 20
    for text in found:
        assert len(text) == 24, text
        assert text.endswith("Z"), text
        assert datetime.fromisoformat(text).utcoffset() is not None
