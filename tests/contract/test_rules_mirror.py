"""The alert rules of a front end on this machine: what changes there changes here, and one that waits here stays."""

from collections.abc import AsyncIterator
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.rules import RECONCILE_SECONDS
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.outbox import append
from raceday_daemon.store.plain_rows import put_back
from raceday_daemon.store.schema import NOTIFICATIONS, USER_ALERT_CONFIGS
from tests.alerting import ruji
from tests.alerting_store import new_alerts
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import Machine, machine
from tests.builders import NOW, later, meeting, race, snapshot
from tests.fakes.clock import FakeClock

NOTHING = dict.fromkeys(column.name for column in USER_ALERT_CONFIGS.columns)


@pytest.fixture
async def here(tmp_path: Path, appwrite: Appwrite) -> AsyncIterator[Machine]:
    async with machine(tmp_path, appwrite) as here:
        yield here


class FrontEnd:
    """Somebody who writes rules in Appwrite."""

    def __init__(self, server: AppwriteServer) -> None:
        self._server = server
        self._rows = f"/tablesdb/{server.database}/tables/{USER_ALERT_CONFIGS.name}/rows"

    def write(self, row_id: str, **values: Any) -> None:
        data = {"userId": "ann", "enabled": True, **values}
        assert self._server.send("PUT", f"{self._rows}/{row_id}", {"data": data}).status_code == 200

    def remove(self, row_id: str) -> None:
        assert self._server.send("DELETE", f"{self._rows}/{row_id}").status_code == 204


@pytest.fixture
def front_end(appwrite_server: AppwriteServer, appwrite: Appwrite) -> FrontEnd:
    return FrontEnd(appwrite_server)


def clock_of(here: Machine) -> FakeClock:
    clock = here.rules._clock
    assert isinstance(clock, FakeClock)
    return clock


async def write_here(here: Machine, row_id: str, *, waits: bool, **values: Any) -> None:
    """Write a rule as the command line does; it waits to be sent, or has arrived."""
    row = {**NOTHING, "userId": "ann", "enabled": True, **values}
    await here.store.transaction(lambda connection: put_back(connection, USER_ALERT_CONFIGS, {row_id: row}))
    if waits:
        now, queued = SystemClock().now(), [(USER_ALERT_CONFIGS, row_id)]
        await here.store.transaction(lambda connection: append(connection, queued, now, is_patient=False))


def rules(here: Machine) -> dict[str, Any]:
    """Read the rules that are stored here, without the bands that the setup made."""
    return {row_id: row for row_id, row in here.rows(USER_ALERT_CONFIGS).items() if row["userId"] == "ann"}


async def test_the_first_look_takes_all_of_them(here: Machine, front_end: FrontEnd) -> None:
    front_end.write("rule-1", alertType="odds_drop", threshold=5, windowSeconds=60)
    front_end.write("rule-2", enabled=False, indicatorType="percentage_range", percentageRangeMin=5.5)
    await here.rules.look()
    found = rules(here)
    assert (found["rule-1"]["threshold"], found["rule-1"]["windowSeconds"]) == (5.0, 60)
    assert (found["rule-2"]["enabled"], found["rule-2"]["percentageRangeMin"]) == (0, 5.5)
    assert await here.waiting() == 0


async def test_later_looks_take_what_has_changed_in_one_request(
    here: Machine, front_end: FrontEnd, appwrite_server: AppwriteServer
) -> None:
    front_end.write("rule-1", threshold=5)
    await here.rules.look()
    front_end.write("rule-1", threshold=7)
    front_end.write("rule-2")
    appwrite_server.control.forget_traffic()
    await here.rules.look()
    assert appwrite_server.control.requests.total() == 1
    assert {row_id: row["threshold"] for row_id, row in rules(here).items()} == {
        "rule-1": 7.0,
        "rule-2": None,
    }


async def test_a_look_at_rules_that_stay_as_they_are_is_told_no_row(
    here: Machine, front_end: FrontEnd, appwrite_server: AppwriteServer
) -> None:
    for number in range(3):
        front_end.write(f"rule-{number}")
    await here.rules.look()
    clock_of(here).advance(60)
    appwrite_server.control.forget_traffic()
    await here.rules.look()
    assert appwrite_server.control.read == {"user-alert-configs": 1}, "a question that no row fits is paid for as one"


async def test_comparing_rules_that_stay_as_they_are_is_told_one_row_however_many_there_are(
    here: Machine, front_end: FrontEnd, appwrite_server: AppwriteServer
) -> None:
    for number in range(30):
        front_end.write(f"rule-{number}")
    await here.rules.look()
    clock_of(here).advance(RECONCILE_SECONDS)
    appwrite_server.control.forget_traffic()
    await here.rules.look()
    assert appwrite_server.control.read == {"user-alert-configs": 2}
    assert len(rules(here)) == 30


