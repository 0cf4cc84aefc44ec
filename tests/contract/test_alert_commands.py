"""`alerts add`, `list` and `remove` as people use them, with rows that stay here and with rows that go to Appwrite."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from raceday_daemon.cli import app
from raceday_daemon.model.changes import Record
from raceday_daemon.ops.demo_folder import make_demo_folder
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.records import open_records
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.alerting import band, rule
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables
from tests.builders import entrant, meeting, race
from tests.conftest import Ended
from tests.workbench import rows

ANN = ("--user", "ann")


def alerts(*arguments: str, settings: Mapping[str, str] | None = None) -> Ended:
    """Run a command within this process, whose surroundings are otherwise empty."""
    ended = CliRunner().invoke(app, ["alerts", *arguments], env=settings, catch_exceptions=False)
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


def keep(folder: Path, *records: Record) -> None:
    async def kept() -> None:
        store, polls = await open_working_store(folder), await open_records(folder)
        await store.transaction(lambda connection: write(connection, records))
        await store.close()
        await polls.close()

    asyncio.run(kept())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder that the commands use, with a runner whose race is to come, and a race that is over."""
    over = race(race_id="race-2", race_number=2, status="Final")
    keep(folder := tmp_path / "data", meeting(), race(), over, entrant(1))
    return folder


def stored_rules(folder: Path, *but: str) -> list[tuple[Any, ...]]:
    stored = rows(folder / FILE_NAME, "SELECT userId, alertType, threshold, entrant, race FROM user_alert_configs")
    return [one for one in stored if one[0] not in but]


def test_of_a_rule_with_a_window_it_is_said_from_when_on_it_can_tell_anything(folder: Path) -> None:
    with_one = alerts("add", *ANN, "--type", "odds_shortening", "--threshold", "15", "--window", "300")
    assert "it tells nothing of a race in the first 5 min of watching it" in with_one.out
    assert "ago" not in alerts("add", *ANN, "--type", "odds_shortening", "--threshold", "15").out


def test_a_rule_is_added_once_listed_in_words_and_removed(folder: Path) -> None:
    wish = ("add", *ANN, "--type", "odds_below", "--threshold", "4.5", "--entrant", "runner-1")
    added = alerts(*wish, "--json")
    assert (added.status, added.err, added.answer["outcome"]) == (0, "", "added")
    rule_id = added.answer["rule_id"]
    assert alerts(*wish, "--cooldown", "60").out.splitlines() == [
        f"changed: {rule_id}",
        "ann is told: Win price 4.50 or less, Horse 1 (1), Awapuni R1",
    ]
    assert alerts(*wish, "--cooldown", "60").out.splitlines()[0] == f"was there already: {rule_id}"
    listed = alerts("list", "--user", "ann", "--json").answer
    (one,) = listed["rules"]
    assert (one["rule_id"], one["what"], one["faults"]) == (rule_id, "Win price 4.50 or less", [])
    assert (one["rule"]["cooldown_seconds"], one["rule"]["enabled"], listed["invalid"]) == (60, True, 0)
    assert listed["followed"] is None
    assert alerts("list", "--user", "bob", "--json").answer["rules"] == []
    assert alerts("remove", rule_id, "--json") == Ended(0, json.dumps({"rule_id": rule_id, "removed": True}) + "\n", "")
    assert stored_rules(folder) == []
    assert alerts("remove", "\udcff").status == 2
    unknown = alerts("remove", rule_id)
    assert (unknown.status, unknown.out) == (2, "")
    assert f"there is no rule {rule_id}" in unknown.err


def test_a_user_who_can_have_no_role_in_appwrite_is_warned_about(folder: Path) -> None:
    added = alerts("add", "--user", "Bob B", "--type", "odds_drift", "--threshold", "20", "--window", "90")
    assert added.status == 0
    assert added.out.splitlines()[1] == "Bob B is told: drifts by 20 % within 90 s, every race"
    assert "warning: 'Bob B' can be no user's id in Appwrite" in added.err
    assert stored_rules(folder) == [("Bob B", "odds_drift", 20.0, None, None)]


def test_a_channel_that_is_not_there_is_warned_about(folder: Path) -> None:
    wish = ("add", *ANN, "--type", "scratched")
    unknown = alerts(*wish, "--channel", "phone", "--json")
    assert (unknown.status, unknown.answer["rule"]["channel"]) == (0, "phone")
    assert unknown.answer["warnings"] == [
        "'phone' is no channel in these settings (there is none): it stays in the table alone"
    ]
    settings = {"RACEDAY_WEBHOOK_URL": "http://127.0.0.1:9", "RACEDAY_WEBHOOK_SECRET": f"whsec_{'MDEy' * 12}"}
    for known in ("webhook", "none"):
        changed = alerts(*wish, "--channel", known, "--json", settings=settings)
        assert (changed.status, changed.answer["warnings"]) == (0, []), changed.err
    assert "(there are webhook)" in alerts(*wish, "--channel", "phone", settings=settings).err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--type", "odds_shortening", "--threshold", "100"), "a threshold of 100 is out of range"),
        (("--type", "odds_short", "--threshold", "5"), "did you mean odds_shortening or odds_drift?"),
        (("--type", "scratched", "--entrant", "runner-9"), "there is no entrant runner-9 here"),
        (("--type", "scratched", "--race", "race-9"), "there is no race race-9 here"),
        (("--type", "scratched", "--entrant", "runner-1", "--race", "race-2"), "is of race race-1, not of race-2"),
        (("--type", "race_status", "--race", "race-2"), "the race race-2 is over: it is Final"),
        (("--type", "race_status", "--entrant", "runner-1"), "race_status is of a whole race"),
        (("--type", "big_bet", "--threshold", "5", "--window", "5"), "big_bet takes no window"),
        (("--type", "scratched", "--threshold", "5"), "scratched takes no threshold"),
        (("--type", "race_start"), "race_start needs a threshold in seconds"),
        (("--type", "scratched", "--cooldown", "90000"), "a cooldown of 90000 seconds is out of range"),
        (("--type", "scratched", "--user", "x" * 129), "the user's id has 129 characters"),
        (("--type", "scratched", "--user", "ann\udcff"), "the user's id is no text"),
        (("--type", "odds_below", "--threshold", "nan"), "a threshold of nan is out of range"),
    ],
)
def test_a_rule_that_can_never_be_right_is_refused_with_the_reason(
    folder: Path, options: tuple[str, ...], reason: str
) -> None:
    refused = alerts("add", *ANN, *options, "--json")
    assert (refused.status, refused.answer["outcome"]) == (2, "refused")
    (said,) = refused.answer["reasons"]
    assert reason in said
    assert refused.err.strip() == said
    assert stored_rules(folder) == []


