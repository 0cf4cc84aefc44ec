"""The command, as `raceday-daemon` or `python -m raceday_daemon`; what the machine lacks is told in a sentence.

Without memory even an import fails, and not always with a MemoryError: so all of them are in `main`.
"""

import sys

_NOT_ENOUGH = "there is not enough memory to run"
_SHORT_MEGABYTES = 32


def main() -> None:
    """Run the command line and end the process."""
    try:
        from raceday_daemon.ops.endings import end_well_until_begun
        from raceday_daemon.ops.process import leave_no_core

        end_well_until_begun(sys.argv[1:])
        leave_no_core()
        if sys.argv[1:] == ["healthcheck"]:
            # Asked every half minute for as long as a container runs: without what the other commands take to load.
            from raceday_daemon.healthcheck import healthcheck

            raise SystemExit(healthcheck())
        from raceday_daemon.ops.memory import make_sure_of_room

        make_sure_of_room()
        from raceday_daemon.cli import app

        app(prog_name="raceday-daemon")
    except MemoryError as error:
        sentence = f"{_NOT_ENOUGH}: {error}" if error.args else _NOT_ENOUGH
    except OSError as error:
        sentence = f"the system does not let it go on: {error.strerror or error}"
    except Exception as error:
        if isinstance(error, RuntimeError) and "start new thread" in str(error):
            sentence = "there is not enough memory to start a thread, or too many are running"
        elif _is_short_of_memory():
            sentence = f"{_NOT_ENOUGH} ({type(error).__name__}: {error})"
        else:
            raise
    if sys.stderr is not None:
        sys.stderr.write(f"raceday-daemon: {sentence}\n")
    raise SystemExit(1)


def _is_short_of_memory() -> bool:
    """Tell whether so little is left that an error of any kind may come from that."""
    try:
        from raceday_daemon.ops.memory import has_room
    except Exception:
        # Python's own modules are always there; it takes memory to load them.
        return True
    return not has_room(_SHORT_MEGABYTES)


if __name__ == "__main__":
    main()
