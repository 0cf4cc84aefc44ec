"""What a simulator served, written down line by line, so that it is known after its process was killed."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from raceday_daemon.simulator.faults import Fault
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.served import Served, ServedLog
from raceday_daemon.simulator.server import Simulator
from tests.auditor.answers import Document
from tests.fakes.clock import FakeClock


class WritingLog(ServedLog):
    """Notes each answer in a file too, before any of it is sent; several processes may do so one after the other."""

    def __init__(self, file: Path) -> None:
        """Keep none in memory."""
        super().__init__(keep=0)
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, served: Served) -> None:
        """Note an answer: one write, which a kill does not cut."""
        super().append(served)
        os.write(self._file, json.dumps(asdict(served), default=datetime.isoformat).encode() + b"\n")


class WrittenAnswers:
    """The answers that a file tells of; what they said follows from the plan."""

    def __init__(self, file: Path, plan: DayPlan) -> None:
        """Read the file."""
        self._simulator = Simulator(plan, FakeClock(), cached=0)
        lines = file.read_text().splitlines()
        self.served = ServedLog(len(lines))
        for line in lines:
            self.served.append(_served(json.loads(line)))

    def document(self, served: Served) -> Document | None:
        """Give the document that was served, None where no whole one was."""
        return self._simulator.document(served)


def _served(line: dict[str, Any]) -> Served:
    line["at"], line["generated_time"] = map(datetime.fromisoformat, (line["at"], line["generated_time"]))
    return Served(
        **line | {"fault": Fault(line["fault"]) if line["fault"] else None, "answered": tuple(line["answered"])}
    )
