"""Every failure has a kind: the tree of what can go wrong, whose docstrings say it."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from raceday_daemon.model.lease import Lease


class RacedayError(Exception):
    """A failure of a kind that people are told about.

    `kind` is the stable word for it in records, logs and answers; `retryable` says whether the same call may
    succeed a moment later.
    """

    kind: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False


class SourceError(RacedayError):
    """The source did not give a usable answer."""

    kind = "source"


class SourceAwayError(SourceError):
    """The source could not be reached, or says itself that it cannot answer now: it may later.

    `retry_after_seconds` is the pause that it asks for, where it said.
    """

    kind = "unreachable"
    retryable = True

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        """Keep the source's own wish beside the message."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class SourceTimeoutError(SourceAwayError):
    """The source took too long to answer."""

    kind = "timeout"


class SourceFaultError(SourceAwayError):
    """The source answered that it is at fault itself (408, 5xx)."""

    kind = "source_fault"


class SourceBusyError(SourceAwayError):
    """The source asks for fewer calls (429)."""

    kind = "throttled"


class BreakerOpenError(SourceAwayError):
    """The source failed again and again, or asked for a pause, and is left alone for a while: no call was made."""

    kind = "breaker_open"
    retryable = False


class SourceRefusedError(SourceError):
    """The source refused the call (another 4xx, or a redirect): asking again would change nothing."""

    kind = "refused"


class NotFoundError(SourceRefusedError):
    """The source does not know what was asked for (404)."""

    kind = "not_found"


class MisfitError(SourceError):
    """The answer is not what the source's description promises: not JSON, too large, or of another shape."""

    kind = "misfit"


class WrongAnswerError(MisfitError):
    """The source answered another question than the one asked, by the echo in its own `params`."""

    kind = "wrong_answer"


class NotRecordedError(SourceError):
    """Recorded answers are played, and the one that is asked for is not among them."""

    kind = "not_recorded"


class ChannelError(RacedayError):
    """A channel for notifications can't be had as the settings name it."""

    kind = "channel"


class DeliveryError(RacedayError):
    """A notification did not get to people through a channel; no address is in the message."""

    kind = "delivery"


class DeliveryAwayError(DeliveryError):
    """The channel could not be reached, or says itself that it takes nothing now: it may later.

    `may_have_arrived` where nobody knows what became of the attempt; `retry_after_seconds` is the pause that it asks
    for, where it said.
    """

    kind = "unreachable"
    retryable = True

    def __init__(
        self, message: str, *, may_have_arrived: bool = False, retry_after_seconds: float | None = None
    ) -> None:
        """Keep what is known of the attempt beside the message."""
        super().__init__(message)
        self.may_have_arrived = may_have_arrived
        self.retry_after_seconds = retry_after_seconds


class DeliveryRefusedError(DeliveryError):
    """The channel refused the notification: sending it again would change nothing."""

    kind = "refused"


class DeliveryUncertainError(DeliveryError):
    """The notification may have arrived, and sending it again would show it twice."""

    kind = "uncertain"


class RecordingError(RacedayError):
    """A file holds no recorded answer, or a place holds no such files."""

    kind = "unreadable"


class FileRefusedError(RacedayError):
    """A file that a command was given can't be made there, or is not what it should be."""

    kind = "file"


class StoreError(RacedayError):
    """The working store cannot be opened or written."""

    kind = "store"


class StoreHeldError(StoreError):
    """Another process has the file locked, and has kept it for longer than we wait."""


class NewerStoreError(StoreError):
    """The file was written by a newer version of the daemon."""

    kind = "store_newer"


class RuleRefusedError(RacedayError):
    """An alert rule that is wished for can't be right: it says every reason.

    `reasons` are plain sentences.
    """

    kind = "rule_refused"

    def __init__(self, reasons: "Sequence[str]") -> None:
        """Keep the reasons one by one."""
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


class RealRacesError(RacedayError):
    """The data folder holds races that were not simulated: a demo must not come among them."""

    kind = "real_races"


class AlertsTimeoutError(RacedayError):
    """A look was held against the alert rules for longer than that may take."""

    kind = "alerts_timeout"


class TurnTimeoutError(RacedayError):
    """A race's turn did not come to its end within its limit, and was cut off."""

    kind = "turn_timeout"


class JobError(RacedayError):
    """A daily job could not do its work as a whole."""

    kind = "job"


class DayOverError(JobError):
    """The job met the end of its racing day (01:00 in Auckland) before it was done."""

    kind = "day_over"


class BatchTimeoutError(JobError):
    """A batch of a job took longer than it may."""

    kind = "batch_timeout"


class InterruptedJobError(JobError):
    """The job was told to stop before it was done."""

    kind = "interrupted"


class LeaseHeldError(JobError):
    """Somebody else is doing the work: it says who, and since when."""

    kind = "held"


class HeldElsewhereError(LeaseHeldError):
    """Somebody on the same Appwrite is doing the work, on another machine or from another data folder.

    `lease` is the lease as that one holds it.
    """

    def __init__(self, message: str, lease: "Lease") -> None:
        """Keep the lease beside the sentence."""
        super().__init__(message)
        self.lease = lease


class LeaseLostError(JobError):
    """The work was taken over by somebody else after a silence: what is done from here on would be done twice."""

    kind = "lease_lost"


class JobTimeoutError(JobError):
    """The job took longer than its lease allows."""

    kind = "job_timeout"


class AddressError(RacedayError):
    """The address that the daemon's site should be served on cannot be had: another program uses it, or it is wrong."""

    kind = "address"
