"""The service manager's protocol over real sockets, and an environment that children don't inherit it from."""

import os
import socket
from pathlib import Path

import pytest

from raceday_daemon.ops.systemd import ServiceManager
from tests.contract.test_targets import Lines, lines
from tests.fakes.service_manager import service_manager

__all__ = ["lines"]


@pytest.mark.parametrize("abstract", [False, True])
def test_what_is_told_arrives(tmp_path: Path, *, abstract: bool) -> None:
    with service_manager(tmp_path, abstract=abstract) as told:
        manager = ServiceManager(told.address, watchdog_seconds=60)
        manager.needs(120, "starting: opening the files")
        manager.ready()
        manager.alive()
        manager.status("watching 96 races,\n next look 14:32:15")
        manager.status("watching 96 races,\n next look 14:32:15")
        manager.stopping(18, "stopping")
        # A start that is still under way has nothing to say any more.
        manager.ready()
        manager.status("watching 96 races")
        assert told.read() == [
            {"STATUS": "starting: opening the files", "EXTEND_TIMEOUT_USEC": "120000000"},
            {"READY": "1"},
            {"WATCHDOG": "1"},
            {"STATUS": "watching 96 races, next look 14:32:15"},
            {"STOPPING": "1"},
            {"STATUS": "stopping", "EXTEND_TIMEOUT_USEC": "18000000"},
        ]


def test_the_environment_says_where_and_how_often_and_is_cleared_of_it(tmp_path: Path) -> None:
    with service_manager(tmp_path) as told:
        environment = {"NOTIFY_SOCKET": told.address, "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(os.getpid())}
        environment["HOME"] = "/"
        manager = ServiceManager.of(environment)
        assert environment == {"HOME": "/"}
        assert manager.watchdog_seconds == 4
        manager.alive()
        assert told.values("WATCHDOG") == ["1"]


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-1"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"},
    ],
)
def test_who_wants_no_sign_of_life_of_this_process_gets_none(tmp_path: Path, wish: dict[str, str]) -> None:
    with service_manager(tmp_path) as told:
        manager = ServiceManager.of({"NOTIFY_SOCKET": told.address, **wish})
        assert manager.watchdog_seconds is None
        manager.alive()
        manager.ready()
        assert told.read() == [{"READY": "1"}]


def test_without_a_service_manager_nothing_is_told(lines: Lines) -> None:
    manager = ServiceManager.of({"WATCHDOG_USEC": "4000000"})
    assert manager.watchdog_seconds is None
    manager.ready()
    manager.stopping(1, "stopping")
    assert lines == []


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody-listens-here", "vsock:2:9999", "x" * 200])
def test_one_that_cannot_be_told_is_logged_once_and_stops_nothing(lines: Lines, address: str) -> None:
    manager = ServiceManager(address)
    manager.ready()
    manager.status("watching")
    assert [(level, action) for level, action, _ in lines] == [("WARNING", "notify_failed")]


def test_a_manager_that_does_not_read_holds_nothing_up(tmp_path: Path, lines: Lines) -> None:
    with service_manager(tmp_path) as told:
        told.way.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        manager = ServiceManager(told.address, watchdog_seconds=1)
        for _ in range(10_000):
            manager.alive()
        assert lines == []
        assert len(told.values("WATCHDOG")) < 10_000
