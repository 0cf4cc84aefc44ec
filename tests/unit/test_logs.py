"""The log: flat JSON for machines, harmless lines for people, secrets in neither."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from loguru import logger

from raceday_daemon.ops.logs import start_logging

SECRET = 'se"cr\\et/with spaces & ünicode'
TEXT_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
Read = Callable[[], list[str]]
Start = Callable[..., Read]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the log on a stream of the test's own; what this gives ends it and reads its lines."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def begin(log_format: str = "json", level: str = "DEBUG", secrets: tuple[str, ...] = (SECRET,)) -> Read:
        monkeypatch.setattr(sys, "stderr", stream)
        sink = start_logging(level, log_format, secrets)

        def read() -> list[str]:
            sink.close()
            return stream.getvalue().removesuffix("\n").split("\n")

        return read

    yield begin
    logger.remove()
    logger.add(lambda message: sys.stderr.writelines([message]))
    root.handlers[:] = handlers
    root.setLevel(level)


def strictly(line: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    parsed: dict[str, Any] = json.loads(line, parse_constant=refuse)
    return parsed


def fails() -> None:
    hidden = "-".join(["local", "value"])
    raise ValueError(f"told {SECRET}" if hidden else "")


def log_everywhere() -> None:
    """Put the secret wherever one can slip into a log."""
    logger.info(f"told {SECRET}", action="a")
    logger.info("told {secret}", action="a", secret=SECRET)
    logger.bind(extra=SECRET, **{SECRET: 1}).info("bound")
    logger.info("nested", nested={"list": [{SECRET: (SECRET, {SECRET})}]}, error=ValueError(SECRET))
    logger.info(f"as JSON {json.dumps({'key': SECRET})}, {json.dumps({'key': SECRET}, ensure_ascii=False)}")
    logger.info(f"in an address https://a.example/?key={quote(SECRET, safe='')}")
    logger.info("as Python {it!r}", it=SECRET)
    logging.getLogger("aiohttp.client").warning("told %s", SECRET)
    try:
        fails()
    except ValueError:
        logger.exception("failed")
        logging.getLogger("asyncio").exception("failed")


def test_a_json_line_is_flat_with_stable_keys_first(start: Start) -> None:
    read = start()
    before = datetime.now(UTC)
    logger.bind(race_id="r1").info("{item}: {number}", action="item_done", item="Awapuni R1", number=7)
    (line,) = map(strictly, read())
    assert list(line) == ["time", "level", "action", "message", "where", "race_id", "item", "number"]
    assert (line["level"], line["action"], line["message"]) == ("INFO", "item_done", "Awapuni R1: 7")
    assert (line["race_id"], line["item"], line["number"]) == ("r1", "Awapuni R1", 7)
    assert line["time"].endswith("Z")
    assert len(line["time"]) == len("2025-07-17T00:00:00.000Z")
    assert abs((datetime.fromisoformat(line["time"]) - before).total_seconds()) < 5
    assert re.fullmatch(r"tests\.unit\.test_logs:\d+", line["where"])


def test_a_line_without_an_action_is_a_log_line(start: Start) -> None:
    read = start()
    logger.info("hello")
    assert strictly(read()[0])["action"] == "log"


def test_what_is_bound_never_replaces_the_lines_own_keys(start: Start) -> None:
    read = start()
    logger.bind(time="x", level="x", message="x", where="x", traceback="x").info("hello")
    line = strictly(read()[0])
    assert (line["message"], line["level"]) == ("hello", "INFO")
    assert [line[f"{name}_"] for name in ("time", "level", "message", "where", "traceback")] == ["x"] * 5


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        ("two\nlines\u2028\x1b[31m", "two\nlines\u2028\x1b[31m"),
        (Path("/a"), "/a"),
        (ValueError("no"), "no"),
        ((1, "b"), [1, "b"]),
        ({1: {"deep": Path("/a")}}, {"1": {"deep": "/a"}}),
        ("\ud800", "\ud800"),
        pytest.param(float("nan"), "nan"),
    ],
    ids=repr,
)
def test_a_value_of_any_kind_leaves_one_line_of_valid_json(start: Start, value: object, written: object) -> None:
    read = start()
    logger.info("hello", value=value)
    (line,) = read()
    assert strictly(line)["value"] == written


def test_a_traceback_is_one_value_and_shows_no_variables(start: Start) -> None:
    read = start()
    log_everywhere()
    traces = [line["traceback"] for line in map(strictly, read()) if "traceback" in line]
    assert len(traces) == 2
    for trace in traces:
        assert trace.startswith("Traceback (most recent call last):\n")
        assert trace.endswith("ValueError: told **********")
        assert "in fails" in trace
        assert "local-value" not in trace


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_secret_is_masked_wherever_and_however_it_is_spelled(start: Start, log_format: str) -> None:
    read = start(log_format)
    log_everywhere()
    written = "\n".join(read())
    assert written.count("**********") >= 12
    for part in ("cr\\et", "cr\\\\et", "with spaces", "with%20spaces", "nicode"):
        assert part not in written


def test_a_level_is_where_the_log_begins(start: Start) -> None:
    read = start(level="WARNING")
    logger.info("no")
    logger.warning("yes")
    logging.getLogger("asyncio").info("no")
    logging.getLogger("asyncio").error("yes")
    assert [line["message"] for line in map(strictly, read())] == ["yes", "yes"]


def test_the_standard_librarys_loggers_go_the_same_way_from_where_they_were_called(start: Start) -> None:
    read = start()
    logging.getLogger("aiohttp.client").warning("slow: %s {braces}", "host")
    logging.getLogger("asyncio").debug("selector")
    logging.getLogger().log(35, "between")
    lines = [strictly(line) for line in read()]
    assert [(line["level"], line["action"], line["logger"], line["message"]) for line in lines] == [
        ("WARNING", "library_aiohttp", "aiohttp.client", "slow: host {braces}"),
        ("DEBUG", "library_asyncio", "asyncio", "selector"),
        ("Level 35", "library_root", "root", "between"),
    ]
    assert all(line["where"].startswith("tests.unit.test_logs:") for line in lines)


def test_a_text_line_has_time_level_message_and_what_the_message_does_not_tell(start: Start) -> None:
    read = start("text")
    logger.bind(race_id="r1").warning("{item}: failed", action="item_failed", item="Awapuni R1", kind="timeout")
    (line,) = read()
    assert TEXT_TIME.match(line)
    assert line.split(" ", 1)[1] == "WARNING Awapuni R1: failed  [race_id=r1 kind=timeout]"


NASTY = "a\nb\r\x1b]0;title\x07\x1b[2J\u202e\x9b31m\x00\u2028"


def log_in_a_message() -> None:
    logger.warning("{name}", name=NASTY)


def log_in_an_extra() -> None:
    logger.warning("hello", name=NASTY)


def log_in_a_library() -> None:
    logging.getLogger("aiohttp").warning("%s", NASTY)


def log_in_a_traceback() -> None:
    try:
        raise ValueError(NASTY)
    except ValueError:
        logger.exception("failed")


@pytest.mark.parametrize(
    "log",
    [
        log_in_a_message,
        log_in_an_extra,
        log_in_a_library,
        log_in_a_traceback,
    ],
)
def test_texts_of_the_source_steer_no_terminal_and_fake_no_line(start: Start, log: Callable[[], None]) -> None:
    read = start("text")
    log()
    written = "\n".join(read())
    assert all(letter.isprintable() or letter == "\n" for letter in written)
    assert "\nb" not in written
    assert r"\x1b]0;title\x07\x1b[2J" in written
