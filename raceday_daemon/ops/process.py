"""What the operating system says of this process."""

import os
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PAGES = Path("/proc/self/statm")


def memory_peak_mb() -> float:
    """Give the most memory that this process has held at once, in megabytes."""
    try:
        # Linux: since the program was started; getrusage there begins with what the parent had held.
        lines = _STATUS.read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1_000_000 if sys.platform == "darwin" else peak / 1_000


def memory_now_mb() -> float:
    """Give the memory that this process holds now, in megabytes; its peak where the system tells no more."""
    try:
        return int(_PAGES.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1_000_000
    except (OSError, IndexError, ValueError):
        return memory_peak_mb()


def leave_no_core() -> None:
    """Let no crash write the process's memory to a disk: secrets are in it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
