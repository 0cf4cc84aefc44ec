"""What tests of the simulator share: days to ask about, and questions as the daemon asks them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.simulator.answers import PREFIX, Answers
from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.simulator.plan import DayPlan, RacePlan
from raceday_daemon.simulator.planning import plan_day
from tests import builders

Document = dict[str, Any]

FIRST = datetime(2025, 7, 17, 2, 0, tzinfo=UTC)
"""The first start: two in the afternoon in Auckland."""

EVERYTHING = "enc=json&with_money_tracker=true&with_tote_trends_data=true&with_big_bets=true&with_biggest_bet=true"


def event(plan: DayPlan, race: RacePlan, at: datetime, query: str = EVERYTHING) -> Document:
    """Give the data of a race at an instant."""
    data: Document = Answers(plan).answer(f"{PREFIX}/events/{race.race_id}", query, at).document["data"]
    return data


def snapshot(plan: DayPlan, race: RacePlan, at: datetime) -> RaceSnapshot:
    """Give what the daemon reads of a race at an instant."""
    return builders.mapped(Answers(plan).answer(f"{PREFIX}/events/{race.race_id}", EVERYTHING, at).document)


def race_with(kind: Kind, seed: int = 1) -> tuple[DayPlan, RacePlan]:
    """Give a day, and its first race that this happens to."""
    plan = plan_day(seed, FIRST)
    return plan, next(race for race in plan.races if kind in race.kinds)


def life(race: RacePlan, step_seconds: float = 15, before_seconds: float = 3600) -> Iterator[datetime]:
    """Give the instants of a race's life, from an hour before its start until nothing changes any more."""
    at = race.start - timedelta(seconds=before_seconds)
    while at < race.over_at + timedelta(seconds=2 * step_seconds):
        yield at
        at += timedelta(seconds=step_seconds)


def pools_of(data: Document) -> dict[str, int]:
    """Give the pools of an event in cents, by product."""
    return {pool["product_type"]: round(100 * pool["total"]) for pool in data["tote_pools"]}


def tracker_sums(data: Document, side: str) -> dict[str, int]:
    """Sum the money tracker's rows by entrant id; `side` is hold or bet."""
    sums: dict[str, int] = {}
    for row in data["money_tracker"]["entrants"]:
        sums[row["entrant_id"]] = sums.get(row["entrant_id"], 0) + row[f"{side}_percentage"]
    return sums
