"""The auditor finds nothing wrong with a day as the daemon keeps it, and each thing that is spoiled in it."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.store import schema
from tests import auditor
from tests.auditor.audit import audit
from tests.auditor.finding import What
from tests.contract.audited_day import OUTAGE, STORE, Change, LivedDay, Spoiled, again, changed, gone, live, shifted
from tests.workbench import rows

OF_A_DAY = (
    schema.MEETINGS,
    schema.RACES,
    schema.ENTRANTS,
    schema.RACE_POOLS,
    schema.RACE_RESULTS,
    schema.BIG_BETS,
    schema.ODDS_HISTORY,
    schema.MONEY_FLOW_HISTORY,
)
"""The tables that a day fills."""

OTHER_VALUES = {
    schema.Kind.TEXT: "coalesce({0}, '') || '~'",
    schema.Kind.LONG_TEXT: "coalesce({0}, '') || '~'",
    schema.Kind.INTEGER: "coalesce({0}, 0) + 1",
    schema.Kind.FLOAT: "coalesce({0}, 0) + 0.01",
    schema.Kind.BOOLEAN: "1 - coalesce({0}, 1)",
    schema.Kind.INSTANT: "strftime('%Y-%m-%dT%H:%M:%fZ', coalesce({0}, '2025-07-17'), '-30 days')",
}
"""Another value for a column of each kind."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LivedDay]:
    yield await live(tmp_path_factory.mktemp("day"))


def test_a_day_with_every_special_case_and_faults_is_clean(day: LivedDay) -> None:
    assert {kind for race in day.simulator.plan.races for kind in race.kinds} == set(Kind)
    assert {served.fault for served in day.simulator.served if served.at < OUTAGE[0]} > {None}
    assert rows(day.folder / STORE, "SELECT count(*) > 3000 FROM money_flow_history") == [(1,)]
    assert audit(day.folder, day.simulator, until=day.end) == []


def test_it_shares_no_rules_with_what_it_judges() -> None:
    judged = ("nztab", "market", "intake", "polling", "jobs", "cadence.slots", "cadence.turn", "store.rows")
    for module in Path(auditor.__file__).parent.glob("*.py"):
        imported = re.findall(r"^from raceday_daemon\.(\S+) import", module.read_text(), re.MULTILINE)
        assert not [name for name in imported if name.startswith(judged)], module


def test_every_column_of_every_table_is_compared_with_what_was_served(day: LivedDay, tmp_path: Path) -> None:
    expected = set[tuple[What, str]]()

    def spoil(connection: sqlite3.Connection) -> int:
        for place, (table, column) in enumerate(columns()):
            found = connection.execute(f"SELECT id FROM {table.sqlite_name} ORDER BY id").fetchall()
            row_id = found[place % len(found)][0]
            value = OTHER_VALUES[column.kind].format(column.name)
            connection.execute(f"UPDATE {table.sqlite_name} SET {column.name} = {value} WHERE id = ?", (row_id,))
            expected.add((What.WRONG_VALUE, f"{table.name}[{row_id}].{column.name}"))
        return len(expected)

    found = day.found_in(tmp_path, (STORE, spoil))
    assert len(expected) == len([*columns()])
    assert {one for one in found if one[0] is What.WRONG_VALUE} == expected


def columns() -> Iterator[tuple[schema.Table, schema.Column]]:
    """Give every column but the one by which a race's rows are told from those of others."""
    for table in OF_A_DAY:
        yield from ((table, column) for column in table.columns if column.name != "raceId")


def test_a_row_about_a_race_that_was_never_told_of_is_found(day: LivedDay, tmp_path: Path) -> None:
    of_races = OF_A_DAY[1:]
    found = day.found_in(tmp_path, *((STORE, changed(one.sqlite_name, "raceId = 'nowhere'")) for one in of_races))
    assert {where for what, where in found if what is What.STRANGER} == {
        f"{one.sqlite_name}.raceId" for one in of_races
    }
    assert {(What.MISSING_ROW, one.name) for one in of_races} <= {*named(found)}


def test_a_missing_row_of_each_table_is_found(day: LivedDay, tmp_path: Path) -> None:
    found = day.found_in(tmp_path, *((STORE, gone(table.sqlite_name)) for table in OF_A_DAY))
    assert sorted(named(found)) == sorted((What.MISSING_ROW, table.name) for table in OF_A_DAY)


