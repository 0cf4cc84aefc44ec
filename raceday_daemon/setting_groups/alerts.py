"""The settings of alerts, and of the channels that notifications go to."""

from pydantic import BaseModel, SecretStr, field_validator

from raceday_daemon.delivery.targets import WEBHOOK, key_of, named_targets, webhook_fault
from raceday_daemon.setting_kinds import OptionalSecret, knob


class AlertSettings(BaseModel):
    """Alerts, and where they go besides their table."""

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
        None,
        "where notifications are posted to",
        "an http or https address without a fragment",
        example="https://example.org/raceday",
    )
    # Whether it is there where it is needed is judged in settings_loading.
    raceday_webhook_secret: OptionalSecret = knob(
        None,
        "what signs them there",
        "16 characters or more, or whsec_ and base64 of 16 bytes or more: `echo whsec_$(openssl rand -base64 32)`",
        min_length=16,
    )
    raceday_notify_urls: OptionalSecret = knob(
        None,
        "phones, mail, chats: other channels for notifications, through apprise",
        "name=url entries with white space between them, such as phone=ntfy://topic",
        example="phone=ntfy://my-topic chat=tgram://bot-token/chat-id",
    )

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

    @property
    def notify_targets(self) -> dict[str, str]:
        """Give the addresses of the channels that apprise serves, by their names."""
        return named_targets(self.raceday_notify_urls.get_secret_value()) if self.raceday_notify_urls else {}

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Name the channels that notifications go to."""
        return (*([WEBHOOK] if self.raceday_webhook_url else []), *self.notify_targets)
