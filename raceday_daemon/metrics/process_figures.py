"""The process itself: its version, the loop's lag, the log's losses, memory and files as the system tells them."""

import platform
from collections.abc import Callable, Sequence

from prometheus_client import Metric, ProcessCollector

from raceday_daemon import __version__
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.metrics.families import counter, facts, gauge
from raceday_daemon.metrics.metrics import Metrics, Reader
from raceday_daemon.ops.log_sink import LogSink
from raceday_daemon.ops.pulse import Pulse


def measure_process(metrics: Metrics, sink: LogSink | None) -> None:
    """Have the process measured from its first moment on; `sink` writes its log (None: nobody does)."""
    # CPU, memory, open files, the start of the process: read from /proc, in the thread that writes the answer.
    ProcessCollector(registry=metrics.registry)
    versions = facts("build_info", "What runs here.", [("version", __version__), ("python", platform.python_version())])

    async def read() -> Sequence[Metric]:
        dropped = sink.dropped if sink else 0
        return versions, counter("log_lines_dropped", "Lines lost because the log was not read in time.", dropped)

    metrics.read("process", read)


def loop_figures(pulse: Pulse) -> Reader:
    """Give what reads how the event loop turns."""

    async def read() -> Sequence[Metric]:
        return (gauge("loop_lag_seconds", "How late the event loop turned last.", pulse.lag_seconds),)

    return read


def rule_figures(alerts: Alerts) -> Reader:
    """Give what reads how many alert rules there are."""

    async def read() -> Sequence[Metric]:
        return (
            gauge("alert_rules", "Alert rules that are held against each look.", len(alerts.rules.index)),
            gauge("alert_rules_invalid", "Alert rules left out for a fault of theirs.", len(alerts.rules.invalid)),
        )

    return read


def standing_by_figures(is_standing_by: Callable[[], bool]) -> Reader:
    """Give what reads whether another daemon polls in the place of this one."""

    async def read() -> Sequence[Metric]:
        return (gauge("standing_by", "1 while another daemon on the same Appwrite polls.", is_standing_by()),)

    return read
