"""The audit: a data folder held to what was served, every fact once and exact, and every gap explained."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from raceday_daemon.cadence.profile import STANDARD, Profile
from raceday_daemon.store import records as ops_file
from raceday_daemon.store import working_store as store_file
from raceday_daemon.store.reading import reading
from tests.auditor.answers import EVENTS, Answers, Document, Request, requests
from tests.auditor.eras import Facts
from tests.auditor.finding import Finding
from tests.auditor.gaps import Watch, gaps
from tests.auditor.matched_looks import match_looks
from tests.auditor.matched_runs import match_runs
from tests.auditor.meeting_audit import Glimpse, MeetingStory, audit_meetings
from tests.auditor.race_audit import AuditedRace, audit_race
from tests.auditor.records import Records, read_records
from tests.auditor.slots import slots_of
from tests.auditor.steps import CardStep, EventStep, MeetingStep
from tests.auditor.strangers import strangers

_LONGEST_LOOK: Final = timedelta(seconds=15)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def audit(
    data_dir: Path,
    answers: Answers,
    *,
    profile: Profile = STANDARD,
    until: datetime | None = None,
    ends_at: datetime | None = None,
    slack_seconds: float = 1.0,
) -> list[Finding]:
    """Compare a data folder with what was served to the daemon that filled it; give what is wrong, nothing if clean.

    `answers` is a Simulator, or what one has written down. `until` is when the daemon was last watching (None: a look's
    time before its last sign of life), `slack_seconds` how long news from a job may take, in the daemon's own time, to
    reach the loop of a race: more than usual where that time runs fast.
    `ends_at` says that the folder is a copy taken while it was written to, and the newest instant that a row tells
    of: answers made later are not in it, and what was under way may be half there, as after a kill.
    Raises ValueError where the simulator has forgotten answers, and StoreError for files that cannot be read.
    """
    asked = requests(answers)
    with reading(data_dir / store_file.FILE_NAME) as store, reading(data_dir / ops_file.FILE_NAME) as ops:
        records = read_records(ops)
        if ends_at:
            asked = [request for request in asked if request.served.generated_time <= ends_at]
            records, until = records.cut_off(), ends_at - _LONGEST_LOOK
        watch = Watch(profile, until or _last_sign(asked, records), timedelta(seconds=slack_seconds))
        return _Audit(store, records, answers, asked, watch).findings()


def _last_sign(asked: Sequence[Request], records: Records) -> datetime:
    """Give when the daemon was watching for sure: a look that was under way at its end may have left no record."""
    signs = [request.served.at for request in asked]
    signs += [poll.ended_at for polls in records.polls.values() for poll in polls]
    signs += [run.finished_at for run in records.runs]
    return max(signs, default=_LONG_AGO) - _LONGEST_LOOK


@dataclass
class _Audit:
    """One audit, a race at a time: only what its meeting and the notes need of a race is kept."""

    store: Connection
    records: Records
    answers: Answers
    asked: Sequence[Request]
    watch: Watch
    meetings: dict[str, MeetingStory] = field(default_factory=lambda: defaultdict(MeetingStory))
    known: set[str] = field(default_factory=set)

    def findings(self) -> list[Finding]:
        """Look at everything once."""
        of_races: dict[str, list[Request]] = defaultdict(list)
        for request in self.asked:
            if request.served.path.startswith(EVENTS):
                of_races[request.served.path.removeprefix(EVENTS)].append(request)
        others = [request for request in self.asked if not request.served.path.startswith(EVENTS)]
        runs = match_runs(others, self.records, self._document)
        found = list(runs.findings)
        cards = self._cards(runs.steps)
        for race_id in sorted(of_races.keys() | cards.keys() | self.records.polls.keys()):
            found += self._race(race_id, of_races.get(race_id, []), cards.get(race_id, []))
        found += audit_meetings(self.store, self.meetings)
        return found + list(strangers(self.store, self.known))

    def _document(self, request: Request) -> Document:
        document = self.answers.document(request.served)
        if document is None:
            raise ValueError(f"{request.asked}: its document is not known")
        return document

    def _cards(self, steps: Iterable[MeetingStep]) -> Mapping[str, list[CardStep]]:
        """Sort the cards by meeting and by race."""
        cards: dict[str, list[CardStep]] = defaultdict(list)
        for step in steps:
            self.meetings[step.told.meeting_id].cards.append(step)
            for race_id in step.told.races:
                cards[race_id].append(step.of_race(race_id))
        self.known.update(self.meetings)
        return cards

    def _race(self, race_id: str, asked: Sequence[Request], cards: Sequence[CardStep]) -> Iterator[Finding]:
        polls = self.records.polls.get(race_id, [])
        looks = match_looks(asked, polls, self.records, self._document)
        race = audit_race(self.store, race_id, looks.steps, cards, self._slots_of_lost_looks(looks.steps))
        yield from looks.findings
        yield from race.findings
        if race.story.eras:
            imported_at = race.imported_at or race.story.eras[0].latest
            yield from gaps(race_id, race.story.eras, imported_at, self.records, self.watch)
        self._note(race, looks.steps)

    def _slots_of_lost_looks(self, events: Sequence[EventStep]) -> list[datetime]:
        """Give the slots that may have asked for looks that left no record."""
        if all(event.look for event in events):
            return []
        starts = {event.told.start for event in events}
        return [due for start in starts for due in slots_of(self.watch.profile, Facts(start, "Open", None), _LONG_AGO)]

    def _note(self, race: AuditedRace, events: Sequence[EventStep]) -> None:
        story = race.story
        if story.race is None:
            return
        self.known.add(story.race_id)
        self.known.update(entrant_id for event in events for entrant_id in event.told.entrants)
        meeting = self.meetings[story.race["meetingId"]]
        meeting.races[story.race_id] = dict(story.race)
        meeting.glimpses.extend(Glimpse.of(event) for event in events)
