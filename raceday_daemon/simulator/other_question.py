"""Another question in place of the one that was asked, for an answer that is of the wrong day, meeting or race."""

from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from raceday_daemon.simulator.plan import DayPlan


def other_question(plan: DayPlan, path: str, query_string: str) -> tuple[str, str] | None:
    """Give the path and query of the next day, meeting or race; None where there is no other."""
    front, _, asked = path.rpartition("/")
    for ids in ([race.race_id for race in plan.races], [meeting.meeting_id for meeting in plan.meetings]):
        if asked in ids and len(ids) > 1:
            return f"{front}/{ids[(ids.index(asked) + 1) % len(ids)]}", query_string
    query = dict(parse_qsl(query_string))
    try:
        moved = {name: _next_day(value) for name, value in query.items() if name in ("date_from", "date_to")}
    except ValueError:
        return None
    return (path, urlencode(query | moved)) if moved else None


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