def test_the_list_shows_what_is_wrong_with_rules_of_others(folder: Path) -> None:
    off = rule("race_start", 300, rule_id="off", race="race-1", enabled=False)
    odd = rule("odds_shorten", rule_id="odd", user_id="evil\x1b]0;owned\x07")
    keep(folder, odd, rule("scratched", None, entrant="runner-9"), band(5, 10), off)
    told = alerts("list").out
    lines = {line.split()[0]: line.rstrip() for line in told.splitlines() if not line.startswith(" ")}
    assert lines.keys() == {"id", "odd", "rule-scratched", "band-5", "off", "4"}
    assert "money or shortening in the band 5-10" in lines["band-5"]
    assert lines["band-5"].endswith("on")
    assert "5 min to the start" in lines["off"]
    assert "Awapuni R1" in lines["off"]
    assert lines["off"].endswith("off")
    assert "invalid: there is no alert type 'odds_shorten'" in lines["odd"]
    assert "\x1b]0" not in told
    assert "invalid: there is no entrant runner-9 here" in lines["rule-scratched"]
    assert lines["4"] == "4 rules, 2 invalid"
    assert alerts("list", "--json").answer["invalid"] == 2


def test_a_demos_rules_are_listed_and_not_changed(folder: Path) -> None:
    make_demo_folder(folder)
    added, removed = alerts("add", *ANN, "--type", "scratched"), alerts("remove", "any")
    assert (added.status, removed.status) == (2, 2)
    assert "is a demo's" in added.err
    assert "is a demo's" in removed.err
    assert "there are no rules" in alerts("list").out


def test_where_there_is_no_data_folder_the_list_says_so() -> None:
    listed = alerts("list")
    assert (listed.status, listed.out) == (2, "")
    assert "there is no raceday.db" in listed.err


def test_the_help_teaches_every_type() -> None:
    from raceday_daemon.alerting.rule_types import RULE_TYPES

    told = alerts("add", "--help", settings={"COLUMNS": "160"}).out
    assert all(name in told for name in RULE_TYPES)
    assert "raceday-daemon alerts add --user ann" in told


def test_a_rule_goes_to_appwrite_and_away_from_there_or_nothing_is_removed(
    folder: Path, appwrite_server: AppwriteServer
) -> None:
    make_tables(appwrite_server)
    settings = {**appwrite_server.environment, "APPWRITE_DATABASE_ID": appwrite_server.database}
    wish = ("add", *ANN, "--type", "scratched", "--json")
    sent = alerts(*wish, settings=settings)
    assert (sent.status, sent.answer["outcome"], sent.answer["rows_waiting"]) == (0, "added", 0), sent.err
    rule_id = sent.answer["rule_id"]
    row = f"/tablesdb/{appwrite_server.database}/tables/user-alert-configs/rows/{rule_id}"
    there = appwrite_server.send("GET", row).json()
    assert (there["userId"], there["$permissions"]) == ("ann", ['read("user:ann")'])

    appwrite_server.control.down()
    waits = alerts(*wish, "--cooldown", "5", settings=settings)
    assert (waits.status, waits.answer["outcome"], waits.answer["rows_waiting"]) == (4, "changed", 1)
    assert "1 rows still wait for Appwrite" in waits.err
    away = alerts("remove", rule_id, settings=settings)
    assert (away.status, away.out) == (4, "")
    assert "nothing was removed" in away.err
    elsewhere = alerts("remove", rule_id)
    assert elsewhere.status == 2
    assert "give this command the daemon's Appwrite settings" in elsewhere.err
    assert len(stored_rules(folder, "Default User")) == 1
    assert alerts("list", "--json").answer["followed"] is False
    assert alerts("list").out.startswith("no daemon runs: what was changed in Appwrite since is not here yet\n")

    appwrite_server.control.up()
    gone = alerts("remove", rule_id, settings=settings)
    assert (gone.status, gone.out) == (0, f"removed {rule_id}\n"), gone.err
    assert appwrite_server.send("GET", row).status_code == 404
    assert stored_rules(folder, "Default User") == []
    assert rows(folder / FILE_NAME, "SELECT count(*) FROM outbox WHERE tableName = 'user-alert-configs'") == [(0,)]
