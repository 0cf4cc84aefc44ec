"""The progress record of a setup, on this machine: what it has made, so that it can be told and taken back."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from raceday_daemon.model.errors import StoreError

FILE_NAME: Final = "appwrite-setup.jsonl"
_MOST_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Whose tables are made: an endpoint, a project, a database."""

    endpoint: str
    project_id: str
    database_id: str


@dataclass(frozen=True, slots=True)
class Made:
    """A table, column or index; for a table the name is its own."""

    kind: Literal["table", "column", "index"]
    table: str
    name: str


class SetupRecord:
    """What the last unfinished setup of a place has made: a line is written before anything is made.

    A file of another place is not read, and is replaced by the first line that is written.
    """

    def __init__(self, folder: Path, place: Place) -> None:
        """Keep the record in a folder."""
        self._path = folder / FILE_NAME
        self._place = place

    def made(self) -> list[Made]:
        """Give what was made, in its order; nothing where the last setup came to its end."""
        made: dict[Made, None] = {}
        for line in self._lines():
            thing = Made(line["kind"], line["table"], line["name"])
            if line["made"]:
                made[thing] = None
            else:
                made.pop(thing, None)
        return list(made)

    @property
    def is_unfinished(self) -> bool:
        """Say whether a setup of this place has begun and not come to its end."""
        return self._head() is not None

    def note(self, thing: Made) -> None:
        """Write down what is made next; raises StoreError where that can't be done."""
        self._write(thing, made=True)

    def strike(self, thing: Made) -> None:
        """Write down that somebody else had made it."""
        self._write(thing, made=False)

    def finish(self) -> None:
        """Forget all of it: the setup is complete, or was taken back; raises StoreError where that can't be done."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be removed ({error.strerror or error})") from error

    def _write(self, thing: Made, *, made: bool) -> None:
        try:
            begun = self.is_unfinished
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a" if begun else "w", encoding="utf-8") as file:
                if not begun:
                    file.write(json.dumps({**asdict(self._place), "began": datetime.now(UTC).isoformat()}))
                # The line before may be torn.
                file.write(f"\n{json.dumps({**asdict(thing), 'made': made})}")
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written ({error.strerror or error})") from error

    def _head(self) -> dict[str, Any] | None:
        for head in self._all():
            return head if all(head.get(name) == value for name, value in asdict(self._place).items()) else None
        return None

    def _lines(self) -> list[dict[str, Any]]:
        return list(self._all())[1:] if self._head() is not None else []

    def _all(self) -> Iterator[dict[str, Any]]:
        """Read the lines; the last may be torn, where the process was killed in the middle of it."""
        try:
            with self._path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read ({error.strerror or error})") from error
        for line in text.splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue
