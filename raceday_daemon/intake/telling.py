"""Notifications into the store: none twice, and no user flooded."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from sqlite3 import Connection

from raceday_daemon.alerting.fold import folded
from raceday_daemon.model.alerts import Notification
from raceday_daemon.store.alert_states import read_tally, told_already, write_tally
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import write


def tell(connection: Connection, wanted: Sequence[Notification], now: datetime, sending: Sending | None = None) -> int:
    """Write notifications, in their order, in the transaction of the caller; give the number of rows written.

    One that is stored already is not written again: it may have been read meanwhile.
    """
    already = told_already(connection, [one.notification_id for one in wanted]) if wanted else frozenset()
    new = {one.notification_id: one for one in wanted if one.notification_id not in already}
    written = 0
    by_user = attrgetter("user_id")
    for user_id, of_user in groupby(sorted(new.values(), key=by_user), by_user):
        told, tally = folded(user_id, list(of_user), read_tally(connection, user_id), now)
        write_tally(connection, user_id, tally)
        written += write(connection, told, sending)
    return written
