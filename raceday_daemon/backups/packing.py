"""The files of a backup into a tar.gz that plain `tar` unpacks too."""

import gzip
import hashlib
import io
import os
import tarfile
from pathlib import Path
from typing import IO, Final

from raceday_daemon.backups.manifest import MEMBER, Manifest
from raceday_daemon.store.held_still import MEGABYTE, Step

# Half of the time of the usual 9, for a few percent more.
_LEVEL: Final = 6


class _Told(io.RawIOBase):
    """A file that is read through, and whose reader is told of each piece."""

    def __init__(self, file: IO[bytes], step: Step) -> None:
        self._file = file
        self._step = step

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._step(len(piece))
        return piece


def sha256_of(path: Path, step: Step) -> str:
    """Give a file's SHA-256 in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(MEGABYTE):
            found.update(piece)
            step(len(piece))
    return found.hexdigest()


def pack(target: Path, manifest: Manifest, files: list[Path], owner: os.stat_result, step: Step) -> None:
    """Write the manifest and the files, one after the other, into a new file; they belong to `owner` if root unpacks.

    Raises OSError.
    """
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_LEVEL) as packed,
        # Its headers alone hold sizes beyond 8 GB, without a member of their own.
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        text = manifest.model_dump_json(indent=1).encode()
        tar.addfile(_member(MEMBER, len(text), owner), io.BytesIO(text))
        for path in files:
            with path.open("rb") as file:
                tar.addfile(_member(path.name, path.stat().st_size, owner), _Told(file, step))


def _member(name: str, size: int, owner: os.stat_result) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, int(owner.st_mtime)
    member.uid, member.gid = owner.st_uid, owner.st_gid
    return member
