"""What tests of recordings share: answers as they come, and what lies in a folder of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loguru import logger

from raceday_daemon.model.exchange import Exchange
from raceday_daemon.nztab.questions import EVENTS
from raceday_daemon.nztab.recognition import recognised
from raceday_daemon.recordings.layout import packed
from raceday_daemon.recordings.reading import Recordings
from tests import builders

CAME_AT = datetime(2025, 7, 17, 0, 40, 1, 500_000, tzinfo=UTC)
MOST_SECONDS = 30.0


def exchange(body: bytes = b'{"a":1}', **changes: Any) -> Exchange:
    """Give the answer to a poll of the race, half a second after the question."""
    return Exchange(
        **{
            "path": f"{EVENTS}/{builders.RACE_ID}",
            "query": {"enc": "json", "with_big_bets": "true"},
            "asked_at": builders.later(-0.5, CAME_AT),
            "received_at": CAME_AT,
            "body": body,
            **changes,
        }
    )


def files_of(folder: Path) -> list[Path]:
    """Give all files below a folder in the order of their names, unfinished ones too."""
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.name)


def kept(folder: Path) -> list[Exchange]:
    """Read all that was recorded, in its order; a file that cannot be read fails the test."""
    recordings = Recordings(folder, recognised)
    return [recordings.read(path) for path in recordings]


def write(folder: Path, *exchanges: Exchange) -> None:
    """Lay answers down as the daemon does, under short names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(exchanges):
        (folder / f"{number:03}.json.gz").write_bytes(packed(one))


@contextmanager
def logged(level: str = "INFO") -> Iterator[list[dict[str, Any]]]:
    """Collect what is logged meanwhile: the bound fields, with level and message."""
    told: list[dict[str, Any]] = []
    handler = logger.add(
        lambda line: told.append(
            {**line.record["extra"], "level": line.record["level"].name, "message": line.record["message"]}
        ),
        level=level,
    )
    try:
        yield told
    finally:
        logger.remove(handler)
