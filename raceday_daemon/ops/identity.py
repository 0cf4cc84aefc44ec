"""Which process this is, so that another one can tell later whether it still runs."""

import os
import socket
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_UNKNOWN: Final = "unknown"


def owner_of_this_process() -> str:
    """Name this process for good: host, process id, and when that process began, as `host/pid/began`."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}/{_began(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Say whether an owner is a process of this machine that has ended.

    Process ids are used again, so the time it began must fit too. Of another machine's process, or where the system
    doesn't tell when processes began, nothing is known: False.
    """
    host, pid, began = (*owner.rsplit("/", 2), "", "")[:3]
    if host != socket.gethostname()[:100] or not pid.isdigit() or _began(os.getpid()) == _UNKNOWN:
        return False
    return began != _began(int(pid))


def _began(pid: int) -> str:
    """Give the boot that a process runs in and its start in that boot's clock ticks, where Linux tells them."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        # The name in brackets may hold anything, brackets too; the words after it are as in proc(5), from the third on.
        words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _UNKNOWN
    state, threads, start = words[0], int(words[17]), words[19]
    # A zombie has ended, and only its parent has not noticed yet; but one with threads is still on its way out.
    return _UNKNOWN if state == "Z" and threads <= 1 else f"{boot[:8]}-{start}"
