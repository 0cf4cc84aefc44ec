"""The log sink against real pipes: it never holds its caller up, and says what it had to drop."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from typing import TextIO

import pytest

from raceday_daemon.ops import log_sink
from raceday_daemon.ops.log_sink import LogSink

AT_ONCE_SECONDS = 0.5
LINE = "x" * 99 + "\n"


@dataclass
class Pipe:
    """A pipe that holds all that fits, so that the next write waits for a reader."""

    reader: int
    stream: TextIO

    def fill(self) -> None:
        os.set_blocking(self.stream.fileno(), False)
        with suppress(BlockingIOError):
            while True:
                os.write(self.stream.fileno(), b"." * 4096)
        with suppress(BlockingIOError):
            while True:
                os.write(self.stream.fileno(), b".")
        os.set_blocking(self.stream.fileno(), True)

    def drain(self) -> str:
        """Read until the stream is closed."""
        content = bytearray()
        while piece := os.read(self.reader, 65536):
            content += piece
        return content.decode().lstrip(".")


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reader, writer = os.pipe()
    pipe = Pipe(reader, os.fdopen(writer, "w"))
    pipe.fill()
    yield pipe
    os.set_blocking(reader, True)
    drains = threading.Thread(target=pipe.drain)
    drains.start()
    pipe.stream.close()
    drains.join()
    os.close(reader)


def write_many(sink: LogSink, line: str, times: int = 100) -> None:
    for _ in range(times):
        sink.write(line)


@pytest.fixture
def short_goodbye(monkeypatch: pytest.MonkeyPatch) -> float:
    """Let close wait a moment instead of seconds."""
    monkeypatch.setattr(log_sink, "_CLOSE_SECONDS", 0.2)
    return 0.2


def test_lines_are_written_whole_and_in_order() -> None:
    stream = StringIO()
    sink = LogSink(lambda: stream)
    for number in range(1000):
        sink.write(f"{number}\n")
    sink.close()
    assert stream.getvalue() == "".join(f"{number}\n" for number in range(1000))
    assert sink.dropped == 0


def test_lines_of_many_threads_are_not_mixed() -> None:
    stream = StringIO()
    sink = LogSink(lambda: stream)
    threads = [threading.Thread(target=write_many, args=(sink, letter * 50 + "\n")) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sink.close()
    assert sorted(stream.getvalue().splitlines()) == sorted(letter * 50 for letter in "abcd" * 100)


def test_the_stream_is_asked_for_at_each_line() -> None:
    one, other, turn = StringIO(), StringIO(), threading.Event()

    def stream() -> StringIO:
        return other if turn.is_set() else one

    sink = LogSink(stream)
    sink.write("first\n")
    while not one.getvalue():
        time.sleep(0.001)
    turn.set()
    sink.write("second\n")
    sink.close()
    assert (one.getvalue(), other.getvalue()) == ("first\n", "second\n")


def test_a_stream_that_nobody_reads_never_holds_the_caller_up(pipe: Pipe, short_goodbye: float) -> None:
    sink = LogSink(lambda: pipe.stream, queue_lines=10)
    began = time.monotonic()
    write_many(sink, LINE, 10_000)
    assert time.monotonic() - began < AT_ONCE_SECONDS
    assert sink.dropped >= 10_000 - 10 - 1
    began = time.monotonic()
    sink.close()
    assert short_goodbye * 0.9 < time.monotonic() - began < short_goodbye * 2 + AT_ONCE_SECONDS


def test_what_was_dropped_is_told_once_when_the_stream_moves_again(pipe: Pipe) -> None:
    sink = LogSink(lambda: pipe.stream, queue_lines=10)
    for number in range(100):
        sink.write(f"line {number}\n")
    dropped = sink.dropped
    assert 89 <= dropped <= 90
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.drain()))
    reader.start()
    while not sink._lines.empty():
        time.sleep(0.001)
    sink.write("after\n")
    sink.close()
    pipe.stream.close()
    reader.join()
    told = f"{dropped} log lines were dropped: the log was not read fast enough"
    lines = read[0].splitlines()
    assert lines.count(told) == 1
    assert [line for line in lines if line != told] == [*(f"line {number}" for number in range(100 - dropped)), "after"]
    assert lines[-1] == "after", "it was told before the stream was closed"


def test_closing_on_a_stream_that_nobody_reads_comes_back_in_time(pipe: Pipe, short_goodbye: float) -> None:
    sink = LogSink(lambda: pipe.stream)
    sink.write(LINE)
    began = time.monotonic()
    sink.close()
    assert short_goodbye * 0.9 < time.monotonic() - began < short_goodbye + AT_ONCE_SECONDS


def test_a_reader_that_has_gone_stops_the_sink_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    sink = LogSink(lambda: stream, queue_lines=5)
    began = time.monotonic()
    write_many(sink, LINE, 3)
    sink.close()
    assert time.monotonic() - began < AT_ONCE_SECONDS
    with suppress(BrokenPipeError):
        stream.close()


def test_a_stream_that_says_it_would_block_is_only_busy(pipe: Pipe) -> None:
    os.set_blocking(pipe.stream.fileno(), False)
    sink = LogSink(lambda: pipe.stream)
    sink.write("first\n")
    time.sleep(0.05)
    read = os.read(pipe.reader, 1 << 20)
    sink.write("second\n")
    sink.close()
    os.set_blocking(pipe.reader, False)
    read += os.read(pipe.reader, 1 << 20)
    assert read.strip(b".") == b"first\nsecond\n"
    assert not sink.dropped
