"""Who changed what, when and from where.

A change of rows has its audit row in the same transaction. A change of a file cannot: its row is committed as
*intended* first, marked *done* or *abandoned* after, and settled at the next start when the process died in between.
Who makes a change is `acting.acting()`; what it was is told as audit_values.py says.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any

from acting import acting
from audit_values import differing
from models import BrandId
from storage import audit
from storage.audit import AuditFilter, AuditRow, AuditState, Intent, NewChange
from storage.engine import Database, Transaction

# Rows that an export reads at a time.
_EXPORT_ROWS = 500

_ADDRESS_CHARS = 64
_SUBJECT_CHARS = 256

Members = Mapping[str, Any]


class AuditService:
    """The record of changes.

    Args:
        database: where the rows are.
    """

    name = "audit"  # as a step of a brand's purge

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(
        self,
        tx: Transaction,
        brand_id: BrandId,
        action: str,
        version: int,
        *,
        before: Members | None = None,
        after: Members | None = None,
    ) -> int:
        """Record, inside the caller's transaction, that a change is about to be made.

        Args:
            tx: the caller's open transaction.
            brand_id: whose change it is.
            action: what is changed, as `noun.verb`.
            version: the brand's version once it is made.
            before: the thing's members as they are.
            after: as they will be.

        Returns:
            The row's id, for `mark_done` or `mark_abandoned`.
        """
        was, will_be = differing(before, after)
        return audit.add(tx, _change(brand_id, action, AuditState.INTENDED, version=version, before=was, after=will_be))

    def record(
        self,
        tx: Transaction,
        brand_id: BrandId,
        action: str,
        subject: str = "",
        *,
        before: Members | None = None,
        after: Members | None = None,
    ) -> None:
        """Record a change of rows, inside the transaction that makes it.

        Args:
            tx: the caller's open transaction.
            brand_id: whose change it is.
            action: what is changed, as `noun.verb`.
            subject: the id of what is changed; never a person's.
            before: its members as they were; None when it is new.
            after: as they are; None when it is gone.
        """
        was, is_now = differing(before, after)
        audit.add(
            tx,
            _change(brand_id, action, AuditState.DONE, subject=subject[:_SUBJECT_CHARS], before=was, after=is_now),
        )

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

    async def page(self, wanted: AuditFilter, *, limit: int, offset: int) -> tuple[list[AuditRow], int]:
        """Changes, the latest first, and how many there are."""
        return await self._database.read(
            lambda tx: (audit.page(tx, wanted, limit=limit, offset=offset), audit.count(tx, wanted))
        )

    async def export(self, wanted: AuditFilter) -> AsyncIterator[AuditRow]:
        """All of them, the latest first; what is recorded meanwhile is not among them."""
        below: int | None = None
        while True:
            part = await self._database.read(partial(audit.page, wanted=wanted, limit=_EXPORT_ROWS, below=below))
            for row in part:
                yield row
            if len(part) < _EXPORT_ROWS:
                return
            below = part[-1].row_id

    async def purge(self, brand_id: BrandId) -> None:
        """Of a brand that is being deleted keep who changed what, when, but not what it was."""
        await self._database.write(lambda tx: audit.purge(tx, brand_id))

    async def _mark(self, row_id: int, state: AuditState) -> None:
        await self._database.write(lambda tx: audit.set_state(tx, row_id, state))


def _change(brand_id: BrandId, action: str, state: AuditState, **what: Any) -> NewChange:  # noqa: ANN401, NewChange's members
    """A change by whoever acts."""
    actor = acting()
    return NewChange(brand_id, action, actor.name, actor.address[:_ADDRESS_CHARS], state, **what)
