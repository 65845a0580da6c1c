"""A POST that is sent again with the same Idempotency-Key gets the first answer again, for 24 hours."""

from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

from errors import BrandNotFound, Conflict, InvalidInput
from models import BrandId, utc_now
from storage import answers as rows
from storage.answers import Answer, AnswerKey
from storage.engine import Database, Transaction

LIFETIME = timedelta(hours=24)
MAX_KEY_CHARS = 255

# An answer larger than this is not kept; none of ours is, short of a whole catalogue's report.
MAX_ANSWER_BYTES = 1024 * 1024


class OtherBody(InvalidInput):
    """The key was used before, for something else."""

    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IdempotencyService:
    """Remembers answers."""

    name = "answers"  # as a step of a brand's purge

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running: set[AnswerKey] = set()

    async def begin(self, key: AnswerKey, body_hash: str) -> Answer | None:
        """The first answer, when there is one; otherwise the caller answers now, and calls `end`.

        Raises:
            InvalidInput: the key is empty or too long, or was used with another body.
            Conflict: the first request with this key is still being answered.
        """
        if not 0 < len(key.key) <= MAX_KEY_CHARS:
            raise InvalidInput(f"An Idempotency-Key has 1 to {MAX_KEY_CHARS} characters.")
        if key in self._running:
            raise Conflict("A request with this Idempotency-Key is still being answered.")
        self._running.add(key)
        try:
            first = await self._database.read(lambda tx: rows.find(tx, key, utc_now() - LIFETIME))
        except BaseException:
            self._running.discard(key)
            raise
        if first is None:
            return None
        self._running.discard(key)
        if first.body_hash != body_hash:
            raise OtherBody("This Idempotency-Key was used with another body; use a new one.")
        return first

    async def end(self, key: AnswerKey, brand_id: BrandId, answer: Answer | None) -> None:
        """Keep the answer; None when there was none worth keeping, so that the request may be tried again."""
        kept = answer if answer is not None and len(answer.body) <= MAX_ANSWER_BYTES else None

        def change(tx: Transaction, kept: Answer) -> None:
            now = utc_now()
            rows.forget_before(tx, now - LIFETIME)
            rows.keep(tx, brand_id, key, kept, now)

        try:
            if kept is not None:
                with suppress(BrandNotFound):  # deleted meanwhile: nothing of it is kept
                    await self._database.write_brand(brand_id, lambda tx: change(tx, kept))
        finally:
            self._running.discard(key)

    def forget_chats(self, tx: Transaction, brand_id: BrandId) -> int:
        """Forget, in the caller's transaction, what was answered to customers; how many answers went."""
        return rows.forget_chats(tx, brand_id)

    async def purge(self, brand_id: BrandId) -> None:
        """Forget every answer about a brand that is being deleted."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))
