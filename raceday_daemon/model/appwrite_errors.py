"""What Appwrite can fail of, each with the kind by which people are told."""

from raceday_daemon.model.errors import RacedayError


class AppwriteError(RacedayError):
    """Appwrite did not do what it was asked."""

    kind = "appwrite"


class AppwriteAwayError(AppwriteError):
    """Appwrite could not be reached, or says itself that it cannot answer now: it may later.

    `retry_after_seconds` is the pause that it asks for, where it said.
    """

    kind = "unreachable"
    retryable = True

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        """Keep the server's own wish beside the message."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class AppwriteTimeoutError(AppwriteAwayError):
    """Appwrite took too long to answer: what was asked may have been done nevertheless."""

    kind = "timeout"


class AppwriteFaultError(AppwriteAwayError):
    """Appwrite answered that it is at fault itself (408, 5xx)."""

    kind = "fault"


class AppwriteBusyError(AppwriteAwayError):
    """Appwrite asks for fewer calls (429)."""

    kind = "throttled"


class AppwriteMisfitError(AppwriteError):
    """The answer is not what Appwrite's description promises: not JSON, too large, or of another shape."""

    kind = "misfit"


class AppwriteRefusedError(AppwriteError):
    """Appwrite refused the call (another 4xx, or a redirect): asking again would change nothing.

    `status` is the answer's status (0: it was refused here, before it was sent), `type` Appwrite's own word for what
    is wrong, and `said` its sentence.
    """

    kind = "refused"

    def __init__(self, message: str, *, status: int, type: str | None = None, said: str = "") -> None:  # noqa: A002
        """Keep the server's own words beside the message."""
        super().__init__(message)
        self.status = status
        self.type = type
        self.said = said


class AppwriteKeyError(AppwriteRefusedError):
    """The API key is wrong, or lacks a scope (401, 403): the message names it."""

    kind = "key"


class AppwriteMissingError(AppwriteRefusedError):
    """There is no such database or table (404): `raceday-daemon setup` makes them."""

    kind = "missing"


class AppwriteElsewhereError(AppwriteRefusedError):
    """There is no such project, or no Appwrite at all, where the settings say: the endpoint or the project is wrong."""

    kind = "elsewhere"


class RowMissingError(AppwriteRefusedError):
    """There is no row of this id (404)."""

    kind = "row_missing"


class AppwriteConflictError(AppwriteRefusedError):
    """Something of this id exists, or was changed meanwhile (409): `type` says which.

    `may_be_ours` where an earlier attempt of the same call got no answer.
    """

    kind = "conflict"
    may_be_ours = False


class AppwriteFullError(AppwriteRefusedError):
    """A limit of the server or of the account's plan is reached: it takes no more of what it was sent."""

    kind = "full"


class RowRefusedError(AppwriteRefusedError):
    """What was sent doesn't fit (400, 413): the fault of the rows themselves, and of no other call."""

    kind = "row_refused"


class AppwriteSchemaError(AppwriteError):
    """The tables in Appwrite are not those that are declared, or not yet: the message says what to do."""

    kind = "schema"
