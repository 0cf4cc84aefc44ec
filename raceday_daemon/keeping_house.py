"""Housekeeping: what is older than the settings keep goes, here and by wish in Appwrite; then the files' care."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from raceday_daemon.assembly import Files, forget_old_recordings, record_edges
from raceday_daemon.cadence.kept_days import KeptFrom, first_kept, kept_from
from raceday_daemon.jobs.chores import Chores, Part
from raceday_daemon.jobs.file_care import SPARE_SHARE, Cared, File, care_for, write_file_anew
from raceday_daemon.jobs.pruning import Pruned, Pruning, count_old
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import RacedayError
from raceday_daemon.model.job import OK, JobRun
from raceday_daemon.model.progress import NoProgress, Progress
from raceday_daemon.ops.portions import Portions
from raceday_daemon.settings import Settings
from raceday_daemon.store.ddl import LOCAL_TABLES
from raceday_daemon.store.old_records import count_old_records
from raceday_daemon.store.pruning import remove_checkpoints
from raceday_daemon.store.reading import reading_both
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.schema import USER_ALERT_CONFIGS
from raceday_daemon.store.working_store import FILE_NAME as STORE

if TYPE_CHECKING:
    from raceday_daemon.appwrite.pruning import RemotePruning

_PRUNED: Final = tuple(table.name for table in LOCAL_TABLES if table is not USER_ALERT_CONFIGS)


@dataclass(slots=True)
class HouseKept:
    """What came of it: rows removed here, from the records, and in Appwrite (None: not asked); the files' care.

    `there_is_more` says that the requests of one night did not suffice; `run` is None where nothing was to be changed.
    """

    kept: KeptFrom
    here: Pruned = field(default_factory=Pruned)
    records: Counter[str] = field(default_factory=Counter)
    there: Counter[str] | None = None
    there_is_more: bool = False
    files: dict[str, Cared] = field(default_factory=dict)
    errors: list[RacedayError] = field(default_factory=list)
    run: JobRun | None = None

    def counts(self) -> tuple[int, int]:
        """Count the rows that were removed, and the races that stay because something of them waits."""
        there = self.there.total() if self.there else 0
        return self.here.removed.total() + self.records.total() + there, len(self.here.races_kept)

    def facts(self) -> dict[str, Any]:
        """Give it as the one JSON object that scripts read."""
        removed = {**dict.fromkeys((*_PRUNED, "polls", "job_runs"), 0), **self.here.removed, **self.records}
        given_back = sum(file.bytes_before - file.bytes_after for file in self.files.values())
        return {
            "status": self.run.status if self.run else OK,
            "dry_run": self.run is None,
            "kept_from": {
                "history": _text(self.kept.history),
                "races": _text(self.kept.races),
                "notifications": _text(self.kept.notifications),
            },
            "removed": removed,
            "races_kept": len(self.here.races_kept),
            "appwrite": None if self.there is None else {"removed": dict(self.there), "more": self.there_is_more},
            "files": {name: asdict(cared) for name, cared in self.files.items()},
            "bytes_given_back": given_back,
            "errors": [asdict(failure) for failure in self.run.errors] if self.run else [],
            "duration_seconds": round(self.run.duration_seconds, 3) if self.run else 0.0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the house is kept: by night, beside polls; or by hand, when nobody else may be there.

    `spare_share` of each file stays free, `anew` writes the files anew.
    """

    spare_share: float = SPARE_SHARE
    rests: bool = True
    anew: bool = False
    progress: Progress = field(default_factory=NoProgress)


async def keep_house(
    settings: Settings,
    files: Files,
    remote: "Callable[[], RemotePruning] | None" = None,
    manner: Manner | None = None,
) -> HouseKept:
    """Keep the house on open files; each part is tried whatever became of the others, and a record is left.

    `remote` makes what removes rows in Appwrite where the settings wish for that; without it they stay there.
    """
    manner, remote = manner or Manner(), remote if settings.raceday_appwrite_retention else None
    house = HouseKept(_kept_from(settings, files.clock))
    chores = Chores(files.records, files.clock)
    house.run = await chores.do(_parts(settings, files, house, remote, manner), house.counts)
    house.errors = chores.errors
    return house


def count_old_rows(settings: Settings, clock: Clock) -> HouseKept:
    """Count what would go, from the files as they stand, without changing them; StoreError where they can't be read."""
    house = HouseKept(_kept_from(settings, clock))
    with reading_both(settings.raceday_data_dir) as (store, records):
        house.here = count_old(store, house.kept)
        house.records = count_old_records(records, record_edges(settings, clock))
    return house


def _kept_from(settings: Settings, clock: Clock) -> KeptFrom:
    return kept_from(
        clock.now(),
        history_days=settings.raceday_history_retention_days,
        races_days=settings.raceday_races_retention_days,
        notifications_days=settings.raceday_notifications_retention_days,
    )


def _parts(
    settings: Settings,
    files: Files,
    house: HouseKept,
    remote: "Callable[[], RemotePruning] | None",
    manner: Manner,
) -> dict[str, Part]:
    """Give the parts in their order: recordings first, since what they free the others may need."""
    portions, clock = Portions(rests=manner.rests), files.clock

    async def records() -> None:
        house.records += await files.records.forget(record_edges(settings, clock))

    async def there() -> None:
        if remote:
            pruning = remote()
            house.there = pruning.removed
            house.there_is_more = not await pruning.run(house.kept)

    async def care(file: File) -> None:
        work = write_file_anew(file) if manner.anew else care_for(file, portions, spare_share=manner.spare_share)
        house.files[file.path.name] = await work

    return {
        "recordings": partial(forget_old_recordings, settings, clock),
        "records": records,
        "races": Pruning(files.store, house.kept, house.here, portions, manner.progress).run,
        "checkpoints": partial(_forget_checkpoints, settings, files, house.kept),
        **({"Appwrite": there} if remote else {}),
        **{file.path.name: partial(care, file) for file in _files(settings, files)},
    }


async def _forget_checkpoints(settings: Settings, files: Files, kept: KeptFrom) -> None:
    """Forget how far jobs came with days whose races are gone, or as long ago as jobs themselves are forgotten."""
    by_record = first_kept(kept.today, settings.raceday_job_runs_retention_days)
    before = max(filter(None, (by_record, kept.races)), default=None)
    await files.store.transaction(partial(remove_checkpoints, before=before))


def _files(settings: Settings, files: Files) -> tuple[File, ...]:
    return (
        File(settings.raceday_data_dir / STORE, files.store, tuple(table.sqlite_name for table in LOCAL_TABLES)),
        File(settings.raceday_data_dir / RECORDS, files.records.file),
    )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
