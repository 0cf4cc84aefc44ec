"""`raceday.db`, the working store: what it is opened with."""

from pathlib import Path
from typing import Final

from raceday_daemon.model.errors import StoreError
from raceday_daemon.store.alert_states import add_alerts
from raceday_daemon.store.ddl import add_outbox, add_sightings, add_thinning, create_statements
from raceday_daemon.store.deliveries import add_deliveries
from raceday_daemon.store.migrations import Layouts
from raceday_daemon.store.prunings import add_prunings
from raceday_daemon.store.sqlite import Database, open_database

FILE_NAME: Final = "raceday.db"
RESTORING: Final = ".raceday-restore.partial"
"""The folder in a data folder in which a restore works: while it is there, the files beside it are not all there."""

LAYOUTS: Final = Layouts(
    create_statements(),
    steps=(add_outbox, add_sightings, add_alerts, add_deliveries, add_thinning, add_prunings),
)


async def open_working_store(data_dir: Path) -> Database:
    """Open the working store in a data folder; market data survives a power loss.

    Raises StoreError for a folder in which a restore is under way or was cut off: a new file would take its place.
    """
    if (data_dir / RESTORING).exists():
        raise StoreError(
            f"{data_dir}: a restore into it is under way, or was cut off: run `raceday-daemon restore` with that backup"
            f" again, or remove {RESTORING} and whatever it has put beside it"
        )
    return await open_database(data_dir / FILE_NAME, LAYOUTS, survives_power_loss=True)
