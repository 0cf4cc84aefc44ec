"""The money in an event's answer: pools in cents, the tracker summed, each runner's share of Win and Place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import fromstring

from tests.auditor.answers import Document
from tests.auditor.values import cents

Row = dict[str, Any]
Shares = Mapping[str, float]
"""Percentages by entrant id."""

_POOLS: Final = {
    "Win": "winPoolTotal",
    "Place": "placePoolTotal",
    "Quinella": "quinellaPoolTotal",
    "Trifecta": "trifectaPoolTotal",
    "Exacta": "exactaPoolTotal",
    "FirstFour": "first4PoolTotal",
}


def told_pools(data: Document) -> Row:
    """Give the pools of this race alone; those over several races are left out."""
    sent = {_POOLS[pool["product_type"]]: cents(pool["total"]) for pool in _own_pools(data)}
    return {
        **dict.fromkeys(_POOLS.values()),
        **sent,
        "raceId": data["race"]["event_id"],
        "totalRacePool": sum(sent.values()) if sent else None,
        "currency": "$",
    }


def no_pools(race_id: str) -> Row:
    """Give the row of a race of which no pool is known yet."""
    return {**dict.fromkeys(_POOLS.values()), "raceId": race_id, "totalRacePool": None, "currency": "$"}


def told_money(data: Document, runners: Sequence[Document], pools: Row) -> dict[str, Row]:
    """Give the money of each runner by entrant id."""
    holds, bets = _summed(data, "hold_percentage"), _summed(data, "bet_percentage")
    win, win_method = _first_of(
        (_by_trends(data, runners, "Win", "WIN"), "tote_trends"),
        (_by_odds(runners), "tote_odds"),
        (_by_hold(holds), "hold_percentage"),
    )
    place, place_method = _first_of(
        (_by_trends(data, runners, "Place", "PLC"), "tote_trends"), (_by_hold(holds), "hold_percentage")
    )
    return {
        entrant_id: {
            "holdPercentage": holds.get(entrant_id),
            "betPercentage": bets.get(entrant_id),
            "winPoolPercentage": win.get(entrant_id),
            "winPoolAmount": _amount(win.get(entrant_id), pools["winPoolTotal"]),
            "shareMethod": win_method if entrant_id in win else None,
            "placePoolPercentage": place.get(entrant_id),
            "placePoolAmount": _amount(place.get(entrant_id), pools["placePoolTotal"]),
            "placeShareMethod": place_method if entrant_id in place else None,
        }
        for entrant_id in (runner["entrant_id"] for runner in runners)
    }


def _own_pools(data: Document) -> list[Document]:
    return [pool for pool in data.get("tote_pools") or [] if pool["product_type"] in _POOLS]


def _summed(data: Document, side: str) -> dict[str, float]:
    """Sum the tracker's many rows of each id; some ids are no runners."""
    sums: dict[str, float] = {}
    for row in (data.get("money_tracker") or {}).get("entrants") or []:
        sums[row["entrant_id"]] = sums.get(row["entrant_id"], 0.0) + row[side]
    return sums


def _first_of(*ways: tuple[Shares, str]) -> tuple[Shares, str]:
    return next((way for way in ways if way[0]), ({}, ""))


def _by_trends(data: Document, runners: Sequence[Document], product: str, bet_type: str) -> Shares:
    """Give the shares by the trends of that pool: investment over the document's own total."""
    sent = [pool["tote_trends"]["tote_trends_data"] for pool in _own_pools(data) if _has_trends(pool, product)]
    if not sent:
        return {}
    (bets,) = fromstring(sent[0]).findall(f".//bet_type[@type='{bet_type}']")
    total = float(bets.findtext("pool_total") or 0)
    ids = {str(runner["runner_number"]): runner["entrant_id"] for runner in runners}
    return {
        ids[runner.get("runner_number", "")]: _percentage(float(runner.findtext("runner_investment") or 0), total)
        for runner in bets.findall("runners/runner")
        if total
    }


def _has_trends(pool: Document, product: str) -> bool:
    return bool(pool["product_type"] == product and pool.get("tote_trends"))


def _by_odds(runners: Sequence[Document]) -> Shares:
    """Give the shares by the tote's prices, only where every runner not scratched has one."""
    running = [one for one in runners if not one["is_scratched"] and not one["is_late_scratched"]]
    prices = {one["entrant_id"]: one["odds"]["pool_win"] for one in running}
    if not prices or not all(prices.values()):
        return {}
    total = sum(1 / price for price in prices.values())
    return {entrant_id: _percentage(1 / price, total) for entrant_id, price in prices.items()}


def _by_hold(holds: Mapping[str, float]) -> Shares:
    total = sum(holds.values())
    return {entrant_id: _percentage(hold, total) for entrant_id, hold in holds.items()} if total else {}


def _percentage(part: float, whole: float) -> float:
    return min(100 * part / whole, 100.0)


def _amount(percentage: float | None, pool_cents: int | None) -> int | None:
    """Give the share times the pool; which way a half cent falls is for the percentage as it is stored to say."""
    return None if percentage is None or pool_cents is None else round(percentage / 100 * pool_cents)
