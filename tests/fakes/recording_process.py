"""A process that records answers until it is killed: `python -m tests.fakes.recording_process FOLDER BYTES [ANSWERS]`.

Each answer has so many bytes, which no packing makes shorter. It says `begun` in a line once it is under way, and what
it logs in a line each; with ANSWERS it ends after so many, its files written.
"""

import os
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from loguru import logger

from raceday_daemon.recordings.writer import RecordingFiles
from tests.exchanges import exchange

PAUSE_SECONDS = 0.001


def main(folder: Path, size: int, answers: int | None) -> None:
    """Record."""
    logger.remove()
    logger.add(sys.stdout, format="{extra[action]}: {message}")
    recorder = RecordingFiles(folder)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    for _ in count() if answers is None else range(answers):
        recorder.record(exchange(os.urandom(size), received_at=datetime.now(UTC)))
        time.sleep(PAUSE_SECONDS)
    recorder.close(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
