"""What has to be written because the source now says something else than the store."""

from dataclasses import dataclass

from raceday_daemon.model.alerts import AlertRule, Notification
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet, MoneyFlowPoint, OddsPoint, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults

Record = (
    Meeting | Race | Entrant | RacePools | RaceResults | BigBet | OddsPoint | MoneyFlowPoint | AlertRule | Notification
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceState:
    """What the store holds of a race before a look: entrants by id; big bets by the ids already kept."""

    race: Race | None = None
    entrants: dict[str, Entrant]
    pools: RacePools | None = None
    results: RaceResults | None = None
    big_bet_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """Whole records to write, in the order they are written: results before the race that may turn Final."""

    meeting: Meeting | None = None
    results: RaceResults | None = None
    races: tuple[Race, ...] = ()
    entrants: tuple[Entrant, ...] = ()
    pools: tuple[RacePools, ...] = ()
    odds_points: tuple[OddsPoint, ...] = ()
    money_points: tuple[MoneyFlowPoint, ...] = ()
    big_bets: tuple[BigBet, ...] = ()

    def records(self) -> tuple[Record, ...]:
        """Give all records, in the order to write them."""
        first = tuple(record for record in (self.meeting, self.results) if record is not None)
        history: tuple[Record, ...] = (*self.odds_points, *self.money_points)
        return (*first, *self.races, *self.entrants, *self.pools, *history, *self.big_bets)

    def __bool__(self) -> bool:
        """Say whether anything has to be written."""
        return bool(self.records())
