"""What an API key may do, found out without changing anything: each scope is tried by a call that can do no harm.

A write is tried on something whose name nobody else can have: where the key may, the answer is that it is not there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.model.appwrite_errors import AppwriteElsewhereError, AppwriteKeyError, AppwriteRefusedError

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB

Probe = Callable[["TablesDB", str], Any]

RUN: Final = ("rows.read", "rows.write")
"""For `run` and the single commands on a database that is set up; transactions ask for these two as well."""

_ELSEWHERE: Final = {
    "users.read": "/users",
    "teams.read": "/teams",
    "buckets.read": "/storage/buckets",
    "functions.read": "/functions",
    "sites.read": "/sites",
    "messages.read": "/messaging/messages",
    "providers.read": "/messaging/providers",
    "topics.read": "/messaging/topics",
}


@dataclass(frozen=True, slots=True)
class KeyScopes:
    """What a key has and lacks of what `run` needs, then of what `setup` needs besides, and what no command needs."""

    of_run: tuple[str, ...]
    missing: tuple[str, ...]
    for_setup: tuple[str, ...]
    lacking_for_setup: tuple[str, ...]
    surplus: tuple[str, ...]


async def find_scopes(appwrite: Appwrite) -> KeyScopes:
    """Try a key's scopes one by one.

    Raises AppwriteKeyError for a key that is no good at all, AppwriteElsewhereError and AppwriteAwayError as any call.
    """
    probes = _probes()
    held = {scope for scope, probe in probes.items() if await _may(appwrite, probe)}
    for_setup = probes.keys() - set(RUN) - _ELSEWHERE.keys()
    return KeyScopes(
        of_run=_in_order(held & set(RUN)),
        missing=_in_order(set(RUN) - held),
        for_setup=_in_order(held & for_setup),
        lacking_for_setup=_in_order(for_setup - held),
        surplus=_in_order(held & _ELSEWHERE.keys()),
    )


async def refuse_without_writing(appwrite: Appwrite) -> None:
    """Raise AppwriteKeyError for a key that may not write rows; whatever else stands in the way shows with the rows."""
    try:
        await appwrite.ask(lambda tables: _begin_and_leave(tables, appwrite.database_id))
    except AppwriteKeyError:
        raise
    except AppwriteRefusedError as error:
        logger.debug("no transaction could be begun: {error}", action="writing_not_tried", error=str(error))


async def _may(appwrite: Appwrite, probe: Probe) -> bool:
    try:
        await appwrite.ask(lambda tables: probe(tables, appwrite.database_id))
    except AppwriteKeyError as error:
        if error.type != "general_unauthorized_scope":
            raise
        return False
    except AppwriteElsewhereError as error:
        # A service that this server does not have gives nothing away; a wrong address is told as for any call.
        if error.type != "general_route_not_found":
            raise
        return False
    except AppwriteRefusedError:
        return True
    return True


def _probes() -> dict[str, Probe]:
    nobodys = f"none-{uuid4().hex[:24]}"
    return {
        "rows.read": lambda tables, database: tables.list_rows(database, nobodys),
        "rows.write": _begin_and_leave,
        "databases.read": lambda tables, _: tables.get(nobodys),
        "databases.write": lambda tables, _: tables.delete(nobodys),
        "tables.read": lambda tables, database: tables.get_table(database, nobodys),
        "tables.write": lambda tables, database: tables.delete_table(database, nobodys),
        "columns.read": lambda tables, database: tables.list_columns(database, nobodys),
        "columns.write": lambda tables, database: tables.delete_column(database, nobodys, nobodys),
        "indexes.read": lambda tables, database: tables.list_indexes(database, nobodys),
        "indexes.write": lambda tables, database: tables.delete_index(database, nobodys, nobodys),
        **{scope: _listing(path) for scope, path in _ELSEWHERE.items()},
    }


def _begin_and_leave(tables: "TablesDB", _: str) -> None:
    transaction = tables.create_transaction(ttl=60)
    tables.update_transaction(transaction.id, rollback=True)


def _listing(path: str) -> Probe:
    def ask(tables: "TablesDB", _: str) -> Any:
        project = {"X-Appwrite-Project": tables.client.get_config("project"), "accept": "application/json"}
        return tables.client.call("get", path, project)

    return ask


def _in_order(scopes: Any) -> tuple[str, ...]:
    known: Sequence[str] = [*_probes()]
    return tuple(sorted(scopes, key=known.index))
