"""A limit to the memory of a process and its children, kept by the kernel where this user may make control groups."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_ENTER = 'echo $$ > "$0" && exec "$@"'


@dataclass(frozen=True)
class Limited:
    """How to begin a command below the limit; without a group it is begun as it is."""

    group: Path | None

    def command(self, *words: str) -> tuple[str, ...]:
        """Spell a command that runs below the limit."""
        return ("sh", "-c", _ENTER, str(self.group / "cgroup.procs"), *words) if self.group else words


@contextmanager
def limited_to(bytes_: int) -> Iterator[Limited]:
    """Make a control group with such a limit, swapping included, and remove it at the end."""
    group = _made(bytes_)
    yield Limited(group)
    if group:
        group.rmdir()


def _made(bytes_: int) -> Path | None:
    for parent, files in (
        (_GROUPS / "memory", ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")),
        (_GROUPS, ("memory.max", "memory.swap.max")),
    ):
        group = parent / f"raceday-tests-{os.getpid()}"
        with suppress(OSError):
            group.mkdir()
            if (group / files[0]).exists():
                (group / files[0]).write_text(str(bytes_))
                with suppress(OSError):  # not every kernel keeps account of swapping
                    (group / files[1]).write_text(str(bytes_) if parent != _GROUPS else "0")
                return group
            group.rmdir()
    return None
