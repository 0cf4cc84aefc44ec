"""The figures of /metrics over loopback HTTP: their forms, and that no part keeps another from being told."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import aiohttp
import pytest
from prometheus_client import Counter, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from raceday_daemon.metrics.families import gauge
from raceday_daemon.metrics.metrics import Metrics
from raceday_daemon.model.errors import StoreError
from tests.served_site import shown


async def one() -> Sequence[Metric]:
    return (gauge("one", "A part that is there.", 1.5),)


async def scraped(url: str, accept: str = "") -> tuple[str, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics", headers={"Accept": accept}) as answer:
        assert answer.status == 200
        return answer.headers["Content-Type"], await answer.text()


async def values(metrics: Metrics) -> dict[str, float]:
    text = (await metrics.exposition("")).body.decode()
    return {
        f"{sample.name}{sorted(sample.labels.items()) if sample.labels else ''}": sample.value
        for family in read_text(text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/html,*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text; version=1.0.0"),
    ],
)
async def test_the_figures_come_in_the_form_that_was_asked_for(tmp_path: Path, accept: str, content_type: str) -> None:
    async with shown(tmp_path) as site:
        site.site.metrics.read("one", one)
        Counter("raceday_things", "Things.", registry=site.site.metrics.registry).inc(3)
        told, text = await scraped(site.url, accept)
        assert told.startswith(content_type)
        read = read_openmetrics if "openmetrics" in told else read_text
        samples = {sample.name: sample.value for family in read(text) for sample in family.samples}
        assert samples == {"raceday_one": 1.5, "raceday_things_total": 3, "raceday_metrics_unread": 0}


async def test_figures_are_told_while_others_wait_for_the_files(tmp_path: Path) -> None:
    async with shown(tmp_path) as site, asyncio.timeout(30):
        site.site.metrics.read("one", one)
        async with site.site.turn():
            assert "raceday_one 1.5" in (await scraped(site.url))[1]


async def test_a_part_that_cannot_be_read_keeps_no_other_from_being_told() -> None:
    async def failing() -> Sequence[Metric]:
        raise StoreError("ops.db: database is locked")

    async def broken() -> Sequence[Metric]:
        raise ValueError("a bug")

    metrics = Metrics()
    for part, reader in (("failing", failing), ("one", one), ("broken", broken)):
        metrics.read(part, reader)
    assert await values(metrics) == {
        "raceday_one": 1.5,
        "raceday_metrics_unread[('part', 'failing')]": 1,
        "raceday_metrics_unread[('part', 'one')]": 0,
        "raceday_metrics_unread[('part', 'broken')]": 1,
    }


async def test_a_part_that_hangs_is_left_out_and_not_begun_again_beside_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raceday_daemon.metrics.metrics.READ_SECONDS", 0.05)
    may_go_on, begun = Event(), []

    def hang() -> Sequence[Metric]:
        begun.append(1)
        may_go_on.wait(30)
        return (gauge("late", "It hung.", 7),)

    metrics = Metrics()
    metrics.read("one", one)
    metrics.read("hanging", lambda: asyncio.to_thread(hang))
    for _ in range(3):
        found = await values(metrics)
        assert (found["raceday_one"], found["raceday_metrics_unread[('part', 'hanging')]"]) == (1.5, 1)
    assert begun == [1]
    may_go_on.set()
    for _ in range(100):
        if (found := await values(metrics)).get("raceday_late") == 7:
            break
    assert found["raceday_metrics_unread[('part', 'hanging')]"] == 0


async def test_a_part_that_is_built_anew_takes_the_place_of_the_old_one() -> None:
    async def two() -> Sequence[Metric]:
        return (gauge("one", "A part that is there.", 2),)

    metrics = Metrics()
    metrics.read("one", one)
    metrics.read("one", two)
    assert (await values(metrics))["raceday_one"] == 2


async def test_writing_the_answer_keeps_the_loop_from_nothing() -> None:
    loop, turned = asyncio.get_running_loop(), Event()

    class Patient:
        def collect(self) -> Iterator[Metric]:
            # In the loop this would wait for ever: what it waits for is done there.
            loop.call_soon_threadsafe(turned.set)
            assert turned.wait(30)
            yield gauge("patient", "It waited for the loop.", 1)

    metrics = Metrics()
    metrics.registry.register(Patient())
    turned.clear()
    async with asyncio.timeout(20):
        assert (await values(metrics))["raceday_patient"] == 1
