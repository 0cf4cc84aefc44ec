"""What one process may do at a time."""

import errno
import fcntl
from pathlib import Path

import pytest

from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.sole_use import sole_use


async def test_a_file_system_without_locks_is_told_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def has_no_locks(_descriptor: int, _operation: int) -> None:
        # As NFS answers where no lock daemon runs.
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", has_no_locks)
    with pytest.raises(StoreError, match=r"delivery\.lock: cannot be locked \(.*No locks available\)"):
        async with sole_use(tmp_path / "delivery.lock", SystemClock()):
            pass
