"""The stand-in misbehaves as a test tells it, counts what came, and shows what it holds."""

import json
from typing import Any

import pytest
import requests

from tests.appwrite_desk import Desk
from tests.appwrite_servers import Access, AppwriteServer
from tests.fakes.appwrite import Control, Fault, Refusal, Settings, standing_in_beside

ROW = {"$id": "r1", "name": "Race 1"}
BULK = "PUT /tablesdb/{databaseId}/tables/{tableId}/rows"


@pytest.fixture
def control(appwrite_server: AppwriteServer) -> Control:
    return appwrite_server.control


@pytest.fixture
def desk(control: Control, appwrite_server: AppwriteServer) -> Desk:
    desk = Desk(appwrite_server)
    desk.table("races", name="s36*", number="i")
    control.forget_traffic()
    return desk


def test_a_server_that_is_down_refuses_connections_and_comes_back_with_its_rows(desk: Desk, control: Control) -> None:
    desk.upsert("races", ROW)
    with requests.Session() as session:  # a connection that is open when it goes down
        session.trust_env = False
        session.get(desk.server.endpoint)
        control.down()
        with pytest.raises(requests.ConnectionError):
            session.get(desk.server.endpoint)
    with pytest.raises(requests.ConnectionError, match="refused"):
        desk.listed("races")
    control.up()
    assert desk.listed("races")["total"] == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, "general_unknown"),
        (503, "general_service_disabled"),
        (429, "general_rate_limit_exceeded"),
        (401, "user_unauthorized"),
        (403, "general_access_forbidden"),
    ],
)
def test_an_error_is_answered_until_the_server_behaves_again(
    desk: Desk, control: Control, status: int, kind: str
) -> None:
    control.fault(status=status)
    assert desk.refused("PUT", desk.rows("races"), {"rows": [ROW]}) == (status, kind)
    control.behave()
    assert desk.listed("races")["total"] == 0


def test_a_throttled_client_is_told_when_to_come_back(desk: Desk, control: Control) -> None:
    control.fault(status=429, retry_after=7)
    assert desk.server.send("GET", desk.path).headers["Retry-After"] == "7"


def test_a_stalled_request_is_never_answered(desk: Desk, control: Control) -> None:
    control.fault(kind="stall")
    with pytest.raises(requests.ReadTimeout):
        desk.ok("GET", desk.path, timeout=0.2)


def test_a_reset_cuts_the_connection(desk: Desk, control: Control) -> None:
    control.fault(kind="reset")
    with pytest.raises(requests.ConnectionError):
        desk.ok("GET", desk.path)


def test_garbage_is_half_a_json_text(desk: Desk, control: Control) -> None:
    control.fault(kind="garbage")
    answer = desk.server.send("GET", desk.path)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_each_third_request_fails_for_a_while(desk: Desk, control: Control) -> None:
    control.fault(status=500, every=3, times=2)
    statuses = [desk.server.send("GET", desk.path).status_code for _ in range(10)]
    assert statuses == [200, 200, 500, 200, 200, 500, 200, 200, 200, 200]


def test_a_fault_may_mean_one_kind_of_request(desk: Desk, control: Control) -> None:
    control.fault(Fault(status=500, method="PUT", path="/rows"))
    assert desk.server.send("GET", desk.rows("races")).status_code == 200
    assert desk.server.send("PUT", desk.rows("races"), {"rows": [ROW]}).status_code == 500


@pytest.mark.parametrize("kind", ["error", "reset", "garbage"])
def test_an_answer_may_be_lost_after_the_rows_were_written(desk: Desk, control: Control, kind: str) -> None:
    control.fault(kind=kind, applied=True, times=1)
    try:
        desk.server.send("PUT", desk.rows("races"), {"rows": [ROW]})
    except requests.ConnectionError:
        assert kind == "reset"
    assert desk.listed("races")["total"] == 1


