"""The rules as they are stored: all of them, and those that anybody has changed since."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.faults import faults, missing_subjects
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.race import Race
from raceday_daemon.store.race_queries import read_one
from raceday_daemon.store.rows import Row, layout, record_of
from raceday_daemon.store.schema import USER_ALERT_CONFIGS

_SELECT: Final = layout(AlertRule).select
_USER: Final = 1 + [column.name for column in USER_ALERT_CONFIGS.columns].index("userId")


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A row of the rules: its rule (None: it can't be read), and what is wrong with it."""

    rule_id: str
    rule: AlertRule | None
    faults: tuple[str, ...] = ()
    user_id: str = ""


def read_rules(connection: Connection) -> Iterator[StoredRule]:
    """Read all rules, with what is wrong with each by itself; to be read to the end in its transaction."""
    return map(_stored, connection.execute(f'{_SELECT} ORDER BY "userId", "id"'))


def list_rules(connection: Connection) -> list[StoredRule]:
    """Read all rules for people: also those that name an entrant or race that is not here count as invalid."""
    listed = []
    for stored in read_rules(connection):
        missing = missing_here(connection, stored.rule) if stored.rule and not stored.faults else ()
        listed.append(replace(stored, faults=stored.faults or missing))
    return listed


def missing_here(connection: Connection, rule: AlertRule) -> tuple[str, ...]:
    """Give why a rule would never be told of anything, by what is stored of the entrant and race that it names."""
    entrant = read_one(connection, Entrant, rule.entrant) if rule.entrant is not None else None
    race_id = rule.race or (entrant.race_id if entrant else None)
    race = read_one(connection, Race, race_id) if race_id is not None else None
    return missing_subjects(rule, entrant, race)


def last_change(connection: Connection) -> int:
    """Give the number of the last change of any rule, by any process; 0 for none."""
    (number,) = connection.execute("SELECT max(number) FROM alert_rule_changes").fetchone()
    return number or 0


def read_changes(connection: Connection, since: int) -> list[StoredRule]:
    """Read the rules changed after a number, as they are now; one that was removed has neither rule nor faults."""
    changed = connection.execute(
        "SELECT ruleId FROM alert_rule_changes WHERE number > ? ORDER BY number", (since,)
    ).fetchall()
    found = []
    for (rule_id,) in changed:
        row = connection.execute(f'{_SELECT} WHERE "id" = ?', (rule_id,)).fetchone()
        found.append(_stored(row) if row else StoredRule(rule_id, None))
    return found


def _stored(row: Row) -> StoredRule:
    rule_id, user_id = str(row[0]), str(row[_USER])
    try:
        rule = record_of(AlertRule, row)
    except ValueError as error:
        return StoredRule(rule_id, None, (f"the row can't be read: {error}",), user_id)
    return StoredRule(rule_id, rule, faults(rule), user_id)
