"""The settings of what people read: in which zone times are told, and the log."""

from typing import TextIO
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, field_validator

from raceday_daemon.setting_kinds import LogFormat, LogLevel, knob


class ReadingSettings(BaseModel):
    """What people read: times and the log."""

    raceday_timezone: str = knob(
        "Pacific/Auckland", "the zone of the times that people read", "an IANA zone, such as Pacific/Auckland"
    )
    log_level: LogLevel = knob(
        "INFO", "from which level on is logged", "TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: LogFormat = knob(None, "how it is written; not set: text on a terminal, json elsewhere", "text or json")

    @field_validator("raceday_timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("there is no such time zone")
        return ZoneInfo(value).key

    def log_format_on(self, stream: TextIO | None) -> str:
        """Give the log's format in force on a stream: the one named, else text on a terminal and json elsewhere."""
        return self.log_format or ("text" if stream is not None and stream.isatty() else "json")
