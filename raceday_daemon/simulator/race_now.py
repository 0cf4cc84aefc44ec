"""Where a race stands at an instant."""

from dataclasses import dataclass
from datetime import datetime

from raceday_daemon.model.race import ABANDONED, CLOSED, FINAL, INTERIM, OPEN
from raceday_daemon.simulator.plan import RacePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceNow:
    """What is known of a race: `start` is the advertised one, `actual_start` None until it has started.

    `market_at` is the instant that its market stands at: it stops when the race starts or is abandoned.
    """

    plan: RacePlan
    at: datetime
    status: str
    start: datetime
    actual_start: datetime | None
    market_at: datetime
    protest_reason: str | None

    @property
    def has_result(self) -> bool:
        """Say whether there are placings."""
        return self.status in (INTERIM, FINAL)

    @property
    def is_over(self) -> bool:
        """Say whether it is Final or Abandoned."""
        return self.status in (FINAL, ABANDONED)


def race_at(plan: RacePlan, at: datetime) -> RaceNow:
    """Say where a race stands at `at`."""
    moved = plan.moved is not None and plan.moved.told_at <= at
    status = _status(plan, at)
    return RaceNow(
        plan=plan,
        at=at,
        status=status,
        start=plan.last_start if moved else plan.start,
        actual_start=plan.jump_at if status in (CLOSED, INTERIM, FINAL) else None,
        market_at=min(at, plan.abandoned_at or plan.jump_at),
        protest_reason=_protest_reason(plan, at),
    )


def _status(plan: RacePlan, at: datetime) -> str:
    if plan.abandoned_at:
        return ABANDONED if plan.abandoned_at <= at else OPEN
    steps = ((plan.ending.final_at, FINAL), (plan.ending.interim_at, INTERIM), (plan.jump_at, CLOSED))
    return next((status for since, status in steps if since <= at), OPEN)


def _protest_reason(plan: RacePlan, at: datetime) -> str | None:
    lodged = plan.protest
    return lodged.reason if lodged and lodged.lodged_at <= at < lodged.dismissed_at else None
