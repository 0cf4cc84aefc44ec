"""What of a record counts as a fact: all but the marks of when it was written."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from raceday_daemon.model.changes import Record
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults

NOT_COMPARED: Final = frozenset({"last_updated", "last_poll_time", "imported_at", "api_generated_time"})
"""The marks: they never make a change of their own, and are written only with a record that changed."""

_FACTS: Final[Mapping[type[Any], Callable[[Any], Any]]] = {
    record_type: attrgetter(*(field.name for field in fields(record_type) if field.name not in NOT_COMPARED))
    for record_type in (Meeting, Race, Entrant, RacePools, RaceResults)
}


def same_facts(one: Record, other: Record) -> bool:
    """Say whether two records of one type state the same."""
    facts = _FACTS[type(one)]
    return bool(facts(one) == facts(other))
