"""What the operating system says of this process."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def memory_peak_mb() -> float:
    """Give the most memory that this process has held at once, in megabytes."""
    try:
        # Linux: since the program was started; getrusage there begins with what the parent had held.
        lines = _STATUS.read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1_000_000 if sys.platform == "darwin" else peak / 1_000
