"""One look at a race held against the rules in scope: what people are to be told, and which states change by it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from raceday_daemon.alerting.bands import Band, band_of
from raceday_daemon.alerting.episodes import State, advanced, ended
from raceday_daemon.alerting.happenings import Happening
from raceday_daemon.alerting.measures import MEASURES, Reading, is_low, is_reached, is_running
from raceday_daemon.alerting.notifying import Notifying
from raceday_daemon.alerting.rule_index import Group, Watch
from raceday_daemon.alerting.scene import Scene
from raceday_daemon.model.alerts import MONEY_FLOW, ODDS_BELOW, Notification
from raceday_daemon.model.race import OPEN

StateKey = tuple[str, str]
"""A rule's id and its target: an entrant's or the race's."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a look.

    Notifications in the order that they are told in, the states that are others now, and the rules that could not be
    evaluated, by their ids, with what stopped them.
    """

    notifications: tuple[Notification, ...]
    states: tuple[State, ...]
    failures: tuple[tuple[str, Exception], ...]


def evaluate(
    scene: Scene,
    groups: Iterable[Group],
    states: Mapping[StateKey, State],
    find: Callable[[str], Watch | None],
    go_on: Callable[[], None] = lambda: None,
) -> Decision:
    """Hold a look against the rules in scope.

    `states` are those kept for the race; `find` gives the rule of an id, as it is now; what `go_on` raises, asked
    before each rule, ends it.
    """
    evaluation = _Evaluation(scene, states, go_on)
    if scene.race.status == OPEN:
        evaluation.read_all(groups, find)
    else:
        evaluation.end_all()
    evaluation.tell_happenings(groups)
    return evaluation.decision()


class _Evaluation:
    """One evaluation under way."""

    def __init__(self, scene: Scene, states: Mapping[StateKey, State], go_on: Callable[[], None]) -> None:
        self._scene = scene
        self._states = states
        self._go_on = go_on
        self._readings: dict[tuple[str, int, str], Reading | None] = {}
        self._notifying = Notifying(scene)
        self._running = [who for who, entrant in scene.entrants.items() if is_running(entrant)]
        self._seen: set[StateKey] = set()
        self._changed: dict[StateKey, State] = {}
        self._failures: dict[str, Exception] = {}

    def read_all(self, groups: Iterable[Group], find: Callable[[str], Watch | None]) -> None:
        """Advance every rule whose threshold a runner has reached, and every one that has an episode under way."""
        for group in groups:
            alert_type = group.type
            if alert_type not in _MEASURED:
                continue
            for who in self._running if group.entrant_id is None else (group.entrant_id,):
                reading = self._reading(alert_type, group.window_seconds, who)
                if reading is None:
                    continue
                reached = group.from_on if alert_type == ODDS_BELOW else group.up_to
                for watch in reached(reading.value):
                    self._safely(watch, self._advance, watch, alert_type, who, reading)
        for key, state in self._states.items():
            if state.episode is not None and key not in self._seen:
                self._follow(state, find(state.rule_id))

    def end_all(self) -> None:
        """End every episode: the race has left Open."""
        for key, state in self._states.items():
            if state.episode is not None:
                self._changed[key] = ended(state)

    def tell_happenings(self, groups: Iterable[Group]) -> None:
        """Tell what happened to those who watch for it."""
        by_type: dict[str, list[Happening]] = {}
        for what in self._scene.happenings:
            by_type.setdefault(what.type, []).append(what)
        for group in groups:
            for what in by_type.get(group.kind, ()):
                if group.entrant_id in (None, what.entrant_id):
                    for watch in group.up_to(what.value):
                        self._safely(watch, self._tell_happening, watch, what)

    def decision(self) -> Decision:
        """Give what came of it, whatever the order of the rules and runners was."""
        told = tuple(notification for _, notification in sorted(self._notifying.made, key=itemgetter(0)))
        changed = tuple(state for key, state in sorted(self._changed.items()) if state != self._states.get(key))
        return Decision(told, changed, tuple(sorted(self._failures.items())))

    def _follow(self, state: State, watch: Watch | None) -> None:
        """Advance an episode whose rule the value has left; an edited rule may not even watch this runner now."""
        if watch is None or watch.checksum != state.checksum:
            return
        alert_type = watch.type
        reading = self._reading(alert_type, watch.window_seconds, state.target)
        if reading is not None:
            self._safely(watch, self._advance, watch, alert_type, state.target, reading)

    def _safely(self, watch: Watch, work: Callable[..., None], *arguments: object) -> None:
        self._go_on()
        try:
            work(*arguments)
        except Exception as error:
            # Whatever it is, it must not reach the others, nor the look.
            self._failures[watch.rule_id] = error

    def _reading(self, alert_type: str, window: int, who: str) -> Reading | None:
        key = (alert_type, window, who)
        if key not in self._readings:
            self._readings[key] = self._measured(alert_type, window, who)
        return self._readings[key]

    def _measured(self, alert_type: str, window: int, who: str) -> Reading | None:
        entrant = self._scene.entrants.get(who)
        if entrant is None or not is_running(entrant):
            return None
        if alert_type == MONEY_FLOW:
            return self._scene.money.get(who)
        return MEASURES[alert_type](entrant, self._scene.earlier.get(window, {}).get(who))

    def _state(self, watch: Watch, target: str) -> State:
        """Give the state that counts: one of the rule as it was before an edit is none."""
        state = self._states.get((watch.rule_id, target))
        if state is None or state.checksum != watch.checksum:
            return State(rule_id=watch.rule_id, target=target, checksum=watch.checksum)
        return state

    def _advance(self, watch: Watch, alert_type: str, who: str, reading: Reading) -> None:
        key = (watch.rule_id, who)
        self._seen.add(key)
        before = self._state(watch, who)
        band, reached = _reached(watch, alert_type, reading.value)
        state, is_told = advanced(
            before,
            reached,
            is_low=is_low(alert_type, reading.value, watch.bound),
            at=self._scene.at,
            cooldown_seconds=watch.cooldown_seconds,
        )
        if state is not before:
            self._changed[key] = state
        if is_told:
            self._notifying.of_reading(watch, alert_type, who, reading, band, state.episode)

    def _tell_happening(self, watch: Watch, what: Happening) -> None:
        scene, target = self._scene, what.entrant_id or self._scene.race.race_id
        before = self._state(watch, target)
        # What this very look has told counts too: two bets of one answer.
        state = self._changed.get((watch.rule_id, target), before)
        if state.rests(scene.at, watch.cooldown_seconds):
            return
        if watch.cooldown_seconds:
            self._changed[watch.rule_id, target] = state._replace(fired_at=scene.at)
        self._notifying.of_happening(watch, what)


_MEASURED: Final = frozenset((*MEASURES, MONEY_FLOW))


def _reached(watch: Watch, alert_type: str, value: float) -> tuple[Band | None, float | None]:
    """Give the band that a value is in, where there are bands, and the bound that it has reached (None: none)."""
    if watch.bands:
        band = band_of(value, watch.bands)
        return band, band.minimum if band else None
    return None, watch.bound if is_reached(alert_type, value, watch.bound) else None
