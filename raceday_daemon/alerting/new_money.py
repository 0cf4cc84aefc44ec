"""Where the new money goes: a runner's share of what came in, in the two last completed buckets of minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from raceday_daemon.alerting.measures import Reading, rise


@dataclass(frozen=True, slots=True)
class MoneyLimits:
    """How much new money a bucket must have for its shares to mean anything: a part of the Win pool, and in cents."""

    pool_percent: float = 5.0
    cents: int = 20_000


class Amount:
    """What one runner had at the end of a bucket."""

    __slots__ = ("added", "amount", "method")

    def __init__(self, amount: int | None, added: int | None, method: str | None) -> None:
        """Take cents: all that stood on the runner, and what this bucket added; and the method of its share."""
        self.amount = amount
        self.added = added
        self.method = method


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of minutes that is over: when it was first looked at, and by entrant what it ended with."""

    interval: int
    began_at: datetime
    amounts: Mapping[str, Amount]

    def known(self) -> frozenset[str]:
        """Name the runners whose money is known in it."""
        return frozenset(who for who, one in self.amounts.items() if one.amount is not None and one.added is not None)

    def shares(self, win_pool: int, limits: MoneyLimits) -> dict[str, float]:
        """Give each runner's share of the new money in percent; none where that is too little. Refunds count 0."""
        added = {who: one.added for who, one in self.amounts.items()}
        total = sum(max(cents, 0) for cents in added.values() if cents is not None)
        if total < limits.cents or total * 100 < limits.pool_percent * win_pool:
            return {}
        return shares_of(added)


def shares_of(added: Mapping[str, int | None]) -> dict[str, float]:
    """Give each runner's share in percent of the cents that came in, refunds counting 0; none where nothing came.

    A runner of which it is not known how much (None) has no share.
    """
    new = {who: max(cents, 0) for who, cents in added.items() if cents is not None}
    total = sum(new.values())
    return {who: 100 * cents / total for who, cents in new.items()} if total else {}


def bucket_before(interval: int) -> int:
    """Give the bucket that comes just before one: 60, 55 … 5, 4, 3 … -10."""
    return interval + 5 if interval >= 5 else interval + 1


def money_rises(
    completed: Sequence[Bucket], win_pool: int | None, field_since: datetime | None, limits: MoneyLimits
) -> dict[str, Reading]:
    """Give by how many points each runner's share of the new money rose from one bucket to the next.

    `completed` are the last completed buckets, the newest first, as many as are known up to three: the third is what
    the second was reckoned from. Nothing where the two are not adjacent, the field changed since they began, the money
    was derived by different methods, or a runner's money is not known in both.
    """
    if len(completed) < 2 or not win_pool:
        return {}
    last, before, *base = completed[:3]
    if before.interval != bucket_before(last.interval) or not _is_like_with_like(last, before, base):
        return {}
    if field_since is not None and before.began_at <= field_since:
        return {}
    was, is_now = before.shares(win_pool, limits), last.shares(win_pool, limits)
    readings = {who: rise(was.get(who), share) for who, share in is_now.items()}
    return {who: reading for who, reading in readings.items() if reading}


def _is_like_with_like(last: Bucket, before: Bucket, base: Sequence[Bucket]) -> bool:
    methods = {one.method for bucket in (last, before, *base) for one in bucket.amounts.values() if one.method}
    if len(methods) != 1 or last.known() != before.known():
        return False
    # A runner's first bucket has its whole amount: a share only if it is the first of all of them.
    return all(bucket.known() in (frozenset(), before.known()) for bucket in base)
