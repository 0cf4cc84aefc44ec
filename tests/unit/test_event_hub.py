"""The hub and its listeners: what waits, what takes whose place, what is kept for those who come back."""

import asyncio
from typing import Any

import pytest

from raceday_daemon.web.events.event import ALERT, DAY, RACE, RESET, STATUS, Event, News
from raceday_daemon.web.events.hub import MOST_KEPT, Hub, life_of
from raceday_daemon.web.events.listener import MOST_BYTES, MOST_WAITING, Listener

LIFE = "20250717T004000000Z"


def race_news(race_id: int | str, data: str = "{}") -> News:
    return News(RACE, f"{RACE} {race_id}", data.encode())


def alert_news(alert_id: int, user_id: str = "ann") -> News:
    return News(ALERT, f"{ALERT} {alert_id}", b"{}", user_id)


def taken(listener: Listener) -> list[Event]:
    found = []
    while event := listener.take():
        found.append(event)
    return found


def subjects(listener: Listener) -> list[str]:
    return [event.subject for event in taken(listener)]


def joined(hub: Hub, last_event_id: str | None = None, **changes: Any) -> Listener:
    listener = Listener(**{"with_alerts": True, **changes})
    hub.join(listener, last_event_id)
    return listener


def test_a_life_is_named_by_its_beginning() -> None:
    assert life_of("2025-07-17T00:40:00.000Z") == LIFE


def test_an_event_is_sent_in_the_form_of_the_stream() -> None:
    hub = Hub(LIFE)
    listener = joined(hub)
    hub.publish([race_news("r", '{"a":1}'), News(STATUS, STATUS, b'{"well":true}')])
    assert [event.sent for event in taken(listener)] == [
        b'id: 20250717T004000000Z-1\nevent: race\ndata: {"a":1}\n\n',
        b'event: status\ndata: {"well":true}\n\n',
    ]


def test_an_event_is_built_once_for_all() -> None:
    hub = Hub(LIFE)
    first, second = joined(hub), joined(hub)
    hub.publish([race_news("r")])
    assert first.take() is second.take()


def test_the_newest_of_a_race_takes_the_place_of_one_that_waits() -> None:
    hub = Hub(LIFE)
    listener = joined(hub)
    hub.publish([race_news(1, "old"), race_news(2), race_news(1, "new")])
    assert [(event.subject, b"new" in event.sent) for event in taken(listener)] == [("race 2", False), ("race 1", True)]


def test_what_waits_goes_out_together_as_far_as_a_chunk_holds_it() -> None:
    hub = Hub(LIFE)
    listener, single = joined(hub), joined(hub)
    hub.publish([race_news(number, "x" * 1_000) for number in range(10)])
    events = [event.sent for event in taken(single)]
    assert listener.take_bytes(3 * len(events[0]) + 5) == b"".join(events[:3])
    assert listener.take_bytes(1) == events[3]
    assert listener.take_bytes(10**6) == b"".join(events[4:])
    assert listener.take_bytes(10**6) == b""


def test_alerts_are_for_those_who_may_have_them_and_for_their_user_alone() -> None:
    hub = Hub(LIFE)
    everybody, nobody, bob = joined(hub), joined(hub, with_alerts=False), joined(hub, user_id="bob")
    hub.publish([alert_news(1, "ann"), alert_news(2, "bob"), race_news(1)])
    assert subjects(everybody) == ["alert 1", "alert 2", "race 1"]
    assert subjects(nobody) == ["race 1"]
    assert subjects(bob) == ["alert 2", "race 1"]


def test_who_comes_back_gets_what_came_since_and_no_more() -> None:
    hub = Hub(LIFE)
    hub.publish([race_news(number) for number in range(5)])
    assert subjects(joined(hub, f"{LIFE}-3")) == ["race 3", "race 4"]
    assert subjects(joined(hub, f"{LIFE}-5")) == []
    back = joined(hub, f"{LIFE}-4")
    hub.publish([race_news(7)])
    assert subjects(back) == ["race 4", "race 7"]


def test_what_was_missed_is_filtered_too() -> None:
    hub = Hub(LIFE)
    hub.publish([race_news(0), alert_news(1, "ann"), alert_news(2, "bob")])
    assert subjects(joined(hub, f"{LIFE}-1", user_id="bob")) == ["alert 2"]
    assert subjects(joined(hub, f"{LIFE}-1", with_alerts=False)) == []


