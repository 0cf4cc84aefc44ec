"""The difference between a stored race or card and what the source says of it now, as records to write."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from raceday_daemon.market.facts import same_facts
from raceday_daemon.market.odds_history import PriceKey, odds_points
from raceday_daemon.model.changes import ChangeSet, RaceState
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import ABANDONED, FINAL, Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import RaceSnapshot


def race_changes(
    before: RaceState, snapshot: RaceSnapshot, last_prices: Mapping[PriceKey, float], now: datetime
) -> ChangeSet:
    """Give what an event answer changes in a stored race; nothing for an answer that says what is stored.

    `last_prices` are the last history values of the prices that `returning_prices` names. `now` is this machine's
    time of writing. The meeting and the history of money are left to the caller, who reads what they follow from.
    """
    race = _changed_race(before.race, _with_card_facts(before.race, snapshot.race), snapshot.generated_time, now)
    results = _changed_results(before.results, snapshot, now)
    pools = changed_pools(before.pools, snapshot.pools, now)
    return ChangeSet(
        results=results,
        races=(replace(race, last_poll_time=now),) if race else (),
        entrants=_changed_entrants(before.entrants, snapshot.entrants, now),
        pools=(pools,) if pools else (),
        odds_points=odds_points(
            before.entrants, snapshot.entrants, last_prices, snapshot.generated_time, snapshot.race.start_time
        ),
        big_bets=tuple(bet for bet in snapshot.big_bets if bet.bet_id not in before.big_bet_ids),
    )


def card_race_change(
    before: Race | None, sent: Race, event_taken: bool, generated_time: datetime, now: datetime
) -> Race | None:
    """Give the race to write because a meeting's card says something new of it, None if it does not.

    Once an event answer was taken, a card may change only status, start and withdrawal: it knows the rest less well.
    Nor does it turn any stored race Final: that comes with the results, from the race's own answer.
    """
    if before is None:
        return _changed_race(None, sent, generated_time, now)
    status = before.status if sent.status == FINAL else sent.status
    sent = replace(before if event_taken else sent, status=status, start_time=sent.start_time)
    return _changed_race(before, replace(sent, withdrawn_at=None), generated_time, now)


def changed_meeting(before: Meeting | None, sent: Meeting, now: datetime) -> Meeting | None:
    """Give the meeting to write, None if it is stored as sent."""
    return None if before and same_facts(before, sent) else replace(sent, last_updated=now)


def changed_pools(before: RacePools | None, sent: RacePools, now: datetime) -> RacePools | None:
    """Give the pools row to write, None if it is stored as sent."""
    return None if before and same_facts(before, sent) else replace(sent, last_updated=now)


def _with_card_facts(before: Race | None, sent: Race) -> Race:
    """Keep what only a card tells: an event answer has no tote start and says nothing of withdrawals."""
    if before is None:
        return sent
    return replace(sent, tote_start_time=before.tote_start_time, withdrawn_at=before.withdrawn_at)


def _changed_race(before: Race | None, sent: Race, generated_time: datetime, now: datetime) -> Race | None:
    if before is None:
        return replace(sent, imported_at=now, last_updated=now)
    turned = before.status != sent.status
    after = replace(
        sent,
        imported_at=before.imported_at,
        last_updated=now,
        last_poll_time=before.last_poll_time,
        last_status_change=generated_time if turned else before.last_status_change,
        finalized_at=_ended_at(before.finalized_at, sent.status == FINAL, turned, generated_time),
        abandoned_at=_ended_at(before.abandoned_at, sent.status == ABANDONED, turned, generated_time),
    )
    return None if same_facts(before, after) else after


def _ended_at(stored: datetime | None, ended: bool, turned: bool, generated_time: datetime) -> datetime | None:
    if not ended:
        return None
    return generated_time if turned else stored


def _changed_entrants(before: Mapping[str, Entrant], sent: Sequence[Entrant], now: datetime) -> tuple[Entrant, ...]:
    changed = []
    for entrant in sent:
        stored = before.get(entrant.entrant_id)
        if stored is None:
            changed.append(replace(entrant, imported_at=now, last_updated=now))
        elif not same_facts(stored, entrant):
            changed.append(replace(entrant, imported_at=stored.imported_at, last_updated=now))
    return tuple(changed)


def _changed_results(before: RaceResults | None, snapshot: RaceSnapshot, now: datetime) -> RaceResults | None:
    sent = snapshot.results
    if sent is None:
        if before is None:
            return None
        # The source took its results back: what it no longer says is null.
        sent = RaceResults(race_id=before.race_id, results_available=False)
    if before is None:
        return replace(sent, result_time=snapshot.generated_time, last_updated=now)
    after = replace(sent, result_time=before.result_time, last_updated=now)
    return None if same_facts(before, after) else after
