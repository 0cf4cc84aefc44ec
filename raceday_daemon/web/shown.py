"""What every part of the site knows of the whole."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import web

from raceday_daemon.metrics.metrics import Metrics
from raceday_daemon.model.health import TimeTold
from raceday_daemon.ops.folder_lock import Holder
from raceday_daemon.web.inside import Inside

Routes = Mapping[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]
"""What answers GET, by path."""


class Shown(Protocol):
    """The site, as those see it who answer a part of its questions."""

    metrics: Metrics
    inside: Inside | None
    why_not_yet: str
    zone_name: str

    @property
    def is_ending(self) -> Callable[[], bool]:
        """Say whether the daemon was told to stop."""

    @property
    def holder(self) -> Holder:
        """Give who answers, since when, and where."""

    def begun(self) -> Inside:
        """Give what there is to show; raises 503 before there is anything."""

    def may_be_told(self, request: web.Request) -> bool:
        """Say whether a caller may see what people were told of late."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Let one question at a time read the files, and few wait."""


def time_told(site: Shown) -> TimeTold:
    """Tell the daemon's time; raises 503 before it has one."""
    inside = site.begun()
    return TimeTold(now=inside.clock.now(), speed=inside.speed, timezone=site.zone_name)
