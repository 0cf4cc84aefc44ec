"""What the auditor has found wrong."""

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """The kinds of what can be wrong."""

    WRONG_VALUE = "another value than was served"
    MISSING_ROW = "a row is missing"
    INVENTED_ROW = "a row that nothing served explains"
    DOUBLED_ROW = "a fact is there twice"
    STRANGER = "a row about something that was never taken"
    ANSWER_WITHOUT_RECORD = "an answer was served that no record tells of"
    RECORD_WITHOUT_ANSWER = "a record tells of an answer that was not served"
    WRONG_RECORD = "a record tells something else than what was served"
    SLOT_WITHOUT_RECORD = "a slot passed without a record"
    SLOT_TWICE = "a slot has two records"
    RECORD_WITHOUT_SLOT = "a record tells of a slot that the cadence does not have"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: what, where, and the two values: what must be there by what was served, and what is there."""

    what: What
    where: str
    expected: object
    found: object

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.what}: {self.where}: expected {self.expected!r:.300}, found {self.found!r:.300}"
