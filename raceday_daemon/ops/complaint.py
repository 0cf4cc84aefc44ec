"""What goes wrong for a while: told once, then only to those who debug, and once more when it is over."""

from time import monotonic

from loguru import logger


class Complaint:
    """One thing that may be wrong again and again; every line about it has the same `action`."""

    def __init__(self, action: str, level: str = "WARNING") -> None:
        """Begin with nothing wrong; the first line of each time is at `level`."""
        self._action = action
        self._level = level
        self._since: float | None = None

    @property
    def is_told(self) -> bool:
        """Say whether it is wrong by what was told last."""
        return self._since is not None

    def wrong(self, message: str, **facts: object) -> None:
        """Tell what is wrong; `message` names the facts in braces."""
        level = self._level if self._since is None else "DEBUG"
        self._since = monotonic() if self._since is None else self._since
        logger.log(level, message, action=self._action, **facts)

    def right(self, message: str, **facts: object) -> None:
        """Tell that it is over, where it was told; `message` may name the time that it took as `lasted_seconds`."""
        if self._since is None:
            return
        lasted_seconds, self._since = round(monotonic() - self._since, 1), None
        logger.info(message, action=f"{self._action}_over", lasted_seconds=lasted_seconds, **facts)
