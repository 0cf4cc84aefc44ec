"""The Appwrite that tests run against: the stand-in, or with `--real-appwrite` the server named by three variables."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.fakes.appwrite import Control, Settings, StandIn, standing_in

OPTION = "--real-appwrite"
VARIABLES = ("APPWRITE_ENDPOINT", "APPWRITE_PROJECT_ID", "APPWRITE_API_KEY")
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Access:
    """A way in: where, to which project, with which key."""

    endpoint: str
    project: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class AppwriteServer:
    """A server for one test: a way in, a database id that nothing else uses, and the stand-in if it is one."""

    access: Access
    database: str
    stand_in: StandIn | None = field(repr=False)

    @property
    def endpoint(self) -> str:
        """Give the address, with its `/v1`."""
        return self.access.endpoint

    @property
    def project(self) -> str:
        """Give the project's id."""
        return self.access.project

    @property
    def key(self) -> str:
        """Give a key with all the scopes that databases need."""
        return self.access.key

    @property
    def control(self) -> Control:
        """Give the control of the stand-in; a test that needs it is skipped on a real server."""
        if self.stand_in is None:
            pytest.skip("a real server cannot be told to misbehave, nor be looked into")
        return self.stand_in.control

    @property
    def environment(self) -> dict[str, str]:
        """Give the three variables that lead a process here."""
        return dict(zip(VARIABLES, (self.endpoint, self.project, self.key), strict=True))

    def send(self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> Any:
        """Send a plain request as the SDK 27.0.0 sends it; the answer is a `requests.Response`."""
        headers = {
            "content-type": "application/json",
            "X-Appwrite-Project": self.project,
            "X-Appwrite-Key": self.key if key is None else key,
            "X-Appwrite-Response-Format": "2.5.0",
            **options.pop("headers", {}),
        }
        data = None if method == "GET" else body if body is not None else {}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method,
                self.endpoint + path,
                json=data,
                headers=headers,
                timeout=options.pop("timeout", PATIENCE_SECONDS),
                **options,
            )


def real_access(environment: Mapping[str, str] = os.environ) -> Access:
    """Give the way to the server that the environment names."""
    missing = [name for name in VARIABLES if not environment.get(name)]
    if missing:
        raise pytest.UsageError(f"{OPTION} needs {', '.join(missing)} in the environment")
    return Access(*(environment[name] for name in VARIABLES))


@contextmanager
def an_appwrite_server(real: Access | None, settings: Settings | None = None) -> Iterator[AppwriteServer]:
    """Give a stand-in of one's own, or the real server; a database made there under the given id goes at the end."""
    database = f"test-{uuid4().hex[:24]}"
    if real is None:
        with standing_in(settings) as stand_in:
            access = Access(stand_in.endpoint, stand_in.project, stand_in.key)
            yield AppwriteServer(access, database, stand_in)
            assert stand_in.control.failures == []
        return
    server = AppwriteServer(real, database, None)
    try:
        yield server
    finally:
        server.send("DELETE", f"/tablesdb/{database}")
