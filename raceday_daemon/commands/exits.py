"""What a command ends with: the exit status, by what came of it or what it failed of."""

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.model.job import JobRun


class Exit(IntEnum):
    """What the process ends with."""

    DONE = 0
    SOME_FAILED = 1
    WRONG_USE = 2
    SOURCE_AWAY = 3
    APPWRITE_AWAY = 4
    HELD = 5


MEANINGS: Final = {
    str(Exit.DONE): "done",
    str(Exit.SOME_FAILED): "some items failed",
    str(Exit.WRONG_USE): "wrong usage or settings",
    str(Exit.SOURCE_AWAY): "the source can't be reached",
    str(Exit.APPWRITE_AWAY): "Appwrite can't be reached or rows wait for it",
    str(Exit.HELD): "held by another process",
    "130 or 143": "stopped by a signal",
}
"""Each status that a command may end with, in the words of `--help`; docs/operations.md has more of each."""


def exit_of(runs: Sequence["JobRun"], rows_waiting: int = 0) -> Exit:
    """Give what run-once ends with."""
    if any(run.source_away for run in runs):
        return Exit.SOURCE_AWAY
    if any(run.status == "refused" for run in runs):
        return Exit.HELD
    if rows_waiting:
        return Exit.APPWRITE_AWAY
    return Exit.SOME_FAILED if any(run.failed for run in runs) else Exit.DONE


def exit_after(error: "RacedayError") -> Exit:
    """Give what a command ends with that failed as a whole."""
    from raceday_daemon.model import appwrite_errors, errors

    for kinds, status in (
        ((errors.LeaseHeldError, errors.StoreHeldError), Exit.HELD),
        (
            (
                errors.AddressError,
                appwrite_errors.AppwriteElsewhereError,
                appwrite_errors.AppwriteKeyError,
                errors.ChannelError,
                errors.FileRefusedError,
                errors.RealRacesError,
                errors.RecordingError,
                errors.StoreError,
            ),
            Exit.WRONG_USE,
        ),
        ((errors.SourceAwayError,), Exit.SOURCE_AWAY),
        (
            (
                appwrite_errors.AppwriteAwayError,
                appwrite_errors.AppwriteFullError,
                appwrite_errors.AppwriteMissingError,
                appwrite_errors.AppwriteSchemaError,
            ),
            Exit.APPWRITE_AWAY,
        ),
    ):
        if isinstance(error, kinds):
            return status
    return Exit.SOME_FAILED
