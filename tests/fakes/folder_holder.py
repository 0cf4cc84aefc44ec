"""A process that holds a data folder until its stdin ends: `python -m tests.fakes.folder_holder FOLDER SINCE`.

It says `held` in a line, or why it could not be held. A third argument takes something from it: `without room` to
write a byte to any file, `without rights` what root may do.
"""

import os
import resource
import sys
from pathlib import Path

from raceday_daemon.model.errors import RacedayError
from raceday_daemon.ops.folder_lock import hold_folder


def say(words: str) -> None:
    """Put a line out at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def hold(folder: Path, since: str) -> None:
    """Hold the folder, say so, and wait."""
    try:
        with hold_folder(folder, since):
            say("held")
            sys.stdin.read()
    except RacedayError as error:
        say(f"{error.kind}: {error}")


if __name__ == "__main__":
    if "without room" in sys.argv:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if "without rights" in sys.argv and os.geteuid() == 0:
        os.setuid(65_534)
    hold(Path(sys.argv[1]), sys.argv[2])
