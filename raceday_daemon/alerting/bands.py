"""The bands of percentages that a user of the front end switches on and off."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from raceday_daemon.model.alerts import MONEY_FLOW, ODDS_SHORTENING

BANDED: Final = (MONEY_FLOW, ODDS_SHORTENING)
"""What bands are of."""


class Band(NamedTuple):
    """From `minimum` up to, and without, `maximum` (None: open); `rule_id` is the row that it came from."""

    minimum: float
    maximum: float | None
    rule_id: str = ""

    def __str__(self) -> str:
        """Name it as the front end does: 15-20, 50+."""
        return f"{self.minimum:g}+" if self.maximum is None else f"{self.minimum:g}-{self.maximum:g}"


SIX_BANDS: Final = (Band(5, 10), Band(10, 15), Band(15, 20), Band(20, 25), Band(25, 50), Band(50, None))
"""The front end's own."""

SIX_COLOURS: Final = ("#E5E7EB", "#BFDBFE", "#FEF3C7", "#BBF7D0", "#FECACA", "#F3E8FF")
"""Their colours, in their order."""


def band_of(value: float, bands: Sequence[Band]) -> Band | None:
    """Give the band that a value lies in: the highest one, should rows overlap; None for none."""
    within = [band for band in bands if band.minimum <= value and (band.maximum is None or value < band.maximum)]
    return max(within, default=None, key=lambda band: band.minimum)
