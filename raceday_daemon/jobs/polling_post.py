"""The one post on an Appwrite from which races are polled: who has it, and what comes before it is taken up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from math import inf
from typing import Final, Protocol

from loguru import logger

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import HeldElsewhereError, LeaseLostError, StoreError
from raceday_daemon.model.lease import Lease, LeaseTerms, SharedLeases, Taken, who_holds
from raceday_daemon.model.status import StandingBy
from raceday_daemon.ops.gate import Gate
from raceday_daemon.ops.identity import has_ended
from raceday_daemon.store.sightings import Sighting, forget_sighting, note_sighting, read_sighting
from raceday_daemon.store.sqlite import Database

LOOK_SECONDS: Final = 10.0
"""Whoever stands by looks so often whether the post is free."""

# A row that is on its way must have arrived before anybody else may take the lease over.
_SURE_FOR: Final = 0.75

_BEGIN_ANEW: Final = "Appwrite can be asked again: what it has comes before what is polled here"


class Succession(Protocol):
    """What is done where others have polled; each step raises AppwriteError where it can't be done now."""

    async def give_way(self) -> None:
        """Let go of what waits to be sent and tells how something stands: others know better."""

    async def catch_up(self, days: Sequence[date]) -> None:
        """Take into the store what others have sent of some racing days."""

    async def begin(self, days: Sequence[date]) -> None:
        """Take into the store what an earlier one has sent of those days that this one knows nothing of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process works: the file of its store, and the database that its rows go to."""

    file: str
    target: str


