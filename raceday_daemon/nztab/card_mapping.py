"""From /meetings and /list to cards: which meetings there are, and which races on them."""

from collections.abc import Sequence
from datetime import date

from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race, race_status
from raceday_daemon.model.snapshot import DayCard, MeetingCard, RaceListing, SetAside
from raceday_daemon.nztab.payloads import CardRacePayload, MeetingPayload, MeetingsAnswer, RaceListAnswer
from raceday_daemon.nztab.values import sent_or_none, text
from raceday_daemon.nztab.wanted import Wanted

DATA_SOURCE = "nztab"

Page = tuple[MeetingsAnswer, tuple[SetAside, ...]]


def day_card(pages: Sequence[Page], day: date, wanted: Wanted) -> DayCard:
    """Join the pages of one day's /meetings to the wanted cards, each meeting once.

    `pages` holds each answer with what decoding set aside of it; the parts of meetings that nobody wants are not
    reported.
    """
    cards: dict[str, MeetingCard] = {}
    listed: set[str] = set()
    doubtful: set[str] = set()
    set_aside: list[SetAside] = []
    complete = True
    for answer, aside in pages:
        broken_meetings = [part for part in aside if len(part.path) == 3]
        complete = complete and not broken_meetings
        set_aside += broken_meetings
        parts = _parts_by_meeting(answer, aside)
        for meeting in answer.data.meetings or ():
            listed |= {meeting.meeting, *(race.id for race in meeting.races or ())}
            own_parts = parts.get(meeting.meeting, ())
            doubtful |= {meeting.meeting} if own_parts or not meeting.races else set()
            if wanted.includes(meeting.country, meeting.category) and meeting.date == day:
                cards.setdefault(meeting.meeting, meeting_card(answer, meeting, own_parts))
    return DayCard(
        generated_time=pages[0][0].header.generated_time,
        cards=tuple(cards.values()),
        listed_ids=frozenset(listed),
        doubtful_ids=frozenset(doubtful),
        complete=complete,
        set_aside=tuple(set_aside),
    )


def single_card(answer: MeetingsAnswer, set_aside: Sequence[SetAside], meeting_id: str) -> MeetingCard:
    """Give the card of one meeting; MisfitError where the answer does not hold just that meeting."""
    meetings = answer.data.meetings or []
    if [meeting.meeting for meeting in meetings] != [meeting_id]:
        broken = "; ".join(str(part) for part in set_aside)
        raise MisfitError(f"meeting {meeting_id}: not in the answer{f' ({broken})' if broken else ''}")
    return meeting_card(answer, meetings[0], set_aside)


def meeting_card(answer: MeetingsAnswer, sent: MeetingPayload, set_aside: Sequence[SetAside]) -> MeetingCard:
    """Give a meeting with its races; a race that is listed twice is taken once."""
    generated_time = answer.header.generated_time
    races: dict[str, Race] = {}
    for race in sent.races or ():
        races.setdefault(race.id, _race(race, sent))
    return MeetingCard(
        generated_time=generated_time,
        meeting=Meeting(
            meeting_id=sent.meeting,
            meeting_name=sent.name[:255],
            country=sent.country,
            category=sent.category,
            category_name=sent.category_name[:100],
            date=sent.date,
            state=text(sent.state, 10),
            track_condition=text(sent.track_condition, 50),
            tote_status=text(sent.tote_status, 20),
            data_source=DATA_SOURCE,
            api_generated_time=generated_time,
        ),
        races=tuple(races.values()),
        set_aside=tuple(set_aside),
    )


def race_listings(answer: RaceListAnswer) -> tuple[RaceListing, ...]:
    """Give the races that one page of /list names."""
    return tuple(
        RaceListing(
            race_id=race.id,
            meeting_id=race.meeting_id,
            name=race.name[:255],
            race_number=sent_or_none(race.number),
            start_time=race.advertised_start,
            actual_start=race.actual_start,
        )
        for race in answer.data.races or ()
    )


def _race(sent: CardRacePayload, meeting: MeetingPayload) -> Race:
    return Race(
        race_id=sent.id,
        meeting_id=meeting.meeting,
        name=sent.name[:255],
        race_number=sent.race_number,
        start_time=sent.start_time,
        status=race_status(sent.status)[:20],
        tote_start_time=text(sent.tote_start_time, 20),
        distance=sent_or_none(sent.distance),
        track_condition=text(sent.track_condition, 50),
        weather=text(sent.weather, 50),
        type=meeting.category,
        protest=sent_or_none(sent.protest),
        protest_reason=text(sent.protest_reason, 1000),
    )


def _parts_by_meeting(answer: MeetingsAnswer, set_aside: Sequence[SetAside]) -> dict[str, tuple[SetAside, ...]]:
    """Sort the races that were set aside under their meetings' ids.

    Their paths count the meetings as they stood in the answer; the whole meetings set aside are missing in it now.
    """
    gone = {part.path[2] for part in set_aside if len(part.path) == 3}
    meetings = answer.data.meetings or []
    places = [place for place in range(len(meetings) + len(gone)) if place not in gone]
    ids = {place: meeting.meeting for place, meeting in zip(places, meetings, strict=True)}
    found: dict[str, tuple[SetAside, ...]] = {}
    for part in set_aside:
        place = part.path[2]
        if len(part.path) > 3 and isinstance(place, int) and place in ids:
            found[ids[place]] = (*found.get(ids[place], ()), part)
    return found
