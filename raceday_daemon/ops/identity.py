"""Which process this is, so that another one can tell later whether it still runs."""

import os
import socket
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_UNKNOWN: Final = "unknown"


def owner_of_this_process() -> str:
    """Name this process for good: host, process id, the space it counts in, and when it began, with / between."""
    return "/".join((_host(), str(os.getpid()), _space(), _began(os.getpid())))


def has_ended(owner: str) -> bool:
    """Say whether an owner is a process of this machine that has ended.

    Process ids are used again, so the time it began must fit too. Of another machine's process, of one in another
    container (whose ids are counted apart), or where the system doesn't tell when processes began, nothing is known:
    False.
    """
    host, pid, space, began = (*owner.rsplit("/", 3), "", "", "")[:4]
    if (host, space) != (_host(), _space()) or _UNKNOWN in (space, began) or not pid.isdigit():
        return False
    return began != _began(int(pid))


def _host() -> str:
    return socket.gethostname()[:100]


def _space() -> str:
    """Name the space of process ids that this process sees."""
    try:
        return os.readlink(_PROC / "self/ns/pid")
    except OSError:
        return _UNKNOWN


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
