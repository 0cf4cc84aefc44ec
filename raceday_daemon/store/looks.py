"""The last answers taken of each race and meeting, so that an older one never undoes a newer."""

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from raceday_daemon.store.rows import instant_text, read_instant


@dataclass(frozen=True, slots=True)
class Look:
    """The generated times of the last card and of the last event answer taken, unchanged ones too; None for never.

    The source makes the two at moments of their own: an event's answer a little older than a card's is still news.
    """

    card_time: datetime | None = None
    event_time: datetime | None = None

    def has_event_after(self, generated_time: datetime) -> bool:
        """Say whether an event answer generated later was taken."""
        return self.event_time is not None and self.event_time > generated_time

    def has_card_after(self, generated_time: datetime) -> bool:
        """Say whether a card generated later was taken."""
        return self.card_time is not None and self.card_time > generated_time

    def has_any_after(self, generated_time: datetime) -> bool:
        """Say whether any answer generated later was taken."""
        return self.has_event_after(generated_time) or self.has_card_after(generated_time)


def read_look(connection: Connection, subject_id: str) -> Look:
    """Read the last looks at a race or meeting."""
    row = connection.execute('SELECT "cardTime", "eventTime" FROM "looks" WHERE "id" = ?', (subject_id,)).fetchone()
    return Look(*(read_instant(time) if time else None for time in row)) if row else Look()


def note_card(connection: Connection, subject_id: str, generated_time: datetime) -> None:
    """Note that a card was taken."""
    connection.execute(
        'INSERT INTO "looks" ("id", "cardTime") VALUES (?, ?)'
        ' ON CONFLICT ("id") DO UPDATE SET "cardTime" = excluded."cardTime"',
        (subject_id, instant_text(generated_time)),
    )


def note_event(connection: Connection, race_id: str, generated_time: datetime) -> None:
    """Note that an event's own answer was taken."""
    connection.execute(
        'INSERT INTO "looks" ("id", "eventTime") VALUES (?, ?)'
        ' ON CONFLICT ("id") DO UPDATE SET "eventTime" = excluded."eventTime"',
        (race_id, instant_text(generated_time)),
    )
