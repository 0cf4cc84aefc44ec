"""Whether the daemon lives, and whether it is ready: for those who start processes, and those who watch them."""

from time import monotonic
from typing import Final

from aiohttp import web

from raceday_daemon.web.readiness import WRONG, Check, checks_of
from raceday_daemon.web.shown import Routes, Shown

ALIVE_SECONDS: Final = 5.0
"""The loop must have turned within so many seconds."""


class Health:
    """/livez tells of the loop alone, /readyz of all that the daemon needs to do its work."""

    def __init__(self, site: Shown) -> None:
        """Answer for a site."""
        self._site = site

    def routes(self) -> Routes:
        """Give what is answered."""
        return {"/livez": self._livez, "/readyz": self._readyz}

    async def _livez(self, _: web.Request) -> web.Response:
        # Before there is a pulse, that somebody answers at all is the sign.
        inside = self._site.inside
        silent_seconds = monotonic() - inside.pulse.last_beat if inside else 0.0
        alive = silent_seconds < ALIVE_SECONDS
        facts = {"alive": alive, "pid": self._site.holder.pid, "silent_seconds": round(silent_seconds, 3)}
        return web.json_response(facts, status=200 if alive else 503)

    async def _readyz(self, _: web.Request) -> web.Response:
        checks = await self._checks()
        ready = all(check.state != WRONG for check in checks)
        told = [{"name": check.name, "state": check.state, "words": check.words} for check in checks]
        facts = {"ready": ready, "pid": self._site.holder.pid, "checks": told}
        return web.json_response(facts, status=200 if ready else 503)

    async def _checks(self) -> tuple[Check, ...]:
        if self._site.is_ending():
            return (Check("daemon", WRONG, "it was told to stop, and is ending"),)
        inside = self._site.inside
        return await checks_of(inside) if inside else (Check("daemon", WRONG, self._site.why_not_yet),)
