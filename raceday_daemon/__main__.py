"""`python -m raceday_daemon` is the `raceday-daemon` command."""

from raceday_daemon.cli import main

main()
