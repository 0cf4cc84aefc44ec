"""The log: flat JSON for machines, one readable line for people; every line with a stable `action`."""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC
from types import FrameType
from typing import TYPE_CHECKING, Any

from loguru import logger

from raceday_daemon.ops.log_sink import LogSink
from raceday_daemon.ops.printable import printable
from raceday_daemon.ops.secrecy import Secrecy
from raceday_daemon.ops.threads import HUSHED

if TYPE_CHECKING:
    from loguru import Message, Record


def start_logging(level: str, log_format: str, secrets: Iterable[str]) -> LogSink:
    """Send everything that is logged to stderr as `log_format` (json or text) from `level` on; secrets masked.

    The standard library's loggers go the same way. Close the sink that this gives before the process ends.
    """
    sink = LogSink(lambda: sys.stderr)
    secrecy = Secrecy(secrets)
    render: Callable[[Record, Secrecy], str] = _as_json if log_format == "json" else _as_text

    def take(message: "Message") -> None:
        sink.write(render(message.record, secrecy))

    logger.remove()
    # diagnose would print the values of local variables in tracebacks, secrets among them.
    logger.add(take, level=level, format="{message}", diagnose=False, backtrace=False, catch=True)
    logging.basicConfig(handlers=[_Rerouted()], level=0, force=True)
    return sink


class _Rerouted(logging.Handler):
    """Hands the standard library's records to loguru, from where they were logged."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on, unless it comes from where secrets are spelled out."""
        if (record.threadName or "").startswith(HUSHED):
            return
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:
            level = record.levelno
        frame: FrameType | None = logging.currentframe()
        depth = 6
        while frame and frame.f_code.co_filename == logging.__file__:
            frame, depth = frame.f_back, depth + 1
        action = record.name.split(".")[0]
        logger.bind(action=f"library_{action}", logger=record.name).opt(depth=depth, exception=record.exc_info).log(
            level, "{}", record.getMessage()
        )


def _as_json(record: "Record", secrecy: Secrecy) -> str:
    extra = {key: value for key, value in record["extra"].items() if key != "action"}
    line: dict[str, Any] = {
        "time": _time(record),
        "level": record["level"].name,
        "action": record["extra"].get("action", "log"),
        "message": record["message"],
        "where": f"{record['name']}:{record['line']}",
        **{key if key not in _OWN_KEYS else f"{key}_": value for key, value in extra.items()},
    }
    if trace := _traceback(record):
        line["traceback"] = trace
    return f"{json.dumps(secrecy.masked(line))}\n"


_OWN_KEYS = frozenset({"time", "level", "action", "message", "where", "traceback"})


def _as_text(record: "Record", secrecy: Secrecy) -> str:
    extra = {
        key: value
        for key, value in record["extra"].items()
        if key != "action" and value is not None and not _is_told(record, value)
    }
    details = " ".join(f"{key}={value}" for key, value in extra.items())
    line = f"{_time(record)} {record['level'].name:<7} {record['message']}{f'  [{details}]' if details else ''}"
    # Indented, so that no line of an error's words can pass for a line of the log.
    lines = [line, *(f"    {below}" for below in (_traceback(record) or "").splitlines())]
    return f"{secrecy.masked(chr(10).join(map(printable, lines)))}\n"


def _is_told(record: "Record", value: object) -> bool:
    return str(value) in record["message"]


def _time(record: "Record") -> str:
    return record["time"].astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(record: "Record") -> str | None:
    exception = record["exception"]
    if exception is None or exception.type is None:
        return None
    return "".join(traceback.format_exception(exception.type, exception.value, exception.traceback)).rstrip()
