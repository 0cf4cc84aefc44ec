"""The site: what it answers, to whom, and in which form."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from aiohttp import web
from loguru import logger

from raceday_daemon.intake.commit import Commit
from raceday_daemon.metrics.metrics import Metrics
from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.folder_lock import FolderLock, Holder
from raceday_daemon.web.access import Gatekeeper
from raceday_daemon.web.api.asked import MOST_BYTES
from raceday_daemon.web.api.description import Description
from raceday_daemon.web.api.door import Door
from raceday_daemon.web.api.markets import Markets
from raceday_daemon.web.api.people import People
from raceday_daemon.web.api.rules import RuleWriting
from raceday_daemon.web.api.watching import Watching
from raceday_daemon.web.events.hub import Hub, life_of
from raceday_daemon.web.events.newsroom import Newsroom
from raceday_daemon.web.events.stream import Stream
from raceday_daemon.web.health import Health
from raceday_daemon.web.hosts import is_own
from raceday_daemon.web.inside import Inside
from raceday_daemon.web.metrics_text import MetricsText
from raceday_daemon.web.page_files import PageFiles
from raceday_daemon.web.rates import WRITES_A_MINUTE, Rates
from raceday_daemon.web.reader import Reader
from raceday_daemon.web.status_page import StatusPage
from raceday_daemon.web.turns import Turns

_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
_KEPT: Final = ("Allow", "Retry-After", "WWW-Authenticate")
"""What a refusal says besides its sentence."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """What the daemon shows of itself: that it lives from the first moment, the rest once `inside` is there.

    `why_not_yet` says why it is not, as long as it is not.
    """

    def __init__(
        self,
        lock: FolderLock,
        names: Sequence[str],
        metrics: Metrics,
        gatekeeper: Gatekeeper,
        is_ending: Callable[[], bool] = lambda: False,
        zone_name: str = "UTC",
        writes_a_minute: int = WRITES_A_MINUTE,
    ) -> None:
        """Answer for the daemon that holds a data folder, when asked by an address, localhost or one of `names`.

        The gatekeeper says who may see and write people's own, `writes_a_minute` is for one address. People read times
        in the zone; `is_ending` says that the daemon was told to stop.
        """
        self._lock = lock
        self._names = frozenset(name.lower() for name in names)
        self._gatekeeper = gatekeeper
        self._door = Door(gatekeeper, Rates(writes_a_minute))
        self._turns = Turns()
        self._hub = Hub(life_of(lock.holder.since))
        self._newsroom = Newsroom(self._hub, lambda: self.inside)
        self.metrics = metrics
        self.is_ending = is_ending
        self.zone_name = zone_name
        self.inside: Inside | None = None
        self.why_not_yet = "the daemon is starting"

    @property
    def holder(self) -> Holder:
        """Give who answers, since when, and where, as the lock's note has it."""
        return self._lock.holder

    @property
    def url(self) -> str | None:
        """Give where the site is served."""
        return self.holder.url

    def app(self) -> web.Application:
        """Build the application: GET alone, but for the API's own writing."""
        app = web.Application(middlewares=[self._guard], client_max_size=MOST_BYTES)
        routes = {**Health(self).routes(), **MetricsText(self).routes(), **StatusPage(self).routes()}
        routes |= PageFiles().routes()
        app.add_routes([web.get(path, handler, allow_head=False) for path, handler in routes.items()])
        reader = Reader(self)
        stream = Stream(self, self._hub, self._newsroom, self._gatekeeper)
        endpoints = (
            *Markets(reader).endpoints(),
            *People(reader).endpoints(),
            *RuleWriting(reader).endpoints(),
            *Watching(reader, self._gatekeeper).endpoints(),
            stream.endpoint(),
        )
        app.add_routes(self._door.routes((*endpoints, Description(endpoints).endpoint())))
        app.on_response_prepare.append(_finish)
        app.cleanup_ctx.append(stream.working)
        app.on_shutdown.append(stream.end_all)
        return app

    def committed(self, commit: Commit) -> None:
        """Take note of what was written: whoever listens is told."""
        self._newsroom.committed(commit)

    def begun(self) -> Inside:
        """Give what there is to show; 503 before there is anything."""
        if self.inside is None:
            raise web.HTTPServiceUnavailable(text=self.why_not_yet, headers={"Retry-After": "1"})
        return self.inside

    def may_be_told(self, request: web.Request) -> bool:
        """Say whether a caller may see what people were told of late."""
        return self._gatekeeper.may_be_told(request)

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Let one question at a time read the files, and few wait."""
        return self._turns.turn()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let nobody in who came by a stranger's name, and give every answer the same form."""
        try:
            if not is_own(request.headers.getall("Host", []), self._names):
                raise web.HTTPMisdirectedRequest(
                    text="ask by this machine's address, by localhost, or by a name that RACEDAY_HTTP_HOST or"
                    " RACEDAY_HTTP_NAMES has"
                )
            answer = await handler(request)
        except web.HTTPException as error:
            answer = _error(error.status, error.text or error.reason)
            answer.headers.extend({name: error.headers[name] for name in _KEPT if name in error.headers})
        except StoreError as error:
            answer = _error(503, str(error))
        except Exception as error:
            logger.opt(exception=error).error("{path}: a bug", action="web_broken", path=request.path)
            answer = _error(500, "a bug has stopped this answer; the daemon's log has it")
        return answer


async def _finish(_: web.Request, answer: web.StreamResponse) -> None:
    """Give an answer what all of them say, streams too, just before its headers are sent."""
    answer.headers.update(_HEADERS)
    answer.headers.setdefault("Cache-Control", "no-store")


def _error(status: int, sentence: Any) -> web.Response:
    return web.json_response({"error": str(sentence)}, status=status)
