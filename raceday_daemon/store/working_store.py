"""`raceday.db`, the working store: what it is opened with."""

from pathlib import Path
from typing import Final

from raceday_daemon.store.alert_states import add_alerts
from raceday_daemon.store.ddl import add_outbox, add_sightings, create_statements
from raceday_daemon.store.deliveries import add_deliveries
from raceday_daemon.store.migrations import Layouts
from raceday_daemon.store.sqlite import Database, open_database

FILE_NAME: Final = "raceday.db"


async def open_working_store(data_dir: Path) -> Database:
    """Open the working store in a data folder; market data survives a power loss."""
    layouts = Layouts(create_statements(), steps=(add_outbox, add_sightings, add_alerts, add_deliveries))
    return await open_database(data_dir / FILE_NAME, layouts, survives_power_loss=True)
