"""A rule that is removed here while rows go to Appwrite: gone in both places, or in neither."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from raceday_daemon.alerting.new_rule import new_rule
from raceday_daemon.appwrite.rule_removal import remove_rule_everywhere
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.appwrite_errors import AppwriteAwayError
from raceday_daemon.store.rule_writing import add_rule
from raceday_daemon.store.schema import USER_ALERT_CONFIGS
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import Machine, machine
from tests.appwrite_tables import make_tables, way_to
from tests.builders import NOW


@pytest.fixture
async def here(tmp_path: Path, appwrite_server: AppwriteServer) -> AsyncIterator[Machine]:
    make_tables(appwrite_server)
    async with way_to(appwrite_server) as appwrite, machine(tmp_path, appwrite) as here:
        yield here


async def added(here: Machine, user_id: str = "ann") -> AlertRule:
    rule = new_rule(user_id=user_id, alert_type="odds_below", threshold=5.0)
    sending = here.outbox.sending(NOW, is_patient=False)
    await here.store.transaction(lambda connection: add_rule(connection, rule, NOW, sending))
    return rule


def rows_path(server: AppwriteServer) -> str:
    return f"/tablesdb/{server.database}/tables/{USER_ALERT_CONFIGS.name}/rows"


def there(server: AppwriteServer) -> set[str]:
    """Give the rules in Appwrite, without the bands that the setup made."""
    rows = server.send("GET", rows_path(server)).json()["rows"]
    return {row["$id"] for row in rows if row["userId"] != "Default User"}


def rules(here: Machine) -> set[str]:
    return {row_id for row_id, row in here.rows(USER_ALERT_CONFIGS).items() if row["userId"] != "Default User"}


async def remove(here: Machine, rule_id: str) -> bool:
    return await remove_rule_everywhere(here.appwrite, here.store, rule_id)


async def test_a_rule_goes_in_both_places_and_does_not_come_back(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    gone, kept = await added(here), await added(here, "bob")
    await here.send()
    assert there(appwrite_server) == {gone.rule_id, kept.rule_id}
    assert await remove(here, gone.rule_id)
    await here.rules.reconcile()
    assert there(appwrite_server) == rules(here) == {kept.rule_id}
    assert not await remove(here, gone.rule_id)
    assert not await remove(here, "../rows")


async def test_a_rule_that_is_in_one_place_only_is_removed_there(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    waits = await added(here)
    appwrite_server.send("PUT", f"{rows_path(appwrite_server)}/theirs", {"data": {"userId": "ann", "enabled": True}})
    assert await remove(here, "theirs")
    assert await remove(here, waits.rule_id)
    await here.send()
    assert there(appwrite_server) == rules(here) == set()


async def test_while_appwrite_is_away_nothing_is_removed(here: Machine, appwrite_server: AppwriteServer) -> None:
    rule = await added(here)
    await here.send()
    appwrite_server.control.fault(status=503)
    with pytest.raises(AppwriteAwayError):
        await remove(here, rule.rule_id)
    assert rules(here) == {rule.rule_id}
