"""Notifications into the store: none twice, and no user flooded."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from sqlite3 import Connection

from raceday_daemon.alerting.fold import MINUTE, Tally, folded
from raceday_daemon.model.alerts import MORE_ALERTS, Notification
from raceday_daemon.store.alert_states import read_tally, told_already, write_tally
from raceday_daemon.store.delivery_queue import DeliveryQueue, Passing
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import write


def tell(
    connection: Connection,
    wanted: Sequence[Notification],
    now: datetime,
    sending: Sending | None = None,
    deliveries: DeliveryQueue | None = None,
) -> int:
    """Write notifications, in their order, in the transaction of the caller; give the number of rows written.

    One that is stored already is not written again: it may have been read meanwhile. `sending` queues the rows for
    Appwrite, `deliveries` for the channels that reach people.
    """
    already = told_already(connection, [one.notification_id for one in wanted]) if wanted else frozenset()
    new = {one.notification_id: one for one in wanted if one.notification_id not in already}
    written = 0
    passing: list[Passing] = []
    by_user = attrgetter("user_id")
    for user_id, of_user in groupby(sorted(new.values(), key=by_user), by_user):
        of_one = list(of_user)
        told, tally = folded(user_id, of_one, read_tally(connection, user_id), now)
        write_tally(connection, user_id, tally)
        written += write(connection, told, sending)
        passing += _passing(of_one, told, tally)
    if deliveries and passing:
        deliveries.queue(connection, passing, now)
    return written


def _passing(wanted: Sequence[Notification], told: Sequence[Notification], tally: Tally) -> list[Passing]:
    """Give what is sent onward of what a user is told; the fold goes wherever those would have gone that are in it."""
    singly = [one for one in told if one.type != MORE_ALERTS]
    passing = [Passing(one.notification_id, (one.rule_id,)) for one in singly]
    for fold in told[len(singly) :]:
        rules = [one.rule_id for one in wanted[len(singly) :]]
        passing.append(Passing(fold.notification_id, rules, tally.folding_since and tally.folding_since + MINUTE))
    return passing
