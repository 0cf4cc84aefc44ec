"""An event's answer into the store: earlier state, difference and rows in the one transaction of the caller."""

from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from raceday_daemon.intake.card_lines import with_changes
from raceday_daemon.intake.commit import STALE_ANSWER, Commit, refuse_future
from raceday_daemon.market.diff import changed_meeting, race_changes
from raceday_daemon.market.keeping import with_stored_for_unread
from raceday_daemon.market.meeting_summary import summarised, with_track
from raceday_daemon.market.odds_history import returning_prices
from raceday_daemon.model.changes import ChangeSet
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import FINAL
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.absences import forget_absences
from raceday_daemon.store.looks import note_event, read_look
from raceday_daemon.store.race_queries import read_card, read_last_prices, read_one, read_race, write


def commit_race(connection: Connection, snapshot: RaceSnapshot, now: datetime) -> Commit:
    """Write what a snapshot changes; `now` is this machine's time of writing.

    Raises WrongAnswerError for a snapshot from the future: once taken, it would make every later one stale.
    """
    refuse_future(snapshot.generated_time, now)
    race_id = snapshot.race.race_id
    look = read_look(connection, race_id)
    if look.has_event_after(snapshot.generated_time):
        return STALE_ANSWER
    before = read_race(connection, race_id)
    snapshot = with_stored_for_unread(before, snapshot)
    if before.race and look.has_card_after(snapshot.generated_time):
        # Of these two a card knows as much, and it was the later one. But Final it leaves to the race's own answer.
        status = FINAL if snapshot.race.status == FINAL else before.race.status
        race = replace(snapshot.race, status=status, start_time=before.race.start_time)
        snapshot = replace(snapshot, race=race)
    last_prices = read_last_prices(connection, returning_prices(before.entrants, snapshot.entrants))
    changes = race_changes(before, snapshot, last_prices, now)
    changes = replace(changes, meeting=_meeting(connection, snapshot, changes, now))
    written = write(connection, changes.records())
    note_event(connection, race_id, snapshot.generated_time)
    forget_absences(connection, [race_id])
    return Commit.of(written)


def _meeting(connection: Connection, snapshot: RaceSnapshot, changes: ChangeSet, now: datetime) -> Meeting | None:
    """Give the race's meeting as it follows from the changed race, None where that changes nothing."""
    meeting = read_one(connection, Meeting, snapshot.race.meeting_id)
    if meeting is None:
        return None
    card = with_changes(read_card(connection, meeting.meeting_id), changes.races)
    after = summarised(with_track(meeting, snapshot.track, snapshot.race.race_id, card), card)
    return changed_meeting(meeting, replace(after, api_generated_time=snapshot.generated_time), now)
