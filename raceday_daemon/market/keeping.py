"""What could not be read in an answer stays as it is stored: not known is another thing than gone."""

from dataclasses import replace
from typing import Any

from raceday_daemon.model.changes import RaceState
from raceday_daemon.model.entrant import HOLD_PERCENTAGE, TOTE_ODDS, TOTE_TRENDS, Entrant
from raceday_daemon.model.race import FINAL, INTERIM, Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import (
    CLOSING_PRICES,
    DIVIDENDS,
    MONEY,
    PLACINGS,
    POOLS,
    RUNNERS,
    RaceSnapshot,
)

_POOL_FIELDS = (
    "win_pool_total",
    "place_pool_total",
    "quinella_pool_total",
    "trifecta_pool_total",
    "exacta_pool_total",
    "first4_pool_total",
    "total_race_pool",
)
_RESULT_FIELDS = {
    PLACINGS: ("results_available", "results_data"),
    DIVIDENDS: ("dividends_data",),
    CLOSING_PRICES: ("fixed_odds_data",),
}
_TRUST = (TOTE_TRENDS, TOTE_ODDS, HOLD_PERCENTAGE, None)
_WIN_SHARE = ("win_pool_percentage", "win_pool_amount", "share_method")
_PLACE_SHARE = ("place_pool_percentage", "place_pool_amount", "place_share_method")


def with_stored_for_unread(before: RaceState, snapshot: RaceSnapshot) -> RaceSnapshot:
    """Give the snapshot with what it could not read taken from the stored state; as it is, where all was read.

    A runner that a fully read list no longer has stays stored, without its share: the others' shares are of a pool
    that it is no longer in. Lists come as null at times, so pools that are all missing, and the results of a race
    that still has them by its status, count as not read.
    """
    gone = _without_share(before, snapshot)
    unread = snapshot.unread | _missing(before, snapshot)
    if not gone and not unread:
        return snapshot
    return replace(
        snapshot,
        race=_race(before.race, snapshot),
        entrants=(
            *(_entrant(before, before.entrants.get(one.entrant_id), one, unread) for one in snapshot.entrants),
            # Of these only the pools count: with the money unread the others' shares may be new ones.
            *(_entrant(before, before.entrants[one.entrant_id], one, unread & {POOLS}) for one in gone),
        ),
        pools=before.pools if before.pools and POOLS in unread else snapshot.pools,
        results=_results(before.results, snapshot, unread),
    )


def _missing(before: RaceState, snapshot: RaceSnapshot) -> frozenset[str]:
    missing = set()
    if before.pools and all(getattr(snapshot.pools, name) is None for name in _POOL_FIELDS):
        missing.add(POOLS)
    if before.results and snapshot.race.status in (INTERIM, FINAL):
        missing |= {
            part
            for part, names in _RESULT_FIELDS.items()
            if snapshot.results is None or getattr(snapshot.results, names[-1]) is None
        }
    return frozenset(missing)


def _without_share(before: RaceState, snapshot: RaceSnapshot) -> list[Entrant]:
    if RUNNERS in snapshot.unread:
        return []
    sent = {entrant.entrant_id for entrant in snapshot.entrants}
    no_share: dict[str, Any] = dict.fromkeys((*_WIN_SHARE, *_PLACE_SHARE))
    return [replace(entrant, **no_share) for entrant in before.entrants.values() if entrant.entrant_id not in sent]


def _race(stored: Race | None, snapshot: RaceSnapshot) -> Race:
    fields = snapshot.unread.intersection(Race.__dataclass_fields__)
    return replace(snapshot.race, **_values(stored, fields)) if stored else snapshot.race


def _entrant(before: RaceState, stored: Entrant | None, sent: Entrant, unread: frozenset[str]) -> Entrant:
    if before.pools and POOLS in unread:
        # An amount is its share of a pool: here of one that is kept as it was.
        sent = replace(sent, win_pool_amount=None, place_pool_amount=None)
    if stored is None:
        return sent
    kept: set[str] = {"hold_percentage", "bet_percentage"} if MONEY in unread else set()
    if unread.intersection((MONEY, RUNNERS)):
        kept.update(_WIN_SHARE if _is_less_trusted(sent, stored) else ())
        kept.update(_PLACE_SHARE if sent.place_share_method is None else ())
    if POOLS in unread:
        kept.update(_WIN_SHARE if stored.win_pool_amount is not None else ())
        kept.update(_PLACE_SHARE if stored.place_pool_amount is not None else ())
    return replace(sent, **_values(stored, kept))


def _is_less_trusted(sent: Entrant, stored: Entrant) -> bool:
    """Say whether a share fell back to a method below the stored one's: then a race would mix the two."""
    return _TRUST.index(sent.share_method) > _TRUST.index(stored.share_method)


def _results(stored: RaceResults | None, snapshot: RaceSnapshot, unread: frozenset[str]) -> RaceResults | None:
    fields = [name for part in unread.intersection(_RESULT_FIELDS) for name in _RESULT_FIELDS[part]]
    if stored is None or not fields:
        return snapshot.results
    return replace(snapshot.results or stored, **_values(stored, fields))


def _values(stored: Any, names: Any) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in names}
