"""Whatever the days and the limits: a kept day stays as it is, and of a gone one nothing stays but what waits."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.store import schema
from raceday_daemon.store.rows import read_instant
from tests.builders import entrant, meeting
from tests.pruned_store import (
    HISTORY,
    OF_RACE,
    TODAY,
    PrunedStore,
    afternoon,
    days_ago,
    notification,
    open_store,
    race_rows,
)

LIMITS = st.sampled_from([0, 1, 2, 3, 7])
RACES = st.lists(
    st.tuples(
        st.integers(-1, 9),
        # How many hours after noon of its card's day it starts: cards run past midnight, races are postponed, and a
        # label may be of the day after.
        st.sampled_from([-20, 0, 5, 11, 12, 14, 40, 100]),
        st.sampled_from([None, None, None, "races", "entrants", "big-bets", "refused"]),
    ),
    max_size=8,
)
TOLD = st.lists(st.integers(0, 9), max_size=5)

Rows = dict[str, list[tuple[Any, ...]]]
TABLES = (*OF_RACE, "meetings", "notifications")


async def fill(here: PrunedStore, races: list[tuple[int, int, str | None]], told: list[int]) -> set[str]:
    """Write what there is, and let some of it wait; give the races of which something waits."""
    waiting = set()
    for number, (days, hours, waits) in enumerate(races):
        race_id, day = f"race-{number}", days_ago(days)
        start = afternoon(day, hour=12) + timedelta(hours=hours)
        await here.put(*race_rows(race_id, day, start), entrant(2, entrant_id=f"{race_id}-2", race_id=race_id))
        if waits:
            table, row = {
                "entrants": (schema.ENTRANTS, f"{race_id}-2"),
                "big-bets": (schema.BIG_BETS, f"{race_id}-bet-1"),
            }.get(waits, (schema.RACES, race_id))
            await here.wait_for_appwrite(table, row, refused=waits == "refused")
            waiting.add(race_id)
    await here.put(meeting(meeting_id="empty", date=days_ago(4)))
    await here.put(*(notification(f"told-{n}", afternoon(days_ago(days)), f"race-{n}") for n, days in enumerate(told)))
    return waiting


def contents(here: PrunedStore) -> Rows:
    return {table: here.rows(table) for table in TABLES}


def racing_days(here: PrunedStore) -> dict[str, date]:
    """Give each race's racing day, said once more: the later one of its card's and its start's."""
    cards = {row[0]: read_instant(row[8]).date() for row in here.rows("meetings")}
    return {row[0]: max(cards[row[3]], racing_day(read_instant(row[6]))) for row in here.rows("races")}


def expected(
    before: Rows, days: dict[str, date], waiting: set[str], history: int, races: int, notifications: int
) -> Rows:
    """Say what must be left of what there was."""

    def is_old(day: date, kept_days: int) -> bool:
        return kept_days > 0 and day < TODAY - timedelta(days=kept_days)

    gone = {race for race, day in days.items() if is_old(day, races) and race not in waiting}
    bare = {race for race, day in days.items() if is_old(day, history) and race not in waiting} | gone
    with_races = {row[3] for row in before["races"] if row[0] not in gone}

    def stays(table: str, row: tuple[Any, ...]) -> bool:
        text = str(row)
        of = next((race for race in days if f"'{race}'" in text), None)
        if table in HISTORY:
            return of not in bare
        if table == "notifications":
            told_on = racing_day(read_instant(row[-1]))
            return not is_old(told_on, notifications) or (of in days and start_day(before, of) >= TODAY)
        if table == "meetings" or (table == "looks" and of is None):
            card = next((one for one in before["meetings"] if one[0] == row[0]), row)
            return card[0] in with_races or not is_old(read_instant(card[8]).date(), races)
        return of not in gone

    return {table: [row for row in rows if stays(table, row)] for table, rows in before.items()}


def start_day(before: Rows, race_id: str | None) -> date:
    return next(racing_day(read_instant(row[6])) for row in before["races"] if row[0] == race_id)


@settings(deadline=None, max_examples=30)
@example([(2, -20, None), (3, 12, None), (9, 0, "entrants")], [9], 2, 0, 0)
@example([(2, -20, None), (3, 12, None), (9, 0, "big-bets")], [9], 0, 2, 7)
@given(RACES, TOLD, LIMITS, LIMITS, LIMITS)
def test_what_is_kept_stays_and_what_is_old_goes_once(
    races: list[tuple[int, int, str | None]], told: list[int], history: int, whole: int, notifications: int
) -> None:
    async def live() -> None:
        with TemporaryDirectory() as folder:
            async with open_store(Path(folder)) as here:
                waiting = await fill(here, races, told)
                limits = {"history": history, "races": whole, "notifications": notifications}
                before, days = contents(here), racing_days(here)
                counted = here.count(**limits)
                house = await here.keep_house(**limits)
                assert contents(here) == expected(before, days, waiting, history, whole, notifications)
                assert counted["removed"] == house.facts()["removed"]
                assert counted["races_kept"] == house.facts()["races_kept"]
                again = await here.keep_house(**limits)
                assert not any(again.facts()["removed"].values())

    asyncio.run(live())
