"""What lies in the data folder: what waits to be sent, how work succeeded, and the room on the disk."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from prometheus_client import Metric

from raceday_daemon.jobs.chores import HOUSEKEEPING
from raceday_daemon.jobs.sequences import SEQUENCES
from raceday_daemon.metrics.families import counter, gauge, gauges
from raceday_daemon.metrics.metrics import Reader
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.model.status import ChannelStatus, OnwardStatus
from raceday_daemon.store.poll_queries import read_last_successes
from raceday_daemon.store.reading import reading
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.records import Records
from raceday_daemon.store.success_queries import read_success_rates


def outbox_figures(status: Callable[[], Awaitable[OnwardStatus]], clock: Clock) -> Reader:
    """Give what reads the figures of the outbox."""

    async def read() -> Sequence[Metric]:
        state = await status()
        age = (clock.now() - state.oldest).total_seconds() if state.oldest else 0.0
        return (
            gauge("outbox_rows", "Rows that wait for Appwrite.", state.waiting),
            gauge("outbox_oldest_age_seconds", "Since the one that waits longest was queued, 0 for none.", age),
            gauge("outbox_refused_rows", "Rows that Appwrite refused and that were set aside.", state.refused),
            gauge("outbox_left_out_rows", "Rows of history not queued because the outbox was full.", state.left_out),
            gauge("appwrite_failing", "1 while rows can't be sent.", state.failing_since is not None),
        )

    return read


def channel_figures(status: Callable[[], Awaitable[tuple[ChannelStatus, ...]]], clock: Clock) -> Reader:
    """Give what reads how notifications get to people; the channels are those that the settings name."""

    async def read() -> Sequence[Metric]:
        states, now = await status(), clock.now()

        def by_channel(figure: Callable[[ChannelStatus], float]) -> dict[str, float]:
            return {one.channel: figure(one) for one in states}

        def age(one: ChannelStatus) -> float:
            return (now - one.oldest).total_seconds() if one.oldest else 0.0

        return (
            gauges("channel_waiting", "Notifications that wait for a channel.", "channel", by_channel(_waiting)),
            gauges(
                "channel_oldest_age_seconds",
                "Since the first of those was told, 0 for none.",
                "channel",
                by_channel(age),
            ),
            gauges("channel_failing", "1 while a channel takes nothing.", "channel", by_channel(_is_failing)),
        )

    return read


def success_figures(data_dir: Path, clock: Clock) -> Reader:
    """Give what reads how much of each kind of work succeeded in seven days; nothing tried has no figure."""

    def read() -> Sequence[Metric]:
        with reading(data_dir / RECORDS) as records:
            rates = read_success_rates(records, clock.now())
        succeeded = {rate.work: rate.percent / 100 for rate in rates if rate.percent is not None}
        aims = {rate.work: rate.aim_percent / 100 for rate in rates}
        return (
            gauges("success_ratio", "What succeeded of the last seven days' work, 0 to 1.", "work", succeeded),
            gauges("success_ratio_aim", "What should have.", "work", aims),
        )

    return lambda: asyncio.to_thread(read)


def job_figures(data_dir: Path) -> Reader:
    """Give what reads the jobs' last successes, those before this process began too."""

    def read() -> Sequence[Metric]:
        with reading(data_dir / RECORDS) as records:
            found = read_last_successes(records)
        jobs = [*(job for job in LEASE_OF_JOB if job not in SEQUENCES), HOUSEKEEPING]
        ended = {job: found[job].timestamp() if job in found else 0.0 for job in jobs}
        meaning = "When a run of a job last came to its end, status ok or partial; 0 for never."
        return (gauges("job_last_success_timestamp_seconds", meaning, "job_name", ended),)

    return lambda: asyncio.to_thread(read)


def disk_figures(data_dir: Path) -> Reader:
    """Give what reads how much room the data folder's disk has."""

    def read() -> Sequence[Metric]:
        usage = shutil.disk_usage(data_dir)
        return (
            gauge("data_disk_free_bytes", "Free on the disk of the data folder.", usage.free),
            gauge("data_disk_size_bytes", "The size of that disk.", usage.total),
        )

    return lambda: asyncio.to_thread(read)


def record_figures(records: Records) -> Reader:
    """Give what reads how the records of looks and jobs get written."""

    async def read() -> Sequence[Metric]:
        return (
            gauge("records_waiting", "Records that could not be written yet.", records.waiting),
            counter("records_lost", "Records that had to go because too many waited.", records.lost),
        )

    return read


def _waiting(one: ChannelStatus) -> float:
    return one.waiting


def _is_failing(one: ChannelStatus) -> float:
    return one.failing_since is not None
