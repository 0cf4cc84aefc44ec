"""The recorded racing day, served over loopback HTTP the way the source would.

/meetings, /list and the recorded meeting and event are answered as recorded, with the echo of what was asked. The other
meetings are answered from /meetings, and the other events by the recorded event under their own ids, start and status.
"""

import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from tests.recordings import EVENT_ID, recorded

PREFIX = "/affiliates/v1/racing"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Change = Callable[[dict[str, Any]], None]


class RecordedSource:
    """The server; `requests` are those it got, `changes` what is done to an answer of a path before it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[web.Request] = []
        self.changes: dict[str, Change] = {}
        self.instead: dict[str, Handler] = {}
        self.meetings: dict[str, Any] = recorded("meetings")
        self._list = recorded("races")
        self._event = recorded("event")
        self._meeting = recorded("meeting")
        self.app = web.Application(middlewares=[self._middleware])
        self.app.add_routes(
            [
                web.get(f"{PREFIX}/meetings", self._get_meetings),
                web.get(f"{PREFIX}/meetings/{{id}}", self._get_meeting),
                web.get(f"{PREFIX}/list", self._get_list),
                web.get(f"{PREFIX}/events/{{id}}", self._get_event),
            ]
        )

    def asked_for(self, path_part: str) -> list[web.Request]:
        """Give the requests whose path holds `path_part`."""
        return [request for request in self.requests if path_part in request.path]

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(request)
        for path, instead in self.instead.items():
            if request.path.endswith(path):
                return await instead(request)
        return await handler(request)

    def _send(self, request: web.Request, answer: dict[str, Any]) -> web.Response:
        answer = deepcopy(answer)
        for path, change in self.changes.items():
            if request.path.endswith(path):
                change(answer)
        response = web.Response(text=json.dumps(answer), content_type="application/json")
        response.enable_compression()
        return response

    async def _get_meetings(self, request: web.Request) -> web.Response:
        asked = request.query
        offset, limit = int(asked.get("offset", 0)), min(int(asked.get("limit", 100)), 200)
        params = {
            **self.meetings["params"],
            "enc": "json",
            "date_from": f"{asked['date_from']}T00:00:00Z",
            "date_to": f"{asked['date_to']}T00:00:00Z",
            "limit": limit,
            "offset": offset,
        }
        meetings = [
            meeting for meeting in self.meetings["data"]["meetings"] if meeting["date"][:10] == asked["date_from"]
        ]
        data = {"meetings": meetings[offset : offset + limit]}
        return self._send(request, {"header": self.meetings["header"], "params": params, "data": data})

    async def _get_meeting(self, request: web.Request) -> web.Response:
        meeting_id = request.match_info["id"]
        recorded_meeting = self._meeting["data"]["meetings"][0]
        if recorded_meeting["meeting"] == meeting_id:
            return self._send(request, self._meeting)
        meeting = next((m for m in self.meetings["data"]["meetings"] if m["meeting"] == meeting_id), None)
        if meeting is None:
            raise _not_found(request)
        answer = {**self._meeting, "params": {"enc": "json", "id": meeting_id}, "data": {"meetings": [meeting]}}
        return self._send(request, answer)

    async def _get_list(self, request: web.Request) -> web.Response:
        asked = request.query
        data = self._list["data"] if not asked.get("page_token") else {"races": [], "next_page_token": ""}
        params = {
            **self._list["params"],
            "date_from": f"{asked['date_from']}T00:00:00Z",
            "date_to": f"{asked['date_to']}T23:59:59.999999999Z",
            "page_token": asked.get("page_token", ""),
        }
        return self._send(request, {"header": self._list["header"], "params": params, "data": data})

    async def _get_event(self, request: web.Request) -> web.Response:
        race_id = request.match_info["id"]
        found = next(
            ((m, r) for m in self.meetings["data"]["meetings"] for r in m["races"] if r["id"] == race_id), None
        )
        if found is None:
            raise _not_found(request)
        flags = {name: value == "true" for name, value in request.query.items() if name.startswith("with_")}
        answer = {
            "header": self._event["header"],
            "params": {**self._event["params"], "with_big_bets": False, "id": race_id, "enc": "json", **flags},
            "data": self._event["data"] if race_id == EVENT_ID else event_like(self._event["data"], *found),
        }
        return self._send(request, answer)


def event_like(data: dict[str, Any], meeting: dict[str, Any], race: dict[str, Any]) -> dict[str, Any]:
    """Give an event's data for a race of the card: its own ids, start and status, the rest as recorded."""
    text = json.dumps(data)
    for runner in data["runners"]:
        text = text.replace(runner["entrant_id"], str(uuid5(NAMESPACE_URL, race["id"] + runner["entrant_id"])))
    event: dict[str, Any] = json.loads(text)
    event["race"].update(
        event_id=race["id"],
        meeting_id=meeting["meeting"],
        status=race["status"],
        description=race["name"],
        advertised_start=_epoch(race["start_time"]),
        actual_start=0,
        race_number=race["race_number"],
        type=meeting["category"],
        distance=race["distance"],
        weather=race["weather"],
        track_condition=race["track_condition"],
    )
    event["race"] |= {name: race[name] for name in ("protest", "protest_reason") if name in race}
    return event


def _epoch(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp())


def _not_found(request: web.Request) -> web.HTTPNotFound:
    header = {"title": "Not Found", "error": "there is no such thing", "error_code": "404", "url": request.path}
    return web.HTTPNotFound(text=json.dumps({"header": header}), content_type="application/json")
