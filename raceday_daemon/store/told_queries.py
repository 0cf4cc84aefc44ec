"""What people were told on a racing day, for those who look on."""

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.cadence.racing_day import racing_day, racing_day_start
from raceday_daemon.model.status import AlertsStatus, ToldAlert
from raceday_daemon.store.alert_rules import read_rules
from raceday_daemon.store.of_bands import OF_BAND
from raceday_daemon.store.rows import instant_text, read_instant

MOST_TOLD: Final = 10

# Rows lie in the order in which they were written, but for those that came back from Appwrite at a refill.
_MOST_COUNTED: Final = 100_000
_AMONG_THE_LAST: Final = 1_000


def read_alerts(connection: Connection, now: datetime, invalid_rules: int) -> AlertsStatus:
    """Read how the alerts stand; who evaluates the rules knows how many of them can't be right.

    What bands told is counted, and not among the newest: it would leave no room for what people asked for.
    """
    since = instant_text(racing_day_start(racing_day(now)))
    (rules,) = connection.execute('SELECT count(*) FROM "user_alert_configs"').fetchone()
    (today,) = connection.execute(
        'SELECT count(*) FROM (SELECT "createdAt" FROM "notifications" ORDER BY rowid DESC LIMIT ?)'
        ' WHERE "createdAt" >= ?',
        (_MOST_COUNTED, since),
    ).fetchone()
    return AlertsStatus(rules=rules, invalid=invalid_rules, today=today, newest=_newest(connection, since))


def _newest(connection: Connection, since: str) -> tuple[ToldAlert, ...]:
    rows = connection.execute(
        'SELECT "createdAt", "userId", "type", "message", "raceId", "ruleId"'  # noqa: S608
        ' FROM (SELECT * FROM "notifications" WHERE rowid > (SELECT max(rowid) FROM "notifications") - ?'
        f" AND NOT {OF_BAND} ORDER BY rowid DESC LIMIT ?)"
        ' WHERE "createdAt" >= ? ORDER BY "createdAt" DESC, "id" LIMIT ?',
        (_MOST_COUNTED, _AMONG_THE_LAST, since, MOST_TOLD),
    )
    return tuple(
        ToldAlert(at=read_instant(at), user_id=user, type=kind, message=message, race_id=race, rule_id=rule)
        for at, user, kind, message, race, rule in rows
    )


def count_invalid_rules(connection: Connection) -> int:
    """Count the rules that are left out, by reading all of them: where nobody evaluates them."""
    return sum(bool(one.faults) for one in read_rules(connection))
