"""All that one look at a race gives to go by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from raceday_daemon.alerting.happenings import Happening
from raceday_daemon.alerting.measures import Figures, Reading
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.race import Race


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is held against the rules.

    `label` names the race for people; `at` is the source's time of the answer, `now` this machine's. `earlier` are the
    figures to compare with, by window and entrant (window 0: those of the previous poll); what must not be compared
    with is not in it. `money` are the readings of the new money, by entrant.
    """

    race: Race
    label: str
    at: datetime
    now: datetime
    entrants: Mapping[str, Entrant] = field(default_factory=dict)
    earlier: Mapping[int, Mapping[str, Figures]] = field(default_factory=dict)
    money: Mapping[str, Reading] = field(default_factory=dict)
    happenings: Sequence[Happening] = ()
