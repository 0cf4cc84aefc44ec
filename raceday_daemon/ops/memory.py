"""Memory: whether there is enough of it, looked at before anything needs it."""

import mmap
from contextlib import suppress

_NEEDED_MEGABYTES = 160
_MEGABYTE = 1024 * 1024
_M_ARENA_MAX = -8


def make_sure_of_room() -> None:
    """Raise MemoryError unless a job fits beside what is there: it takes 100 MB of addresses, and days differ.

    Looking beforehand is all that helps: where memory ends in the middle, an import may crash the process, and
    `Thread.start` waits for ever for a thread that had no memory to say that it runs.
    """
    if not has_room(_NEEDED_MEGABYTES):
        raise MemoryError(f"it needs {_NEEDED_MEGABYTES} MB of address space")


def has_room(megabytes: int) -> bool:
    """Tell whether the process may have so much more; nothing is written to it, so that it costs no memory."""
    try:
        mmap.mmap(-1, megabytes * _MEGABYTE, flags=mmap.MAP_PRIVATE).close()
    except (OSError, MemoryError):
        return False
    return True


def share_one_heap() -> None:
    """Keep glibc from setting 64 MB of addresses aside for each thread; call it before the first thread starts."""
    import ctypes

    # Other C libraries set nothing aside, and have no such function or take no notice.
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
