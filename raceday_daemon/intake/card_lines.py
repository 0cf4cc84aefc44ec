"""A meeting's stored card with the races that are about to be written."""

from collections.abc import Sequence

from raceday_daemon.market.meeting_summary import CardLine
from raceday_daemon.model.race import Race


def with_changes(card: Sequence[CardLine], changed: Sequence[Race]) -> tuple[CardLine, ...]:
    """Replace or add the lines of changed races; a withdrawn race has no line."""
    lines = {line.race_id: line for line in card}
    for race in changed:
        if race.withdrawn_at:
            lines.pop(race.race_id, None)
        else:
            lines[race.race_id] = CardLine(race.race_id, race.start_time, race.status, race.weather)
    return tuple(lines.values())
