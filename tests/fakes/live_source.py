"""The recorded racing day brought to now: its races start one after the other from a moment on, and go their way."""

import time
from datetime import UTC, datetime
from typing import Any

from raceday_daemon.cadence.racing_day import racing_day
from tests.fakes.recorded_source import RecordedSource
from tests.workbench import keep_meetings

_LIFE = ((40.0, "Open"), (100.0, "Closed"), (160.0, "Interim"))
"""Until so many seconds after its start a race has this status; then it is Final."""

_ANSWER_SECONDS = 5
"""The source makes its answers anew so often."""


def bring_to_now(source: RecordedSource, *meetings: str, first_start: float = 20.0, step: float = 15.0) -> list[str]:
    """Let these meetings be today's, the first race starting in so many seconds; give the ids of the races, in order.

    From then on each answer carries the present time, and each race the status that it has by its start.
    """
    race_ids = keep_meetings(source, *meetings)
    now, today = int(time.time()), racing_day(datetime.now(UTC))
    starts = {race_id: now + first_start + step * place for place, race_id in enumerate(race_ids)}
    for meeting in source.meetings["data"]["meetings"]:
        meeting["date"] = f"{today}T00:00:00Z"
        for race in meeting["races"]:
            race["start_time"] = _iso(starts[race["id"]])
            race["status"] = "Open"
    source.changes[""] = lambda answer: _bring_answer_to_now(answer, starts)
    return race_ids


def _bring_answer_to_now(answer: dict[str, Any], starts: dict[str, float]) -> None:
    now = time.time()
    answer["header"]["generated_time"] = _iso(now - now % _ANSWER_SECONDS)
    data = answer["data"]
    if race := data.get("race"):
        start = starts[race["event_id"]]
        race |= {"status": _status(now - start), "advertised_start": int(start), "actual_start": 0}
    for meeting in data.get("meetings") or []:
        for race in meeting["races"]:
            race["status"] = _status(now - starts[race["id"]])


def _status(seconds_since_start: float) -> str:
    return next((status for until, status in _LIFE if seconds_since_start < until), "Final")


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
