"""The simulator: a planned day served over HTTP, the way the source would at the clock's instant."""

from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from raceday_daemon.model.clock import Clock
from raceday_daemon.simulator.answers import Answers, Document
from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.encoded import Encoded, EncodedAnswers
from raceday_daemon.simulator.faults import NO_FAULTS, Fault, Faults
from raceday_daemon.simulator.faulty_answers import STATUSES, play
from raceday_daemon.simulator.grid import Grid
from raceday_daemon.simulator.other_question import other_question
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.served import Served, ServedLog

REFRESH_SECONDS: Final = 15
"""How often the source refreshes its answers."""


class Simulator:
    """A day on a clock that may run fast; `app` is the server, `served` what it served.

    Answers are refreshed every 15 s of the clock, `grid_offset_seconds` after the first start and whole 15 s from there
    (so beside the slots of races that start on whole 15 s), and stamped with that instant. What is said depends on the
    plan, the question and that instant alone. `faults` may be changed at any time. Of what was served, the last `keep`
    answers are noted, and `document` gives them again; the last `cached` answers are kept as bytes.
    """

    def __init__(
        self,
        plan: DayPlan,
        clock: Clock,
        *,
        grid_offset_seconds: float = 7.0,
        faults: Faults = NO_FAULTS,
        keep: int = 20_000,
        cached: int = 128,
    ) -> None:
        """Serve the plan by the clock."""
        self.plan = plan
        self.faults = faults
        self.served = ServedLog(keep)
        self.app = web.Application()
        self.app.router.add_get("/{path:.*}", self._serve)
        self._clock = clock
        origin = plan.first_start + timedelta(seconds=grid_offset_seconds)
        self._grid = Grid(origin, timedelta(seconds=REFRESH_SECONDS))
        self._answers = Answers(plan)
        self._encoded = EncodedAnswers(self._answers, cached)
        self._chance = Chance.from_seed(plan.seed).of("faults")

    @property
    def cached_answers(self) -> int:
        """Count the answers that are kept as bytes."""
        return len(self._encoded)

    def refreshed_at(self, now: datetime) -> datetime:
        """Give the instant at which the answers of `now` were made."""
        return self._grid.last_at(now)

    def document(self, served: Served) -> Document | None:
        """Give the document that was served, None where no whole one was."""
        if not served.is_whole:
            return None
        return self._answers.answer(*served.answered, served.generated_time).document

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        now = self._clock.now()
        made_at = self._grid.last_at(now)
        asked = answered = (request.path, request.rel_url.raw_query_string)
        fault = self.faults.at(self._chance, request.path, now)
        if fault is Fault.WRONG_DAY:
            other = other_question(self.plan, *asked)
            fault, answered = (fault, other) if other else (None, asked)
        encoded = self._encoded.get(*answered, made_at)
        self.served.append(
            Served(
                path=asked[0],
                query_string=asked[1],
                at=now,
                generated_time=made_at,
                status=encoded.status if fault in (None, Fault.WRONG_DAY) else STATUSES[fault],
                fault=fault,
                answered=answered,
            )
        )
        if fault in (None, Fault.WRONG_DAY):
            return _whole(request, encoded)
        return await play(fault, self.faults, request, encoded.body, made_at)


def _whole(request: web.Request, encoded: Encoded) -> web.Response:
    headers = {"Content-Type": "application/json", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(status=encoded.status, body=encoded.body, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return web.Response(status=encoded.status, body=encoded.packed(), headers=headers)
