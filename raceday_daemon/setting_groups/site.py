"""The settings of the daemon's own site."""

import re

from pydantic import BaseModel, SecretStr, field_validator

from raceday_daemon.setting_kinds import HostNames, OptionalSecret, knob

_TOKEN = re.compile("[!-~]+")


class SiteSettings(BaseModel):
    """The page and the API."""

    raceday_http_host: str = knob("127.0.0.1", "where the page is served", "an address of this machine", min_length=1)
    raceday_http_port: int = knob(8080, "its port (0: any free one)", "0 to 65535", ge=0, le=65535)
    raceday_http_names: HostNames = knob(
        (),
        "by which further names it may be asked, such as that of its container",
        "names without port, with commas, such as raceday-daemon",
        example="raceday-daemon",
    )
    raceday_api_token: OptionalSecret = knob(
        None,
        "opens rules and notifications to whoever has it, and closes them to everybody else, this machine included",
        "16 characters or more: `openssl rand -base64 32` makes one",
        min_length=16,
    )

    @field_validator("raceday_api_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("it cannot be sent in a header: ASCII letters, digits and signs without spaces are needed")
        return value
