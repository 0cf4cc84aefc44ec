"""A row of Appwrite as this house keeps it; what no column takes is said in words."""

from typing import Any

import pytest

from raceday_daemon.appwrite.reading import RemoteRow
from raceday_daemon.appwrite.remote_rows import plain_row
from raceday_daemon.store.schema import ODDS_HISTORY, RACES, USER_ALERT_CONFIGS

RULE = {"userId": "ann", "enabled": True}


def row(**data: Any) -> RemoteRow:
    return RemoteRow("row-1", "2025-07-17T00:40:00.000+00:00", data)


def test_instants_floats_and_missing_columns_come_as_the_store_keeps_them() -> None:
    odds = {"entrantId": "e", "raceId": "r", "type": "fixed_win", "odds": 5}
    plain = plain_row(ODDS_HISTORY, row(**odds, eventTimestamp="2025-07-17T00:50:00.123+00:00"))
    assert plain == {**odds, "entrant": "e", "eventTimestamp": "2025-07-17T00:50:00.123Z", "timeToStartSeconds": None}
    assert isinstance(plain["odds"], float)


@pytest.mark.parametrize("link", ["meeting-1", {"$id": "meeting-1", "name": "expanded"}, None])
def test_a_link_comes_as_the_id_however_it_is_told(link: Any) -> None:
    required = {"raceId": "r", "name": "n", "raceNumber": 1, "startTime": "2025-07-17T00:50:00Z", "status": "Open"}
    assert plain_row(RACES, row(**required, meetingId="meeting-1", meeting=link))["meeting"] == "meeting-1"


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"enabled": None}, "it has no enabled"),
        ({"enabled": 1}, "its enabled is no boolean"),
        ({"threshold": "5"}, "its threshold is no float"),
        ({"displayOrder": 1.5}, "its displayOrder is no integer"),
        ({"displayOrder": True}, "its displayOrder is no integer"),
        ({"channel": 5}, "its channel is no text"),
        ({"createdAt": "yesterday"}, "its createdAt is no instant"),
        ({"displayOrder": 2**63}, "its displayOrder is no integer"),
        ({"displayOrder": -1e300}, "its displayOrder is no integer"),
        ({"displayOrder": float("inf")}, "its displayOrder is no integer"),
        ({"threshold": 10**400}, "its threshold is no float"),
        ({"threshold": float("nan")}, "its threshold is no float"),
        ({"channel": "\ud800"}, "its channel is no text"),
        ({"createdAt": "0001-01-01T00:00:00+14:00"}, "its createdAt is no instant"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_column(odd: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        plain_row(USER_ALERT_CONFIGS, row(**RULE | odd))


def test_a_text_longer_than_its_column_stays_as_it_is() -> None:
    assert plain_row(USER_ALERT_CONFIGS, row(**RULE, color="x" * 500))["color"] == "x" * 500
