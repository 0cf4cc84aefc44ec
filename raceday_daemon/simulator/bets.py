"""Big bets, as the source makes them public."""

from typing import Any, Final
from uuid import UUID

from raceday_daemon.simulator.grid import spelled
from raceday_daemon.simulator.plan import BetPlan, MeetingPlan, RunnerPlan
from raceday_daemon.simulator.prices import chances, fixed_odds, number_sent
from raceday_daemon.simulator.race_now import RaceNow

BETS_LIMIT: Final = 10


def big_bets(meeting: MeetingPlan, now: RaceNow) -> list[dict[str, Any]]:
    """Give the bets placed so far, the newest first; at most ten."""
    placed = [bet for bet in now.plan.bets if bet.at <= now.market_at]
    return [_bet(meeting, now, bet) for bet in placed[::-1][:BETS_LIMIT]]


def biggest_bet(meeting: MeetingPlan, now: RaceNow) -> dict[str, Any] | None:
    """Give the largest bet placed so far; the first of several."""
    placed = [bet for bet in now.plan.bets if bet.at <= now.market_at]
    return _bet(meeting, now, max(placed, key=lambda bet: bet.stake_cents)) if placed else None


def _bet(meeting: MeetingPlan, now: RaceNow, bet: BetPlan) -> dict[str, Any]:
    race = now.plan
    runner = race.runners[bet.number - 1]
    others = [{**_leg_race(meeting, race.number + leg, race.name), "entrant_id": None} for leg in range(1, bet.legs)]
    legs = [_leg_race(meeting, race.number, race.name) | _selected(runner), *others]
    price = fixed_odds(race, chances(race, bet.at))[bet.number].win
    return {
        "title": "Win" if bet.legs == 1 else f"{bet.legs}-Leg Multi",
        "description": [f"{runner.name} ({runner.barrier})"],
        "stake": number_sent(bet.stake_cents / 100),
        "legs": [{"race": leg, "selections": None} for leg in legs],
        "place_time": spelled(bet.at, bet.nanoseconds),
        "place_odds": number_sent(round(price * 2.5 ** (bet.legs - 1), 2)),
    }


def _leg_race(meeting: MeetingPlan, number: int, name: str) -> dict[str, Any]:
    return {
        "meeting_name": meeting.venue.name,
        "race_name": name,
        "race_number": number,
        "product_type_name": "Win",
    }


def _selected(runner: RunnerPlan) -> dict[str, Any]:
    return {
        # As published: the sixteen bytes of the id, as numbers.
        "entrant_id": list(UUID(runner.entrant_id).bytes),
        "entrant_name": runner.name,
        "entrant_number": runner.number,
        "barrier_number": runner.barrier,
    }
