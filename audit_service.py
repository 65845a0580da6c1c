"""Who changed what, when.

A change of rows has its audit row in the same transaction. A change of a file cannot: its row is committed as
*intended* first, marked *done* or *abandoned* after, and settled at the next start when the process died in between.
"""

from collections.abc import Callable

from models import BrandId
from storage import audit
from storage.audit import AuditState, Intent
from storage.engine import Database, Transaction


class AuditService:
    """The record of changes.

    Args:
        database: where the rows are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, tx: Transaction, brand_id: BrandId, action: str, version: int, actor: str) -> int:
        """Record, inside the caller's transaction, that a change is about to be made.

        Args:
            tx: the caller's open transaction.
            brand_id: whose change it is.
            action: what is changed, as `noun.verb`.
            version: the brand's version once it is made.
            actor: who asked for it.

        Returns:
            The row's id, for `mark_done` or `mark_abandoned`.
        """
        return audit.add(tx, brand_id, action=action, version=version, actor=actor)

    def record(self, tx: Transaction, brand_id: BrandId, action: str, actor: str) -> None:
        """Record a change of rows, inside the transaction that makes it."""
        audit.set_state(tx, audit.add(tx, brand_id, action=action, version=0, actor=actor), AuditState.DONE)

    async def mark_done(self, row_id: int) -> None:
        """Record that the change was made."""
        await self._mark(row_id, AuditState.DONE)

    async def mark_abandoned(self, row_id: int) -> None:
        """Record that the change was not made and will not be."""
        await self._mark(row_id, AuditState.ABANDONED)

    async def has_intents(self) -> bool:
        """Whether there are changes of which it is not recorded if they were made."""
        return bool(await self._database.read(audit.intents))

    async def settle(self, was_made: Callable[[Intent], bool]) -> None:
        """Mark every intended change as done or abandoned.

        Call it at start, and only while nobody can be between an intent and its mark.

        Args:
            was_made: tells from the thing itself whether that change is in it. It runs on the writer thread.
        """

        def mark_each(tx: Transaction) -> None:
            for intent in audit.intents(tx):
                state = AuditState.DONE if was_made(intent) else AuditState.ABANDONED
                audit.set_state(tx, intent.row_id, state)

        await self._database.write(mark_each)

    async def _mark(self, row_id: int, state: AuditState) -> None:
        await self._database.write(lambda tx: audit.set_state(tx, row_id, state))
