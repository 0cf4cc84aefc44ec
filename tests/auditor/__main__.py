"""The auditor as a command: `python -m tests.auditor DATA_DIR`; exit status 1 where anything is wrong.

The data folder holds what was recorded of the source's answers, as `RACEDAY_RECORD=true raceday-daemon demo` keeps it.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from raceday_daemon.cadence.profile import PROFILES
from raceday_daemon.model.errors import RacedayError
from tests.auditor.audit import audit
from tests.auditor.recorded import RecordedAnswers
from tests.auditor.values import instant_of

_MOST_TOLD: Final = 200


def main(arguments: list[str] | None = None) -> int:
    """Audit a data folder by the answers recorded in it, and tell what is wrong, a line each."""
    asked = _parser().parse_args(arguments)
    try:
        answers = RecordedAnswers(asked.recordings or asked.data / "recordings")
        found = audit(
            asked.data, answers, profile=PROFILES[asked.cadence], ends_at=asked.until, slack_seconds=asked.slack
        )
    except (OSError, RacedayError, ValueError) as error:
        sys.stderr.write(f"the audit cannot be made: {error}\n")
        return 2
    for finding in found[:_MOST_TOLD]:
        sys.stdout.write(f"{finding}\n")
    counted = Counter(finding.what.value for finding in found)
    told = ", ".join(f"{what}: {count}" for what, count in counted.most_common()) or "clean"
    sys.stdout.write(f"{len(answers.served)} answers; {told}\n")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.auditor", description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder, with raceday.db and ops.db")
    parser.add_argument("--recordings", type=Path, help="the folder of what was served (default: that of the data)")
    parser.add_argument("--cadence", choices=sorted(PROFILES), default="standard", help="that of the daemon")
    parser.add_argument(
        "--until",
        type=instant_of,
        help="it is a copy that was taken while it was written to, and ends here: a backup's",
    )
    parser.add_argument("--slack", type=float, default=1.0, help="seconds that news from a job may take to a race")
    return parser


if __name__ == "__main__":
    sys.exit(main())
