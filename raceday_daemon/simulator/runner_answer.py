"""A runner of an event, in the source's own spelling."""

from datetime import timedelta
from typing import Any, Final

from raceday_daemon.simulator.grid import spelled
from raceday_daemon.simulator.market import Market
from raceday_daemon.simulator.plan import RunnerPlan
from raceday_daemon.simulator.prices import number_sent, opening_price
from raceday_daemon.simulator.race_now import RaceNow

SILKS_HOST: Final = "silks.example.org"

_BETTING_OPENS: Final = timedelta(hours=20)
_ONLY_OF_THE_FIELD: Final = frozenset(
    {
        "competitor_id",
        "flucs",
        "flucs_with_timestamp",
        "meta",
        "ride_guide_exists",
        "ride_guide_file",
        "ride_guide_thumbnail",
        "scr_time",
    }
)


def runners(market: Market) -> list[dict[str, Any]]:
    """Give every runner, also those that don't run any more; one is the favourite, one the mover."""
    now, prices = market.now, market.fixed
    running = [runner for runner in now.plan.runners if not runner.is_scratched(now.at)]
    favourite = min(running, key=lambda runner: prices[runner.number].win).number
    mover = min(running, key=lambda runner: prices[runner.number].win / opening_price(runner)).number
    return [
        _runner(market, runner) | {"favourite": runner.number == favourite, "mover": runner.number == mover}
        for runner in now.plan.runners
    ]


def standing_out(sent: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Give the runner that is the `favourite` or the `mover` as it is sent a second time."""
    whole = next(runner for runner in sent if runner[name])
    return {key: value for key, value in whole.items() if key not in _ONLY_OF_THE_FIELD}


def _runner(market: Market, runner: RunnerPlan) -> dict[str, Any]:
    now = market.now
    scratched = runner.is_scratched(now.at)
    emergency = runner.is_emergency(now.at)
    return {
        "entrant_id": runner.entrant_id,
        "market_name": "Final Field",
        "primary_market": True,
        "name": runner.name,
        "is_scratched": scratched,
        "is_late_scratched": scratched and runner.late_scratched,
        "is_emergency": emergency,
        "first_start_indicator": False,
        "emergency_position": str(runner.emergency_position) if emergency else "",
        "odds": _odds(market, runner.number),
        "scratch_time": int(runner.scratched_at.timestamp()) if scratched and runner.scratched_at else 0,
        "barrier": runner.barrier,
        "runner_number": runner.number,
        "jockey": runner.jockey,
        "trainer_name": runner.trainer,
        **_flucs(market, runner),
        **_pedigree(now, runner),
    }


def _odds(market: Market, number: int) -> dict[str, float]:
    fixed = market.fixed[number]
    return {
        "fixed_win": number_sent(fixed.win),
        "fixed_place": number_sent(fixed.place),
        "pool_win": number_sent(market.pool_win.get(number, 0)),
        "pool_place": number_sent(market.pool_place.get(number, 0)),
    }


def _flucs(market: Market, runner: RunnerPlan) -> dict[str, Any]:
    """Tell the first price and the present one; what lies between is left out."""
    first: dict[str, Any] = {
        "timestamp": spelled(market.now.plan.start - _BETTING_OPENS, 1 + runner.number),
        "fluc": number_sent(opening_price(runner)),
    }
    last: dict[str, Any] = {
        "timestamp": spelled(market.now.market_at),
        "fluc": number_sent(market.fixed[runner.number].win),
    }
    six = [first, last] if last["fluc"] != first["fluc"] else [first]
    high, low = (choose(six, key=lambda fluc: fluc["fluc"]) for choose in (max, min))
    return {
        "flucs": [fluc["fluc"] for fluc in six],
        "flucs_with_timestamp": {"last_six": six, "open": first, "high": high, "low": low, "nine_am": first},
    }


def _pedigree(now: RaceNow, runner: RunnerPlan) -> dict[str, Any]:
    """Give what never changes and is of no interest here, but belongs to the shape."""
    silk = f"https://{SILKS_HOST}/{now.plan.race_id}/{runner.number}"
    return {
        "gear": "",
        "prize_money": str(250 * runner.number * runner.age),
        "age": runner.age,
        "sex": "g" if runner.number % 2 else "m",
        "colour": "b",
        "silk_colours": runner.silks,
        "silk_url_64x64": f"{silk}_64x64.png",
        "silk_url_128x128": f"{silk}_128x128.png",
        "form_comment": None,
        "class_level": "",
        "apprentice_indicator": "",
        "allowance_weight": "",
        "owners": "",
        "country": "NZ",
        "last_twenty_starts": "",
        "sire": "",
        "dam": "",
        "breeding": "",
        "weight": {"allocated": runner.weight, "total": runner.weight},
        "form_indicators": None,
        "trainer_location": "",
        "meta": None,
        "scr_time": None,
        "competitor_id": "",
        "ride_guide_exists": False,
        "ride_guide_thumbnail": "",
        "ride_guide_file": "",
    }
