"""Ids by the names that people use: `Awapuni R1` is a race of today's card, `Awapuni R1 3` its runner number 3."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from raceday_daemon.commands.command_line import giving_up, refuse

if TYPE_CHECKING:
    from raceday_daemon.store.race_names import Named

RACE_IDS: Final = (
    "a race's id is the end of its address on the page, and in `raceday-daemon coverage --json`; the shell offers them"
    " after `raceday-daemon --install-completion`, and a race of today can be named too: 'Awapuni R1'"
)
RUNNER_IDS: Final = (
    "the table `entrants` has the ids; the shell offers them after `raceday-daemon --install-completion`, and a runner"
    " of today can be named too: 'Awapuni R1 3'"
)


def race_id_of(data_dir: Path, spelled: str) -> str:
    """Give the id of the race of today that is called so, or the id that this is; else end the command."""
    from raceday_daemon.onlooker import races_known

    return _id_of(data_dir, spelled, races_known, RACE_IDS)


def runner_id_of(data_dir: Path, spelled: str) -> str:
    """Give the id of the runner of today that is called so, or the id that this is; else end the command."""
    from raceday_daemon.onlooker import runners_known

    return _id_of(data_dir, spelled, runners_known, RUNNER_IDS)


def _id_of(data_dir: Path, spelled: str, known: "Callable[..., list[Named]]", where_ids_are: str) -> str:
    from raceday_daemon.ops.printable import printable

    words = spelled.split()
    # Every name ends in ` R1` or ` R1 3`, and no id has a space.
    if len(words) < 2:
        return spelled
    with giving_up():
        found = [one for one in known(data_dir, datetime.now(UTC)) if one.name.casefold().split() == _folded(words)]
    if not found:
        refuse(f"{printable(spelled)}: nothing on today's card is called so; {where_ids_are}")
    if len(found) > 1:
        refuse(f"{printable(spelled)}: {len(found)} are called so: {', '.join(printable(one.row_id) for one in found)}")
    return found[0].row_id


def _folded(words: list[str]) -> list[str]:
    return [word.casefold() for word in words]
