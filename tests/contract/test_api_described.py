"""The API held to its own description: that is valid, every answer keeps to it, and no question breaks it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from raceday_daemon.web.events.event import ALERT, DAY, HELLO, RACE, RESET, STATUS
from tests.heard import listening
from tests.lived_day import NOW, lived_day
from tests.served_site import Shown, shown

Document = dict[str, Any]

EXAMPLES = 20
"""Questions of each operation."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EVENTS = {HELLO: "Hello", STATUS: "Health", RACE: "RaceNow", ALERT: "AlertLine", DAY: "DayChanged", RESET: "Reset"}


@contextmanager
def served_beside(folder: Path) -> Iterator[str]:
    """Serve the site of a lived day from a thread of its own, and give its URL."""
    loop, begun, url = asyncio.new_event_loop(), asyncio.Event(), list[str]()
    over = asyncio.Event()

    async def serve() -> None:
        async with shown(lived_day(folder), host="127.0.0.1", now=NOW, writes_a_minute=10**6) as site:
            url.append(site.url)
            begun.set()
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    asyncio.run_coroutine_threadsafe(begun.wait(), loop).result(60)
    try:
        yield url[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        loop.close()


def strict(document: Document) -> Document:
    """Give a description in which no answer may have more than it says."""
    document = deepcopy(document)
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


def keeps_to(document: Document, name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(value)


async def test_the_description_is_valid_and_names_every_route(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        document = (await site.ask("/api/openapi.json")).facts
        validate(document)
        described = {(method.upper(), path) for path, of_path in document["paths"].items() for method in of_path}
        served = {
            (route.method, route.resource.canonical)
            for route in site.site.app().router.routes()
            if route.resource and route.resource.canonical.startswith("/api/")
        }
        assert described == served


async def test_the_description_says_what_may_be_asked(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        document = (await site.ask("/api/openapi.json")).facts
    races = document["paths"]["/api/races"]["get"]
    assert {one["name"]: one["schema"] for one in races["parameters"]} == {
        "date": {"type": "string", "format": "date"},
        "status": {"type": "string", "minLength": 1, "maxLength": 20},
        "after": {"type": "string", "minLength": 1, "maxLength": 500},
        "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
    }
    assert [one["required"] for one in races["parameters"]] == [False] * 4
    post = document["paths"]["/api/rules"]["post"]
    assert post["requestBody"]["content"].keys() == {"application/json"}
    assert {"200", "201", "400", "401", "403", "413", "415", "422", "429"} <= post["responses"].keys()
    assert post["security"] == [{}, {"token": []}]
    assert all(schema.get("description") for schema in document["components"]["schemas"].values())


async def test_every_answer_about_a_lived_day_keeps_to_the_description(tmp_path: Path) -> None:
    async with shown(lived_day(tmp_path / "data"), host="127.0.0.1", now=NOW) as site:
        await site.supervisor.compare()
        document = strict((await site.ask("/api/openapi.json")).facts)
        race_ids = [one["race_id"] for one in (await site.ask("/api/races")).facts["races"]]
        rule_id = (await site.ask("/api/rules")).facts["rules"][0]["rule_id"]
        asked = 0
        for path, of_path in document["paths"].items():
            if "get" not in of_path or path == "/api/events":
                continue
            for race_id in race_ids if "{race_id}" in path else [""]:
                url = path.replace("{race_id}", race_id).replace("{rule_id}", rule_id)
                answer = await site.ask(url)
                schema = of_path["get"]["responses"]["200"]["content"]["application/json"]["schema"]
                Draft202012Validator({**schema, "components": document["components"]}).validate(answer.facts)
                asked += 1
        assert asked == 11 + 2 * len(race_ids)


async def test_every_event_keeps_to_the_description(tmp_path: Path) -> None:
    async with shown(lived_day(tmp_path / "data"), host="127.0.0.1", now=NOW) as site:
        document = strict((await site.ask("/api/openapi.json")).facts)
        async with listening(site.url, "?last_event_id=life-1") as ear:
            for kind in (HELLO, RESET, STATUS):
                heard = await ear.next(kind)
                keeps_to(document, EVENTS[kind], heard.data)
            await touch_everything(site)
            for _ in range(3):
                heard = await ear.next()
                keeps_to(document, EVENTS[heard.kind], heard.data)


async def touch_everything(site: Shown) -> None:
    """Change a race, a card and an alert as another process would, and leave the record of a job."""
    statements = (
        "UPDATE races SET lastUpdated = '2025-07-17T02:20:00.000Z' WHERE raceNumber = 1",
        "UPDATE meetings SET weather = 'Fine'",
        "INSERT INTO notifications SELECT 'new', * FROM (SELECT userId, title, message, type, read, raceId, entrantId,"
        " ruleId, value, previousValue, threshold, eventTimestamp, createdAt FROM notifications LIMIT 1)",
    )
    for statement in statements:
        await site.house.store.transaction(lambda connection, one=statement: connection.execute(one).rowcount)  # type: ignore[misc]
    await site.house.runner().run("meetings", NOW.date())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_questions_that_the_description_allows_and_others_are_answered_as_it_says(tmp_path: Path) -> None:
    with served_beside(tmp_path / "data") as url:
        schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        tried = 0
        for operation in operations:
            if operation.path == "/api/events":
                continue

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def ask(case: Any) -> None:
                case.call_and_validate(checks=CHECKS)

            ask()
            tried += 1
        assert tried == len(operations) - 1 >= 14
