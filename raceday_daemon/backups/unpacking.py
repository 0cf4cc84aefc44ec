"""A backup read again, a known member after the other, whoever may have written it: nothing in it names a place."""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from raceday_daemon.backups.manifest import MEMBER, MOST_BYTES, FileInside, Manifest, read_manifest
from raceday_daemon.model.errors import FileRefusedError
from raceday_daemon.store.held_still import MEGABYTE, Step

_MOST_PADDING: Final = 2 * tarfile.RECORDSIZE


class Archive:
    """A backup under way of being read; it has to be read in the order in which it was written.

    tarfile reads whole headers of any size into memory, and goes by what they say: here each is one block, and what it
    may say is known beforehand.
    """

    def __init__(self, path: Path, packed: gzip.GzipFile) -> None:
        """Read the manifest; `path` is told in errors. Raises FileRefusedError, as all do, where something is wrong."""
        self._path = path
        self._packed = packed
        text = self._short(MEMBER)
        try:
            self.manifest: Manifest = read_manifest(text)
        except FileRefusedError as error:
            raise self.refusal(str(error)) from None

    def unpack(self, name: str, expected: FileInside, target: Path, step: Step) -> None:
        """Write the next file, which has to be the one named, to a new place; raises OSError where that can't be."""
        if self._begin(name) != expected.bytes:
            raise self.refusal(f"its {name} has another size than it says")
        found, left = hashlib.sha256(), expected.bytes
        with target.open("xb") as file:
            while left:
                piece = self._exactly(min(left, MEGABYTE))
                left -= len(piece)
                found.update(piece)
                file.write(piece)
                step(len(piece))
        if found.hexdigest() != expected.sha256:
            raise self.refusal(f"its {name} is damaged")
        self._skip_padding(expected.bytes)

    def skip(self, name: str) -> None:
        """Pass over the next file, which has to be the one named and short."""
        self._short(name)

    def end(self) -> None:
        """See that nothing else follows, and that the whole file is as it was written."""
        rest = self._read(_MOST_PADDING + 1)
        if len(rest) > _MOST_PADDING or rest.strip(b"\0"):
            raise self.refusal("it holds something else besides")

    def refusal(self, words: str) -> FileRefusedError:
        """Give the error that says what is wrong with it."""
        return FileRefusedError(f"{self._path}: {words}")

    def _begin(self, name: str) -> int:
        """Read a member's header, which has to be a plain file's of that name; give its size."""
        try:
            member = tarfile.TarInfo.frombuf(self._exactly(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            raise self.refusal("it is damaged, or no backup") from None
        if member.name != name or member.type != tarfile.REGTYPE or member.size < 0:
            raise self.refusal(f"where its {name} should be there is something else")
        return member.size

    def _short(self, name: str) -> bytes:
        size = self._begin(name)
        if size > MOST_BYTES:
            raise self.refusal(f"its {name} is too long to be one")
        text = self._exactly(size)
        self._skip_padding(size)
        return text

    def _exactly(self, size: int) -> bytes:
        piece = self._read(size)
        if len(piece) < size:
            raise self.refusal("it is cut off")
        return piece

    def _read(self, size: int) -> bytes:
        try:
            return self._packed.read(size)
        except EOFError:
            raise self.refusal("it is cut off") from None
        except (gzip.BadGzipFile, zlib.error):
            raise self.refusal("it is damaged, or no backup") from None
        except OSError as error:
            raise self.refusal(f"cannot be read ({error})") from error

    def _skip_padding(self, size: int) -> None:
        self._exactly(-size % tarfile.BLOCKSIZE)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a backup and read its manifest; raises FileRefusedError where it is none, or is damaged."""
    # A pipe or a device might never answer.
    if not path.is_file():
        raise FileRefusedError(f"{path}: there is no such file")
    try:
        packed = gzip.open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise FileRefusedError(f"{path}: cannot be read ({error})") from error
    with packed:
        yield Archive(path, packed)
