"""A simulated day in a data folder, up to its middle: races over, late and to come, with rules and what they told."""

import asyncio
import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from raceday_daemon.alerting.new_rule import new_rule
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.poll import Poll
from raceday_daemon.model.snapshot import MeetingCard
from raceday_daemon.nztab.card_mapping import day_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer
from raceday_daemon.simulator.answers import PREFIX, Answers
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.store.records import open_records
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.store.working_store import open_working_store
from tests.alerting import six_bands
from tests.alerting_store import AlertedStore
from tests.simulated import FIRST, snapshot
from tests.workbench import WANTED

DAY = date(2025, 7, 17)
NOW = FIRST + timedelta(minutes=20)
RACES = 5
_BEGIN = FIRST - timedelta(minutes=30)
_STEP = timedelta(minutes=2)


def rules() -> list[AlertRule]:
    """Give rules of two users, some of which tell of much, and the bands of a third."""
    return [
        new_rule(user_id="ann", alert_type="odds_below", threshold=4.0),
        new_rule(user_id="ann", alert_type="race_status"),
        new_rule(user_id="bob", alert_type="odds_shortening", threshold=3.0),
        new_rule(user_id="bob", alert_type="odds_below", threshold=3.0, entrant="nobody-knows-it"),
        *six_bands(user_id="Default User"),
    ]


def lived_day(folder: Path) -> Path:
    """Put a copy of the day into a folder that is not there yet; the day itself is lived once a process."""
    shutil.copytree(_lived(), folder)
    return folder


@cache
def _lived() -> Path:
    folder = Path(mkdtemp(prefix="lived-day-"))
    # In a thread of its own, since the one that asks may have a loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _live(folder)).result()
    return folder


async def _live(folder: Path) -> None:
    await (await open_working_store(folder)).close()
    records = await open_records(folder)
    plan = plan_day(1, FIRST, races=RACES, every_seconds=360)
    with closing(sqlite3.connect(folder / STORE, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        store = AlertedStore(connection)
        store.add(*rules())
        for card in _cards(plan, _BEGIN):
            store.take_card(card)
        at = _BEGIN
        while at <= NOW:
            for race in plan.races:
                commit = store.take(snapshot(plan, race, at))
                await records.add_poll(_poll(race.race_id, at, commit.rows_written))
            at += _STEP
    await records.close()


def _cards(plan: DayPlan, at: datetime) -> tuple[MeetingCard, ...]:
    answer = Answers(plan).answer(f"{PREFIX}/meetings", f"date_from={DAY}&date_to={DAY}&limit=200", at)
    decoded, aside = decode(MeetingsAnswer, json.dumps(answer.document).encode())
    return day_card([(decoded, aside)], DAY, WANTED).cards


def _poll(race_id: str, at: datetime, rows_written: int) -> Poll:
    outcome = "ok" if rows_written else "unchanged"
    return Poll(
        race_id=race_id,
        due_at=at,
        began_at=at,
        ended_at=at,
        reason="every 2m",
        outcome=outcome,
        rows_written=rows_written,
    )
