"""Every slot of a race has a record, and every record of a slot is one of the cadence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from raceday_daemon.cadence.profile import Profile
from tests.auditor.eras import Era
from tests.auditor.finding import Finding, What
from tests.auditor.records import Poll, Records
from tests.auditor.slots import Slots, slots_of

_REASONS: Final = ("down", "unwatched", "busy", "stalled", "replanned", "overload")
"""Why a slot may be missed."""
_INSTANT: Final = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Watch:
    """What a gap is judged by: the cadence, when the daemon was last known to watch, and what it may be late by.

    `slack` is how long new facts may take to reach a race's loop, in the daemon's own time.
    """

    profile: Profile
    until: datetime
    slack: timedelta = timedelta(seconds=1)


def gaps(race_id: str, eras: Sequence[Era], imported_at: datetime, records: Records, watch: Watch) -> Iterator[Finding]:
    """Hold the records of one race to the slots that it had from its import until the daemon was last watching."""
    polls = records.polls.get(race_id, ())
    recorded = [poll for poll in polls if poll.due_at is not None]
    for due_at, count in Counter(poll.due_at for poll in recorded).items():
        if count > 1:
            yield Finding(What.SLOT_TWICE, f"{race_id} due {due_at}", 1, count)
    periods = list(_periods(eras, imported_at, watch))
    known = {poll.due_at for poll in recorded}
    for period in periods:
        for due_at, reason in period.slots.items():
            if period.sure_since < due_at < period.sure_until and due_at not in known and due_at <= watch.until:
                yield Finding(What.SLOT_WITHOUT_RECORD, f"{race_id} due {due_at}", reason, None)
    turns = [poll for poll in polls if poll.is_turn]
    for poll in recorded:
        yield from _no_slot(poll, periods)
        yield from _wrong_times(poll)
        yield from _wrong_excuse(poll, turns, records)


@dataclass(frozen=True, slots=True)
class _Period:
    """The slots of an era, when they may count, and when they must."""

    slots: Slots
    since: datetime
    sure_since: datetime
    sure_until: datetime
    until: datetime


def _periods(eras: Sequence[Era], imported_at: datetime, watch: Watch) -> Iterator[_Period]:
    endless = max([watch.until, *(era.latest for era in eras)]) + timedelta(days=7)
    last = Era(eras[-1].facts, endless, endless)
    for place, (era, following) in enumerate(pairwise([*eras, last])):
        slots = slots_of(watch.profile, era.facts, imported_at)
        # The slots of a new race count from its import on, which the row tells; one at that very instant counts.
        since, sure_since = (era.earliest, era.latest + watch.slack) if place else (imported_at, imported_at - _INSTANT)
        yield _Period(slots, since, sure_since, following.earliest, following.latest + watch.slack)


def _no_slot(poll: Poll, periods: Sequence[_Period]) -> Iterator[Finding]:
    due_at = poll.due_at
    assert due_at
    reasons = {one.slots[due_at] for one in periods if due_at in one.slots and one.since <= due_at <= one.until}
    if not reasons:
        yield Finding(What.RECORD_WITHOUT_SLOT, poll.where, None, due_at)
    elif poll.outcome == "missed" and poll.reason not in _REASONS:
        yield Finding(What.WRONG_RECORD, f"{poll.where}.reason", _REASONS, poll.reason)
    elif poll.outcome != "missed" and poll.reason not in reasons:
        yield Finding(What.WRONG_RECORD, f"{poll.where}.reason", reasons, poll.reason)


def _wrong_times(poll: Poll) -> Iterator[Finding]:
    """A slot is told of once it has come, and a look ends after it began."""
    if not poll.due_at or not poll.due_at <= poll.began_at <= poll.ended_at:
        yield Finding(What.WRONG_RECORD, f"{poll.where}.began_at", (poll.due_at, "or later"), poll.ended_at)


def _wrong_excuse(poll: Poll, turns: Sequence[Poll], records: Records) -> Iterator[Finding]:
    """A slot is missed for a reason that other records bear out, as far as they can."""
    due_at = poll.due_at
    if poll.outcome != "missed" or not due_at:
        return
    if poll.reason == "down" and (since := records.watching_since(poll.began_at)) and since < due_at:
        yield Finding(What.WRONG_RECORD, f"{poll.where}.reason", f"watching since {since}", poll.reason)
    if poll.reason == "busy" and not any(turn.began_at <= due_at <= turn.ended_at for turn in turns):
        yield Finding(What.WRONG_RECORD, f"{poll.where}.reason", "a look under way", poll.reason)
