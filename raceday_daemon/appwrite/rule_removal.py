"""A rule removed in Appwrite and here: removed here alone, it would come back from there."""

from functools import partial
from typing import TYPE_CHECKING

from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.row_ids import is_row_id
from raceday_daemon.model.appwrite_errors import AppwriteError, RowMissingError
from raceday_daemon.store.rule_writing import remove_rule
from raceday_daemon.store.schema import USER_ALERT_CONFIGS
from raceday_daemon.store.sqlite import Database

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB


async def remove_rule_everywhere(appwrite: Appwrite, store: Database, rule_id: str) -> bool:
    """Remove a rule or a band there, then here and from the outbox; give whether there was one in either place.

    Raises AppwriteError where it can't be removed there: then it stays here too.
    """
    was_there = await _remove_there(appwrite, rule_id)
    removal = await store.transaction(partial(remove_rule, rule_id=rule_id))
    if removal.waited:
        await _remove_what_was_on_its_way(appwrite, rule_id)
    return was_there or removal.was_here


async def _remove_what_was_on_its_way(appwrite: Appwrite, rule_id: str) -> None:
    try:
        await _remove_there(appwrite, rule_id)
    except AppwriteError as error:
        logger.warning(
            "alert rule {rule_id} was removed, and may have been on its way to Appwrite at that moment: {error};"
            " where it is listed again, remove it again",
            action="rule_removal_doubtful",
            rule_id=rule_id,
            kind=error.kind,
            error=str(error),
        )


async def _remove_there(appwrite: Appwrite, rule_id: str) -> bool:
    if not is_row_id(rule_id):
        return False
    try:
        await appwrite.ask(partial(_delete, appwrite.database_id, rule_id))
    except RowMissingError:
        return False
    return True


def _delete(database_id: str, rule_id: str, tables: "TablesDB") -> None:
    tables.delete_row(database_id, USER_ALERT_CONFIGS.name, rule_id)
