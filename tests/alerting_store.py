"""A real store with the alerts at work: rules written, races looked at, and what people were told."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from raceday_daemon.alerting.new_money import MoneyLimits
from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.intake.card_commit import commit_card
from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.intake.scene import Soundness
from raceday_daemon.model.alerts import AlertRule, Notification
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.snapshot import MeetingCard, RaceSnapshot
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.rows import layout, record_of
from tests.builders import START, later, meeting, pools, race, snapshot

SOUNDNESS = Soundness(MoneyLimits(), STANDARD.step_seconds_at)


def new_alerts() -> Alerts:
    """Give the alerts as a process has them that just began."""
    return Alerts(SOUNDNESS)


@dataclass
class AlertedStore:
    """An open store whose meeting is known; each look is told of as the daemon does it, in one transaction."""

    connection: sqlite3.Connection
    alerts: Alerts = field(default_factory=new_alerts)
    sending: Sending | None = None

    @classmethod
    def in_memory(cls, *rules: AlertRule) -> "AlertedStore":
        """Make an empty store with a meeting and these rules."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        for statement in create_statements():
            connection.execute(statement)
        store = cls(connection)
        write(connection, [meeting()])
        store.add(*rules)
        return store

    def add(self, *rules: AlertRule) -> None:
        """Write rules, as a front end does."""
        write(self.connection, rules)

    def remove(self, rule_id: str) -> None:
        """Remove a rule, as a front end does."""
        self.connection.execute("DELETE FROM user_alert_configs WHERE id = ?", (rule_id,))

    def begin_anew(self) -> None:
        """Forget all that is only in memory, as a process that was killed does."""
        self.alerts = new_alerts()

    def take(self, answer: RaceSnapshot, now: datetime | None = None, due_at: datetime | None = None) -> Commit:
        """Take an answer a second after it was made."""
        now = now or later(1, answer.generated_time)
        self.alerts.refresh(self.connection)
        self.connection.execute("BEGIN IMMEDIATE")
        telling = self.alerts.telling(now, self.sending)
        commit = commit_race(self.connection, answer, now, due_at, self.sending, telling)
        self.connection.execute("COMMIT")
        return commit

    def take_card(self, card: MeetingCard) -> Commit:
        """Take a meeting's card a second after it was made."""
        now = later(1, card.generated_time)
        self.alerts.refresh(self.connection)
        self.connection.execute("BEGIN IMMEDIATE")
        commit = commit_card(self.connection, card, now, self.sending, self.alerts.telling(now, self.sending))
        self.connection.execute("COMMIT")
        return commit

    def look(self, seconds: float, *entrants: Entrant, status: str = "Open", **changes: Any) -> list[str]:
        """Look at the race so many seconds before its start; give what people are told by that look."""
        before = {one.notification_id for one in self.notifications()}
        self.take(
            snapshot(
                **{
                    "generated_time": later(-seconds, START),
                    "race": race(status=status),
                    "entrants": entrants,
                    "pools": pools(win_pool_total=100_000),
                    **changes,
                }
            )
        )
        return [one.message for one in self.notifications() if one.notification_id not in before]

    def notifications(self) -> list[Notification]:
        """Give what people were told, in its order."""
        rows = self.connection.execute(f"{layout(Notification).select} ORDER BY rowid")
        return [record_of(Notification, row) for row in rows.fetchall()]

    def states(self) -> list[tuple[Any, ...]]:
        """Give the rows of the states."""
        return self.connection.execute("SELECT * FROM alert_states").fetchall()
