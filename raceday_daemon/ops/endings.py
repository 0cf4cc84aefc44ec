"""How a signal ends the process, where nothing is under way that has to be finished first.

The first process of a container is special: the kernel ends it by no signal that it has no handler for.
"""

import os
import signal
from collections.abc import Sequence
from types import FrameType
from typing import Final

STOPPING: Final = (signal.SIGINT, signal.SIGTERM)

_FIRST_PROCESS: Final = 1


def end_by(number: signal.Signals) -> None:
    """Let a signal end this process at once from now on."""
    signal.signal(number, _end if os.getpid() == _FIRST_PROCESS else signal.SIG_DFL)


def end_well_until_begun(arguments: Sequence[str]) -> None:
    """Let SIGINT and SIGTERM end the command at once as long as nothing has begun; `run` ends with 0 then.

    SIGINT is left to Python for the other commands: some draw in a terminal, and put it right again.
    """
    if list(arguments[:1]) == ["run"]:
        for number in STOPPING:
            signal.signal(number, _end_well)
    else:
        end_by(signal.SIGTERM)


def _end(number: int, _: FrameType | None) -> None:
    os._exit(128 + number)


def _end_well(_number: int, _: FrameType | None) -> None:
    os._exit(0)
