"""Every knob, by the name it has in the environment."""

from typing import Final

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from raceday_daemon.delivery.targets import secret_parts
from raceday_daemon.setting_groups.alerts import AlertSettings
from raceday_daemon.setting_groups.appwrite import AppwriteSettings
from raceday_daemon.setting_groups.keeping import KeepingSettings
from raceday_daemon.setting_groups.reading import ReadingSettings
from raceday_daemon.setting_groups.site import SiteSettings
from raceday_daemon.setting_groups.source import SourceSettings
from raceday_daemon.setting_groups.timing import TimingSettings


class Settings(
    SourceSettings,
    KeepingSettings,
    TimingSettings,
    AppwriteSettings,
    AlertSettings,
    SiteSettings,
    ReadingSettings,
    BaseSettings,
):
    """The settings; each is read from the variable of its name in capitals, else from .env, else from a secret file."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", extra="ignore", hide_input_in_errors=True, frozen=True)

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


SETTING_GROUPS: Final[tuple[type[BaseModel], ...]] = tuple(
    group for group in Settings.__bases__ if group is not BaseSettings
)
"""The groups of the settings, in the order in which people read them; the docstring of each says what it is about."""

KNOWN_NAMES: Final = tuple(name.upper() for group in SETTING_GROUPS for name in group.model_fields)
"""The names of all settings, in the order in which people read them."""
