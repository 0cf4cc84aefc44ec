"""How late races start: drawn so that a day's delays are spread like the measured ones."""

from itertools import pairwise
from typing import Final

from raceday_daemon.simulator.chance import Chance

MEASURED: Final = ((0.0, 0), (0.10, 25), (0.50, 65), (0.90, 252), (0.95, 300), (1.0, 1423))
"""Quantiles of 100 measured races: the part of races that start no later than so many seconds after the advertised
start. The least was not told; 0 stands for it."""


def delay_seconds(quantile: float) -> int:
    """Give the delay that this part (0..1) of all races does not exceed, in whole seconds."""
    for (low, shorter), (high, longer) in pairwise(MEASURED):
        if quantile <= high:
            return round(shorter + (longer - shorter) * (quantile - low) / (high - low))
    raise ValueError(f"a quantile is from 0 to 1, not {quantile}")


def spread_delays(races: int, chance: Chance) -> list[int]:
    """Draw which race starts how late, in seconds: any number of races has the measured spread, the longest included.

    A single race gets the median.
    """
    if races == 1:
        return [delay_seconds(0.5)]
    return chance.shuffled([delay_seconds(place / (races - 1)) for place in range(races)], "delays")
