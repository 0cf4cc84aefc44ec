"""The six bands of percentage that the front end's one user begins with."""

from datetime import UTC, datetime
from typing import Any, Final

from appwrite.query import Query
from loguru import logger

from raceday_daemon.alerting.bands import SIX_BANDS, SIX_COLOURS
from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.reading import read_rows
from raceday_daemon.model.appwrite_errors import AppwriteConflictError
from raceday_daemon.model.ids import row_id
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.schema import USER_ALERT_CONFIGS

USER: Final = "Default User"
INDICATOR: Final = "percentage_range"


def band_rows(now: datetime) -> dict[str, dict[str, Any]]:
    """Give the rows by their ids."""
    return {
        row_id(USER_ALERT_CONFIGS.name, USER, INDICATOR, str(order)): {
            "userId": USER,
            "enabled": True,
            "indicatorType": INDICATOR,
            "percentageRangeMin": band.minimum,
            "percentageRangeMax": band.maximum,
            "color": color,
            "displayOrder": order,
            "isDefault": True,
            "audibleAlertsEnabled": True,
            "createdAt": instant_text(now),
            "lastUpdated": instant_text(now),
        }
        for order, (band, color) in enumerate(zip(SIX_BANDS, SIX_COLOURS, strict=True), start=1)
    }


async def seed_bands(appwrite: Patient) -> int:
    """Make the bands that are missing, unless the user has some of another make; give how many were made."""
    rows = band_rows(datetime.now(UTC))
    of_the_user = (Query.equal("userId", USER), Query.equal("indicatorType", INDICATOR))
    if not {row.row_id for row in await read_rows(appwrite, USER_ALERT_CONFIGS, *of_the_user)} <= rows.keys():
        return 0
    made = sum([await _make(appwrite, id_, row) for id_, row in rows.items()])
    if made:
        logger.info(
            "{made} bands made for {user}: its name is no valid role, so that only a key can read them",
            action="bands_seeded",
            made=made,
            user=USER,
        )
    return made


async def _make(appwrite: Patient, id_: str, row: dict[str, Any]) -> bool:
    try:
        await appwrite.ask(lambda tables: tables.create_row(appwrite.database_id, USER_ALERT_CONFIGS.name, id_, row))
    except AppwriteConflictError:
        return False
    return True
