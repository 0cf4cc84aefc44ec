"""What a look at a race, or a card, gives the alerts to go by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from raceday_daemon.model.changes import RaceState
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.snapshot import RaceSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A race as it was stored and as it is now.

    `at` is the source's time of the answer, `earlier_at` that of the last one taken before (None: there was none).
    A card tells of a race alone: then there are no entrants, neither before nor now.
    """

    race: Race
    before: RaceState
    meeting: Meeting | None
    at: datetime
    earlier_at: datetime | None = None
    entrants: Mapping[str, Entrant] = field(default_factory=dict)
    win_pool: int | None = None
    new_bets: tuple[BigBet, ...] = ()

    @classmethod
    def of_look(
        cls, snapshot: RaceSnapshot, before: RaceState, meeting: Meeting | None, earlier_at: datetime | None
    ) -> "Seen":
        """Take it from a race's own answer; a runner that it does not have stands as it is stored."""
        return cls(
            race=snapshot.race,
            before=before,
            meeting=meeting,
            at=snapshot.generated_time,
            earlier_at=earlier_at,
            entrants=before.entrants | {entrant.entrant_id: entrant for entrant in snapshot.entrants},
            win_pool=snapshot.pools.win_pool_total,
            new_bets=tuple(bet for bet in snapshot.big_bets if bet.bet_id not in before.big_bet_ids),
        )

    @classmethod
    def of_card(cls, race: Race, stored: Race, meeting: Meeting | None, at: datetime) -> "Seen":
        """Take it from a card's line that changed a stored race."""
        return cls(race=race, before=RaceState(race=stored, entrants={}), meeting=meeting, at=at)

    @property
    def is_first(self) -> bool:
        """Say whether nothing is known of the runners to compare with: no answer, or a card's."""
        return not self.before.entrants or not self.entrants

    @property
    def is_wanted(self) -> bool:
        """Say whether the race belongs to a meeting of the filter: others were only looked at by hand."""
        return self.meeting is not None and self.meeting.withdrawn_at is None

    @property
    def label(self) -> str:
        """Name the race for people: Awapuni R1."""
        return f"{self.meeting.meeting_name if self.meeting else self.race.name} R{self.race.race_number}"
