"""The rules as people see them in a list: who, what and where in words, and what is wrong with each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.rule_words import what
from raceday_daemon.alerting.texts import runner
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.store.alert_rules import StoredRule, list_rules
from raceday_daemon.store.coverage_queries import race_labels
from raceday_daemon.store.race_queries import read_one

_EVERYWHERE: Final = "every race"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRule:
    """A rule in words; `rule` is None where its row can't be read, `faults` say why it is never told of anything."""

    rule_id: str
    user_id: str
    what: str
    where: str
    faults: tuple[str, ...]
    rule: AlertRule | None


def rules_for_people(connection: Connection, user_id: str | None = None) -> list[ListedRule]:
    """Read all rules, or those of one user, by user, kind and threshold."""
    stored = [one for one in list_rules(connection) if user_id in (None, one.user_id)]
    return _listed(connection, sorted(stored, key=_order))


def for_people(connection: Connection, rule: AlertRule) -> ListedRule:
    """Put one rule that is right into words."""
    return _listed(connection, [StoredRule(rule.rule_id, rule, user_id=rule.user_id)])[0]


def _listed(connection: Connection, stored: Sequence[StoredRule]) -> list[ListedRule]:
    rules = [one.rule for one in stored if one.rule]
    entrants = _entrants(connection, (rule.entrant for rule in rules))
    race_ids = {rule.race for rule in rules if rule.race} | {one.race_id for one in entrants.values()}
    labels = race_labels(connection, race_ids)
    return [
        ListedRule(
            rule_id=one.rule_id,
            user_id=one.user_id,
            what=what(one.rule) if one.rule else "?",
            where=_where(one.rule, entrants, labels) if one.rule else "?",
            faults=one.faults,
            rule=one.rule,
        )
        for one in stored
    ]


def _entrants(connection: Connection, entrant_ids: Iterable[str | None]) -> dict[str, Entrant]:
    wanted = {entrant_id for entrant_id in entrant_ids if entrant_id}
    return {one: found for one in wanted if (found := read_one(connection, Entrant, one))}


def _where(rule: AlertRule, entrants: Mapping[str, Entrant], labels: Mapping[str, str]) -> str:
    """Name the runner and its race, or the race; by its id what is not stored."""
    if rule.entrant is None:
        return _EVERYWHERE if rule.race is None else labels.get(rule.race, f"race {rule.race}")
    found = entrants.get(rule.entrant)
    return f"{runner(found)}, {labels.get(found.race_id, found.race_id)}" if found else f"entrant {rule.entrant}"


def _order(one: StoredRule) -> tuple[str, str, float, str]:
    rule = one.rule
    if rule is None:
        return one.user_id, "", 0, one.rule_id
    bound = rule.percentage_range_min if rule.is_band else rule.threshold
    return one.user_id, rule.alert_type or "", bound or 0, one.rule_id
