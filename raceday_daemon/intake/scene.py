"""What a look is held against: earlier figures that may be compared with, new money, and what has happened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.happenings import (
    Happening,
    bet_happenings,
    favourite,
    favourite_happening,
    price_of_favourites,
    race_happenings,
    runner_happenings,
)
from raceday_daemon.alerting.measures import Figures, Reading, is_running
from raceday_daemon.alerting.new_money import MoneyLimits, money_rises
from raceday_daemon.alerting.rule_index import Group
from raceday_daemon.alerting.scene import Scene
from raceday_daemon.intake.seen import Seen
from raceday_daemon.model.alerts import MONEY_FLOW
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.race import OPEN, is_over
from raceday_daemon.store.alert_history import read_completed, read_figures
from raceday_daemon.store.alert_states import Field, read_field, write_field

_FRESH_STEPS: Final = 2
"""So many steps of the cadence old may the previous poll be to be compared with."""


@dataclass(frozen=True, slots=True)
class Soundness:
    """What makes a comparison sound: enough new money, and a previous poll that is no older than two steps.

    `step_seconds` gives the cadence's step at a time to the start.
    """

    money: MoneyLimits
    step_seconds: Callable[[float], int]


def scene_of(connection: Connection, seen: Seen, groups: Sequence[Group], now: datetime, soundness: Soundness) -> Scene:
    """Read what the rules in scope need beside the look itself; and keep what later looks need of this one."""
    field, has_changed = _field(connection, seen)
    is_fresh = not has_changed and _is_fresh(seen, soundness.step_seconds)
    return Scene(
        race=seen.race,
        label=seen.label,
        at=seen.at,
        now=now,
        entrants=seen.entrants,
        earlier=_earlier(connection, seen, groups, field, is_fresh=is_fresh),
        money=_money(connection, seen, groups, field, soundness.money),
        happenings=_happenings(seen, field, is_fresh=is_fresh),
    )


def keep_field(connection: Connection, seen: Seen) -> None:
    """Keep what later looks need of this one, for rules that are yet to come."""
    _field(connection, seen)


def _field(connection: Connection, seen: Seen) -> tuple[Field, bool]:
    """Give what was kept of the field, as changed by this very look if it was, and whether that is so."""
    kept = read_field(connection, seen.race.race_id)
    if seen.is_first or is_over(seen.race.status):
        return kept, False
    has_changed = _running(seen.before.entrants) != _running(seen.entrants)
    field = Field(seen.at if has_changed else kept.changed_at, None if has_changed else _last_favourite(seen, kept))
    if field != kept:
        write_field(connection, seen.race.race_id, field)
    return Field(field.changed_at, None if has_changed else kept.favourite), has_changed


def _last_favourite(seen: Seen, kept: Field) -> str | None:
    """Give the last sole favourite while there is none, else nothing: the runners then tell it themselves."""
    price = price_of_favourites(seen.entrants)
    if favourite(seen.entrants, price):
        return None
    before = favourite(seen.before.entrants, price)
    return before.entrant_id if before else kept.favourite


def _running(entrants: Mapping[str, Entrant]) -> frozenset[str]:
    return frozenset(who for who, entrant in entrants.items() if is_running(entrant))


def _is_fresh(seen: Seen, step_seconds: Callable[[float], int]) -> bool:
    if seen.earlier_at is None or seen.is_first:
        return False
    steps = [step_seconds((seen.race.start_time - instant).total_seconds()) for instant in (seen.earlier_at, seen.at)]
    return (seen.at - seen.earlier_at).total_seconds() <= _FRESH_STEPS * max(steps)


def _earlier(
    connection: Connection, seen: Seen, groups: Sequence[Group], field: Field, *, is_fresh: bool
) -> dict[int, Mapping[str, Figures]]:
    """Give the figures to compare with, by window: none from before the field changed."""
    earlier: dict[int, Mapping[str, Figures]] = {0: seen.before.entrants} if is_fresh else {}
    if seen.race.status != OPEN or seen.is_first:
        return earlier
    for seconds in sorted({group.window_seconds for group in groups if group.window_seconds}):
        at = seen.at - timedelta(seconds=seconds)
        if field.changed_at is None or at >= field.changed_at:
            earlier[seconds] = read_figures(connection, seen.race.race_id, at)
    return earlier


def _money(
    connection: Connection, seen: Seen, groups: Sequence[Group], field: Field, limits: MoneyLimits
) -> dict[str, Reading]:
    if seen.race.status != OPEN or seen.is_first or not any(group.type == MONEY_FLOW for group in groups):
        return {}
    return money_rises(read_completed(connection, seen.race.race_id), seen.win_pool, field.changed_at, limits)


def _happenings(seen: Seen, field: Field, *, is_fresh: bool) -> list[Happening]:
    happenings = list(race_happenings(seen.before.race, seen.race))
    if seen.is_first:
        return happenings
    before, after = seen.before.entrants, seen.entrants
    happenings += runner_happenings(before, after)
    if not is_over(seen.race.status):
        happenings += bet_happenings(seen.new_bets, after)
    changed = favourite_happening(before, seen.race, after, field.favourite, seen.at) if is_fresh else None
    return [*happenings, changed] if changed else happenings
