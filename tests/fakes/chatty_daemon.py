"""The daemon beside a library that logs without end: `python -m tests.fakes.chatty_daemon FILE`.

How many lines it has logged stands in FILE, eight bytes; they are numbered from 0.
"""

import logging
import mmap
import struct
import sys
import threading
import time
from pathlib import Path

LOGGER = "chatty"
LINES_AT_ONCE = 50
_PAUSE_SECONDS = 0.03


def chat(file: Path) -> None:
    """Log for ever, some 1,500 lines a second."""
    begun = file.with_suffix(".new")
    begun.write_bytes(bytes(8))
    begun.rename(file)
    with file.open("r+b") as opened:
        shared = mmap.mmap(opened.fileno(), 8)
    number = 0
    while True:
        for _ in range(LINES_AT_ONCE):
            logging.getLogger(LOGGER).debug("line %d", number)
            number += 1
        struct.pack_into("q", shared, 0, number)
        time.sleep(_PAUSE_SECONDS)


def main(file: Path) -> None:
    """Run the daemon."""
    from raceday_daemon import __main__ as command

    threading.Thread(target=chat, args=(file,), name="chatty", daemon=True).start()
    sys.argv[1:] = ["run"]
    command.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
