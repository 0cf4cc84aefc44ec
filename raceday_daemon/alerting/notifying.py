"""Notifications made of what rules were told by one look; many rules say the same of the same runner."""

from datetime import datetime

from raceday_daemon.alerting.bands import Band
from raceday_daemon.alerting.happenings import Happening, spelled
from raceday_daemon.alerting.measures import Reading
from raceday_daemon.alerting.rule_index import Watch
from raceday_daemon.alerting.scene import Scene
from raceday_daemon.alerting.texts import Text, happening_text, reading_text, where
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.ids import row_id

Order = tuple[str, int, str, str]
"""What notifications are told in the order of: the user, the runner's number, the type, the id."""


class Notifying:
    """Makes the notifications of one look."""

    def __init__(self, scene: Scene) -> None:
        """Say things of this look."""
        self._scene = scene
        self._where = where(scene.label, scene.race, scene.at)
        self._texts: dict[tuple[str, int, str, float], Text] = {}
        self._spelled: dict[datetime, str] = {}
        self.made: list[tuple[Order, Notification]] = []

    def of_reading(
        self,
        watch: Watch,
        alert_type: str,
        who: str,
        reading: Reading,
        band: Band | None,
        episode: datetime | None,
    ) -> None:
        """Tell the rule's user what a measure has come to."""
        threshold = band.minimum if band else watch.bound
        cached = (watch.kind, watch.window_seconds, who, threshold)
        text = self._texts.get(cached)
        if text is None:
            entrant = self._scene.entrants[who]
            text = self._texts[cached] = reading_text(alert_type, entrant, reading, threshold, band, self._where)
        key = self._spell(episode or self._scene.at)
        # The two measures of one band's row are told apart.
        key, rule_id = (f"{alert_type} {key}", band.rule_id) if band else (key, watch.rule_id)
        self._make(watch, alert_type, rule_id, who, key, text, (reading.value, reading.earlier, threshold))

    def of_happening(self, watch: Watch, what: Happening) -> None:
        """Tell the rule's user what has happened."""
        scene = self._scene
        entrant = scene.entrants.get(what.entrant_id or "")
        text = happening_text(what, entrant, scene.race, scene.label, scene.at)
        figures = (what.value or None, what.earlier, watch.bound or None)
        self._make(watch, what.type, watch.rule_id, what.entrant_id, what.key, text, figures)

    def _make(
        self,
        watch: Watch,
        alert_type: str,
        rule_id: str,
        entrant_id: str | None,
        key: str,
        text: Text,
        figures: tuple[float | None, float | None, float | None],
    ) -> None:
        """Make a notification; `figures` are its value, the previous one and the threshold."""
        scene = self._scene
        race_id = scene.race.race_id
        notification_id = row_id(rule_id, race_id, entrant_id or "", key)
        value, previous_value, threshold = figures
        notification = Notification(
            notification_id=notification_id,
            user_id=watch.user_id,
            title=text[0],
            message=text[1],
            type=alert_type,
            race_id=race_id,
            entrant_id=entrant_id,
            rule_id=rule_id,
            value=value,
            previous_value=previous_value,
            threshold=threshold,
            event_timestamp=scene.at,
            created_at=scene.now,
        )
        entrant = scene.entrants.get(entrant_id) if entrant_id else None
        order = (watch.user_id, entrant.runner_number if entrant else 0, alert_type, notification_id)
        self.made.append((order, notification))

    def _spell(self, instant: datetime) -> str:
        if instant not in self._spelled:
            self._spelled[instant] = spelled(instant)
        return self._spelled[instant]