async def test_one_removed_and_one_made_between_two_comparisons_are_both_noticed(
    here: Machine, front_end: FrontEnd
) -> None:
    front_end.write("rule-1")
    await here.rules.look()
    clock_of(here).advance(RECONCILE_SECONDS)
    front_end.remove("rule-1")
    front_end.write("rule-2")
    await here.rules.look()
    assert rules(here).keys() == {"rule-2"}


async def test_one_that_is_removed_there_goes_here_within_five_minutes(here: Machine, front_end: FrontEnd) -> None:
    front_end.write("rule-1")
    front_end.write("rule-2")
    await here.rules.look()
    front_end.remove("rule-1")
    await here.rules.look()
    assert rules(here).keys() == {"rule-1", "rule-2"}
    clock_of(here).advance(RECONCILE_SECONDS)
    await here.rules.look()
    assert rules(here).keys() == {"rule-2"}


async def test_one_that_was_made_here_and_waits_to_be_sent_stays_as_it_is(here: Machine, front_end: FrontEnd) -> None:
    front_end.write("changed", threshold=5)
    await write_here(here, "new", waits=True, threshold=1.0)
    await write_here(here, "changed", waits=True, threshold=6.0)
    await here.rules.reconcile()
    assert {row_id: row["threshold"] for row_id, row in rules(here).items()} == {
        "new": 1.0,
        "changed": 6.0,
    }


async def test_one_that_waits_no_more_follows_what_is_there(here: Machine, front_end: FrontEnd) -> None:
    front_end.write("changed", threshold=5)
    await write_here(here, "gone", waits=False)
    await write_here(here, "changed", waits=False, threshold=6.0)
    await here.rules.reconcile()
    assert {row_id: row["threshold"] for row_id, row in rules(here).items()} == {"changed": 5.0}


async def test_what_was_sent_from_here_arrives_and_stays(here: Machine, front_end: FrontEnd) -> None:
    await write_here(here, "new", waits=True, threshold=1.0)
    await here.send()
    await here.rules.reconcile()
    front_end.write("new", threshold=2)
    await here.rules.look()
    assert rules(here)["new"]["threshold"] == 2.0


async def test_odd_rows_are_kept_as_they_are_where_the_table_takes_them(
    here: Machine, front_end: FrontEnd, appwrite_server: AppwriteServer
) -> None:
    front_end.write("odd", alertType="never heard of", threshold=-1e300, race="no-such-race", cooldownSeconds=-5)
    await here.rules.look()
    odd = rules(here)["odd"]
    assert (odd["alertType"], odd["threshold"], odd["cooldownSeconds"]) == ("never heard of", -1e300, -5)


async def test_more_rules_than_a_page_holds_are_all_taken(here: Machine, appwrite_server: AppwriteServer) -> None:
    path = f"/tablesdb/{appwrite_server.database}/tables/{USER_ALERT_CONFIGS.name}/rows"
    for first in range(0, 700, 100):
        rows = [{"$id": f"rule-{first + number}", "userId": "ann", "enabled": True} for number in range(100)]
        assert appwrite_server.send("PUT", path, {"rows": rows}).status_code == 200
    await here.rules.look()
    assert len(rules(here)) == 700


async def test_a_failure_changes_nothing_and_the_next_look_makes_up_for_it(
    here: Machine, front_end: FrontEnd, appwrite_server: AppwriteServer
) -> None:
    front_end.write("rule-1")
    await here.rules.look()
    front_end.write("rule-2")
    front_end.remove("rule-1")
    clock_of(here).advance(RECONCILE_SECONDS)
    appwrite_server.control.fault(status=500)
    with pytest.raises(AppwriteError):
        await here.rules.look()
    assert rules(here).keys() == {"rule-1"}
    appwrite_server.control.behave()
    await here.rules.look()
    assert rules(here).keys() == {"rule-2"}


async def test_while_appwrite_is_away_the_rules_known_here_go_on_and_what_was_told_arrives_later(
    here: Machine, front_end: FrontEnd, appwrite_server: AppwriteServer
) -> None:
    front_end.write("rule-1", alertType="odds_below", threshold=5)
    await here.rules.look()
    await here.write(meeting())
    await here.send()
    appwrite_server.control.down()
    with pytest.raises(AppwriteError):
        await here.rules.look()
    alerts, answer = new_alerts(), snapshot(race=race(), entrants=(ruji(fixed_win_odds=4.0),))
    now, sending = later(1, answer.generated_time), here.outbox.sending(NOW, is_patient=False)

    def take(connection: Connection) -> None:
        alerts.refresh(connection)
        commit_race(connection, answer, now, None, sending, alerts.telling(now, sending))

    await here.store.transaction(take)
    ((told_id, told),) = here.rows(NOTIFICATIONS).items()
    assert (told["userId"], told["ruleId"]) == ("ann", "rule-1")
    assert await here.waiting() > 1
    appwrite_server.control.up()
    await here.send()
    path = f"/tablesdb/{appwrite_server.database}/tables/{NOTIFICATIONS.name}/rows"
    (row,) = appwrite_server.send("GET", path).json()["rows"]
    assert (row["$id"], row["message"], row["$permissions"]) == (told_id, told["message"], ['read("user:ann")'])
