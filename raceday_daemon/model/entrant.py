"""An entrant: a runner in one race, its prices and the money on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TOTE_TRENDS: Final = "tote_trends"
TOTE_ODDS: Final = "tote_odds"
HOLD_PERCENTAGE: Final = "hold_percentage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A runner as the source describes it now.

    Odds are decimal prices (None: no price), `win_odds` and `place_odds` the fixed price, else the tote's. Percentages
    are 0..100: `hold_percentage` and `bet_percentage` are the summed money tracker as sent; the pool shares are
    derived by the method that `share_method` names. Pool amounts are integer cents. `scratch_time` is in epoch
    seconds. `last_updated` and `imported_at` are set when the entrant is written.
    """

    entrant_id: str
    race_id: str
    name: str
    runner_number: int
    barrier: int | None = None
    is_scratched: bool | None = None
    is_late_scratched: bool | None = None
    is_emergency: bool | None = None
    scratch_time: int | None = None
    jockey: str | None = None
    trainer_name: str | None = None
    silk_colours: str | None = None
    silk_url64: str | None = None
    silk_url128: str | None = None
    favourite: bool | None = None
    mover: bool | None = None

    fixed_win_odds: float | None = None
    fixed_place_odds: float | None = None
    pool_win_odds: float | None = None
    pool_place_odds: float | None = None
    win_odds: float | None = None
    place_odds: float | None = None

    hold_percentage: float | None = None
    bet_percentage: float | None = None
    win_pool_percentage: float | None = None
    win_pool_amount: int | None = None
    share_method: str | None = None
    place_pool_percentage: float | None = None
    place_pool_amount: int | None = None
    place_share_method: str | None = None

    last_updated: datetime | None = None
    imported_at: datetime | None = None
