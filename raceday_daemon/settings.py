"""Every knob, by the name it has in the environment."""

import re
from datetime import time
from pathlib import Path
from typing import Any, Literal, TextIO
from zoneinfo import ZoneInfo, available_timezones

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from raceday_daemon.delivery.targets import WEBHOOK, key_of, named_targets, secret_parts, webhook_fault
from raceday_daemon.setting_kinds import (
    Categories,
    Countries,
    HostNames,
    LogFormat,
    LogLevel,
    OptionalPath,
    OptionalSecret,
    OptionalText,
    Store,
    TimeOfDay,
    knob,
    web_address,
)

_TOKEN = re.compile("[!-~]+")


class Settings(BaseSettings):
    """The settings; each is read from the variable of its name in capitals, else from .env, else from a secret file."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", extra="ignore", hide_input_in_errors=True, frozen=True)

    nztab_api_base_url: str = knob(
        "https://api.tab.co.nz", "where the source is", "an http or https address without query, name or password"
    )
    nztab_delay_seconds: float = knob(
        1.0, "between the calls of a daily job (0: unlimited)", "0 to 60", ge=0, le=60, allow_inf_nan=False
    )
    nztab_timeout_seconds: float = knob(15.0, "for one call", "1 to 120", ge=1, le=120, allow_inf_nan=False)
    nztab_polls_per_second: float = knob(
        100.0, "the most polls that leave in a second (0: unlimited)", "0 to 1000", ge=0, le=1000, allow_inf_nan=False
    )
    nztab_from: OptionalText = knob(None, "your e-mail address, sent as From: the source asks for it", "an address")
    nztab_partner: OptionalText = knob(None, "sent as X-Partner", "a name", max_length=200)
    nztab_partner_id: OptionalText = knob(None, "sent as X-Partner-ID", "an id", max_length=200)

    # Judged only where rows go to Appwrite; see settings_loading.
    appwrite_endpoint: OptionalText = knob(
        None, "your Appwrite's API", "an http or https address without query, name or password, usually ending in /v1"
    )
    appwrite_project_id: OptionalText = knob(None, "your project there", "an id of 1 to 36 characters")
    appwrite_api_key: OptionalSecret = knob(None, "a key of that project", "the key's text, 16 characters or more")
    appwrite_database_id: str = knob("raceday-db", "the database in it", "an id of 1 to 36 characters")

    raceday_store: Store = knob(
        None, "where rows go: appwrite where an endpoint is set, else sqlite", "appwrite or sqlite"
    )
    raceday_data_dir: Path = knob(Path("./data"), "the folder of raceday.db and ops.db", "a folder")
    raceday_countries: Countries = knob(
        ("NZ", "AUS"), "whose meetings are kept (AU is taken as AUS)", "NZ, AUS, with commas", min_length=1
    )
    raceday_categories: Categories = knob(("T", "H"), "thoroughbred and harness", "T, H, with commas", min_length=1)
    raceday_entrants_batch_races: int = knob(20, "races in a batch of the entrants job", "1 to 500", ge=1, le=500)
    raceday_entrants_batch_seconds: float = knob(
        300.0, "for such a batch", "1 to 3600", ge=1, le=3600, allow_inf_nan=False
    )
    raceday_entrants_max_races: int = knob(0, "races in a run of the entrants job (0: all)", "0 or more", ge=0)

    raceday_meetings_at: TimeOfDay = knob(time(17, 0), "when the meetings job runs, in UTC", "a time such as 17:00")
    raceday_races_at: TimeOfDay = knob(time(17, 10), "when the races job runs, in UTC", "a time such as 17:10")
    raceday_entrants_at: TimeOfDay = knob(time(17, 20), "when the entrants job runs, in UTC", "a time such as 17:20")
    raceday_refresh_at: TimeOfDay = knob(time(20, 30), "when the refresh runs, in UTC", "a time such as 20:30")
    raceday_statuses_every_minutes: int = knob(
        15, "between looks at the day's card while races are open", "1 to 60", ge=1, le=60
    )

    raceday_cadence: str = knob(
        "standard",
        "the table of poll times by its name",
        "standard, intense, or a table of RACEDAY_CADENCE_FILE",
        min_length=1,
    )
    raceday_cadence_file: OptionalPath = knob(
        None, "a file of your own tables", "a TOML file such as config/cadence.toml"
    )
    raceday_cadence_extras: bool = knob(
        True, "whether late and closed races are looked at more often, and settled ones once more", "true or false"
    )
    raceday_alert_pool_percent: float = knob(
        5.0,
        "the least new money, of the Win pool, whose shares alerts compare",
        "0 to 100 percent",
        ge=0,
        le=100,
        allow_inf_nan=False,
    )
    raceday_alert_new_money_dollars: int = knob(
        200, "the least new money, in dollars, whose shares alerts compare", "0 to 1000000", ge=0, le=1_000_000
    )
    raceday_webhook_url: OptionalSecret = knob(
        None, "where notifications are posted to", "an http or https address without a fragment"
    )
    # Whether it is there where it is needed is judged in settings_loading.
    raceday_webhook_secret: OptionalSecret = knob(
        None, "what signs them there", "16 characters or more, or whsec_ and base64 of 16 bytes or more", min_length=16
    )
    raceday_notify_urls: OptionalSecret = knob(
        None,
        "other channels for notifications, through apprise",
        "name=url entries with white space between them, such as phone=ntfy://topic",
    )
    raceday_read_role: Literal["users", "any", "none"] = knob(
        "users", "who may read the race tables in Appwrite", "users, any or none"
    )
    raceday_outbox_max_rows: int = knob(
        2_000_000, "how many rows may wait for Appwrite; from then on history waits no more", "10000 or more", ge=10_000
    )
    raceday_http_host: str = knob("127.0.0.1", "where the page is served", "an address of this machine", min_length=1)
    raceday_http_port: int = knob(8080, "its port (0: any free one)", "0 to 65535", ge=0, le=65535)
    raceday_http_names: HostNames = knob(
        (), "by which further names it may be asked", "names without port, with commas, such as raceday-daemon"
    )
    raceday_api_token: OptionalSecret = knob(
        None,
        "opens rules and notifications to whoever has it, and closes them to everybody else",
        "16 characters or more",
        min_length=16,
    )
    raceday_record: bool = knob(
        False, "whether the source's raw answers are kept too, in recordings below the data folder", "true or false"
    )
    raceday_grace_seconds: float = knob(
        8.0, "for finishing what is under way when told to stop", "0 to 600", ge=0, le=600, allow_inf_nan=False
    )
    raceday_polls_retention_days: int = knob(7, "for the record of looks (0: for ever)", "0 or more", ge=0, le=36_500)
    raceday_job_runs_retention_days: int = knob(
        90, "for the record of jobs (0: for ever)", "0 or more", ge=0, le=36_500
    )
    raceday_recordings_retention_days: int = knob(
        14, "for recorded answers, in racing days (0: for ever)", "0 or more", ge=0, le=36_500
    )
    raceday_timezone: str = knob(
        "Pacific/Auckland", "for the times that people read", "an IANA zone, such as Pacific/Auckland"
    )

    log_level: LogLevel = knob(
        "INFO", "from which level on is logged", "TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: LogFormat = knob(None, "text on a terminal, json elsewhere", "text or json")

    @field_validator("nztab_api_base_url")
    @classmethod
    def _check_address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("nztab_from", "nztab_partner", "nztab_partner_id")
    @classmethod
    def _check_header(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.isprintable()):
            raise ValueError("it cannot be sent in a header: plain ASCII text on one line is needed")
        return value

    @field_validator("raceday_api_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("it cannot be sent in a header: ASCII letters, digits and signs without spaces are needed")
        return value

    @field_validator("nztab_from")
    @classmethod
    def _check_sender(cls, value: str | None) -> str | None:
        if value is not None and "@" not in value:
            raise ValueError("it is no e-mail address")
        return value

    @field_validator("raceday_webhook_url")
    @classmethod
    def _check_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value and (fault := webhook_fault(value.get_secret_value())):
            raise ValueError(fault)
        return value

    @field_validator("raceday_webhook_secret")
    @classmethod
    def _check_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            key_of(value.get_secret_value())
        return value

    @field_validator("raceday_notify_urls")
    @classmethod
    def _check_notify_urls(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            named_targets(value.get_secret_value())
        return value

    @field_validator("raceday_timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("there is no such time zone")
        return ZoneInfo(value).key

    @field_validator("raceday_data_dir", mode="before")
    @classmethod
    def _check_folder(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            raise ValueError("it is empty")
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise ValueError("there is no such home folder") from None

    @property
    def store(self) -> str:
        """Give the store in force: the one named, else appwrite where an endpoint is set, else sqlite."""
        return self.raceday_store or ("appwrite" if self.appwrite_endpoint else "sqlite")

    @property
    def appwrite_target(self) -> str | None:
        """Name the database that rows go to, None where they stay on this machine."""
        if self.store != "appwrite":
            return None
        return f"{self.appwrite_endpoint} {self.appwrite_project_id} {self.appwrite_database_id}"

    @property
    def notify_targets(self) -> dict[str, str]:
        """Give the addresses of the channels that apprise serves, by their names."""
        return named_targets(self.raceday_notify_urls.get_secret_value()) if self.raceday_notify_urls else {}

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Name the channels that notifications go to."""
        return (*([WEBHOOK] if self.raceday_webhook_url else []), *self.notify_targets)

    def log_format_on(self, stream: TextIO | None) -> str:
        """Give the log's format in force on a stream: the one named, else text on a terminal and json elsewhere."""
        return self.log_format or ("text" if stream is not None and stream.isatty() else "json")

    def secret_names(self) -> tuple[str, ...]:
        """Name the secrets that are set."""
        return tuple(name.upper() for name in type(self).model_fields if isinstance(getattr(self, name), SecretStr))

    def secrets(self) -> tuple[str, ...]:
        """Give the secrets' own texts, for masking, and those parts of addresses that are secrets by themselves."""
        values = (getattr(self, name.lower()) for name in self.secret_names())
        whole = [value.get_secret_value() for value in values]
        addresses = [*self.notify_targets.values()]
        if self.raceday_webhook_url:
            addresses.append(self.raceday_webhook_url.get_secret_value())
        return (*whole, *(part for address in addresses for part in secret_parts(address)))
