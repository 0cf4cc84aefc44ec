"""What the site reads of people's own: their rules with what these watch, and what they were told."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.alerting.faults import faults
from raceday_daemon.model.alerts import MORE_ALERTS, AlertRule, Notification
from raceday_daemon.model.shown_people import AlertLine, RuleLine
from raceday_daemon.store.alert_rules import missing_here
from raceday_daemon.store.coverage_queries import race_labels
from raceday_daemon.store.of_bands import told_by_bands
from raceday_daemon.store.rows import Row, layout, record_of

_BEYOND: Final = 2**63 - 1
"""A row's number beyond all."""

_MOST_USERS: Final = 50

RulePlace = tuple[str, str]
"""A rule's place: its user, and its id."""

_SELECT_RULE: Final = layout(AlertRule).select
_RULES: Final = (
    f'{_SELECT_RULE} WHERE (:user IS NULL OR "userId" = :user) AND ("userId", "id") > (:after, :after_id)'
    ' ORDER BY "userId", "id" LIMIT :most'
)
_SELECT_ALERT: Final = layout(Notification).select.replace("SELECT ", "SELECT rowid, ", 1)
# Rows keep the order in which they were written; one that counts the others is written again in its place.
_ALERTS: Final = (
    f'{_SELECT_ALERT} WHERE (:user IS NULL OR "userId" = :user) AND rowid < :before ORDER BY rowid DESC LIMIT :most'
)
_NEW_ALERTS: Final = (
    f'{_SELECT_ALERT} WHERE rowid > :since - :back AND (rowid > :since OR "type" = :more) ORDER BY rowid LIMIT :most'
)
_RULE: Final = tuple(
    name for name in RuleLine.__dataclass_fields__ if name not in ("faults", "race_label", "entrant_name")
)
_ALERT: Final = tuple(name for name in AlertLine.__dataclass_fields__ if name not in ("race_label", "of_band"))


def read_rules_page(
    connection: Connection, user: str | None, after: RulePlace | None, most: int
) -> tuple[tuple[RuleLine, ...], RulePlace | None]:
    """Read a page of the rules, of one user or all; and the place of its last one, None where none follows."""
    after_user, after_id = after or ("", "")
    rows = connection.execute(
        _RULES, {"user": user, "after": after_user, "after_id": after_id, "most": most + 1}
    ).fetchall()
    lines = tuple(rule_line(connection, row) for row in rows[:most])
    return lines, (rows[most - 1][1], rows[most - 1][0]) if len(rows) > most else None


def read_rule(connection: Connection, rule_id: str) -> RuleLine | None:
    """Read one rule, None for none."""
    row = connection.execute(f'{_SELECT_RULE} WHERE "id" = ?', (rule_id,)).fetchone()
    return rule_line(connection, row) if row else None


def rule_line(connection: Connection, row: Row) -> RuleLine:
    """Give the rule of a row with what it watches, and with what is wrong with it."""
    try:
        rule = record_of(AlertRule, row)
    except ValueError as error:
        return _unreadable(row, f"the row can't be read: {error}")
    entrant_name, race_id = _watched(connection, rule)
    return RuleLine(
        **{name: getattr(rule, name) for name in _RULE},
        entrant_name=entrant_name,
        race_label=race_labels(connection, [race_id]).get(race_id) if race_id else None,
        faults=faults(rule) or missing_here(connection, rule),
    )


def read_alerts_page(
    connection: Connection, user: str | None, before: int | None, most: int
) -> tuple[tuple[AlertLine, ...], int | None]:
    """Read a page of what people were told, the newest first, of one user or all; and where older ones begin."""
    named = {"user": user, "before": _BEYOND if before is None else before, "most": most + 1}
    rows = connection.execute(_ALERTS, named).fetchall()
    return _alert_lines(connection, rows[:most]), rows[most - 1][0] if len(rows) > most else None


def read_users(connection: Connection) -> tuple[str, ...]:
    """Name those who have rules, in order; no more of them than anybody could choose from."""
    rows = connection.execute(
        'SELECT DISTINCT "userId" FROM "user_alert_configs" ORDER BY "userId" LIMIT ?', (_MOST_USERS,)
    )
    return tuple(user_id for (user_id,) in rows)


def read_new_alerts(connection: Connection, since: int, most: int) -> tuple[tuple[AlertLine, ...], int]:
    """Read what people were told after a row's number, and what counts the rest of a minute anew; and the last number.

    Rows of that kind among the last `most` before it come again, since their counts may be new ones.
    """
    named = {"since": since, "back": most, "more": MORE_ALERTS, "most": 2 * most}
    rows = connection.execute(_NEW_ALERTS, named).fetchall()
    return _alert_lines(connection, rows), max((row[0] for row in rows), default=since)


def last_alert(connection: Connection) -> int:
    """Give the number of the newest row of what people were told, 0 for none."""
    (number,) = connection.execute('SELECT max(rowid) FROM "notifications"').fetchone()
    return number or 0


def _alert_lines(connection: Connection, rows: Iterable[Sequence[Any]]) -> tuple[AlertLine, ...]:
    told = [record_of(Notification, tuple(row[1:])) for row in rows]
    labels = race_labels(connection, {one.race_id for one in told if one.race_id})
    of_bands = told_by_bands(connection, [one.notification_id for one in told])
    return tuple(
        AlertLine(
            **{name: getattr(one, name) for name in _ALERT},
            race_label=labels.get(one.race_id) if one.race_id else None,
            of_band=one.notification_id in of_bands,
        )
        for one in told
    )


def _watched(connection: Connection, rule: AlertRule) -> tuple[str | None, str | None]:
    """Give the name of the entrant that a rule watches, and the id of its race."""
    if rule.entrant is None:
        return None, rule.race
    row = connection.execute('SELECT "name", "raceId" FROM "entrants" WHERE "id" = ?', (rule.entrant,)).fetchone()
    return (row[0], row[1]) if row else (None, rule.race)


def _unreadable(row: Row, fault: str) -> RuleLine:
    nothing: dict[str, Any] = dict.fromkeys(RuleLine.__dataclass_fields__)
    rule_id, user_id, enabled = str(row[0]), str(row[1]), bool(row[2])
    return RuleLine(**{**nothing, "rule_id": rule_id, "user_id": user_id, "enabled": enabled, "faults": (fault,)})
