"""A process is known by more than its id, which is used again and counted apart in every container."""

import subprocess
import sys

from raceday_daemon.ops.identity import has_ended, owner_of_this_process

TELL = "from raceday_daemon.ops.identity import owner_of_this_process; print(owner_of_this_process())"


def test_a_process_that_runs_has_not_ended() -> None:
    assert not has_ended(owner_of_this_process())


def test_a_process_that_was_waited_for_has_ended() -> None:
    ended = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)
    assert has_ended(ended.stdout.strip())


def test_an_id_that_another_process_has_now_is_not_the_one_that_was_meant() -> None:
    host, _, space, began = owner_of_this_process().rsplit("/", 3)
    assert has_ended("/".join((host, "1", space, began)))


def test_nothing_is_known_of_processes_elsewhere() -> None:
    host, pid, space, _ = owner_of_this_process().rsplit("/", 3)
    for elsewhere in (f"other{host}/{pid}/{space}/x", f"{host}/{pid}/pid:[1]/x", f"{host}/{pid}/unknown/x", "junk", ""):
        assert not has_ended(elsewhere)
