"""The alerts at work: each look held against the rules in the transaction that writes it, and races about to start."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from math import inf
from sqlite3 import Connection
from time import perf_counter
from typing import Final

from loguru import logger

from raceday_daemon.alerting.episodes import State
from raceday_daemon.alerting.evaluation import Decision, StateKey, evaluate
from raceday_daemon.alerting.reopening import reopened
from raceday_daemon.alerting.rule_index import Group, Watch
from raceday_daemon.alerting.starts import Starting, due_watches, next_due, start_notification
from raceday_daemon.intake.alert_watch import AlertWatch, Pass
from raceday_daemon.intake.rules_in_step import RulesInStep
from raceday_daemon.intake.scene import Soundness, keep_field, scene_of
from raceday_daemon.intake.seen import Seen
from raceday_daemon.intake.telling import tell
from raceday_daemon.model.errors import AlertsTimeoutError
from raceday_daemon.model.observer import NOT_OBSERVED, Observer
from raceday_daemon.model.race import is_over
from raceday_daemon.ops.complaint import Complaint
from raceday_daemon.store.alert_states import forget_race, read_states, read_told, write_states
from raceday_daemon.store.delivery_queue import DeliveryQueue
from raceday_daemon.store.outbox import Sending

_MOST_REPORTED: Final = 1_000

Telling = Callable[[Connection, Seen], int]
"""Tells people of a look, in the transaction that writes it; gives the number of notifications written."""


class Alerts:
    """All that is told to people. What it is given to do runs in the store's thread, one thing at a time."""

    def __init__(
        self,
        soundness: Soundness,
        observer: Observer = NOT_OBSERVED,
        deliveries: DeliveryQueue | None = None,
        watch: AlertWatch | None = None,
    ) -> None:
        """Know no rule before the first `refresh`; the observer is told how long each look takes.

        What is told is queued in `deliveries`, where it is sent onward. `watch` counts the passes, and cuts off those
        that take too long.
        """
        self.rules = RulesInStep()
        self.watch = watch or AlertWatch()
        self._cut_off = Complaint("alerts_cut_off", "ERROR")
        self._deliveries = deliveries
        self._soundness = soundness
        self.observer = observer
        self._reported: set[str] = set()
        # Of each race to come: by which rules its start was told, down to how many seconds before it.
        self._handled: dict[str, tuple[int | None, float]] = {}

    def refresh(self, connection: Connection) -> bool:
        """Take the rules that were changed since, by anybody; give whether there are any."""
        try:
            if self.rules.is_in_step(connection):
                return False
            with self.watch.reading_rules():
                return self.rules.refresh(connection)
        except sqlite3.Error:
            raise
        except Exception as error:
            self._report("", error)
            return False

    def reopen(self, connection: Connection) -> int:
        """Take up the episodes that the stored notifications tell of and that no state here knows.

        For a file that was refilled, whatever it has of an earlier time; gives the number of states written.
        """
        self.refresh(connection)
        written = 0
        for race_id, told in read_told(connection).items():
            kept = _states(connection, race_id)
            again = reopened(told, self.rules.index)
            states = [one for one in again if _is_newer(one, kept.get((one.rule_id, one.target)))]
            write_states(connection, race_id, states)
            written += len(states)
        return written

    def ring(self) -> None:
        """Say that what was told is committed."""
        if self._deliveries:
            self._deliveries.ring()

    def telling(self, now: datetime, sending: Sending | None = None) -> Telling:
        """Give what tells people of a look at `now`, and queues the notifications where they are sent on."""
        return partial(self._tell_safely, now=now, sending=sending)

    def _tell_safely(self, connection: Connection, seen: Seen, now: datetime, sending: Sending | None) -> int:
        """Tell people; a bug in that undoes what it has written, and nothing else."""
        began = perf_counter()
        connection.execute("SAVEPOINT alerts")
        try:
            with self.watch.one_pass(now) as one:
                told = self._tell(connection, seen, now, sending, one)
        except sqlite3.OperationalError:
            # The file can't be written now: nor can the look.
            raise
        except AlertsTimeoutError as error:
            connection.execute("ROLLBACK TO alerts")
            self._cut_off.wrong("alerts: {error}", error=str(error), race_id=seen.race.race_id)
            told = 0
        except Exception as error:
            connection.execute("ROLLBACK TO alerts")
            self._report("", error)
            told = 0
        else:
            self._cut_off.right("alerts come to their end again, after {lasted_seconds} s")
        connection.execute("RELEASE alerts")
        self.observer.alerted(perf_counter() - began)
        return told

    def _tell(self, connection: Connection, seen: Seen, now: datetime, sending: Sending | None, one: Pass) -> int:
        race_id = seen.race.race_id
        states = _states(connection, race_id)
        groups = self.rules.index.groups(race_id, seen.entrants, everywhere=seen.is_wanted)
        if groups or states:
            with self.watch.limited(connection):
                decision = self._decide(connection, seen, groups, states, now)
            one.has_failed = bool(decision.failures)
            for rule_id, error in decision.failures:
                self._report(rule_id, error)
            write_states(connection, race_id, decision.states)
            told = tell(connection, decision.notifications, now, sending, self._deliveries)
        else:
            keep_field(connection, seen)
            told = 0
        if is_over(seen.race.status):
            forget_race(connection, race_id)
        return told

    def _decide(
        self, connection: Connection, seen: Seen, groups: list[Group], states: dict[StateKey, State], now: datetime
    ) -> Decision:
        scene = scene_of(connection, seen, groups, now, self._soundness)
        return evaluate(scene, groups, states, self.rules.index.get, self.watch.go_on)

    def tell_starts(
        self, connection: Connection, races: Iterable[Starting], now: datetime, sending: Sending | None = None
    ) -> tuple[int, datetime | None]:
        """Tell who waits for these races to start; give the number told, and when the next one is to be told."""
        with self.watch.one_pass(now):
            return self._tell_starts(connection, races, now, sending)

    def _tell_starts(
        self, connection: Connection, races: Iterable[Starting], now: datetime, sending: Sending | None
    ) -> tuple[int, datetime | None]:
        told = 0
        to_come = []
        handled = {}
        for race in races:
            self.watch.go_on()
            groups = self.rules.index.groups(race.race_id, (), everywhere=True)
            below = self._handled_down_to(race.race_id)
            watches = due_watches(groups, race, now, below)
            told += self._tell_start(connection, race, watches, now, sending) if watches else 0
            lowest = min((watch.bound for watch in watches), default=below)
            handled[race.race_id] = (self.rules.number, lowest)
            to_come += [due] if (due := next_due(groups, race, now)) else []
        self._handled = handled
        return told, min(to_come, default=None)

    def look_again_at_starts(self) -> None:
        """Hold none for told: what `tell_starts` has written was undone."""
        self._handled = {}

    def _handled_down_to(self, race_id: str) -> float:
        """Give the seconds before the start down to which all were told by these rules, wherever the start was then."""
        number, lowest = self._handled.get(race_id, (None, inf))
        return lowest if number == self.rules.number else inf

    def _tell_start(
        self, connection: Connection, race: Starting, watches: list[Watch], now: datetime, sending: Sending | None
    ) -> int:
        """Tell of one race to start those who were not told of it yet, also not before its start was moved."""
        before = {state.rule_id: state for state in read_states(connection, race.race_id)}
        new = [watch for watch in watches if not _is_told(before.get(watch.rule_id), watch)]
        states = [
            State(rule_id=watch.rule_id, target=race.race_id, checksum=watch.checksum, fired_at=now) for watch in new
        ]
        write_states(connection, race.race_id, states)
        notifications = [start_notification(watch, race, now) for watch in new]
        return tell(connection, notifications, now, sending, self._deliveries)

    def _report(self, rule_id: str, error: Exception) -> None:
        """Tell of a bug once a rule."""
        if rule_id in self._reported or len(self._reported) >= _MOST_REPORTED:
            return
        self._reported.add(rule_id)
        logger.opt(exception=error).error(
            "a bug keeps {what} from being evaluated",
            action="rule_broken",
            what=f"alert rule {rule_id}" if rule_id else "the alerts of a race",
            rule_id=rule_id,
        )


def _states(connection: Connection, race_id: str) -> dict[StateKey, State]:
    return {(state.rule_id, state.target): state for state in read_states(connection, race_id)}


def _is_newer(one: State, kept: State | None) -> bool:
    return kept is None or kept.fired_at is None or (one.fired_at is not None and one.fired_at > kept.fired_at)


def _is_told(state: State | None, watch: Watch) -> bool:
    return state is not None and state.checksum == watch.checksum
