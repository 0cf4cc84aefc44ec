"""What those who only look are told of a data folder: by its daemon where one runs, else by its files."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from raceday_daemon.asking import NoAnswerError, ask_daemon
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.racing_day import racing_day, racing_day_start
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.status import LastLook, StoppedStatus
from raceday_daemon.ops.demo_folder import is_demo_folder
from raceday_daemon.ops.folder_lock import Holder, holder_of
from raceday_daemon.store.coverage import read_coverage
from raceday_daemon.store.coverage_queries import race_labels
from raceday_daemon.store.deliveries import read_channels
from raceday_daemon.store.lives import read_last_life
from raceday_daemon.store.outbox import read_refused, read_state, read_target
from raceday_daemon.store.poll_queries import read_activity, read_last_looks
from raceday_daemon.store.race_names import Named, named_races, named_runners
from raceday_daemon.store.reading import check_for_files, reading, reading_both
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.rule_queries import rules_for_people
from raceday_daemon.store.told_queries import count_invalid_rules, read_alerts
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.web.as_json import as_json

_MOST_LOOKS: Final = 10
_MOST_REFUSED: Final = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What is known, as one JSON object whose `running` says who told it; `trouble` is what is wrong, if anything."""

    facts: dict[str, Any]
    trouble: str | None = None


def status_of(data_dir: Path, now: datetime, token: str | None = None) -> Told:
    """Tell what the daemon of a data folder is doing, or has done last; `token` is that of its API, if any."""
    return _told(data_dir, "/api/status", lambda: as_json(_stopped_status(data_dir, now)), token)


def coverage_of(data_dir: Path, profile: Profile, day: date | None, now: datetime) -> Told:
    """Tell what became of a racing day's slots, today's without a day."""
    question = f"/api/coverage?date={day}" if day else "/api/coverage"

    def read() -> dict[str, Any]:
        then = _time_there(data_dir, now)
        return as_json(read_coverage(data_dir, profile, day or racing_day(then), then))

    return _told(data_dir, question, read)


def outbox_of(data_dir: Path) -> dict[str, Any]:
    """Tell what waits for Appwrite and what it refused, from the working store alone; StoreError without one."""
    check_for_files(data_dir)
    with reading(data_dir / STORE) as store:
        state, refused = read_state(store), read_refused(store, _MOST_REFUSED)
    told = as_json(state)
    return {
        "waiting": told["waiting"],
        "oldest": told["oldest"],
        "left_out": told["left_out"],
        "refused": [as_json(one) for one in refused],
    }


def alerts_of(data_dir: Path, user_id: str | None) -> dict[str, Any]:
    """Tell the rules, or those of one user, from the working store alone; StoreError without one.

    `followed` says whether a daemon keeps them up to date with Appwrite, None where rows don't go there.
    """
    check_for_files(data_dir)
    with reading(data_dir / STORE) as store:
        rules, target = rules_for_people(store, user_id), read_target(store)
    return {
        "rules": [as_json(one) for one in rules],
        "invalid": sum(bool(one.faults) for one in rules),
        "followed": holder_of(data_dir) is not None if target else None,
    }


def races_known(data_dir: Path, now: datetime, days: int = 1) -> list[Named]:
    """Tell what the races of today and of days after it are called, from the working store; StoreError without one."""
    check_for_files(data_dir)
    with reading(data_dir / STORE) as store:
        return named_races(store, *_days_from(now, days))


def runners_known(data_dir: Path, now: datetime, days: int = 1) -> list[Named]:
    """Tell the same of their runners."""
    check_for_files(data_dir)
    with reading(data_dir / STORE) as store:
        return named_runners(store, *_days_from(now, days))


def _days_from(now: datetime, days: int) -> tuple[datetime, datetime]:
    today = racing_day(now)
    return racing_day_start(today), racing_day_start(today + timedelta(days=days))


def _told(data_dir: Path, question: str, read_files: Callable[[], dict[str, Any]], token: str | None = None) -> Told:
    try:
        holder = holder_of(data_dir)
    except StoreError as error:
        return Told({"running": None, "data_dir": str(data_dir), "error": str(error)}, str(error))
    if holder:
        return _told_by(holder, question, token)
    try:
        check_for_files(data_dir)
        return Told({"running": False, "data_dir": str(data_dir), **read_files()})
    except StoreError as error:
        trouble = f"no daemon runs on {data_dir}, and its files tell nothing: {error}"
        return Told({"running": False, "data_dir": str(data_dir), "error": trouble}, trouble)


def _time_there(data_dir: Path, now: datetime) -> datetime:
    """Give the time by which a folder is told of: a demo's has its own, that of its last look."""
    if not is_demo_folder(data_dir):
        return now
    with reading(data_dir / RECORDS) as records:
        looks = read_last_looks(records, 1)
    return looks[0].began_at if looks else now


def _told_by(holder: Holder, question: str, token: str | None) -> Told:
    try:
        answer = ask_daemon(holder, question, token)
    except NoAnswerError as error:
        return Told({"running": True, **asdict(holder), "error": str(error)}, str(error))
    return Told({"running": True, **answer})


def _stopped_status(data_dir: Path, now: datetime) -> StoppedStatus:
    now = _time_there(data_dir, now)
    with reading_both(data_dir) as (store, records):
        looks = read_last_looks(records, _MOST_LOOKS)
        labels = race_labels(store, {look.race_id for look in looks})
        return StoppedStatus(
            is_demo=is_demo_folder(data_dir),
            now=now,
            racing_day=racing_day(now),
            last_life=read_last_life(records),
            appwrite=read_state(store) if read_target(store) else None,
            alerts=read_alerts(store, now, count_invalid_rules(store)),
            last_looks=tuple(_named(look, labels) for look in looks),
            activity=read_activity(records, now),
            channels=read_channels(store),
        )


def _named(look: LastLook, labels: dict[str, str]) -> LastLook:
    return replace(look, race=labels.get(look.race_id, look.race_id))
