"""What the alerts remember between looks: where each rule stands in a race, and what each user was told of late."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.episodes import State
from raceday_daemon.alerting.fold import Tally
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.race import ABANDONED, FINAL
from raceday_daemon.store.rows import instant_text, layout, read_instant, record_of

_CHANGED: Final = (
    "INSERT INTO alert_rule_changes VALUES ({row}.id, (SELECT coalesce(max(number), 0) + 1 FROM alert_rule_changes))"
    " ON CONFLICT (ruleId) DO UPDATE SET number = excluded.number"
)

CREATE_ALERTS: Final = (
    # Where a rule stands with a target, an entrant or the race: the episode under way, and when it last fired.
    """CREATE TABLE alert_states (
        raceId TEXT NOT NULL, ruleId TEXT NOT NULL, target TEXT NOT NULL, checksum INTEGER NOT NULL, episode TEXT,
        under INTEGER NOT NULL, told REAL, firedAt TEXT,
        PRIMARY KEY (raceId, ruleId, target)
    ) STRICT, WITHOUT ROWID""",
    # When a race's field last changed, and who was favourite before several shared the shortest price.
    "CREATE TABLE alert_fields (raceId TEXT PRIMARY KEY NOT NULL, changedAt TEXT, favourite TEXT) STRICT",
    # A user's last notifications (a JSON array of instants), and the fold of those that were too many.
    """CREATE TABLE alert_tallies (
        userId TEXT PRIMARY KEY NOT NULL, toldAt TEXT NOT NULL, foldingSince TEXT, folded INTEGER NOT NULL
    ) STRICT""",
    # Every rule that was ever written or removed, by whomever, with the number of its last change.
    "CREATE TABLE alert_rule_changes (ruleId TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL) STRICT",
    "CREATE INDEX alert_rule_changes_number ON alert_rule_changes (number)",
    *(
        f"CREATE TRIGGER user_alert_configs_{event} AFTER {event} ON user_alert_configs"
        f" BEGIN {_CHANGED.format(row=row)}; END"
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
    ),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A race's field: since when it is known to be as it is (None: it never changed), and its last sole favourite.

    The favourite is kept only while several runners share the shortest price.
    """

    changed_at: datetime | None = None
    favourite: str | None = None


def add_alerts(connection: Connection) -> None:
    """Bring a file of layout 3 to layout 4, which remembers alerts."""
    for statement in CREATE_ALERTS:
        connection.execute(statement)


def read_states(connection: Connection, race_id: str) -> list[State]:
    """Read where the rules stand in a race."""
    rows = connection.execute(
        "SELECT ruleId, target, checksum, episode, under, told, firedAt FROM alert_states WHERE raceId = ?", (race_id,)
    )
    return [
        State(
            rule_id=rule_id,
            target=target,
            checksum=checksum,
            episode=read_instant(episode) if episode else None,
            under=under,
            told=told,
            fired_at=read_instant(fired_at) if fired_at else None,
        )
        for rule_id, target, checksum, episode, under, told, fired_at in rows
    ]


def write_states(connection: Connection, race_id: str, states: Iterable[State]) -> None:
    """Write where rules stand in a race now."""
    connection.executemany(
        "INSERT OR REPLACE INTO alert_states VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                race_id,
                state.rule_id,
                state.target,
                state.checksum,
                instant_text(state.episode) if state.episode else None,
                state.under,
                state.told,
                instant_text(state.fired_at) if state.fired_at else None,
            )
            for state in states
        ],
    )


def read_field(connection: Connection, race_id: str) -> Field:
    """Read what is kept of a race's field."""
    row = connection.execute("SELECT changedAt, favourite FROM alert_fields WHERE raceId = ?", (race_id,)).fetchone()
    return Field(read_instant(row[0]) if row[0] else None, row[1]) if row else Field()


def write_field(connection: Connection, race_id: str, field: Field) -> None:
    """Keep what is known of a race's field."""
    changed_at = instant_text(field.changed_at) if field.changed_at else None
    connection.execute(
        "INSERT OR REPLACE INTO alert_fields VALUES (?, ?, ?)",
        (race_id, changed_at, field.favourite),
    )


def forget_race(connection: Connection, race_id: str) -> None:
    """Forget all of a race that is over."""
    connection.execute("DELETE FROM alert_states WHERE raceId = ?", (race_id,))
    connection.execute("DELETE FROM alert_fields WHERE raceId = ?", (race_id,))


def forget_old(connection: Connection, before: datetime) -> None:
    """Forget the races that started before an instant, or are not stored, and users who were told nothing since.

    And that rules were removed, once that was read: only the last of all changes still says how far one has read.
    """
    for table in ("alert_states", "alert_fields"):
        connection.execute(
            f"DELETE FROM {table} WHERE raceId NOT IN (SELECT id FROM races WHERE startTime >= ?)",  # noqa: S608
            (instant_text(before),),
        )
    # The instants of a tally are in order, and their texts sort as they do.
    connection.execute("DELETE FROM alert_tallies WHERE json_extract(toldAt, '$[#-1]') < ?", (instant_text(before),))
    connection.execute(
        "DELETE FROM alert_rule_changes WHERE ruleId NOT IN (SELECT id FROM user_alert_configs)"
        " AND number < (SELECT max(number) FROM alert_rule_changes)"
    )


def read_tally(connection: Connection, user_id: str) -> Tally:
    """Read what a user was told of late."""
    row = connection.execute(
        "SELECT toldAt, foldingSince, folded FROM alert_tallies WHERE userId = ?", (user_id,)
    ).fetchone()
    if row is None:
        return Tally()
    told_at, since, folded = row
    return Tally(tuple(map(read_instant, json.loads(told_at))), read_instant(since) if since else None, folded)


def write_tally(connection: Connection, user_id: str, tally: Tally) -> None:
    """Keep what a user was told of late."""
    since = instant_text(tally.folding_since) if tally.folding_since else None
    told_at = json.dumps([instant_text(at) for at in tally.told_at])
    connection.execute(
        "INSERT OR REPLACE INTO alert_tallies VALUES (?, ?, ?, ?)", (user_id, told_at, since, tally.folded)
    )


def read_told(connection: Connection) -> dict[str, list[Notification]]:
    """Read what people were told of the races that are not over, by race."""
    rows = connection.execute(
        f'{layout(Notification).select} WHERE "raceId" IN'  # noqa: S608
        ' (SELECT "id" FROM "races" WHERE "status" NOT IN (?, ?))',
        (FINAL, ABANDONED),
    )
    told: dict[str, list[Notification]] = {}
    for one in (record_of(Notification, row) for row in rows):
        told.setdefault(one.race_id or "", []).append(one)
    return told


def told_already(connection: Connection, notification_ids: Sequence[str]) -> frozenset[str]:
    """Name those of these notifications that are stored."""
    rows = connection.execute(
        "SELECT id FROM notifications WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(notification_ids),)
    )
    return frozenset(row_id for (row_id,) in rows)
