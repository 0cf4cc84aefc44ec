"""The unit file: sound, hardened, and in step with what the daemon does."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from raceday_daemon.commands.exits import Exit
from raceday_daemon.model.targets import ALERTS, TARGETS
from raceday_daemon.ops.sentinel import END_SECONDS
from raceday_daemon.settings import Settings
from raceday_daemon.vigil import CLOSING_SECONDS

UNIT = Path(__file__).resolve().parents[2] / "config" / "raceday-daemon.service"
MOST_EXPOSED = 2.0

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def seconds(name: str) -> float:
    """Give a time span of the unit."""
    amount, unit = re.fullmatch(r"(\d+)(s|min)", setting(name)).groups()  # type: ignore[union-attr]
    return float(amount) * (60 if unit == "min" else 1)


def setting(name: str) -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    return str(value)


@needs_systemd
def test_systemd_finds_nothing_to_complain_of() -> None:
    verified = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


@needs_systemd
def test_little_is_open_to_one_who_takes_the_daemon_over() -> None:
    threshold = f"--threshold={MOST_EXPOSED * 10:.0f}"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", threshold, str(UNIT)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout)
    assert judged.returncode == 0
    assert float(level) <= MOST_EXPOSED


def test_it_is_restarted_after_anything_but_wrong_settings() -> None:
    assert (setting("Type"), setting("Restart")) == ("notify", "on-failure")
    assert setting("RestartPreventExitStatus") == str(Exit.WRONG_USE.value)
    assert setting("StartLimitIntervalSec") == "0"


def test_its_times_leave_the_daemon_its_own() -> None:
    grace_seconds = Settings.model_fields["raceday_grace_seconds"].default
    assert seconds("TimeoutStopSec") > grace_seconds + CLOSING_SECONDS
    alerts_limit = TARGETS[ALERTS].limit_seconds
    assert alerts_limit
    # Alerts that are about to be cut off hold the store's thread: no reason to kill the daemon.
    assert alerts_limit < seconds("WatchdogSec") < END_SECONDS
