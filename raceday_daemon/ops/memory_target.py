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
        self._memory_mb = 0.0

    @property
    def is_past(self) -> bool:
        """Say whether it was past the target at the last look."""
        return self._memory_mb > self._target_mb

    @property
    def words(self) -> str:
        """Give what was held at the last look."""
        return f"{self._memory_mb:.0f} MB, the target is {self._target_mb:g} MB"

    def look(self) -> None:
        """Measure now."""
        self._memory_mb = round(self._measure_mb(), 1)
        facts = {"work": self._work, "memory_mb": self._memory_mb, "target_mb": self._target_mb}
        if self.is_past:
            self._complaint.wrong("{work}: {memory_mb} MB of memory, the target is {target_mb:g} MB", **facts)
        else:
            self._complaint.right("{work}: {memory_mb} MB of memory, within {target_mb:g} MB again", **facts)
