"""States made again of what people were told, where the file that had them is lost."""

from collections.abc import Iterable

from raceday_daemon.alerting.episodes import State
from raceday_daemon.alerting.rule_index import RuleIndex
from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.model.alerts import RACE_START, Notification


def reopened(told: Iterable[Notification], index: RuleIndex) -> list[State]:
    """Give where the rules stood with one race, by the notifications of that race.

    The last episode that was told counts as under way: if it is over, two low evaluations end it as they would have.
    """
    states: dict[tuple[str, str], State] = {}
    for one in sorted(told, key=lambda one: (one.event_timestamp, one.threshold or 0.0)):
        watch = index.watch_of(one.rule_id or "", one.type)
        target = one.entrant_id or one.race_id
        if watch is None or target is None:
            continue
        has_episodes = RULE_TYPES[watch.type].has_episodes
        if has_episodes or watch.cooldown_seconds or watch.type == RACE_START:
            states[watch.rule_id, target] = State(
                rule_id=watch.rule_id,
                target=target,
                checksum=watch.checksum,
                episode=one.event_timestamp if has_episodes else None,
                told=one.threshold if has_episodes else None,
                fired_at=one.event_timestamp,
            )
    return list(states.values())
