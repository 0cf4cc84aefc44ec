"""The examples of docs/api.md, run against a site as they stand there."""

import asyncio
import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.lived_day import NOW, lived_day
from tests.served_site import shown

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SITE = "http://127.0.0.1:8080"


@dataclass
class Example:
    """What a curl command asks."""

    url: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    sent: str | None = None

    @classmethod
    def of(cls, command: str) -> "Example":
        """Read a command of the few options that the examples have."""
        example = cls()
        words = iter(shlex.split(command)[1:])
        for word in words:
            if word in ("-s", "-sN"):
                continue
            if word == "-X":
                example.method = next(words)
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                example.headers[name] = value
            elif word == "-d":
                example.sent, example.method = next(words), "POST"
            else:
                assert word.startswith(SITE), word
                example.url = word
        return example


def examples() -> list[Example]:
    blocks = re.findall(r"```sh\n(.*?)```", DOCS.read_text(), re.DOTALL)
    commands = "".join(blocks).replace("\\\n", " ").splitlines()
    return [Example.of(command) for command in commands if command.startswith("curl ")]


async def test_each_example_is_answered(tmp_path: Path) -> None:
    found = examples()
    assert len(found) >= 4
    async with (
        shown(lived_day(tmp_path / "data"), host="127.0.0.1", now=NOW) as site,
        aiohttp.ClientSession() as session,
    ):
        for one in found:
            url = one.url.replace(SITE, site.url)
            async with session.request(one.method, url, headers=one.headers, data=one.sent) as answer:
                assert answer.status in (200, 201), one
                if "/api/events" in url:
                    async with asyncio.timeout(10):
                        while await answer.content.readline() != b"event: status\n":
                            pass
                else:
                    assert json.loads(await answer.text()), one


async def test_each_question_of_the_description_is_in_the_table_with_its_parameters(tmp_path: Path) -> None:
    async with (
        shown(lived_day(tmp_path / "data"), host="127.0.0.1", now=NOW) as site,
        aiohttp.ClientSession() as session,
        session.get(f"{site.url}/api/openapi.json") as answer,
    ):
        paths = (await answer.json())["paths"]
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "ID", path)): {
            one["name"] for one in question.get("parameters", []) if one["in"] == "query"
        }
        for path, questions in paths.items()
        for method, question in questions.items()
    }
    rows = re.findall(r"^\| (`[A-Z]+ /.*`) \|", DOCS.read_text(), re.MULTILINE)
    named = {}
    for method, path, asked in re.findall(r"`([A-Z]+) (/[^`?]*)(?:\?([^`]*))?`", "".join(rows)):
        named[method, path] = {one.partition("=")[0] for one in asked.split("&") if one}
    elsewhere = {("GET", "/api/openapi.json"), ("GET", "/api/events"), ("GET", "/livez")}
    assert {question: named.get(question) for question in described.keys() - elsewhere} == {
        question: asked for question, asked in described.items() if question not in elsewhere
    }
    assert named.keys() <= described.keys() | elsewhere