@pytest.mark.parametrize(
    "last_event_id",
    [f"{LIFE}-9", "20250717T003900000Z-1", f"{LIFE}--1", f"{LIFE}-", "1", "", "\x00", f"{LIFE}-1 ", f"{LIFE}-{9**30}"],
)
def test_who_can_not_be_told_what_came_since_is_told_to_ask_anew(last_event_id: str) -> None:
    hub = Hub(LIFE)
    hub.publish([race_news(1), News(STATUS, STATUS, b"{}")])
    assert subjects(joined(hub, last_event_id)) == [RESET, STATUS]


def test_only_so_much_is_kept() -> None:
    hub = Hub(LIFE)
    hub.publish([race_news(number) for number in range(MOST_KEPT + 10)])
    assert subjects(joined(hub, f"{LIFE}-9")) == [RESET]
    assert subjects(joined(hub, f"{LIFE}-{MOST_KEPT + 8}")) == [f"race {MOST_KEPT + 8}", f"race {MOST_KEPT + 9}"]


def test_after_a_gap_nobody_is_told_what_came_since() -> None:
    hub = Hub(LIFE)
    hub.publish([race_news(1)])
    hub.forget()
    assert subjects(joined(hub, f"{LIFE}-1")) == [RESET]
    hub.publish([race_news(2)])
    assert subjects(joined(hub, f"{LIFE}-1")) == [RESET]
    assert subjects(joined(hub, f"{LIFE}-3")) == []


def test_the_status_is_told_at_once_and_only_the_newest() -> None:
    hub = Hub(LIFE)
    assert subjects(joined(hub)) == []
    hub.publish([News(STATUS, STATUS, b"1"), News(STATUS, STATUS, b"2")])
    (event,) = taken(joined(hub))
    assert b"data: 2" in event.sent
    assert event.number is None


@pytest.mark.parametrize("size", [1, MOST_BYTES // 10])
def test_who_does_not_read_costs_bounded_room_and_is_told_to_ask_anew(size: int) -> None:
    hub = Hub(LIFE)
    listener = joined(hub)
    for number in range(10 * MOST_WAITING):
        hub.publish([race_news(number, "x" * size)])
        waiting: Any = listener
        assert len(waiting._waiting) <= MOST_WAITING
        assert waiting._bytes == sum(len(one.sent) for one in waiting._waiting.values()) <= MOST_BYTES
    events = taken(listener)
    assert events[0].kind == RESET
    assert {event.kind for event in events[1:]} <= {RACE}
    assert len(events) <= MOST_WAITING


def test_a_day_that_changes_again_and_again_waits_once() -> None:
    hub = Hub(LIFE)
    listener = joined(hub)
    hub.publish([News(DAY, DAY, b"{}")] * 50)
    assert subjects(listener) == [DAY]


async def test_who_rests_wakes_up_when_something_waits_or_it_is_over() -> None:
    hub = Hub(LIFE)
    listener = joined(hub)
    await listener.rest(0.001)
    hub.publish([race_news(1)])
    await listener.rest(30)
    assert subjects(listener) == ["race 1"]
    hub.close()
    await listener.rest(30)
    assert listener.is_closed
    hub.leave(listener)
    hub.leave(listener)
    assert hub.listening == 0


async def test_many_listeners_are_told_a_few_at_a_time_and_who_joins_meanwhile_misses_nothing() -> None:
    hub = Hub(LIFE)
    many = [joined(hub) for _ in range(100)]
    spreading = asyncio.create_task(hub.spread([race_news(1), race_news(2)]))
    await asyncio.sleep(0)
    told = sum(listener.take() is not None for listener in many)
    assert 0 < told < 100
    late = joined(hub, f"{LIFE}-0")
    await spreading
    assert subjects(late) == ["race 1", "race 2"]
    assert all(listener.take() for listener in many)


def test_what_some_are_told_otherwise_reaches_those_alone_whom_it_is_for() -> None:
    hub = Hub(LIFE)
    early = [joined(hub), joined(hub, with_alerts=False)]
    hub.publish([News(STATUS, STATUS, b"whole", is_open=False), News(STATUS, STATUS, b"less", is_open=True)])
    late = [joined(hub), joined(hub, with_alerts=False)]
    for insider, stranger in (early, late):
        assert insider.take_bytes(1_000) == b"event: status\ndata: whole\n\n"
        assert stranger.take_bytes(1_000) == b"event: status\ndata: less\n\n"
