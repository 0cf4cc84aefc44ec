"""The data of /events/{id}: a race whole, as the source sends it."""

from datetime import UTC, datetime
from typing import Any, Final

from raceday_daemon.model.race import OPEN
from raceday_daemon.simulator.asked import EventQuestion
from raceday_daemon.simulator.bets import big_bets, biggest_bet
from raceday_daemon.simulator.grid import AUCKLAND
from raceday_daemon.simulator.market import Market, market_of
from raceday_daemon.simulator.meeting_answer import multi_leg_pools
from raceday_daemon.simulator.money_tracker import money_tracker
from raceday_daemon.simulator.plan import MeetingPlan
from raceday_daemon.simulator.pools import filled, places_paid
from raceday_daemon.simulator.prices import number_sent
from raceday_daemon.simulator.race_now import RaceNow
from raceday_daemon.simulator.results import dividends, placings
from raceday_daemon.simulator.runner_answer import SILKS_HOST, runners, standing_out
from raceday_daemon.simulator.trends import tote_trends

_PRIZE_PARTS: Final = {"1st": 0.56, "2nd": 0.18, "3rd": 0.09, "4th": 0.05}
_MULTI_LEG_SIZE: Final = 0.8


def event_data(meeting: MeetingPlan, now: RaceNow, asked: EventQuestion) -> dict[str, Any]:
    """Give the data of a race as it stands; bets, money tracker and tote trends only where they were asked for."""
    market = market_of(now)
    field = runners(market)
    data = {
        "race": _race(meeting, market),
        "results": placings(now),
        "dividends": dividends(now),
        "substitutions": None,
        "favourite": standing_out(field, "favourite"),
        "runners": field,
        "derivatives": None,
        "mover": standing_out(field, "mover"),
        "big_bets": (big_bets(meeting, now) or None) if asked.with_big_bets else None,
        "live_bets": None,
        "biggest_bet": biggest_bet(meeting, now) if asked.with_biggest_bet else None,
        "tote_pools": _tote_pools(meeting, market, asked),
        "error": "",
    }
    return data | ({"money_tracker": money_tracker(market)} if asked.with_money_tracker else {})


def _race(meeting: MeetingPlan, market: Market) -> dict[str, Any]:
    now = market.now
    race, venue, local = now.plan, meeting.venue, now.start.astimezone(AUCKLAND)
    sent: dict[str, Any] = {
        "event_id": race.race_id,
        "meeting_name": venue.name,
        "display_meeting_name": venue.name,
        "meeting_id": meeting.meeting_id,
        "status": now.status,
        "description": race.name,
        "advertised_start": int(now.start.timestamp()),
        "actual_start": int(now.actual_start.timestamp()) if now.actual_start else 0,
        "advertised_start_string": _go_string(now.start),
        "actual_start_string": _go_string(now.actual_start or datetime.fromtimestamp(0, UTC)),
        "race_date_nz": local.date().isoformat(),
        "start_time_nz": f"{local:%H:%M:%S %Z}",
        "race_number": race.number,
        "type": venue.category,
        "start_type": "Mobile" if venue.category == "H" else "",
        "country": venue.country,
        "state": venue.state,
        "distance": race.distance,
        "weather": meeting.weather,
        "track_condition": meeting.track_condition,
        "entrant_count": len(race.runners),
        "field_size": market.starters,
        "positions_paid": places_paid(market.starters),
        "prize_monies": _prize_monies(race.prize_money),
        **_about_the_course(race.race_id),
    }
    return sent | ({"protest": True, "protest_reason": now.protest_reason} if now.protest_reason else {})


def _about_the_course(race_id: str) -> dict[str, Any]:
    return {
        "form_guide": "",
        "comment": "This race is made up.",
        "silk_base_url": SILKS_HOST,
        "silk_url": f"https://{SILKS_HOST}/{race_id}_SPRITE_64x64.png",
        "track_direction": "Left",
        "track_surface": "Grass",
        "track_circumference": 1800,
        "track_home_straight": 400,
        "rail_position": "True",
        "video_channels": ["Trackside1"],
        "tips": None,
        "group": "",
        "class": "",
    }


def _prize_monies(total: int) -> dict[str, int]:
    return {place: round(total * part) for place, part in _PRIZE_PARTS.items()} | {"total_value": total}


def _go_string(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"


def _tote_pools(meeting: MeetingPlan, market: Market, asked: EventQuestion) -> list[dict[str, Any]]:
    now = market.now
    trends = tote_trends(meeting, now) if asked.with_tote_trends_data else {}
    totals = {product: pool.total for product, pool in market.pools.items()}
    many_legs = 0 if now.plan.abandoned_at == now.market_at else filled(now.plan, now.market_at)
    for product in multi_leg_pools(meeting, now.plan.number):
        totals[product] = int(now.plan.win_pool_cents * _MULTI_LEG_SIZE * many_legs)
    return [
        _pool(product, cents, now) | ({"tote_trends": trends[product]} if product in trends else {})
        for product, cents in totals.items()
    ]


def _pool(product: str, cents: int, now: RaceNow) -> dict[str, Any]:
    return {
        "product_type": product,
        "total": number_sent(cents / 100),
        "status": "OPEN" if now.status == OPEN else "CLOSED",
        "guarantee": 0,
        "brought_forward": 0,
        "terminating": False,
        "jackpot": 0,
        "leg": 0,
        "is_commingled": True,
        "is_final": now.is_over,
    }
