"""What the site reads of one race: its view whole, and how it stands now."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.shown_race import (
    BigBetLine,
    MarketLine,
    PoolTotals,
    RaceFacts,
    RaceNow,
    RaceView,
    RunnerLine,
)
from raceday_daemon.store.race_queries import read_one
from raceday_daemon.store.rows import layout, record_of
from raceday_daemon.store.shown_day import read_line
from raceday_daemon.store.shown_results import shown_results
from raceday_daemon.store.timeline import PriceLine, read_newest_bucket, read_prices, read_timeline

VERSION_OF: Final = """SELECT r."id", r."lastUpdated", m."lastUpdated", p."lastUpdated", x."lastUpdated",
    (SELECT max("lastUpdated") || count(*) FROM "entrants" WHERE "raceId" = r."id"),
    (SELECT count(*) FROM "odds_history" WHERE "raceId" = r."id"),
    (SELECT count(*) FROM "money_flow_history" WHERE "raceId" = r."id"),
    (SELECT count(*) FROM "big_bets" WHERE "raceId" = r."id")
    FROM "races" r JOIN "meetings" m ON m."id" = r."meetingId"
    LEFT JOIN "race_pools" p ON r."id" = p."id" LEFT JOIN "race_results" x ON x."id" = r."id"
    """
"""Reads what a race's version follows from, after its id."""


def read_version(connection: Connection, race_id: str) -> str | None:
    """Give the version of a race's view: another one whenever anything of it has changed. None for no such race.

    That an answer without any change was taken (`seen_at`) is none.
    """
    row = connection.execute(f'{VERSION_OF} WHERE r."id" = ?', (race_id,)).fetchone()
    return version_of(row[1:]) if row else None


def version_of(marks: Sequence[Any]) -> str:
    """Give the version that follows from a race's marks."""
    return hashlib.sha256(repr(tuple(marks)).encode()).hexdigest()[:16]


def read_view(connection: Connection, race_id: str) -> RaceView | None:
    """Read a race with all that is shown of it; None for one that is not stored, or of no stored meeting."""
    version, line = read_version(connection, race_id), read_line(connection, race_id)
    race = read_one(connection, Race, race_id)
    meeting = read_one(connection, Meeting, race.meeting_id) if race else None
    if version is None or line is None or race is None or meeting is None:
        return None
    entrants = read_entrants(connection, race_id)
    prices = read_prices(connection, race_id)
    results = read_one(connection, RaceResults, race_id)
    return RaceView(
        version=version,
        race=line,
        facts=_facts(race, meeting),
        pools=_pools(read_one(connection, RacePools, race_id)),
        runners=tuple(_runner(entrant, prices.get(entrant.entrant_id, PriceLine())) for entrant in entrants),
        timeline=read_timeline(connection, race_id, [entrant.entrant_id for entrant in entrants]),
        results=shown_results(results) if results and results.results_available else None,
        big_bets=_big_bets(connection, race_id),
    )


def read_now(connection: Connection, race_id: str, known: str | None = None) -> RaceNow | None:
    """Read how a race stands now; None as read_view does, and where that is the `known` version."""
    version = read_version(connection, race_id)
    line = read_line(connection, race_id) if version != known else None
    if version is None or line is None:
        return None
    entrants = read_entrants(connection, race_id)
    return RaceNow(
        version=version,
        race=line,
        pools=_pools(read_one(connection, RacePools, race_id)),
        runners=tuple(MarketLine(**_market(entrant)) for entrant in entrants),
        bucket=read_newest_bucket(connection, race_id, [entrant.entrant_id for entrant in entrants]),
    )


def read_entrants(connection: Connection, race_id: str) -> Sequence[Entrant]:
    """Read a race's entrants by their numbers."""
    rows = connection.execute(f'{layout(Entrant).select} WHERE "raceId" = ? ORDER BY "runnerNumber", "id"', (race_id,))
    return [record_of(Entrant, row) for row in rows]


def _facts(race: Race, meeting: Meeting) -> RaceFacts:
    return RaceFacts(
        meeting_date=meeting.date,
        meeting_status=meeting.status,
        type=race.type,
        track_surface=race.track_surface,
        track_direction=meeting.track_direction,
        rail_position=meeting.rail_position,
        total_prize_money=race.total_prize_money,
        entrant_count=race.entrant_count,
        positions_paid=race.positions_paid,
        protest_reason=race.protest_reason,
        last_status_change=race.last_status_change,
        finalized_at=race.finalized_at,
        abandoned_at=race.abandoned_at,
        withdrawn_at=race.withdrawn_at,
    )


_POOLS: Final = tuple(PoolTotals.__dataclass_fields__)
_MARKET: Final = tuple(MarketLine.__dataclass_fields__)
_BET: Final = tuple(BigBetLine.__dataclass_fields__)


def _pools(pools: RacePools | None) -> PoolTotals | None:
    return PoolTotals(**{name: getattr(pools, name) for name in _POOLS}) if pools else None


def _market(entrant: Entrant) -> dict[str, Any]:
    return {name: getattr(entrant, name) for name in _MARKET}


def _runner(entrant: Entrant, line: PriceLine) -> RunnerLine:
    return RunnerLine(
        **_market(entrant),
        barrier=entrant.barrier,
        is_emergency=entrant.is_emergency,
        scratch_time=_instant_of(entrant.scratch_time),
        jockey=entrant.jockey,
        trainer_name=entrant.trainer_name,
        silk_colours=entrant.silk_colours,
        silk_url64=entrant.silk_url64,
        silk_url128=entrant.silk_url128,
        price_type=line.type,
        prices=line.prices,
    )


def _instant_of(epoch_seconds: int | None) -> datetime | None:
    """Give the instant of a second; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(epoch_seconds, UTC) if epoch_seconds is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _big_bets(connection: Connection, race_id: str) -> tuple[BigBetLine, ...]:
    rows = connection.execute(f'{layout(BigBet).select} WHERE "raceId" = ? ORDER BY "placedAt", "id"', (race_id,))
    bets = [record_of(BigBet, row) for row in rows]
    return tuple(BigBetLine(**{name: getattr(bet, name) for name in _BET}) for bet in bets)
