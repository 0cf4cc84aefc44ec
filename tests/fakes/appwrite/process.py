"""A stand-in in a process of its own, for tests that measure or kill: it ends with the block, or with its parent."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.appwrite.control import Control
from tests.fakes.appwrite.serving import Settings, StandIn

ROOT = Path(__file__).resolve().parents[3]
MOST_SECONDS = 30.0


@contextmanager
def standing_in_beside(settings: Settings | None = None) -> Iterator[StandIn]:
    """Run `python -m tests.fakes.appwrite` until the block ends."""
    settings = settings or Settings()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.fakes.appwrite", "--with-parent"),
            *("--port", str(settings.port), "--project", settings.project, "--key", settings.key),
            *("--settle-seconds", str(settings.settle_seconds)),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield StandIn(told["endpoint"], told["project"], told["key"], Control(told["control"]))
        finally:
            process.terminate()
            process.wait(MOST_SECONDS)