def test_latency_is_added_to_each_answer(desk: Desk, control: Control) -> None:
    control.latency_ms(50)
    assert desk.server.send("GET", desk.path).elapsed.total_seconds() >= 0.05


def test_rows_can_be_refused_by_id_table_and_value(desk: Desk, control: Control) -> None:
    control.refuse(table="races", row_id="bad")
    control.refuse(values={"number": 13}, type="row_invalid_structure", message="Unlucky")
    good = [{"$id": f"r{number}", "name": "Race", "number": number} for number in (1, 2)]
    desk.upsert("races", *good)
    bad = {"rows": [{"$id": "r3", "name": "Race"}, {"$id": "bad", "name": "Race"}]}
    assert desk.refused("PUT", desk.rows("races"), bad) == (400, "row_invalid_structure")
    path = desk.transaction(desk.operation("bulkUpsert", "races", [{"$id": "r4", "name": "Race", "number": 13}]))
    refusal = desk.server.send("PATCH", path, {"commit": True}).json()
    assert (refusal["type"], refusal["message"]) == ("document_invalid_structure", "Unlucky")
    assert set(control.rows(desk.server.database, "races")) == {"r1", "r2"}


def test_a_predicate_can_refuse_rows_in_the_same_process(desk: Desk, appwrite_server: AppwriteServer) -> None:
    assert appwrite_server.stand_in is not None
    refusals = appwrite_server.stand_in.state.switches.refusals
    refusals.append(Refusal(where=lambda table, row_id, data: data["name"].startswith("Race")))
    assert desk.refused("PUT", desk.rows("races"), {"rows": [ROW]})[0] == 400


def test_the_making_of_a_column_or_an_index_can_come_to_nothing(desk: Desk, control: Control) -> None:
    control.break_making_of("weather", "key_number")
    desk.column("races", "weather", "s20")
    desk.index("races", "key", "number")
    told = desk.ok("GET", f"{desk.path}/tables/races")
    assert {one["key"]: one["status"] for one in told["columns"] + told["indexes"]} == {
        "name": "available",
        "number": "available",
        "weather": "failed",
        "key_number": "failed",
    }


def test_requests_and_rows_are_counted(desk: Desk, control: Control) -> None:
    desk.upsert("races", ROW, {"$id": "r2", "name": "Race 2"})
    desk.upsert("races", ROW)
    desk.refused("PUT", desk.rows("races"), {"rows": [{"$id": "r3"}]})
    assert control.requests == {BULK: 3}
    assert control.statuses == {200: 2, 400: 1}
    assert control.written == {"races": 3}
    assert [(seen["method"], seen["status"]) for seen in control.log] == [("PUT", 200), ("PUT", 200), ("PUT", 400)]


def test_what_it_holds_can_be_seen(desk: Desk, control: Control) -> None:
    desk.upsert("races", {"$id": "R1", "name": "Race 1"})
    row: dict[str, Any] = {"$id": "R1", "$permissions": [], "name": "Race 1", "number": None}
    assert control.rows(desk.server.database, "races") == {"r1": row}
    assert control.dump() == {desk.server.database: {"races": {"r1": row}}}


def test_it_runs_as_a_process_of_its_own(control: Control) -> None:
    with standing_in_beside(Settings(settle_seconds=0.0)) as beside:
        desk = Desk(AppwriteServer(Access(beside.endpoint, beside.project, beside.key), "own", None))
        desk.table("races", name="s36*")
        desk.upsert("races", ROW)
        beside.control.fault(status=503)
        assert desk.server.send("GET", desk.path).status_code == 503
        assert set(beside.control.rows("own", "races")) == {"r1"}
        assert beside.endpoint.startswith("http://127.0.0.1:")
    with pytest.raises(requests.ConnectionError):
        desk.listed("races")


def test_the_key_is_in_no_description_of_the_server(appwrite_server: AppwriteServer) -> None:
    assert appwrite_server.key not in repr(appwrite_server)
    assert appwrite_server.key in json.dumps(appwrite_server.environment)
