"""What was served, from the raw answers that a daemon recorded itself (RACEDAY_RECORD): of a source that never failed.

Recordings hold whole answers alone: a refusal, a silence or an answer to another question is not told of.
"""

import json
from pathlib import Path
from urllib.parse import urlencode

from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.exchange import Exchange
from raceday_daemon.recordings.reading import Recordings
from raceday_daemon.simulator.served import Served, ServedLog
from tests.auditor.answers import Document
from tests.auditor.values import instant_of


class RecordedAnswers:
    """The answers of a folder of recordings, in the order in which their questions left."""

    def __init__(self, folder: Path) -> None:
        """Read what was asked; the documents are read again when they are asked for. Raises RecordingError."""
        self._recordings = Recordings(folder, _refuse)
        files = [(_served(self._recordings.read(path)), path) for path in self._recordings]
        # The same question asked twice at one instant of a fast clock has the same answer twice.
        self._files = dict(files)
        self.served = ServedLog(len(files))
        for served, _ in sorted(files, key=lambda file: file[0].at):
            self.served.append(served)

    def document(self, served: Served) -> Document:
        """Give the document that was served."""
        document: Document = json.loads(self._recordings.read(self._files[served]).body)
        return document


def _refuse(_: bytes) -> Exchange:
    raise RecordingError("a plain answer does not tell when it was asked for")


def _served(exchange: Exchange) -> Served:
    asked = (exchange.path, urlencode(exchange.query))
    return Served(
        path=asked[0],
        query_string=asked[1],
        at=exchange.asked_at,
        generated_time=instant_of(json.loads(exchange.body)["header"]["generated_time"]),
        status=exchange.status,
        fault=None,
        answered=asked,
    )
