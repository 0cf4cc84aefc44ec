"""The settings of the source: who asks it, and how often."""

from pydantic import BaseModel, field_validator

from raceday_daemon.setting_kinds import OptionalText, knob, web_address


class SourceSettings(BaseModel):
    """The source: who asks it, and how often."""

    nztab_from: OptionalText = knob(
        None,
        "your e-mail address, sent as From: the source asks for one, and may block callers without",
        "an address",
        example="you@example.org",
    )
    nztab_partner: OptionalText = knob(None, "sent as X-Partner", "a name", max_length=200)
    nztab_partner_id: OptionalText = knob(None, "sent as X-Partner-ID", "an id", max_length=200)
    nztab_api_base_url: str = knob(
        "https://api.tab.co.nz", "where the source is", "an http or https address without query, name or password"
    )
    nztab_delay_seconds: float = knob(
        1.0, "seconds between the calls of a daily job (0: unlimited)", "0 to 60", ge=0, le=60, allow_inf_nan=False
    )
    nztab_polls_per_second: float = knob(
        100.0, "the most polls that leave in a second (0: unlimited)", "0 to 1000", ge=0, le=1000, allow_inf_nan=False
    )
    nztab_timeout_seconds: float = knob(
        15.0, "how long one call may take", "1 to 120", ge=1, le=120, allow_inf_nan=False
    )

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

    @field_validator("nztab_from")
    @classmethod
    def _check_sender(cls, value: str | None) -> str | None:
        if value is not None and "@" not in value:
            raise ValueError("it is no e-mail address")
        return value
