"""The rules in memory, kept in step with their table, whoever writes it."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

from loguru import logger

from raceday_daemon.alerting.rule_index import RuleIndex
from raceday_daemon.store.alert_rules import StoredRule, last_change, read_changes, read_rules

_MOST_TOLD_SINGLY: Final = 20
_MOST_CHARACTERS: Final = 500


class RulesInStep:
    """The index of all rules that can be evaluated. It is used in the thread of the store alone."""

    def __init__(self) -> None:
        """Know no rule before the first `refresh`."""
        self.index = RuleIndex()
        self.number: int | None = None
        """The number of the last change that is known here; None before all rules were read."""
        self.invalid: set[str] = set()
        """The ids of the rules that can't be evaluated."""

    def is_in_step(self, connection: Connection) -> bool:
        """Say whether nothing has changed since the last refresh."""
        return self.number is not None and last_change(connection) == self.number

    def refresh(self, connection: Connection) -> bool:
        """Take what has changed in the table, the first time all of it; give whether anything has."""
        number = last_change(connection)
        if number == self.number:
            return False
        changed: Iterable[StoredRule] = (
            read_rules(connection) if self.number is None else self._taken_out(read_changes(connection, self.number))
        )
        invalid = [(stored.rule_id, faults) for stored in changed if (faults := self._take(stored))]
        self.number = number
        _tell_invalid(invalid)
        return True

    def _taken_out(self, changed: list[StoredRule]) -> list[StoredRule]:
        """Take all of them out before the first is put in again: what lies sorted is found at once."""
        for stored in changed:
            self.index.remove(stored.rule_id)
        return changed

    def _take(self, stored: StoredRule) -> tuple[str, ...]:
        """Take a row into the index, which has none of its id; or give what is wrong with it."""
        faults = self._put(stored)
        (self.invalid.add if faults else self.invalid.discard)(stored.rule_id)
        return faults

    def _put(self, stored: StoredRule) -> tuple[str, ...]:
        if stored.rule is None or stored.faults:
            return stored.faults
        try:
            self.index.put(stored.rule)
        except Exception as error:
            # A bug, and one rule's: the others are to be read on.
            return (f"a bug: {error!r}",)
        return ()


def _tell_invalid(invalid: list[tuple[str, tuple[str, ...]]]) -> None:
    for rule_id, faults in invalid[:_MOST_TOLD_SINGLY]:
        logger.warning(
            "alert rule {rule_id} is left out: {reason}",
            action="rule_invalid",
            rule_id=rule_id,
            reason="; ".join(faults)[:_MOST_CHARACTERS],
        )
    rest = len(invalid) - _MOST_TOLD_SINGLY
    if rest > 0:
        logger.warning("{rest} more alert rules are left out", action="rule_invalid", rest=rest)
