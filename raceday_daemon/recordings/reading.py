"""Recordings as they are found: which files there are, in the order of their answers, and what each of them holds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES, Exchange
from raceday_daemon.recordings.layout import LONGEST_BYTES, SUFFIX, day_of_folder, instant_of_name, unpacked

PLAIN_SUFFIX: Final = ".json"

_UNREADABLE: Final = datetime.min.replace(tzinfo=UTC)


class Recordings:
    """The recordings at a place: one file, a day's folder, or a folder of days; of plain answers too.

    A plain answer (`.json`) is one as the source sends it; `recognised` tells what it answers.
    """

    def __init__(self, place: Path, recognised: Callable[[bytes], Exchange]) -> None:
        """Find the files; raises RecordingError where there are none."""
        self._recognised = recognised
        try:
            if not place.exists():
                raise RecordingError(f"{place}: there is no such file or folder")
            self._folders = _folders(place)
            self.count = sum(len(_files(folder)) for folder in self._folders)
        except OSError as error:
            raise RecordingError(f"{place}: cannot be read ({error.strerror})") from error
        if not self.count:
            raise RecordingError(
                f"{place}: no recordings are here; they are {SUFFIX} files in folders by day, as RACEDAY_RECORD keeps"
                f" them, or {PLAIN_SUFFIX} files of one answer each"
            )

    def __iter__(self) -> Iterator[Path]:
        """Give the files as their answers came, a day after the other."""
        for folder in self._folders:
            yield from sorted(_files(folder), key=lambda path: (self._received_at(path), path.name))

    def read(self, path: Path) -> Exchange:
        """Read a file; raises RecordingError, with what is wrong, where it holds no answer."""
        if not path.name.endswith(SUFFIX):
            return self._recognised(_content(path, BODY_LIMIT_BYTES))
        head, body = unpacked(_content(path, LONGEST_BYTES))
        if head.body_in is None:
            return head.exchange(body)
        return head.exchange(_body_in(path.parent / head.body_in, head.path))

    def _received_at(self, path: Path) -> datetime:
        """Give when an answer came; those of which that is not known are told first."""
        if named := instant_of_name(path.name):
            return named
        try:
            return self.read(path).received_at
        except RecordingError:
            return _UNREADABLE


def _body_in(path: Path, question: str) -> bytes:
    """Give the body that another file has; that one must be of the same question and have it itself."""
    try:
        head, body = unpacked(_content(path, LONGEST_BYTES))
    except RecordingError as error:
        raise RecordingError(f"its body should be in {path.name}, but {error}") from error
    if head.body_in or head.path != question:
        raise RecordingError(f"its body should be in {path.name}, and is not")
    return body


def _folders(place: Path) -> Sequence[Path]:
    if not place.is_dir():
        return (place,)
    days = [folder for folder in place.iterdir() if day_of_folder(folder.name) and folder.is_dir()]
    return (place, *sorted(days))


def _files(folder: Path) -> Sequence[Path]:
    found = folder.iterdir() if folder.is_dir() else (folder,)
    return [path for path in found if path.name.endswith((SUFFIX, PLAIN_SUFFIX)) and path.is_file()]


def _content(path: Path, limit_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        raise RecordingError(f"it cannot be read: {error.strerror}") from error
    if len(content) > limit_bytes:
        raise RecordingError(f"it is longer than {limit_bytes} bytes")
    return content
