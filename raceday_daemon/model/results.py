"""The outcome of a race: placings, dividends, and the prices it closed with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

INTERIM_RESULT: Final = "interim"
FINAL_RESULT: Final = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceResults:
    """A race's results; the three data fields are JSON as text (see docs/data.md for their shapes).

    `result_time` is the source's generated time of the first answer that had results. The source says nothing of
    photo finishes and inquiries: they are kept, false, for the front end that selects them.
    """

    race_id: str
    results_available: bool
    result_status: str | None = None
    result_time: datetime | None = None
    results_data: str | None = None
    dividends_data: str | None = None
    fixed_odds_data: str | None = None
    protest_lodged: bool | None = None
    photo_finish: bool = False
    stewards_inquiry: bool = False
    last_updated: datetime | None = None
