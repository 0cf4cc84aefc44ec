"""A command as the first process of its own space of processes, as in a container; and its numbers in ours."""

import shutil
import subprocess
from pathlib import Path

from tests.end_to_end.beside import Process

APART = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def can_be_apart() -> bool:
    """Say whether this user may count processes anew: that takes root and unshare."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


def only_child(process: Process) -> int:
    """Give the number that the first process of the new space has in ours."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())


def numbers_of(number: int) -> list[int]:
    """Give the numbers of a process, from our space of processes inwards."""
    status = Path(f"/proc/{number}/status").read_text().splitlines()
    return [int(each) for line in status if line.startswith("NSpid:") for each in line.split()[1:]]
