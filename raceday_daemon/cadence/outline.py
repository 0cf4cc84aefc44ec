"""A cadence as plain data, for scripts: the looks at a race that starts on time, and what happens after."""

from typing import Any

from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, Profile
from raceday_daemon.model.race import ABANDONED, CLOSED, FINAL, INTERIM, OPEN


def outline(profile: Profile) -> dict[str, Any]:
    """Give the cadence's name, its offsets in seconds from the start, and the intervals and looks after it."""
    return {
        "profile": profile.name,
        "offsets": [offset for offsets in profile.offsets_before for offset in offsets],
        "after": [*_after(profile), {"give_up_after_start_seconds": GIVE_UP_SECONDS}],
    }


def _after(profile: Profile) -> list[dict[str, Any]]:
    extras, until_final = profile.extras, profile.until_final_every_seconds
    if extras is None:
        return [{"while": status, "every_seconds": until_final} for status in (OPEN, CLOSED, INTERIM)]
    return [
        {"while": OPEN, "every_seconds": extras.late_every_seconds, "for_seconds": extras.late_for_seconds},
        {"while": OPEN, "every_seconds": extras.later_every_seconds},
        {"while": CLOSED, "every_seconds": extras.closed_every_seconds},
        {"while": INTERIM, "every_seconds": until_final},
        {"after": FINAL, "at_seconds": list(extras.after_final_seconds)},
        {"after": ABANDONED, "at_seconds": list(extras.after_abandoned_seconds)},
    ]
