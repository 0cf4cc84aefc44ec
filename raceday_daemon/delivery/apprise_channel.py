"""Channels through apprise: phones, mail, chats, each by an address of its own and in a thread of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from threading import Event
from typing import TYPE_CHECKING, Final

from raceday_daemon.delivery.apprise_words import AppriseWords, apprise_words
from raceday_daemon.delivery.targets import secret_parts
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.errors import ChannelError, DeliveryAwayError, DeliveryUncertainError
from raceday_daemon.ops.secrecy import Secrecy
from raceday_daemon.ops.threads import HUSHED, Threads

if TYPE_CHECKING:
    from apprise import NotifyBase

LONGEST_SECONDS: Final = 30.0
"""For one message: mail alone may take 15 s to connect, and some services want pauses between messages."""


class AppriseChannel:
    """One address. Its thread does one thing at a time; a call that hangs keeps the next one from being begun.

    Apprise has no id by which those who get a message twice could know it, and does not say whether one that failed
    arrived. So a failed attempt may have arrived, and one that is not over in time is never repeated.
    """

    def __init__(self, name: str, service: "NotifyBase", threads: Threads, words: AppriseWords, seconds: float) -> None:
        """Send through a service of apprise's in that thread; use `open_apprise`."""
        self.name = name
        self._service = service
        self._threads = threads
        self._words = words
        self._longest_seconds = seconds

    async def send(self, notification: Notification) -> None:
        """Send one notification, title and message. Raises as Channel.send does."""
        began = Event()
        try:
            async with asyncio.timeout(self._longest_seconds):
                has_arrived, said = await self._threads.run(lambda: self._notify(notification, began))
        except TimeoutError:
            if not began.is_set():
                raise DeliveryAwayError("an earlier message to it still hangs") from None
            raise DeliveryUncertainError(f"not done within {self._longest_seconds:g} s: it may arrive yet") from None
        if not has_arrived:
            raise DeliveryAwayError(said or "apprise could not send it", may_have_arrived=True)

    def _notify(self, notification: Notification, began: Event) -> tuple[bool, str]:
        from apprise import NotifyFormat

        began.set()
        self._words.forget()
        try:
            has_arrived = self._service.notify(
                title=notification.title, body=notification.message, body_format=NotifyFormat.TEXT
            )
        except OSError as error:
            return False, f"no connection ({error.strerror or type(error).__name__})"
        except Exception as error:
            # What the many services in there raise is no one's to know; its words may hold the address.
            raise DeliveryUncertainError(f"apprise failed with a bug ({type(error).__name__})") from None
        return bool(has_arrived), self._words.said()


@asynccontextmanager
async def open_apprise(
    targets: Mapping[str, str], *, longest_seconds: float = LONGEST_SECONDS
) -> AsyncIterator[list[AppriseChannel]]:
    """Open a channel for each address by its name; nothing is sent yet.

    Raises ChannelError where apprise is not installed, or can't read an address, which is not shown.
    """
    if not targets:
        yield []
        return
    try:
        import apprise
    except ImportError:
        raise ChannelError(
            "RACEDAY_NOTIFY_URLS is set, and apprise is not installed: pip install 'raceday-daemon[notify]'"
        ) from None
    asset = apprise.AppriseAsset(
        app_id="raceday-daemon", app_desc="raceday-daemon", app_url="", http_redirects=False, storage_mode="memory"
    )
    async with AsyncExitStack() as parts:
        channels = []
        for name, url in targets.items():
            words = parts.enter_context(apprise_words(Secrecy(secret_parts(url))))
            service = apprise.Apprise.instantiate(url, asset=asset)
            if service is None:
                raise ChannelError(
                    f"RACEDAY_NOTIFY_URLS: apprise can't read the address of {name}, or lacks a package for it;"
                    " its documentation lists what each service's addresses look like"
                )
            threads = Threads(1, f"{HUSHED}-{name}")
            parts.callback(threads.close)
            channels.append(AppriseChannel(name, service, threads, words, longest_seconds))
        yield channels
