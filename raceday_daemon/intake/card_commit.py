"""A meeting's card into the store: the meeting and its races, and what the source has stopped to list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from sqlite3 import Connection

from raceday_daemon.intake.alerts import Telling
from raceday_daemon.intake.card_lines import with_changes
from raceday_daemon.intake.commit import STALE_ANSWER, Commit, refuse_future, starts_anew
from raceday_daemon.intake.seen import Seen
from raceday_daemon.market.diff import card_race_change, changed_meeting, changed_pools
from raceday_daemon.market.meeting_summary import summarised
from raceday_daemon.model.changes import ChangeSet
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import FINAL, Race
from raceday_daemon.model.snapshot import DayCard, MeetingCard
from raceday_daemon.store.absences import ANSWERS_TO_WITHDRAW, count_absence, forget_absences, ids_of_day
from raceday_daemon.store.looks import note_card, read_look
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import read_card, read_one, write


def commit_card(
    connection: Connection,
    card: MeetingCard,
    now: datetime,
    sending: Sending | None = None,
    telling: Telling | None = None,
) -> Commit:
    """Write what a card changes, a race at a time; `now` is this machine's time of writing.

    `sending` queues the rows that are to be sent on, `telling` tells people of what they asked for.

    A race of which a newer answer was taken stays as it is, and so does the meeting. Raises WrongAnswerError for a card
    from the future.
    """
    refuse_future(card.generated_time, now)
    meeting_id = card.meeting.meeting_id
    stale_meeting = read_look(connection, meeting_id).has_any_after(card.generated_time)
    looks = {race.race_id: read_look(connection, race.race_id) for race in card.races}
    fresh = [race for race in card.races if not looks[race.race_id].has_any_after(card.generated_time)]
    forget_absences(connection, [meeting_id, *looks])
    if stale_meeting and not fresh:
        return STALE_ANSWER
    looked_at = {race_id for race_id, look in looks.items() if look.event_time is not None}
    before = {race.race_id: read_one(connection, Race, race.race_id) for race in fresh}
    races, pools = _changed_races(fresh, before, looked_at, card.generated_time, now)
    stored = read_one(connection, Meeting, meeting_id)
    sent = stored if stored and stale_meeting else _with_event_facts(stored, card.meeting)
    lines = with_changes(read_card(connection, meeting_id), races)
    meeting = changed_meeting(stored, summarised(sent, lines), now)
    written = write(connection, ChangeSet(meeting=meeting, races=races, pools=pools).records(), sending)
    for race in fresh:
        note_card(connection, race.race_id, card.generated_time)
    if not stale_meeting:
        note_card(connection, meeting_id, card.generated_time)
    seen = _seen(races, before, meeting or stored, card.generated_time)
    told = sum(telling(connection, one) for one in seen) if telling else 0
    final_here = {line.race_id for line in lines if line.status == FINAL}
    ended = [race.race_id for race in fresh if race.status == FINAL and race.race_id not in final_here]
    moved = any(starts_anew(before[race.race_id], race) for race in races)
    return Commit.of(
        written,
        to_look_at=tuple(ended),
        told=told,
        moved=moved,
        changed=tuple(race.race_id for race in races),
        card_changed=meeting is not None or any(before[race.race_id] is None for race in races),
    )


def _seen(
    races: Sequence[Race], before: Mapping[str, Race | None], meeting: Meeting | None, generated_time: datetime
) -> list[Seen]:
    """Give what people may be told of: the changed races that were known before."""
    return [Seen.of_card(race, known, meeting, generated_time) for race in races if (known := before[race.race_id])]


def commit_absences(
    connection: Connection, day: date, answer: DayCard, now: datetime, sending: Sending | None = None
) -> int:
    """Mark as withdrawn what the day's answers have stopped to list, and give the number of rows written.

    An answer without any meeting, one of which a whole meeting could not be read, and a meeting without any race
    prove nothing.
    """
    refuse_future(answer.generated_time, now)
    if not answer.listed_ids or not answer.complete:
        return 0
    forget_absences(connection, answer.listed_ids)
    meetings, races = ids_of_day(connection, day)
    gone_races = [race for race in races if _is_gone(connection, race, races[race], answer)]
    gone_meetings = [meeting for meeting in meetings if _is_gone(connection, meeting, meeting, answer)]
    written = 0
    for race_id in gone_races:
        race = read_one(connection, Race, race_id)
        gone = [replace(race, withdrawn_at=answer.generated_time, last_updated=now)] if race else []
        written += write(connection, gone, sending)
    for meeting_id in {*gone_meetings, *(races[race] for race in gone_races)}:
        meeting = _resummarised(connection, meeting_id, answer, now, gone=meeting_id in gone_meetings)
        written += write(connection, [meeting] if meeting else [], sending)
    return written


def _changed_races(
    sent: list[Race],
    before: Mapping[str, Race | None],
    looked_at: set[str],
    generated_time: datetime,
    now: datetime,
) -> tuple[tuple[Race, ...], tuple[RacePools, ...]]:
    """Give the races to write, and an empty pools row for each new one."""
    changed: list[Race] = []
    new_pools: list[RacePools] = []
    for race in sent:
        stored = before[race.race_id]
        change = card_race_change(stored, race, race.race_id in looked_at, generated_time, now)
        changed += [change] if change else []
        if stored is None and (pools := changed_pools(None, RacePools(race_id=race.race_id), now)):
            new_pools.append(pools)
    return tuple(changed), tuple(new_pools)


def _with_event_facts(stored: Meeting | None, sent: Meeting) -> Meeting:
    """Keep what only its races' own answers tell of a meeting."""
    if stored is None:
        return sent
    return replace(
        sent,
        track_direction=stored.track_direction,
        track_surface=stored.track_surface,
        rail_position=stored.rail_position,
    )


def _is_gone(connection: Connection, subject_id: str, meeting_id: str, answer: DayCard) -> bool:
    if subject_id in answer.listed_ids or meeting_id in answer.doubtful_ids:
        return False
    if read_look(connection, subject_id).has_any_after(answer.generated_time):
        return False
    return count_absence(connection, subject_id, answer.generated_time) >= ANSWERS_TO_WITHDRAW


def _resummarised(
    connection: Connection, meeting_id: str, answer: DayCard, now: datetime, *, gone: bool
) -> Meeting | None:
    stored = read_one(connection, Meeting, meeting_id)
    if stored is None:
        return None
    withdrawn_at = answer.generated_time if gone else stored.withdrawn_at
    after = replace(stored, withdrawn_at=withdrawn_at, api_generated_time=answer.generated_time)
    return changed_meeting(stored, summarised(after, read_card(connection, meeting_id)), now)
