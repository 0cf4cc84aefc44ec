"""What the operating system says of this process."""

import resource
import sys

_UNITS_A_MEGABYTE = 1_000_000 if sys.platform == "darwin" else 1_000


def memory_peak_mb() -> float:
    """Give the most memory that this process has held at once, in megabytes (kilobytes of Linux, bytes of macOS)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNITS_A_MEGABYTE
