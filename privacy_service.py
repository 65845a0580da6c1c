"""What is kept of a person: told, erased, and forgotten in time.

A person is whoever talked under a `user_id`, proved or as a label. Conversations without one are nobody's: their ids
are the way to them.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from audit_service import AuditService
from brand_service import BrandService
from chatbot_service import ChatbotService
from conversation_service import owner_of
from idempotency_service import IdempotencyService
from identity_service import IdentityService
from models import BrandId, utc_now
from storage import conversations as rows
from storage.conversations import ConversationRow
from storage.engine import Database, Transaction
from sweeping import sweep

logger = structlog.get_logger(__name__)

# What is kept no longer is removed so much at a time that nobody waits for it.
SWEPT_AT_ONCE = 50

# Conversations that an export reads at a time.
_EXPORTED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a person was erased.

    Attributes:
        receipt_id: what the audit calls it.
        person: the person, by a keyed hash.
        at: when.
        erased: how much, by kind.
    """

    receipt_id: str
    person: str
    at: datetime
    erased: dict[str, int]


class PrivacyService:
    """Tells, erases and forgets.

    Args:
        database: where everything is.
        brands: how long each keeps conversations.
        chatbot: whose running replies are ended first.
        idempotency: whose kept answers may quote a person.
        identity: calls people by keyed hashes.
        audit: the record of erasures.
    """

    def __init__(
        self,
        database: Database,
        brands: BrandService,
        chatbot: ChatbotService,
        idempotency: IdempotencyService,
        identity: IdentityService,
        audit: AuditService,
    ) -> None:
        self._database = database
        self._brands = brands
        self._chatbot = chatbot
        self._idempotency = idempotency
        self._identity = identity
        self._audit = audit
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to forget what is kept no longer."""
        self._sweeper = asyncio.create_task(sweep(self._brands, "conversations", self._forget_old))

    async def aclose(self) -> None:
        """Stop."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)

    async def export(self, brand_id: BrandId, user_id: str) -> AsyncIterator[dict[str, Any]]:
        """The person's conversations, each whole, the earliest first."""
        verified = owner_of(user_id)
        after = 0
        while True:
            found = await self._database.read(partial(_told, brand_id=brand_id, user_id=user_id, after=after))
            for conversation, told in found:
                yield told | {"verified": conversation.owner == verified}
            if len(found) < _EXPORTED_AT_ONCE:
                return
            after = found[-1][0].row_id

    async def erase(self, brand_id: BrandId, user_id: str) -> Receipt:
        """Erase everything of a person, and give a receipt. Where there is nothing the receipt says so."""
        receipt_id, person = f"er_{secrets.token_hex(12)}", self._identity.pseudonym(brand_id, user_id)
        conversations = await self._database.read(lambda tx: rows.ids_of_person(tx, brand_id, user_id))
        await self._chatbot.end_turns(brand_id, frozenset(conversations))

        def change(tx: Transaction) -> dict[str, int]:
            erased = rows.erase_person(tx, brand_id, user_id)
            if erased["conversations"]:
                erased["answers"] = self._idempotency.forget_chats(tx, brand_id)
            self._audit.record(tx, brand_id, "customer.erase", receipt_id, after={"person": person, **erased})
            return erased

        erased = await self._database.write_brand(brand_id, change)
        # What was written over stays in the log until that is emptied.
        await asyncio.to_thread(self._database.empty_log)
        return Receipt(receipt_id, person, utc_now(), erased)

    async def _forget_old(self, brand_id: BrandId) -> None:
        days = self._brands.config(brand_id).settings.retention_days
        if days is None:
            return
        before = utc_now() - timedelta(days=days)
        removed = 0
        while part := await self._database.write_brand(
            brand_id, lambda tx: rows.remove_before(tx, brand_id, before, limit=SWEPT_AT_ONCE)
        ):
            removed += part
        if removed:
            logger.info("conversations_removed", brand=brand_id, count=removed, days=days)


def _told(tx: Transaction, brand_id: BrandId, user_id: str, after: int) -> list[tuple[ConversationRow, dict[str, Any]]]:
    """Conversations as a person may read them, behind a row."""
    found = []
    for conversation in rows.of_person(tx, brand_id, user_id, after=after, limit=_EXPORTED_AT_ONCE):
        messages = [
            {"role": one.role.value, "content": one.content, "timestamp": one.created_at.isoformat()}
            for one in rows.history(tx, brand_id, conversation.row_id)
        ]
        told = {
            "conversation_id": conversation.id,
            "created_at": conversation.created_at.isoformat(),
            "updated_at": conversation.updated_at.isoformat(),
            "messages": messages,
            "summary": rows.summary(tx, brand_id, conversation.row_id)[1],
            "replies": rows.replies(tx, brand_id, conversation.row_id),
        }
        found.append((conversation, told))
    return found
