"""What a backup says of itself: the first thing in it, in JSON, by which the rest is judged."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from raceday_daemon.model.errors import FileRefusedError

MEMBER: Final = "backup.json"
MOST_BYTES: Final = 65_536
"""A manifest is a tenth of it."""

_FORMAT: Final = 1

Count = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(max_length=64)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class FileInside(_Told):
    """A database in the backup: its size, its SHA-256 in hex, the layout it has, its rows by table."""

    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    layout: Annotated[int, Field(ge=1)]
    rows: Mapping[Text, Count]


class Manifest(_Told):
    """A backup: by which version it was taken and when, whether its races are made up, what it holds and until when.

    Instants are ISO text in UTC. `until` is the newest instant that a row tells of (None: no row does); a demo's is of
    its own time. `target` names the Appwrite database that the rows go to, `waiting` the rows that waited for it.
    """

    format: Literal[1] = _FORMAT
    version: Text
    taken_at: Text
    is_demo: bool
    days: Count
    first_day: Text | None
    last_day: Text | None
    until: Text | None
    target: Annotated[str, Field(max_length=2_000)] | None
    waiting: Count
    files: Mapping[Text, FileInside]

    @property
    def bytes_unpacked(self) -> int:
        """Give how much room its files take."""
        return sum(file.bytes for file in self.files.values())

    @property
    def rows(self) -> int:
        """Give how many rows it holds in all."""
        return sum(count for file in self.files.values() for count in file.rows.values())


def read_manifest(text: bytes) -> Manifest:
    """Read a manifest that anybody may have written; raises FileRefusedError where it is none, or a later one."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(fault["loc"] == ("format",) for fault in error.errors()):
            raise FileRefusedError("its format is one of a newer raceday-daemon: install that version") from None
        where = ".".join(map(str, error.errors()[0]["loc"]))[:100]
        raise FileRefusedError(f"its {MEMBER} is none that raceday-daemon writes ({where or 'no JSON'})") from None