class PollingPost:
    """This process's view of the post, and the hand on the gate that its rows leave by.

    The gate is open while the lease is surely held, and while another one surely holds it and what waited here was let
    go of; never while that is not known.
    """

    def __init__(
        self,
        terms: LeaseTerms,
        shared: SharedLeases,
        store: Database,
        clock: Clock,
        gate: Gate,
        place: Place,
        succession: Succession,
    ) -> None:
        """See nothing yet."""
        self._terms = terms
        self._shared = shared
        self._store = store
        self._clock = clock
        self._gate = gate
        self._place = place
        self._succession = succession
        self._sighting: Sighting | None = None
        self._taken: Taken | None = None
        self._sure_since = 0.0
        self._may_begin_anew = self._is_settled = self._has_given_way = self._is_doubtful = False
        self.standing_by: StandingBy | None = None

    async def wait(self) -> None:
        """Stand by until the post may be taken."""
        self._gate.close()
        self._taken = None
        self._may_begin_anew = self._is_settled = self._has_given_way = False
        self._sighting = await self._read()
        while not await self._is_free():
            await self._clock.sleep(min(LOOK_SECONDS, self._terms.heartbeat_seconds))
        self.standing_by = None

    async def visit(self, days: Sequence[date]) -> None:
        """For a command on some racing days, which takes nothing: what others have sent comes first.

        Raises AppwriteError where that can't be done now.
        """
        self._sighting = await self._read()
        try:
            newest = await self._shared.refuse_if_held(self._terms, self._is_over)
        except HeldElsewhereError as error:
            newest = error.lease
        if newest and not self.is_own(newest):
            await self._succession.give_way()
            await self._succession.catch_up(days)
        elif newest is None:
            await self._succession.begin(days)
        self._gate.open_until(inf)

    async def settle(self) -> None:
        """Once the lease is had, and before the first poll: take into the store what others have sent meanwhile.

        Where Appwrite fails in the middle of it the polling begins without; once Appwrite can be asked again, the work
        is begun anew.
        """
        taken = self._taken
        if taken is None:
            return
        try:
            if taken.before is None or not self.is_own(taken.before):
                await self._succession.give_way()
                await self._succession.catch_up([racing_day(self._clock.now())])
        except (AppwriteError, StoreError) as error:
            logger.log(
                "WARNING" if error.retryable else "ERROR",
                "what Appwrite has of today could not be read, the polling begins without: {error}",
                action="refill_failed",
                kind=error.kind,
                error=str(error),
            )
            self._may_begin_anew = error.retryable
            self._is_settled = not error.retryable
        else:
            await self._settled(taken.lease)

    def is_own(self, lease: Lease) -> bool:
        """Say whether an earlier life of this very file held a lease; its folder's lock says that it has ended."""
        return (
            self._sighting is not None
            and self._sighting.held_from == self._place.file
            and self._sighting.lease.execution_id == lease.execution_id
        )

    async def taken(self, taken: Taken, *, late: bool) -> None:
        """Learn that the post was had; see Post."""
        self._taken = taken
        if not late:
            return
        if taken.before is None or not self.is_own(taken.before):
            raise LeaseLostError(_BEGIN_ANEW)
        await self._settled(taken.lease)

    def confirmed(self, since: float) -> None:
        """Learn that the post was still held at an instant; see Post."""
        if self._may_begin_anew:
            raise LeaseLostError(_BEGIN_ANEW)
        if self._is_doubtful:
            logger.info("Appwrite: {lease} is held here", action="lease_confirmed", lease=self._terms.lease_id)
        self._is_doubtful = False
        self._sure_since = since
        self._let_rows_go()

    def doubtful(self, error: AppwriteError) -> None:
        """Learn that nobody knows whether the post is still held; see Post."""
        self._gate.close(f"{error.kind}: {error}")
        if not self._is_doubtful:
            logger.warning(
                "Appwrite: {error}; the polling goes on, and rows wait here until {lease} is confirmed",
                action="lease_doubtful",
                lease=self._terms.lease_id,
                kind=error.kind,
                error=str(error),
            )
        self._is_doubtful = True

    async def _settled(self, lease: Lease) -> None:
        await self._note(Sighting(lease, self._place.file))
        self._is_settled = True
        self._let_rows_go()

    def _let_rows_go(self) -> None:
        if self._is_settled:
            self._gate.open_until(self._sure_since + _SURE_FOR * self._terms.stale_seconds)

    async def _is_free(self) -> bool:
        try:
            await self._shared.refuse_if_held(self._terms, self._is_over)
        except HeldElsewhereError as error:
            await self._stand_by(error.lease)
            return False
        except AppwriteError as error:
            return self._may_go_without(error)
        if self._sighting and self._sighting.held_from is None:
            await self._store.transaction(lambda connection: forget_sighting(connection, self._terms.lease_id))
            self._sighting = None
        return True

    def _may_go_without(self, error: AppwriteError) -> bool:
        """Judge by what was seen last: while another one's lease was alive then, that one polls, for all we know."""
        self._gate.close(f"{error.kind}: {error}")
        self._has_given_way = False
        if self._sighting is None or self._sighting.held_from is not None:
            return True
        self._tell_standing_by(self._sighting.lease, str(error))
        return False

    async def _stand_by(self, lease: Lease) -> None:
        self._tell_standing_by(lease, None)
        if self._sighting is None or self._sighting.lease.execution_id != lease.execution_id:
            await self._note(Sighting(lease, None))
        try:
            if not self._has_given_way:
                await self._succession.give_way()
            self._has_given_way = True
            self._gate.open_until(self._clock.monotonic() + 3 * LOOK_SECONDS)
        except (AppwriteError, StoreError) as error:
            logger.debug("what waits here is not sorted yet: {error}", action="giving_way_failed", error=str(error))

    def _tell_standing_by(self, lease: Lease, trouble: str | None) -> None:
        before = self.standing_by
        self.standing_by = StandingBy(
            holder=lease.owner, since=lease.start_time, last_heard_of=lease.last_heartbeat, trouble=trouble
        )
        if before and (before.holder, before.since, before.trouble) == (lease.owner, lease.start_time, trouble):
            return
        logger.info(
            "standing by: {holder} polls since {since:%Y-%m-%d %H:%M:%S} UTC{trouble}",
            action="standing_by",
            holder=lease.owner,
            since=lease.start_time.astimezone(UTC),
            trouble=f"; {trouble}, and so this stays" if trouble else "",
        )
        if before is None:
            logger.debug("{held}", action="standing_by_behind", held=who_holds(lease))

    async def _read(self) -> Sighting | None:
        target, lease_id = self._place.target, self._terms.lease_id
        return await self._store.transaction(lambda connection: read_sighting(connection, target, lease_id))

    async def _note(self, sighting: Sighting) -> None:
        """Remember what was seen; where it can't be written, for as long as this process lives."""
        self._sighting = sighting
        try:
            await self._store.transaction(lambda connection: note_sighting(connection, self._place.target, sighting))
        except StoreError as error:
            logger.error("who polls is not noted: {error}", action="sighting_lost", error=str(error))

    def _is_over(self, lease: Lease) -> bool:
        return has_ended(lease.owner) or self.is_own(lease)
