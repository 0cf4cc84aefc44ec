"""The figures of one process: those that count as things happen, and those that are read when somebody asks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from loguru import logger
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from raceday_daemon.model.errors import RacedayError

READ_SECONDS: Final = 2.0
"""How long one part may take to be read; then it is left out, and said to be unread."""

Reader = Callable[[], Awaitable[Sequence[Metric]]]
"""Reads some figures as they stand now. It begins in the event loop; what touches files goes to a thread from there."""


@dataclass(frozen=True, slots=True)
class Exposition:
    """The figures in the form that was asked for."""

    body: bytes
    content_type: str


class Metrics:
    """All figures of the process.

    Whoever counts or measures declares its counters and histograms on `registry` once. Whoever only has a state adds a
    reader by the name of its part; the same name again replaces it, so that parts that are built anew can do so.
    No label may hold what has no bound: no ids, names, users, or words of an error. None may be called `job` or
    `instance`: Prometheus gives each series its own of those.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.registry = CollectorRegistry()
        self._readers: dict[str, Reader] = {}
        self._under_way: dict[str, asyncio.Task[Sequence[Metric] | None]] = {}
        self._told: set[str] = set()

    def read(self, part: str, reader: Reader) -> None:
        """Ask `reader` for the figures of a part each time that somebody wants them."""
        self._readers[part] = reader

    async def exposition(self, accept: str) -> Exposition:
        """Give all figures, in OpenMetrics where the Accept header wants that, else as Prometheus text."""
        encode, content_type = choose_encoder(accept)
        parts = list(self._readers.items())
        found = await asyncio.gather(*(self._figures(part, reader) for part, reader in parts))
        unread = GaugeMetricFamily("raceday_metrics_unread", "1 where a part could not be read now.", labels=["part"])
        for (part, _), figures in zip(parts, found, strict=True):
            unread.add_metric([part], figures is None)
        scrape = _Scrape(self.registry, (*(one for figures in found for one in figures or ()), unread))
        # Writing hundreds of lines, and what the registry reads of the process, is no work for the loop.
        return Exposition(await asyncio.to_thread(encode, scrape), content_type)

    async def _figures(self, part: str, reader: Reader) -> Sequence[Metric] | None:
        """Read a part; None where that can't be done now, which keeps the others from nobody."""
        task = self._under_way.get(part)
        if task is None or task.done():
            task = self._under_way[part] = asyncio.create_task(self._read(part, reader), name=f"figures of {part}")
        # One that takes too long is not begun again beside itself: a disk that hangs would take a thread each time.
        done, _ = await asyncio.wait({task}, timeout=READ_SECONDS)
        return task.result() if done else None

    async def _read(self, part: str, reader: Reader) -> Sequence[Metric] | None:
        try:
            return await reader()
        except (RacedayError, OSError) as error:
            logger.debug("{part}: no figures now: {error}", action="metrics_unread", part=part, error=str(error))
        except Exception as error:
            if part not in self._told:
                self._told.add(part)
                logger.opt(exception=error).error("{part}: a bug keeps its figures", action="metrics_broken", part=part)
        return None


@dataclass(frozen=True, slots=True)
class _Scrape:
    """What one answer tells: the registry's figures and those that were read for it."""

    registry: CollectorRegistry
    read: Iterable[Metric]

    def collect(self) -> Iterator[Metric]:
        for metric in self.registry.collect():
            # When each of a hundred series began is of no use to anybody, and makes the answer half as long again.
            metric.samples = [one for one in metric.samples if one.name != f"{metric.name}_created"]
            yield metric
        yield from self.read
