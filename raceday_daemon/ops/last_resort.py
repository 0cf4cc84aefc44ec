"""The end of a process that cannot end by itself: a thread that hangs would be waited for for ever."""

import os
import threading
from time import sleep
from typing import Final

from loguru import logger

from raceday_daemon.ops.stacks import stacks_of_all_threads

HUNG: Final = 1
"""What the process ends with where it hangs: whoever keeps it running starts it anew."""

LAST_SECONDS: Final = 5.0
"""What the process may take to end once its work has: log lines are written, and threads waited for."""

_LOG_SECONDS: Final = 1.0


def end_hung(why: str) -> None:
    """Tell why and where every thread is, and end the process at once."""
    logger.critical("{why}: it ends here", action="ended_hung", why=why, stacks=stacks_of_all_threads())
    # The log has a thread of its own, which needs a moment.
    sleep(_LOG_SECONDS)
    os._exit(HUNG)


def end_within(seconds: float, status: int) -> None:
    """End the process with a status unless it has ended by itself in time: all that counts is done.

    What is waited for then is a thread that looks a name up, or reads a disk that hangs.
    """

    def end() -> None:
        sleep(seconds)
        os._exit(status)

    threading.Thread(target=end, name="end", daemon=True).start()
