"""What is wrong with a rule, a plain sentence each: for whoever adds it, and for a row that somebody else wrote."""

from collections.abc import Iterator
from difflib import get_close_matches

from raceday_daemon.alerting.rule_types import LONGEST_SECONDS, RULE_TYPES, RuleType
from raceday_daemon.model.alerts import PERCENTAGE_RANGE, AlertRule
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.race import Race, is_over

_LONGEST_USER = 128
_LONGEST_ID = 36
_LONGEST_CHANNEL = 255


def faults(rule: AlertRule) -> tuple[str, ...]:
    """Give what is wrong with a rule by itself; none for one that can be evaluated."""
    return (
        *_user_faults(rule),
        *_scope_faults(rule),
        *_seconds_faults(rule),
        *_channel_faults(rule),
        *_kind_faults(rule),
    )


def garbled(rule: AlertRule) -> tuple[str, ...]:
    """Name what is no text: bytes of a command line, or escapes of a JSON, that stand for no character.

    No file holds such a thing; whoever wishes for a rule may say it.
    """
    texts = {
        "user's id": rule.user_id,
        "alert type": rule.alert_type,
        "entrant's id": rule.entrant,
        "race's id": rule.race,
        "channel": rule.channel,
    }
    return tuple(
        f"the {name} is no text: {value!r}"
        for name, value in texts.items()
        if value is not None and any("\ud800" <= letter <= "\udfff" for letter in value)
    )


def needless(rule: AlertRule) -> tuple[str, ...]:
    """Give what a rule says that its type takes no notice of: whoever wrote it meant something else."""
    of_type = RULE_TYPES.get(rule.alert_type or "")
    if of_type is None:
        return ()
    said = []
    if rule.threshold is not None and of_type.thresholds is None:
        said.append(f"{of_type.name} takes no threshold")
    if rule.window_seconds is not None and not of_type.has_window:
        with_window = ", ".join(one.name for one in RULE_TYPES.values() if one.has_window)
        said.append(f"{of_type.name} takes no window; these do: {with_window}")
    return tuple(said)


def missing_subjects(rule: AlertRule, entrant: Entrant | None, race: Race | None) -> tuple[str, ...]:
    """Give why a rule would never be told of anything, by the stored entrant and race that it names (None: unknown)."""
    if rule.entrant is not None and entrant is None:
        return (f"there is no entrant {rule.entrant} here",)
    if rule.race is not None and race is None:
        return (f"there is no race {rule.race} here",)
    if entrant and rule.race not in (None, entrant.race_id):
        return (f"the entrant {rule.entrant} is of race {entrant.race_id}, not of {rule.race}",)
    if race and is_over(race.status):
        return (f"the race {race.race_id} is over: it is {race.status}",)
    return ()


def _user_faults(rule: AlertRule) -> Iterator[str]:
    if not rule.user_id.strip():
        yield "the user's id is blank"
    if len(rule.user_id) > _LONGEST_USER:
        yield f"the user's id has {len(rule.user_id)} characters, at most {_LONGEST_USER} are possible"


def _scope_faults(rule: AlertRule) -> Iterator[str]:
    for name, value in (("entrant", rule.entrant), ("race", rule.race)):
        if value is not None and not value.strip():
            yield f"the {name}'s id is blank"
        elif value is not None and len(value) > _LONGEST_ID:
            yield f"the {name}'s id has {len(value)} characters, no id has more than {_LONGEST_ID}"


def _seconds_faults(rule: AlertRule) -> Iterator[str]:
    for name, seconds in (("window", rule.window_seconds), ("cooldown", rule.cooldown_seconds)):
        if seconds is not None and not 0 <= seconds <= LONGEST_SECONDS:
            yield f"a {name} of {seconds} seconds is out of range: it can be from 0 to {LONGEST_SECONDS:,}"


def _channel_faults(rule: AlertRule) -> Iterator[str]:
    if rule.channel is not None and len(rule.channel) > _LONGEST_CHANNEL:
        yield f"the channel's name has {len(rule.channel)} characters, at most {_LONGEST_CHANNEL} are possible"


def _kind_faults(rule: AlertRule) -> Iterator[str]:
    if rule.is_band:
        yield from _band_faults(rule)
    elif rule.alert_type is None:
        kind = "no alert type" if rule.indicator_type is None else f"the indicator type {rule.indicator_type!r}"
        yield f"it has {kind}, and is no {PERCENTAGE_RANGE} either"
    elif rule.alert_type not in RULE_TYPES:
        near = get_close_matches(rule.alert_type.lower(), RULE_TYPES, n=2)
        meant = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(RULE_TYPES)}"
        yield f"there is no alert type {rule.alert_type!r}; {meant}"
    else:
        yield from _type_faults(rule, RULE_TYPES[rule.alert_type])


def _type_faults(rule: AlertRule, of_type: RuleType) -> Iterator[str]:
    if rule.entrant is not None and not of_type.of_runners:
        yield f"{of_type.name} is of a whole race: it can watch a race or every race, not an entrant"
    thresholds = of_type.thresholds
    if thresholds is None:
        return
    if rule.threshold is None:
        if not thresholds.optional:
            yield f"{of_type.name} needs a threshold in {of_type.unit}: {thresholds}"
    elif rule.threshold not in thresholds:
        yield f"a threshold of {rule.threshold:g} is out of range: {of_type.name} takes {of_type.unit}, {thresholds}"


def _band_faults(rule: AlertRule) -> Iterator[str]:
    minimum, maximum = rule.percentage_range_min, rule.percentage_range_max
    if minimum is None:
        yield "the band has no lower end"
    elif not 0 < minimum < 100:
        yield f"a band from {minimum:g} % is out of range: it begins above 0 and below 100"
    elif maximum is not None and not maximum > minimum:
        yield f"the band from {minimum:g} % to {maximum:g} % is empty"