def test_a_row_too_many_of_each_table_is_found(day: LivedDay, tmp_path: Path) -> None:
    found = day.found_in(tmp_path, *((STORE, again(table.sqlite_name, id="'again'")) for table in OF_A_DAY))
    twice = (schema.ODDS_HISTORY, schema.MONEY_FLOW_HISTORY, schema.BIG_BETS)
    assert sorted(named(found)) == sorted(
        (What.DOUBLED_ROW if table in twice else What.INVENTED_ROW, table.name) for table in OF_A_DAY
    )


def named(found: list[tuple[What, str]]) -> list[tuple[What, str]]:
    """Name the tables alone."""
    return [(what, where.partition("[")[0]) for what, where in found]


WRONG, INVENTED = What.WRONG_VALUE, What.INVENTED_ROW

_FIRST_LAST = "json_insert(json_remove(resultsData, '$[0]'), '$[#]', json_extract(resultsData, '$[0]'))"
_ABSENCE = "INSERT INTO absences SELECT id, 1, '2025-07-17T02:00:00.000Z' FROM races LIMIT 1"
_ALERT = (
    "INSERT INTO notifications (id, userId, title, message, type, read, raceId, eventTimestamp, createdAt)"
    " VALUES ('a', 'u', 't', 'm', 'x', 0, 'nowhere', '2025-07-17', '2025-07-17')"
)


def added(statement: str) -> Change:
    """Add a row."""
    return lambda connection: connection.execute(statement).rowcount


FACTS = (
    Spoiled("no price as 0", changed("entrants", "poolWinOdds = 0", "poolWinOdds IS NULL"), WRONG, ".poolWinOdds"),
    Spoiled("a cent", changed("entrants", "winPoolAmount = winPoolAmount + 1"), WRONG, ".winPoolAmount"),
    Spoiled(
        "an end a refresh late", changed("races", f"finalizedAt = {shifted('finalizedAt', 15)}"), WRONG, ".finalizedAt"
    ),
    Spoiled("a meeting still active", changed("meetings", "status = 'active'"), WRONG, "meetings["),
    Spoiled(
        "a dividend left out",
        changed("race_results", "dividendsData = json_remove(dividendsData, '$[0]')"),
        WRONG,
        ".dividendsData",
    ),
    Spoiled("placings out of order", changed("race_results", f"resultsData = {_FIRST_LAST}"), WRONG, ".resultsData"),
    Spoiled(
        "a closing price left out",
        changed("race_results", "fixedOddsData = json_remove(fixedOddsData, '$.2')"),
        WRONG,
        ".fixedOddsData",
    ),
    Spoiled(
        "a price repeated",
        again("odds_history", id="'again'", eventTimestamp=shifted("eventTimestamp", 15)),
        INVENTED,
        "odds-history[again]",
    ),
    Spoiled(
        "an increment that is the amount",
        changed("money_flow_history", "incrementalWinAmount = winPoolAmount + 1"),
        WRONG,
        ".incrementalWinAmount",
    ),
    Spoiled(
        "a row of nothing new",
        again("money_flow_history", id="'again'", eventTimestamp=shifted("eventTimestamp", 15)),
        INVENTED,
        "money-flow-history[again]",
    ),
    Spoiled(
        "written before the look",
        changed("money_flow_history", "pollingTimestamp = eventTimestamp"),
        WRONG,
        ".pollingTimestamp",
    ),
    Spoiled(
        "a last answer that was another",
        changed("looks", "eventTime = cardTime", "eventTime <> cardTime"),
        WRONG,
        "looks[",
    ),
    Spoiled("a note left out", gone("looks", "id IN (SELECT id FROM meetings)"), WRONG, "looks["),
    Spoiled("a runner withdrawn", added(_ABSENCE), What.STRANGER, "absences.id"),
    Spoiled("an alert about a stranger", added(_ALERT), What.STRANGER, "notifications.raceId"),
)


def test_what_is_nearly_right_is_found(day: LivedDay, tmp_path: Path) -> None:
    found = day.found_in(tmp_path, *((STORE, spoiled.change) for spoiled in FACTS))
    missed = [one.name for one in FACTS if not any(one.what == what and one.where in where for what, where in found)]
    assert missed == []
