"""Rules written for those who ask the site: in the daemon's own transactions, and onward where rows are sent on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import RuleRefusedError
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.race_queries import read_one
from raceday_daemon.store.rule_changing import change_rule, count_rules
from raceday_daemon.store.rule_writing import Addition, add_rule, remove_rule
from raceday_daemon.store.sqlite import Database

MOST_RULES: Final = 10_000
"""Rules and bands of all users; what is beyond can be added by other ways than the site."""


class RuleBook:
    """Adds, changes and removes rules."""

    def __init__(
        self,
        store: Database,
        clock: Clock,
        outbox: Outbox,
        remove_everywhere: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        """Write to `store`; `remove_everywhere` removes a rule in Appwrite as well, where rows go there."""
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._remove = remove_everywhere or self._remove_here

    async def add(self, rule: AlertRule) -> Addition:
        """Add a rule; raises RuleRefusedError where it can't be right, or there are too many."""
        now = self._clock.now()
        sending = self._outbox.sending(now, is_patient=False)

        def add(connection: Connection) -> Addition:
            if count_rules(connection) >= MOST_RULES and read_one(connection, AlertRule, rule.rule_id) is None:
                raise RuleRefusedError((f"there are {MOST_RULES:,} rules already",))
            return add_rule(connection, rule, now, sending)

        addition = await self._store.transaction(add)
        self._outbox.ring()
        return addition

    async def change(self, rule_id: str, changes: Mapping[str, Any]) -> AlertRule | None:
        """Change a rule, None for none; raises RuleRefusedError where it can't be right so."""
        now = self._clock.now()
        sending = self._outbox.sending(now, is_patient=False)
        changed = await self._store.transaction(
            partial(change_rule, rule_id=rule_id, changes=changes, now=now, sending=sending)
        )
        self._outbox.ring()
        return changed

    async def remove(self, rule_id: str) -> bool:
        """Remove a rule, also in Appwrite; give whether there was one. Raises AppwriteError where it stays there."""
        # Whoever asked may hang up: what is removed there must be removed here too.
        return await asyncio.shield(asyncio.ensure_future(self._remove(rule_id)))

    async def _remove_here(self, rule_id: str) -> bool:
        return (await self._store.transaction(partial(remove_rule, rule_id=rule_id))).was_here
