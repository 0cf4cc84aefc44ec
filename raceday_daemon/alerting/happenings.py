"""What happens once and has no end: scratchings, big bets, another favourite, another status, another start."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from raceday_daemon.alerting.measures import is_running
from raceday_daemon.model import alerts
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet
from raceday_daemon.model.race import OPEN, Race, is_over

_PRICES: Final = ("fixed_win_odds", "pool_win_odds")


class Happening(NamedTuple):
    """Something that rules of `type` are told of once for each `key`.

    `value` is what a rule's threshold is held against, `earlier` what it was before. `subject` is what the text needs
    besides: the bet, the earlier status, the direction of a move, the favourite that was.
    """

    type: str
    entrant_id: str | None
    key: str
    value: float
    earlier: float | None = None
    subject: BigBet | Entrant | str | None = None


def race_happenings(before: Race | None, after: Race) -> Iterator[Happening]:
    """Give what happened to a race that was known before: another status, another advertised start."""
    if before is None:
        return
    if before.status != after.status:
        yield Happening(alerts.RACE_STATUS, None, after.status, 0.0, None, before.status)
    if before.start_time != after.start_time and not is_over(after.status):
        moved = (after.start_time - before.start_time).total_seconds()
        direction = "later" if moved > 0 else "earlier"
        yield Happening(alerts.START_MOVED, None, spelled(after.start_time), abs(moved), None, direction)


def runner_happenings(before: Mapping[str, Entrant], after: Mapping[str, Entrant]) -> Iterator[Happening]:
    """Give the runners that are scratched and were not."""
    for entrant_id, entrant in after.items():
        earlier = before.get(entrant_id)
        if earlier is not None and is_running(earlier) and not is_running(entrant):
            yield Happening(alerts.SCRATCHED, entrant_id, alerts.SCRATCHED, 0.0)


def bet_happenings(bets: Sequence[BigBet], entrants: Mapping[str, Entrant]) -> Iterator[Happening]:
    """Give bets that were not known before, by their dollars; a bet on a runner that is scratched is no news."""
    for bet in bets:
        runner = entrants.get(bet.entrant_id or "")
        if runner is None or is_running(runner):
            yield Happening(alerts.BIG_BET, bet.entrant_id, bet.bet_id, bet.stake / 100, None, bet)


def favourite(entrants: Mapping[str, Entrant], price: str) -> Entrant | None:
    """Give the runner whose price of this kind is strictly shorter than all others; None where there is none."""
    priced = sorted(
        (odds, entrant_id)
        for entrant_id, entrant in entrants.items()
        if is_running(entrant) and (odds := getattr(entrant, price))
    )
    if len(priced) < 2 or priced[0][0] == priced[1][0]:
        return None
    return entrants[priced[0][1]]


def price_of_favourites(entrants: Mapping[str, Entrant]) -> str:
    """Name the kind of price that favourites are told by: fixed where at least two runners have one."""
    fixed = sum(bool(one.fixed_win_odds) for one in entrants.values() if is_running(one))
    return _PRICES[0] if fixed > 1 else _PRICES[1]


def favourite_happening(
    before: Mapping[str, Entrant], after: Race, entrants: Mapping[str, Entrant], last_known: str | None, at: datetime
) -> Happening | None:
    """Give the change of favourites while the race is Open, by prices of one kind.

    `last_known` is who was favourite before two or more runners shared the shortest price, if that is how it stood.
    """
    if after.status != OPEN:
        return None
    price = price_of_favourites(entrants)
    now, was = favourite(entrants, price), favourite(before, price)
    was_id = was.entrant_id if was else last_known
    if now is None or was_id is None or was_id == now.entrant_id or was_id not in entrants:
        return None
    earlier = before.get(now.entrant_id)
    return Happening(
        alerts.FAVOURITE_CHANGED,
        now.entrant_id,
        f"{now.entrant_id} {spelled(at)}",
        getattr(now, price),
        getattr(earlier, price) if earlier else None,
        entrants[was_id],
    )


def spelled(instant: datetime) -> str:
    """Write an instant as it goes into the id of a notification: to the millisecond, as the store keeps it."""
    return instant.isoformat(timespec="milliseconds")
