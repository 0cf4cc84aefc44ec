"""An event's answer into the store: earlier state, difference and rows in the one transaction of the caller."""

from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from raceday_daemon.intake.alerts import Telling
from raceday_daemon.intake.card_lines import with_changes
from raceday_daemon.intake.commit import Commit, refuse_future, starts_anew
from raceday_daemon.intake.seen import Seen
from raceday_daemon.market.diff import changed_meeting, race_changes
from raceday_daemon.market.keeping import with_stored_for_unread
from raceday_daemon.market.meeting_summary import summarised, with_track
from raceday_daemon.market.money_flow import money_points, reached_bucket, seconds_to_start, turned_amounts
from raceday_daemon.market.odds_history import returning_prices
from raceday_daemon.model.changes import ChangeSet, RaceState
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.errors import WrongAnswerError
from raceday_daemon.model.market import MoneyFlowPoint
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.poll import STALE
from raceday_daemon.model.race import OPEN, Race, further_status
from raceday_daemon.model.snapshot import RUNNERS, RaceSnapshot, SetAside, TrackDetails
from raceday_daemon.store.absences import forget_absences
from raceday_daemon.store.looks import Look, note_event, read_look
from raceday_daemon.store.money_queries import read_last_amounts, read_newest_money
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import read_card, read_last_prices, read_one, read_race, write


def commit_race(
    connection: Connection,
    snapshot: RaceSnapshot,
    now: datetime,
    due_at: datetime | None = None,
    sending: Sending | None = None,
    telling: Telling | None = None,
) -> Commit:
    """Write what a snapshot changes; `now` is this machine's time of writing, `due_at` the slot of a scheduled poll.

    `sending` queues the rows that are to be sent on, `telling` tells people of what they asked for.
    Raises WrongAnswerError for a snapshot from the future, which would make every later one stale, and for one that
    says that the race is of another meeting.
    """
    refuse_future(snapshot.generated_time, now)
    race_id = snapshot.race.race_id
    look = read_look(connection, race_id)
    if look.has_event_after(snapshot.generated_time):
        return Commit(STALE, race=read_one(connection, Race, race_id))
    before = read_race(connection, race_id)
    if before.race and before.race.meeting_id != snapshot.race.meeting_id:
        raise WrongAnswerError(f"race {race_id} is of meeting {before.race.meeting_id}, not {snapshot.race.meeting_id}")
    snapshot, foreign = _without_foreign_runners(connection, before, snapshot)
    snapshot = _with_later_card(with_stored_for_unread(before, snapshot), before, look)
    last_prices = read_last_prices(connection, returning_prices(before.entrants, snapshot.entrants))
    changes = race_changes(before, snapshot, last_prices, now)
    money = _money_points(connection, snapshot, due_at, now)
    meeting = read_one(connection, Meeting, snapshot.race.meeting_id)
    changed_meeting = _changed_meeting(connection, meeting, snapshot, changes, now)
    changes = replace(changes, meeting=changed_meeting, money_points=money)
    written = write(connection, changes.records(), sending)
    note_event(connection, race_id, snapshot.generated_time)
    forget_absences(connection, [race_id])
    told = telling(connection, Seen.of_look(snapshot, before, meeting, look.event_time)) if telling else 0
    race = changes.races[0] if changes.races else before.race
    return Commit.of(
        written,
        set_aside=foreign,
        race=race,
        told=told,
        moved=starts_anew(before.race, snapshot.race),
        changed=(race_id,) if written else (),
        card_changed=changed_meeting is not None,
    )


def _without_foreign_runners(
    connection: Connection, before: RaceState, snapshot: RaceSnapshot
) -> tuple[RaceSnapshot, tuple[SetAside, ...]]:
    """Set aside the runners that are stored as another race's: an answer must not take them away from it."""
    unknown = [entrant.entrant_id for entrant in snapshot.entrants if entrant.entrant_id not in before.entrants]
    foreign = {entrant_id for entrant_id in unknown if read_one(connection, Entrant, entrant_id)}
    if not foreign:
        return snapshot, ()
    kept = tuple(entrant for entrant in snapshot.entrants if entrant.entrant_id not in foreign)
    aside = tuple(SetAside(("data", "runners"), f"entrant {one} is another race's") for one in sorted(foreign))
    return replace(snapshot, entrants=kept, unread=snapshot.unread | {RUNNERS}), aside


def _with_later_card(snapshot: RaceSnapshot, before: RaceState, look: Look) -> RaceSnapshot:
    """Leave status and start to a later card, which knows as much of these two.

    But it may have left Final to this answer, so a status further on counts.
    """
    if before.race is None or not look.has_card_after(snapshot.generated_time):
        return snapshot
    status = further_status(before.race.status, snapshot.race.status)
    return replace(snapshot, race=replace(snapshot.race, status=status, start_time=before.race.start_time))


def _money_points(
    connection: Connection, snapshot: RaceSnapshot, due_at: datetime | None, now: datetime
) -> tuple[MoneyFlowPoint, ...]:
    """Give what a look at an open race adds to the history of its money."""
    race = snapshot.race
    if race.status != OPEN:
        return ()
    newest = read_newest_money(connection, race.race_id)
    time_interval = reached_bucket(seconds_to_start(snapshot, due_at), newest.values())
    turned = turned_amounts(newest, snapshot.entrants)
    last_amounts = read_last_amounts(connection, race.race_id, turned, time_interval, snapshot.generated_time)
    return money_points(snapshot, due_at, newest, last_amounts, now)


def _changed_meeting(
    connection: Connection, meeting: Meeting | None, snapshot: RaceSnapshot, changes: ChangeSet, now: datetime
) -> Meeting | None:
    """Give the race's meeting as it follows from the changed race, None where that changes nothing."""
    if meeting is None:
        return None
    card = with_changes(read_card(connection, meeting.meeting_id), changes.races)
    unread = snapshot.unread.intersection(TrackDetails.__dataclass_fields__)
    track = replace(snapshot.track, **{name: getattr(meeting, name) for name in unread})
    after = summarised(with_track(meeting, track, snapshot.race.race_id, card), card)
    return changed_meeting(meeting, replace(after, api_generated_time=snapshot.generated_time), now)
