"""Episodes: as long as something stays true, people are told of it once."""

from datetime import datetime
from typing import Final, NamedTuple

ENDS_BELOW: Final = 0.8
"""The part of its threshold that a value has to fall under for its episode to end."""

ENDS_AFTER: Final = 2
"""How many evaluations in a row it has to be there."""


class State(NamedTuple):
    """Where one rule stands with one target: an entrant, or a race as a whole.

    `episode` is when the one under way began (None: none is), `under` how many evaluations in a row the value was low,
    `told` the highest bound that was told in this episode. `fired_at` is when the last notification was made, and
    `checksum` that of the rule as it was then: a state of another checksum counts for nothing.
    """

    rule_id: str
    target: str
    checksum: int
    episode: datetime | None = None
    under: int = 0
    told: float | None = None
    fired_at: datetime | None = None

    def rests(self, at: datetime, cooldown_seconds: int) -> bool:
        """Say whether the last notification is so fresh that another one has to wait."""
        return self.fired_at is not None and (at - self.fired_at).total_seconds() < cooldown_seconds


def advanced(
    state: State, reached: float | None, *, is_low: bool, at: datetime, cooldown_seconds: int
) -> tuple[State, bool]:
    """Give the state after one evaluation, and whether people are to be told.

    `reached` is the bound that the value has reached: the threshold, or the lower end of its band; None for less.
    `is_low` says that the value is where an episode ends. Within an episode only a higher bound is told anew. What
    comes while the last notification is fresh is told once that is over, if it is still true.
    """
    episode, told = state.episode, state.told
    if episode is None:
        if reached is None:
            return state, False
        episode, told = at, None
    elif is_low:
        under = state.under + 1
        return (ended(state) if under >= ENDS_AFTER else state._replace(under=under)), False
    is_news = reached is not None and (told is None or reached > told)
    if is_news and (told is not None or not state.rests(at, cooldown_seconds)):
        return state._replace(episode=episode, under=0, told=reached, fired_at=at), True
    if episode is state.episode and not state.under:
        return state, False
    return state._replace(episode=episode, under=0, told=told), False


def ended(state: State) -> State:
    """Give the state with no episode under way; when it last fired still counts."""
    return state._replace(episode=None, under=0, told=None)
