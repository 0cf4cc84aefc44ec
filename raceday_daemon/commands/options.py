"""The options that several commands have, and what --date spells."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

import typer

from raceday_daemon.commands.command_line import refuse

_LONGEST_RANGE_DAYS: Final = 366

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


def days_of(spelled: str) -> list[date]:
    """Read --date: a day, or a range of them."""
    first, to, last = spelled.partition("..")
    try:
        begin, end = _day(first), _day(last if to else first)
    except ValueError:
        refuse(f"--date {spelled}: a day is written as 2025-07-17, a range as 2025-07-17..2025-07-19")
    if not 0 <= (end - begin).days < _LONGEST_RANGE_DAYS:
        refuse(f"--date {spelled}: the first day comes first, and a range has at most {_LONGEST_RANGE_DAYS} days")
    return [begin + timedelta(days=offset) for offset in range((end - begin).days + 1)]


def day_of(spelled: str) -> date:
    """Read --date where it is one day."""
    try:
        return _day(spelled)
    except ValueError:
        refuse(f"--date {spelled}: a day is written as 2025-07-17")


def _day(spelled: str) -> date:
    # fromisoformat takes other spellings too, such as 20250717 and 2025-W29-4.
    day = datetime.strptime(spelled, "%Y-%m-%d").replace(tzinfo=UTC).date()
    if day.isoformat() != spelled:
        raise ValueError(spelled)
    return day
