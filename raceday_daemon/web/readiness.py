"""What makes a daemon ready: its store takes writes, and the source answered lately or nothing is due."""

import asyncio
from dataclasses import dataclass
from typing import Final

from raceday_daemon.model.errors import StoreError
from raceday_daemon.web.inside import Inside

OK: Final = "ok"
WARNING: Final = "warning"
WRONG: Final = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its state, and why in words. A warning is told, and in nobody's way."""

    name: str
    state: str
    words: str


async def checks_of(inside: Inside) -> tuple[Check, ...]:
    """Look at everything; it takes as long as a write may take."""
    return (await _store(inside), await _source(inside), await _appwrite(inside), _polling(inside))


async def _store(inside: Inside) -> Check:
    fault = await inside.probe.fault()
    return Check("store", WRONG, fault) if fault else Check("store", OK, "it takes writes")


async def _source(inside: Inside) -> Check:
    """Go by the slots, not by the clock: a night without races asks nothing of the source, and nobody is missed."""
    now, races = inside.clock.now(), inside.supervisor.watched()
    resting = [lane for lane, breaker in inside.breakers.items() if breaker.state == "open"]
    rests = f"; it is left alone for a while by the lane {' and '.join(resting)}" if resting else ""
    if fault := await asyncio.to_thread(inside.answers.fault, inside.profile, races, now):
        return Check("source", WRONG, f"{fault}{rests}")
    last_at = inside.answers.last_at
    answered = f"it answered a look at {last_at:%Y-%m-%d %H:%M:%S} UTC" if last_at else "nothing was due yet"
    return Check("source", WARNING if resting else OK, f"{answered}{rests}")


async def _appwrite(inside: Inside) -> Check:
    if inside.onward is None:
        return Check("appwrite", OK, "rows stay on this machine")
    try:
        state = await asyncio.wait_for(inside.onward(), inside.probe.longest_seconds)
    except (StoreError, TimeoutError):
        return Check("appwrite", WARNING, "what waits for it can't be read")
    waiting = f"{state.waiting} rows wait for it, {state.refused} were refused"
    if state.failing_since is None:
        return Check("appwrite", OK, waiting)
    return Check("appwrite", WARNING, f"{waiting}; failing since {state.failing_since:%H:%M:%S} UTC: {state.failure}")


def _polling(inside: Inside) -> Check:
    if other := inside.standing_by():
        return Check("polling", OK, f"standing by: {other.holder} polls since {other.since:%Y-%m-%d %H:%M:%S} UTC")
    if inside.supervisor.broken:
        return Check("polling", WARNING, f"a bug has stopped the polling of {len(inside.supervisor.broken)} races")
    return Check("polling", OK, f"{len(inside.supervisor.loops)} races watched")
