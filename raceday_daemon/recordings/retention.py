"""Recordings are kept for a number of days: whole days go."""

import shutil
from datetime import date
from pathlib import Path

from loguru import logger

from raceday_daemon.recordings.layout import day_of_folder


def remove_days_before(folder: Path, first_kept: date) -> None:
    """Remove the folders of the racing days before one; what is no day's folder stays, and what can't go is logged."""
    try:
        days = [(day, place) for place in folder.iterdir() if (day := day_of_folder(place.name)) and day < first_kept]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        _tell(folder, error)
        return
    for day, place in sorted(days):
        try:
            shutil.rmtree(place)
        except OSError as error:
            _tell(place, error)
        else:
            logger.info("recordings of {day} removed", action="recordings_removed", day=day.isoformat())


def _tell(place: Path, error: OSError) -> None:
    why = error.strerror or str(error)
    logger.warning("{place} is not removed: {why}", action="recordings_not_removed", place=str(place), why=why)
