"""What would be removed as too old, counted in a file as it stands; nothing is changed."""

from collections.abc import Sequence
from sqlite3 import Connection

from raceday_daemon.cadence.kept_days import KeptFrom
from raceday_daemon.store import schema
from raceday_daemon.store.old_races import BESIDE_RACE, OldRace, date_text, race_waits, start_text
from raceday_daemon.store.outbox import HISTORY
from raceday_daemon.store.pruning import OLD_MEETINGS, OLD_NOTIFICATIONS, Removed, Step, notification_edges
from raceday_daemon.store.schema import Table


def count_of_race(connection: Connection, race: OldRace) -> Step:
    """Count what would be removed of a race."""
    if race_waits(connection, race.race_id):
        return Step(Removed(), waits=True)
    tables = (*HISTORY, *BESIDE_RACE, schema.RACES) if race.is_whole else HISTORY
    return Step(Removed({table.name: _count(connection, table, race.race_id) for table in tables}))


def count_meetings(connection: Connection, kept: KeptFrom, races_left: Sequence[str]) -> int:
    """Count the meetings that would have no race any more; `races_left` are old races that stay."""
    select = 'SELECT "meetingId" FROM "races" WHERE "id" = ?'
    stay = {row for race_id in races_left for row in connection.execute(select, (race_id,)).fetchall()}
    old = connection.execute(
        f"{OLD_MEETINGS} AND NOT EXISTS"  # noqa: S608
        ' (SELECT 1 FROM "races" WHERE "meetingId" = m."id" AND "startTime" >= :start)',
        {"date": date_text(kept.races), "start": start_text(kept.races)},
    )
    return len(set(old) - stay)


def count_notifications(connection: Connection, kept: KeptFrom) -> int:
    """Count the notifications that would be removed."""
    query = f"SELECT count(*) FROM {OLD_NOTIFICATIONS}"  # noqa: S608
    return int(connection.execute(query, notification_edges(kept)).fetchone()[0])


def _count(connection: Connection, table: Table, race_id: str) -> int:
    query = f'SELECT count(*) FROM "{table.sqlite_name}" WHERE "raceId" = ?'  # noqa: S608
    return int(connection.execute(query, (race_id,)).fetchone()[0])
