"""A way to people: what the courier of a channel asks of it."""

from typing import Protocol

from raceday_daemon.model.alerts import Notification


class Channel(Protocol):
    """Sends one notification at a time; it knows no queue, and tries nothing twice."""

    @property
    def name(self) -> str:
        """Give its name: rules choose it by that."""

    async def send(self, notification: Notification) -> None:
        """Return once it has arrived; raises DeliveryError of the failure's kind."""
