"""The memory of this process held against the target of the work that it does."""

from collections.abc import Callable

from raceday_daemon.ops.complaint import Complaint
from raceday_daemon.ops.process import memory_now_mb


class MemoryTarget:
    """Tells when the process holds more than the target of some work, and when it no longer does."""

    def __init__(self, work: str, target_mb: float, measure_mb: Callable[[], float] = memory_now_mb) -> None:
        """Hold what `measure_mb` gives, in megabytes, against the target."""
        self._work = work
        self._target_mb = target_mb
        self._measure_mb = measure_mb
        self._complaint = Complaint("memory_past_target")

    def look(self) -> None:
        """Measure now."""
        memory_mb = round(self._measure_mb(), 1)
        facts = {"work": self._work, "memory_mb": memory_mb, "target_mb": self._target_mb}
        if memory_mb > self._target_mb:
            self._complaint.wrong("{work}: {memory_mb} MB of memory, the target is {target_mb:g} MB", **facts)
        else:
            self._complaint.right("{work}: {memory_mb} MB of memory, within {target_mb:g} MB again", **facts)
