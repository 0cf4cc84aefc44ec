"""The daemon as a service: ready, alive, what it does, and its stop, told over a real socket."""

from pathlib import Path

from tests.end_to_end.daemon import running_daemon
from tests.end_to_end.served_here import served_here
from tests.fakes.service_manager import service_manager

RACES = 3


async def test_a_service_manager_is_told_of_start_life_work_and_stop(tmp_path: Path) -> None:
    with service_manager(tmp_path) as manager:
        async with (
            served_here(RACES, 3600, 60) as source,
            running_daemon(
                source, tmp_path / "data", tmp_path / "log", NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="4000000"
            ) as daemon,
        ):
            await manager.until(lambda told: told.values("READY") == ["1"])
            await daemon.watches(RACES)
            await manager.until(lambda told: any("watching 3 races, next look" in one for one in told.values("STATUS")))
            signs = len(manager.values("WATCHDOG"))
            await manager.until(lambda told: len(told.values("WATCHDOG")) > signs)
            assert await daemon.stop() == 0
        told = manager.read()
    names = [name for message in told for name in message]
    assert names.index("EXTEND_TIMEOUT_USEC") < names.index("READY") < names.index("WATCHDOG") < names.index("STOPPING")
    assert told[-1] == {"STATUS": "stopping", "EXTEND_TIMEOUT_USEC": str(18_000_000)}
    assert not [line for line in daemon.log if line["level"] in ("WARNING", "ERROR", "CRITICAL")]
