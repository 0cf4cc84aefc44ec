"""Big bets that the source makes public, each once."""

from uuid import UUID

from raceday_daemon.model.ids import row_id
from raceday_daemon.model.market import BigBet
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.payloads import BetPayload, EventData
from raceday_daemon.nztab.values import cents, instant, long_text, price


def big_bets(data: EventData, aside: list[SetAside]) -> tuple[BigBet, ...]:
    """Give the big bets and the biggest one, which is often among them; in the order of the source."""
    sent: list[tuple[tuple[str | int, ...], BetPayload]] = [
        (("data", "big_bets", place), bet) for place, bet in enumerate(data.big_bets or ())
    ]
    if data.biggest_bet:
        sent.append((("data", "biggest_bet"), data.biggest_bet))
    bets: dict[str, BigBet] = {}
    for path, bet in sent:
        try:
            mapped = _big_bet(data.race.event_id, bet)
        except ValueError as error:
            aside.append(SetAside(path, f"place_time: {error}"))
            continue
        bets.setdefault(mapped.bet_id, mapped)
    return tuple(bets.values())


def _big_bet(race_id: str, sent: BetPayload) -> BigBet:
    return BigBet(
        # From the time as sent: two bets may share a millisecond.
        bet_id=row_id(sent.place_time, sent.title, race_id),
        race_id=race_id,
        entrant_id=_entrant_id(sent),
        title=sent.title[:255],
        description=long_text("\n".join(sent.description)) if sent.description else None,
        stake=cents(sent.stake),
        odds=price(sent.place_odds),
        placed_at=instant(sent.place_time),
        legs=None if sent.legs is None else len(sent.legs),
    )


def _entrant_id(sent: BetPayload) -> str | None:
    """Give the entrant of a bet on one runner; the published description spells its id as sixteen numbers."""
    race = sent.legs[0].race if sent.legs and len(sent.legs) == 1 else None
    spelled = race.entrant_id if race else None
    if isinstance(spelled, str):
        return spelled if 0 < len(spelled) <= 36 else None
    return str(UUID(bytes=bytes(spelled))) if spelled and len(spelled) == 16 else None
