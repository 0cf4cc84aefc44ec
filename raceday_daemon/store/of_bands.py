"""Which notifications bands have told: rows that a front end shows, too many to call anybody for each."""

import json
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.alerts import MORE_ALERTS, PERCENTAGE_RANGE

IS_BAND: Final = f'"alertType" IS NULL AND "indicatorType" = \'{PERCENTAGE_RANGE}\''
"""A condition on a rule's row: it is a band."""

_RULE: Final = f'"alertType" IS NOT NULL OR "indicatorType" IS NOT \'{PERCENTAGE_RANGE}\''
_OF: Final = 'FROM "user_alert_configs" WHERE'

# The one that counts the rest of a minute names no rule: it is of bands where its user has nothing else.
OF_BAND: Final = (
    f'(coalesce("ruleId" IN (SELECT "id" {_OF} {IS_BAND}), FALSE) OR "type" = \'{MORE_ALERTS}\''
    f' AND "userId" IN (SELECT "userId" {_OF} {IS_BAND}) AND "userId" NOT IN (SELECT "userId" {_OF} {_RULE}))'
)
"""A condition on a notification's row: a band has told it. One whose band was removed since is as any other."""


def told_by_bands(connection: Connection, notification_ids: Sequence[str]) -> frozenset[str]:
    """Name those of these notifications that bands have told."""
    rows = connection.execute(
        f'SELECT "id" FROM "notifications" WHERE "id" IN (SELECT value FROM json_each(?)) AND {OF_BAND}',  # noqa: S608
        (json.dumps(notification_ids),),
    )
    return frozenset(row_id for (row_id,) in rows)
