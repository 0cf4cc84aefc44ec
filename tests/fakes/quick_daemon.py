"""The daemon with a poller lease of seconds: `python -m tests.fakes.quick_daemon HOST`, on a machine of that name.

A process of another machine may have ended without anybody's knowing: only its silence tells.
"""

import sys

from raceday_daemon.model import lease
from raceday_daemon.model.lease import LeaseTerms
from raceday_daemon.ops import identity

HEARTBEAT_SECONDS, STALE_SECONDS = 0.5, 6.0


def main(host: str) -> None:
    """Run the daemon."""
    lease.POLLER_LEASE = LeaseTerms(  # type: ignore[misc]
        lease_id=lease.POLLER_LEASE.lease_id, heartbeat_seconds=HEARTBEAT_SECONDS, stale_seconds=STALE_SECONDS
    )
    identity._host = lambda: host
    sys.argv[1:] = ["run"]
    from raceday_daemon.cli import app

    app()


if __name__ == "__main__":
    main(sys.argv[1])
