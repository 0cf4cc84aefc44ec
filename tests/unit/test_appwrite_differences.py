"""What a table in Appwrite lacks of its declaration, and what is done about it."""

from dataclasses import replace
from typing import Any

import pytest

from raceday_daemon.appwrite.setup.differences import Difference, differences, steps_towards
from raceday_daemon.appwrite.setup.found import FoundColumn, FoundIndex, FoundTable
from raceday_daemon.appwrite.setup.links import Link, links_of
from raceday_daemon.appwrite.setup.steps import (
    Await,
    ChangeColumn,
    ChangeTable,
    MakeColumn,
    MakeIndex,
    MakeTable,
    RemoveColumn,
    RemoveIndex,
)
from raceday_daemon.appwrite.setup.wanted import WantedTable, wanted_tables
from raceday_daemon.store.schema import ENTRANTS, RACES, TABLES, USER_ALERT_CONFIGS, Column, Kind

TABLE = WantedTable(
    name="odds",
    columns=(
        Column("entrant", Kind.TEXT, 36, required=True),
        Column("odds", Kind.FLOAT, None, required=True),
        Column("notes", Kind.LONG_TEXT, 65_535, required=False),
        Column("race", Kind.TEXT, 36, required=False),
    ),
    indexes=(("entrant", "odds"),),
    permissions=('read("users")',),
    row_security=False,
    relationships={"race": "races"},
)
LINK = FoundColumn("race", "relationship", "available", False, related_table="races", relation_type="manyToOne")
COLUMNS = (
    FoundColumn("entrant", "varchar", "available", True, size=36),
    FoundColumn("odds", "double", "available", True, low=-1.7976931348623157e308, high=1.7976931348623157e308),
    FoundColumn("notes", "text", "available", False),
    LINK,
)
INDEX = FoundIndex("entrant_odds", "key", "available", ("entrant", "odds"))
SAME = FoundTable(
    name="odds",
    title="Odds",
    enabled=True,
    columns={column.name: column for column in COLUMNS},
    indexes=(INDEX,),
    permissions=frozenset({'read("users")'}),
    row_security=False,
)


def with_column(name: str, **changed: Any) -> FoundTable:
    return replace(SAME, columns={**SAME.columns, name: replace(SAME.columns[name], **changed)})


def with_indexes(*indexes: FoundIndex) -> FoundTable:
    return replace(SAME, indexes=indexes)


def only_difference(found: FoundTable) -> Difference:
    (difference,) = differences(TABLE, found)
    return difference


def kinds(difference: Difference) -> list[type[Any]]:
    return [type(step) for step in difference.steps]


def test_a_table_as_it_is_declared_differs_in_nothing() -> None:
    assert differences(TABLE, SAME) == []


@pytest.mark.parametrize(
    ("name", "type_", "size"), [("entrant", "string", 36), ("notes", "string", 65_535), ("notes", "longtext", None)]
)
def test_the_kinds_of_text_of_older_and_newer_servers_are_the_same(name: str, type_: str, size: int | None) -> None:
    assert differences(TABLE, with_column(name, type=type_, size=size)) == []


def test_a_missing_table_is_made_with_all_its_parts() -> None:
    (difference,) = differences(TABLE, None)
    assert kinds(difference) == [MakeTable, *[MakeColumn] * 4, MakeIndex]


@pytest.mark.parametrize(
    ("found", "steps"),
    [
        (replace(SAME, columns={"race": LINK, **{c.name: c for c in COLUMNS[:2]}}), [MakeColumn]),
        (with_column("entrant", status="failed", error="no"), [RemoveColumn, MakeColumn]),
        (with_column("entrant", status="stuck"), [RemoveColumn, MakeColumn]),
        (with_column("entrant", status="processing"), [Await]),
        (with_column("entrant", status="deleting"), [Await]),
        (with_column("entrant", size=20), [ChangeColumn]),
        (with_column("entrant", required=False), [ChangeColumn]),
        (with_column("notes", required=True), [ChangeColumn]),
        (with_column("notes", default=""), [ChangeColumn]),
        (with_column("notes", type="string", size=1000), [ChangeColumn]),
        (with_column("odds", low=0), [ChangeColumn]),
        (with_column("odds", high=1000), [ChangeColumn]),
        (with_indexes(), [MakeIndex]),
        (with_indexes(replace(INDEX, columns=("odds", "entrant"))), [MakeIndex]),
        (with_indexes(replace(INDEX, type="fulltext")), [MakeIndex]),
        (with_indexes(replace(INDEX, status="failed")), [RemoveIndex, MakeIndex]),
        (with_indexes(replace(INDEX, status="failed"), replace(INDEX, name="other")), None),
        (with_indexes(replace(INDEX, status="processing")), [Await]),
        (with_indexes(replace(INDEX, name="of another name")), None),
        (replace(SAME, permissions=frozenset()), [ChangeTable]),
        (replace(SAME, row_security=True), [ChangeTable]),
        (replace(SAME, title="Another", enabled=False), None),
    ],
)
def test_what_can_be_mended_without_loss_has_its_steps(found: FoundTable, steps: list[type[Any]] | None) -> None:
    assert [kinds(difference) for difference in differences(TABLE, found)] == ([] if steps is None else [steps])


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (with_column("odds", type="integer"), "odds.odds: it is integer, declared is a float"),
        (
            with_column("entrant", array=True),
            "odds.entrant: it is a list of varchar of 36, declared is text of 36 characters",
        ),
        (
            replace(SAME, columns={**SAME.columns, "extra": FoundColumn("extra", "boolean", "available", True)}),
            "odds.extra: it is required and not declared: every row would be refused",
        ),
    ],
)
def test_what_cannot_is_named(found: FoundTable, what: str) -> None:
    difference = only_difference(found)
    assert (str(difference), difference.steps, difference.foreign, difference.harmless) == (what, (), False, False)


def test_a_wider_text_is_harmless() -> None:
    assert only_difference(with_column("entrant", size=37)).harmless


@pytest.mark.parametrize(
    "found",
    [
        with_column("entrant", type="relationship", size=None, related_table="entrants", relation_type="manyToOne"),
        with_column("race", two_way=True),
        with_column("race", related_table="meetings"),
        with_column("race", relation_type="oneToOne"),
        with_column("race", type="varchar", size=36),
        replace(SAME, columns={**SAME.columns, "extra": replace(LINK, name="extra")}),
        with_indexes(replace(INDEX, type="unique")),
        with_indexes(INDEX, FoundIndex("u", "unique", "available", ("odds",))),
    ],
)
def test_a_mark_of_another_make_keeps_everything_as_it_is(found: FoundTable) -> None:
    difference = only_difference(found)
    assert difference.foreign
    mendable = only_difference(with_indexes())
    assert steps_towards([mendable])
    assert steps_towards([mendable, difference]) == ()


def test_every_index_has_a_key_that_appwrite_takes_and_no_other_of_its_table_has() -> None:
    for table in wanted_tables("users"):
        keys = [MakeIndex(table, columns).index for columns in table.indexes]
        assert len(keys) == len(set(keys))
        assert all(len(key) <= 36 for key in keys)


def test_links_are_the_columns_that_hold_anothers_id_once_each() -> None:
    assert links_of(ENTRANTS) == (Link("entrants", "raceId", "races"),)
    assert links_of(RACES) == (Link("races", "meetingId", "meetings"),)
    assert links_of(USER_ALERT_CONFIGS) == (
        Link("user-alert-configs", "entrant", "entrants"),
        Link("user-alert-configs", "race", "races"),
    )
    assert sum(len(links_of(table)) for table in TABLES) == 14
