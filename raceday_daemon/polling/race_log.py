"""What is logged of one race's polling: a failure once, its end once, and every change of its start and status."""

from datetime import timedelta

from loguru import logger

from raceday_daemon.cadence.slots import RaceTimes
from raceday_daemon.model.errors import RacedayError
from raceday_daemon.store.watch_queries import WatchedRace


def failed(race: WatchedRace, error: RacedayError, failures: int) -> None:
    """Tell of a look that failed: the first of a row as a warning, the others for those who look closely."""
    logger.log(
        "WARNING" if failures == 1 else "DEBUG",
        "{race}: {error}",
        action="poll_failed",
        race=race.label,
        race_id=race.race_id,
        kind=error.kind,
        error=str(error),
        failures=failures,
    )


def unread(race: WatchedRace, error: RacedayError) -> None:
    """Tell that what has changed of a race can't be read."""
    logger.warning(
        "{race}: its start and status can't be read again: {error}",
        action="race_unread",
        race=race.label,
        race_id=race.race_id,
        kind=error.kind,
        error=str(error),
    )


def recovered(race: WatchedRace, failures: int, after: timedelta) -> None:
    """Tell that a look succeeded again."""
    logger.info(
        "{race}: recovered after {failures} failures, {seconds} s",
        action="poll_recovered",
        race=race.label,
        race_id=race.race_id,
        failures=failures,
        seconds=round(after.total_seconds()),
    )


def changed(race: WatchedRace, times: RaceTimes) -> None:
    """Tell that a race's status or start is another one now."""
    if times.status != race.times.status:
        logger.info(
            "{race}: {status}",
            action="race_status",
            race=race.label,
            race_id=race.race_id,
            status=times.status,
            before=race.times.status,
        )
    if times.start_time != race.times.start_time:
        logger.info(
            "{race}: starts at {start} UTC",
            action="race_moved",
            race=race.label,
            race_id=race.race_id,
            start=f"{times.start_time:%H:%M:%S}",
            before=f"{race.times.start_time:%H:%M:%S}",
        )


def given_up(race: WatchedRace) -> None:
    """Tell that a race is polled no more although it is not over."""
    logger.error(
        "{race}: given up, six hours after its start it is still {status}",
        action="race_given_up",
        race=race.label,
        race_id=race.race_id,
        status=race.times.status,
    )


def broken(race: WatchedRace, error: Exception) -> None:
    """Tell that a bug has ended the polling of a race."""
    logger.opt(exception=error).error(
        "{race}: a bug has stopped the polling of this race",
        action="race_broken",
        race=race.label,
        race_id=race.race_id,
    )
