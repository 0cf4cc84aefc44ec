"""Which database a file's rows go to: where that changes, all stored rows are queued for the new one."""

from datetime import datetime
from sqlite3 import Connection

from raceday_daemon.store import schema
from raceday_daemon.store.outbox import LANES, MARKET_ORDER, Lane, last_position, read_target
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.schema import Table
from raceday_daemon.store.thinning import THINNED, forget_lines, thinned_ids


def aim_at(connection: Connection, target: str | None, now: datetime, *, is_thinned: bool = False) -> int:
    """Note the database that rows go to (None: nowhere), and queue all rows where it is another than before.

    Of a history that `is_thinned` those are queued that would have been sent.

    Gives the number of rows queued. A file whose rows went nowhere for a while has rows that were never sent, alert
    rules among them; from one database to another these are not taken along, since people have changed them there.
    """
    before = read_target(connection)
    if target == before:
        return 0
    connection.execute("UPDATE outbox_facts SET target = ?, leftOut = 0", (target,))
    forget_lines(connection)
    # What is on its way to the earlier one must not be taken for what is queued here.
    last = last_position(connection)
    connection.execute("DELETE FROM outbox WHERE lane = ?", (Lane.MARKET,))
    tables = (*MARKET_ORDER, *([] if before else [schema.USER_ALERT_CONFIGS])) if target else ()
    return sum(
        _queue_all(connection, table, last + place, now, is_thinned=is_thinned and table in THINNED)
        for place, table in enumerate(tables, start=1)
    )


def _queue_all(connection: Connection, table: Table, position: int, now: datetime, *, is_thinned: bool) -> int:
    """Queue a table's rows that do not wait already."""
    to_queue = (table.name, LANES[table.name], position, instant_text(now))
    if is_thinned:
        insert = "INSERT OR IGNORE INTO outbox VALUES (?1, ?5, ?2, ?3, TRUE, ?4, NULL, NULL)"
        return connection.executemany(
            insert, ((*to_queue, row_id) for row_id in thinned_ids(connection, table))
        ).rowcount
    return connection.execute(
        f'INSERT OR IGNORE INTO outbox SELECT ?, "id", ?, ?, TRUE, ?, NULL, NULL FROM "{table.sqlite_name}"',  # noqa: S608
        to_queue,
    ).rowcount
