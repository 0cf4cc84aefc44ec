"""A racing day's coverage: each slot of each race that has passed, and what became of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.slots import slots_between
from raceday_daemon.market.money_flow import bucket
from raceday_daemon.model.coverage import Coverage, RaceCoverage, SlotCounts
from raceday_daemon.model.poll import FAILED, MISSED
from raceday_daemon.model.race import OPEN
from raceday_daemon.store.coverage_queries import SlotRecord, filled_buckets, last_look, slot_records
from raceday_daemon.store.reading import reading_both
from raceday_daemon.store.watch_queries import WatchedRace, races_of_card

_KNOWN_FOR: Final = timedelta(days=7)
"""The daemon accounts for no slot that passed longer ago, so a record that is lacking there tells nothing."""


def read_coverage(data_dir: Path, profile: Profile, day: date, now: datetime) -> Coverage:
    """Read both files of a data folder, without changing them; raises StoreError where that can't be done."""
    with reading_both(data_dir) as (store, records):
        races = []
        for race in races_of_card(store, day):
            slots = slot_records(records, race.race_id)
            races.append(
                RaceCoverage(
                    race=race.label,
                    race_id=race.race_id,
                    start_time=race.times.start_time,
                    status=race.times.status,
                    slots=_counts(
                        race, slots, filled_buckets(store, race.race_id), _unrecorded(profile, race, slots, now)
                    ),
                    last_look_at=last_look(records, race.race_id),
                )
            )
    return Coverage(racing_day=day, now=now, races=tuple(races), totals=_totals(race.slots for race in races))


def _unrecorded(profile: Profile, race: WatchedRace, records: Sequence[SlotRecord], now: datetime) -> int:
    """Count the slots that have passed since the last record, as the daemon will when it accounts for them."""
    known = [instant for instant in (race.times.imported_at, records[-1].due_at if records else None) if instant]
    return len(slots_between(profile, race.times, max([*known, now - _KNOWN_FOR]), now))


def _counts(race: WatchedRace, records: Sequence[SlotRecord], filled: frozenset[int], unrecorded: int) -> SlotCounts:
    missed = Counter(record.reason for record in records if record.outcome == MISSED)
    failed = sum(record.outcome == FAILED for record in records)
    due_buckets = _buckets_while_open(race.times.start_time, records)
    return SlotCounts(
        due=len(records) + unrecorded,
        polled=len(records) - failed - missed.total(),
        failed=failed,
        missed=dict(missed.most_common()),
        without_record=unrecorded,
        buckets_filled=len(due_buckets & filled),
        buckets_due=len(due_buckets),
    )


def _buckets_while_open(start_time: datetime, records: Iterable[SlotRecord]) -> set[int]:
    """Give the buckets of the slots that were due while the race was Open, by the start as it is known now.

    A look that failed tells no status: the last one that is known counts, and before that the race was Open.
    """
    status, buckets = OPEN, set()
    for record in records:
        status = record.race_status or status
        if status == OPEN:
            buckets.add(bucket((start_time - record.due_at).total_seconds()))
    return buckets


def _totals(races: Iterable[SlotCounts]) -> SlotCounts:
    every, missed = list(races), Counter[str]()
    for slots in every:
        missed.update(slots.missed)
    return SlotCounts(
        due=sum(slots.due for slots in every),
        polled=sum(slots.polled for slots in every),
        failed=sum(slots.failed for slots in every),
        missed=dict(missed.most_common()),
        without_record=sum(slots.without_record for slots in every),
        buckets_filled=sum(slots.buckets_filled for slots in every),
        buckets_due=sum(slots.buckets_due for slots in every),
    )
