"""What a shell offers for the values of options: names, each with what it stands for.

Where the settings or the files can't be read nothing is said of it: a shell shows no sentence, and the command itself
will. What is offered becomes text of a shell, and rows may come from strangers: so names of plain letters alone are
offered, and words without what a shell would carry out.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from raceday_daemon.alerting.rule_types import RULE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from raceday_daemon.settings import Settings
    from raceday_daemon.store.race_names import Named

Offered = list[tuple[str, str]]
"""Names, each with what it stands for."""

_PLAIN_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_PLAIN: Final = re.compile("[^A-Za-z0-9 .,%()-]")
JOBS: Final = {
    "meetings": "imports the day's meetings with their races",
    "races": "asks for each of the meetings by itself",
    "entrants": "looks at every race, soonest first",
    "statuses": "looks through the day's card again",
    "refresh": "does the first three anew",
    "all": "does all but refresh",
}
"""What run-once can run, and what each does."""


def jobs(incomplete: str) -> Offered:
    """Offer the daily jobs."""
    return _beginning([*JOBS.items()], incomplete)


def rule_types(incomplete: str) -> Offered:
    """Offer the types of rules."""
    return _beginning([(one.name, one.measure) for one in RULE_TYPES.values()], incomplete)


def profiles(incomplete: str) -> Offered:
    """Offer the tables of poll times: those that ship here, and those of a file of one's own where it can be read."""
    from raceday_daemon.cadence.profile import PROFILES
    from raceday_daemon.settings_loading import SettingsMistakeError, load_profiles

    settings = _settings()
    try:
        names = load_profiles(settings) if settings else PROFILES
    except SettingsMistakeError:
        names = PROFILES
    return _beginning([(name, "a table of poll times") for name in names], incomplete)


def channels(incomplete: str) -> Offered:
    """Offer the channels that the settings name."""
    settings = _settings()
    return _beginning([(name, "a channel") for name in settings.channel_names] if settings else [], incomplete)


def rule_ids(incomplete: str) -> Offered:
    """Offer the rules that are stored, with what each tells of."""
    from raceday_daemon.model.errors import StoreError
    from raceday_daemon.onlooker import alerts_of

    settings = _settings()
    try:
        rules = alerts_of(settings.raceday_data_dir, None)["rules"] if settings else []
    except StoreError:
        rules = []
    return _beginning([(one["rule_id"], one["what"]) for one in rules], incomplete)


def races(incomplete: str) -> Offered:
    """Offer today's races and tomorrow's."""
    from raceday_daemon.onlooker import races_known

    return _known(races_known, incomplete)


def runners(incomplete: str) -> Offered:
    """Offer the runners of today's races and of tomorrow's."""
    from raceday_daemon.onlooker import runners_known

    return _known(runners_known, incomplete)


def exported_tables(incomplete: str) -> Offered:
    """Offer the tables that can be exported."""
    from raceday_daemon.exports.tables import EXPORTED

    return _beginning([(name, f"a table of {one.file}") for name, one in EXPORTED.items()], incomplete)


def _known(known: "Callable[..., list[Named]]", incomplete: str) -> Offered:
    from raceday_daemon.model.errors import StoreError

    settings = _settings()
    try:
        found = known(settings.raceday_data_dir, datetime.now(UTC), days=2) if settings else []
    except StoreError:
        found = []
    return _beginning([(one.row_id, f"{one.name} {one.title}") for one in found], incomplete)


def _beginning(offered: Offered, incomplete: str) -> Offered:
    return [
        (name, _NOT_PLAIN.sub("", words))
        for name, words in offered
        if name.startswith(incomplete) and _PLAIN_NAME.fullmatch(name)
    ]


def _settings() -> "Settings | None":
    from raceday_daemon.settings_loading import SettingsMistakeError, load_settings

    try:
        return load_settings().settings
    except SettingsMistakeError:
        return None
