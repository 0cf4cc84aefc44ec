"""What has changed since the last look at the files, read in a thread and put into bytes there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from raceday_daemon.model.alerts import MORE_ALERTS
from raceday_daemon.model.shown_events import DayChanged
from raceday_daemon.store.reading import reading
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.shown_news import (
    RecordMarks,
    card_mark,
    races_written_since,
    read_changed,
    read_marks,
    read_versions,
)
from raceday_daemon.store.shown_people import last_alert, read_new_alerts
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.web.events.event import ALERT, DAY, RACE, News, news

MOST_KNOWN: Final = 2_000
"""Races whose last told version is remembered."""

MOST_ALERTS: Final = 100
"""Alerts told at once; further ones follow."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What those who write here say of it: races that changed, and whether a card may have."""

    race_ids: frozenset[str] = frozenset()
    card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told already: the records looked through, the day's card, races by their versions, alerts.

    `counted` are the messages of those alerts that are written again as they count more.
    """

    day: date
    marks: RecordMarks
    card: str
    versions: Mapping[str, str]
    alert: int
    counted: Mapping[str, str]


def begin(data_dir: Path, day: date) -> Told:
    """Take all that stands now as told; StoreError where the files can't be read."""
    with reading(data_dir / RECORDS) as records:
        marks = read_marks(records)
    with reading(data_dir / STORE) as store:
        newest = last_alert(store)
        lines, _ = read_new_alerts(store, newest, MOST_ALERTS)
        return Told(
            day=day,
            marks=marks,
            card=card_mark(store, day),
            versions=read_versions(store, day),
            alert=newest,
            counted={line.notification_id: line.message for line in lines},
        )


def gather(data_dir: Path, told: Told, day: date, hints: Hints) -> tuple[list[News], Told]:
    """Give what is new, and what is told then; StoreError where the files can't be read: then it is new still."""
    # The records come first: whatever they tell of is stored already.
    with reading(data_dir / RECORDS) as records:
        marks = read_marks(records)
        race_ids = hints.race_ids | races_written_since(records, told.marks)
    with reading(data_dir / STORE) as store:
        # A job, of whatever process, may have brought a card.
        has_new_job = marks.job_runs != told.marks.job_runs
        looks_at_card = hints.card or has_new_job or day != told.day
        card = card_mark(store, day) if looks_at_card else told.card
        if has_new_job:
            race_ids |= {one for one, version in read_versions(store, day).items() if told.versions.get(one) != version}
        races = read_changed(store, sorted(race_ids), told.versions)
        lines, newest = read_new_alerts(store, told.alert, MOST_ALERTS)
    alerts = [
        line for line in lines if line.type != MORE_ALERTS or told.counted.get(line.notification_id) != line.message
    ]
    counted = {line.notification_id: line.message for line in lines if line.type == MORE_ALERTS}
    found = [news(DAY, DAY, DayChanged(racing_day=day))] if (day, card) != (told.day, told.card) else []
    found += [news(RACE, f"{RACE} {one.race.race_id}", one) for one in races]
    found += [news(ALERT, f"{ALERT} {one.notification_id}", one, one.user_id) for one in alerts]
    return found, Told(
        day=day,
        marks=marks,
        card=card,
        versions=_newest({**told.versions, **{one.race.race_id: one.version for one in races}}, MOST_KNOWN),
        alert=newest,
        counted=_newest({**told.counted, **counted}, MOST_ALERTS),
    )


def _newest(known: dict[str, str], most: int) -> dict[str, str]:
    """Keep what was noted last."""
    return dict(islice(known.items(), max(len(known) - most, 0), None))
