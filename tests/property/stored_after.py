"""What must be stored of a race after an answer: what the answer says, and what it leaves open as it was stored.

Stated in the plainest terms, apart from the package, so that its own rules are held to something.
"""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import fields
from typing import Any, Final

from raceday_daemon.model.changes import RaceState, Record
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import CLOSING_PRICES, DIVIDENDS, MONEY, PLACINGS, POOLS, RUNNERS, RaceSnapshot
from raceday_daemon.store.ddl import create_statements

Facts = dict[str, Any]

NEVER_SEEN: Final = RaceState(entrants={})
WIN_SHARE: Final = ("win_pool_percentage", "win_pool_amount", "share_method")
PLACE_SHARE: Final = ("place_pool_percentage", "place_pool_amount", "place_share_method")
NO_AMOUNT: Final = {WIN_SHARE[1]: None, PLACE_SHARE[1]: None}
NO_SHARE: Final = dict.fromkeys((*WIN_SHARE, *PLACE_SHARE))
WIN_WORTH: Final = {None: 0, "hold_percentage": 1, "tote_odds": 2, "tote_trends": 3}
"""The methods of a Win share by how far they are trusted; a race should not mix them."""

_MARKS: Final = {
    *("imported_at", "last_updated", "last_poll_time", "last_status_change", "finalized_at", "abandoned_at"),
    *("result_time", "api_generated_time"),
}
_ONLY_ON_CARDS: Final = {"tote_start_time", "withdrawn_at"}
_OUTCOME: Final = {
    PLACINGS: {"results_available", "results_data"},
    DIVIDENDS: {"dividends_data"},
    CLOSING_PRICES: {"fixed_odds_data"},
}


def empty_store() -> closing[sqlite3.Connection]:
    """Give a store in memory with every table and no row."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in create_statements():
        connection.execute(statement)
    return closing(connection)


def facts(record: Record | None) -> Facts:
    """Give what a record says, without the marks of when the daemon saw and wrote it; nothing of none."""
    return {one.name: getattr(record, one.name) for one in fields(record) if one.name not in _MARKS} if record else {}


def told(state: RaceState) -> Facts:
    """Give all that is stored of a race, without the daemon's marks."""
    return {
        "race": facts(state.race),
        "pools": facts(state.pools),
        "results": facts(state.results),
        "entrants": {entrant_id: facts(one) for entrant_id, one in state.entrants.items()},
        "bets": state.big_bet_ids,
    }


def stored_after(before: RaceState, sent: RaceSnapshot) -> Facts:
    """Give what `told` must give after an answer that was taken."""
    was, entrants, pools = told(before), {one.entrant_id: facts(one) for one in sent.entrants}, facts(sent.pools)
    none_sent = all(amount is None for name, amount in pools.items() if name.endswith(("_total", "_pool")))
    pools_stay = bool(was["pools"]) and (POOLS in sent.unread or none_sent)
    if pools_stay:
        # What was sent of an amount is its share of another pool than the one that stays.
        entrants = {entrant_id: one | NO_AMOUNT for entrant_id, one in entrants.items()}
    for entrant_id, one in was["entrants"].items():
        if entrant_id in entrants:
            entrants[entrant_id] = _entrant(entrants[entrant_id], one, sent.unread, pools_stay)
        elif RUNNERS not in sent.unread:
            # A runner that is gone stays, but the pool is now the others', unless that stays.
            entrants[entrant_id] = _entrant(one | NO_SHARE, one, frozenset(), pools_stay)
    return {
        "race": _partly(facts(sent.race), was["race"], sent.unread | _ONLY_ON_CARDS),
        "pools": was["pools"] if pools_stay else pools,
        "results": _results(facts(sent.results), was["results"], sent),
        "entrants": was["entrants"] | entrants,
        "bets": before.big_bet_ids | {bet.bet_id for bet in sent.big_bets},
    }


def _partly(sent: Facts, stored: Facts, staying: Collection[str]) -> Facts:
    """Give what was sent, of the staying fields what is stored of them."""
    return sent | {name: value for name, value in stored.items() if name in staying}


def _entrant(sent: Facts, stored: Facts, unread: frozenset[str], pools_stay: bool) -> Facts:
    """Give a stored runner as sent; the three fields of a share are of one answer.

    A share stays with the amount of a pool that stays. It stays, too, where the money or a runner was not read and the
    answer has none, or a Win share of less worth.
    """
    staying = {"hold_percentage", "bet_percentage"} if MONEY in unread else set()
    for share in (WIN_SHARE, PLACE_SHARE):
        _, amount, method = share
        falls = share is WIN_SHARE and WIN_WORTH[sent[method]] < WIN_WORTH[stored[method]]
        goes = sent[method] is None
        if (pools_stay and stored[amount] is not None) or (unread & {MONEY, RUNNERS} and (falls or goes)):
            staying.update(share)
    return _partly(sent, stored, staying)


def _results(sent: Facts, stored: Facts, answer: RaceSnapshot) -> Facts:
    """Give the results: of a race that has run none that are stored go; of another they may be taken back, whole."""
    has_run = answer.race.status in ("Interim", "Final")
    unread = {name for part, names in _OUTCOME.items() if part in answer.unread for name in names}
    if not sent and stored and not has_run and not unread:
        return facts(RaceResults(race_id=answer.race.race_id, results_available=False))
    missing = {
        name for names in _OUTCOME.values() if has_run and all(not sent.get(name) for name in names) for name in names
    }
    return _partly(sent, stored, unread | missing) if sent else stored
