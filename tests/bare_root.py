"""A root folder with next to nothing in it, in which commands run as in a container: apart from all others."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
PYTHON = Path(sys.base_prefix)

_OF_ETC = (
    *("passwd", "group", "login.defs", "default/useradd", "nsswitch.conf", "hosts", "resolv.conf", "services"),
    *("ld.so.cache", "alternatives", "pip.conf", "ssl/certs"),
)
_ENTER = """set -e
root=$1 shown=$2 writable=$3 user=$4
shift 4
mount --bind "$root" "$root"
for place in $shown; do
    mkdir -p "$root$place"
    mount --rbind "$place" "$root$place"
    mount -o remount,bind,ro "$root$place"
done
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
if [ "$writable" = nothing ]; then
    mount -t tmpfs tmpfs "$root/tmp"
    mount --bind "$root/data" "$root/data"
    mount -o remount,bind,ro "$root"
fi
exec chroot --userspec="$user" --groups= "$root" "$@"
"""


def can_be_entered() -> bool:
    """Say whether this user may make root folders of its own."""
    if not shutil.which("unshare"):
        return False
    mounts = [*APART, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(mounts, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class BareRoot:
    """The folder: the machine's /usr and Python are seen in it, and what else is `shown`, none of them to write to."""

    folder: Path
    shown: tuple[Path, ...] = ()

    def make(self) -> "BareRoot":
        """Make it, with an /etc of its own."""
        for name in ("data", "dev", "proc", "tmp", "opt"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "tmp").chmod(0o1777)
        for name in ("bin", "sbin", "lib", "lib64"):
            (self.folder / name).symlink_to(f"usr/{name}")
        for found, place in ((Path("/etc") / name, self.folder / "etc" / name) for name in _OF_ETC):
            place.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                shutil.copytree(found, place, symlinks=True)
            elif found.exists():
                shutil.copy(found, place)
        return self

    def command(
        self,
        *words: str,
        user: str = "0:0",
        environment: Mapping[str, str],
        workdir: str = "/",
        read_only: bool = False,
    ) -> tuple[str, ...]:
        """Spell a command that runs in it as its first process; `read_only`: but for /data and a fresh /tmp."""
        shown = " ".join(map(str, (Path("/usr"), PYTHON, *self.shown)))
        variables = [f"{name}={value}" for name, value in environment.items()]
        entered = ("sh", "-c", _ENTER, "sh", str(self.folder), shown, "nothing" if read_only else "all", user)
        return (*APART, *entered, "env", "-i", f"--chdir={workdir}", *variables, *words)
