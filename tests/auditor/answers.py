"""What was served, as the auditor is given it: by a simulator, or written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from raceday_daemon.simulator.served import Served, ServedLog

Document = dict[str, Any]

EVENTS: Final = "/affiliates/v1/racing/events/"
MEETINGS: Final = "/affiliates/v1/racing/meetings"


class Answers(Protocol):
    """The questions in the order in which they came, and the documents that answered them; a Simulator is one."""

    @property
    def served(self) -> ServedLog:
        """Give what was served."""

    def document(self, served: Served) -> Document | None:
        """Give the document that was served, None where no whole one was."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question and its answer, by its place among all."""

    place: int
    served: Served

    @property
    def at(self) -> datetime:
        """Give when it came, cut to milliseconds like the records that it is compared with."""
        return self.served.at.replace(microsecond=self.served.at.microsecond // 1000 * 1000)

    @property
    def is_right(self) -> bool:
        """Say whether the whole answer to this very question was sent."""
        return self.served.fault is None and self.served.status == 200

    @property
    def asked(self) -> str:
        """Say what was asked, for people."""
        query = f"?{self.served.query_string}" if self.served.query_string.startswith("date") else ""
        return f"request {self.place} of {self.served.at:%m-%d %H:%M:%S.%f} for {self.served.path}{query}"

    @property
    def told(self) -> str:
        """Say what came of it, for people."""
        return self.served.fault.value if self.served.fault else f"whole, {self.served.status}"


def requests(answers: Answers) -> list[Request]:
    """Give all that was served; raises ValueError where the simulator has forgotten some of it."""
    forgotten = answers.served.total - len(answers.served)
    if forgotten:
        raise ValueError(f"{forgotten} answers are not known any more: let the simulator keep more")
    return [Request(place, served) for place, served in enumerate(answers.served)]
