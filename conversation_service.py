"""Conversations: who may see them, how a turn is written, and the window of history that a model is shown.

An id that the server made holds 192 random bits and is itself the right to read, resume, stop or delete. An id that a
client chose is kept per owner: the socket that made it, the person who has proved who they are, or the brand's key. Two
owners who choose the same id have two conversations. What such a person begins is theirs alone, whoever made its id.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from errors import ConversationNotFound, TurnInProgress
from models import BrandId, ConversationId, Message, MessageId, OwnerId, Product, Role, TurnOutcome, utc_now
from storage import conversations as rows
from storage import products as product_rows
from storage.conversations import NOBODY, ConversationRow, MessageRow, TurnRow
from storage.engine import Database, Transaction
from understanding.summary import summarised

logger = structlog.get_logger(__name__)

# English prose has about 4 characters to a token in the GPT tokenisers; other scripts have fewer, so the estimate
# counts UTF-8 bytes, which overestimates them and keeps the window on the safe side.
BYTES_PER_TOKEN = 4

# What of a conversation is shown to a model: enough for a dozen exchanges, and half of an 8k context stays free.
WINDOW_TOKENS = 2_000
WINDOW_MESSAGES = 60

# A conversation that has outgrown this is summarised until half of a window is left, which makes room for a dozen
# turns: so the prompts of a long conversation cost no more than those of a short one, and nothing falls out unread.
_OUTGROWN_TOKENS, _OUTGROWN_MESSAGES = 1_500, 44
_LEFT_TOKENS, _LEFT_MESSAGES = WINDOW_TOKENS // 2, WINDOW_MESSAGES // 2
# Of a conversation that was never summarised, so many messages are read at a time.
_SUMMARISED_AT_ONCE = 400

# A reply may still speak of what was suggested in so many replies before the latest.
SUGGESTED_REPLIES = 5
# "How long does it take?" goes on from what was answered so many replies ago at most.
ANSWERED_REPLIES = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        owner: under which conversations whose id this caller chooses are kept.
        reads_all: the caller holds the brand's key and may read and delete every conversation of the brand.
        verified: the person who the caller has proved to be.
    """

    owner: OwnerId
    reads_all: bool = False
    verified: str | None = None

    @classmethod
    def person(cls, user_id: str, *, reads_all: bool = False) -> "Caller":
        """Somebody who has proved who they are."""
        return cls(owner_of(user_id), reads_all, user_id)


def owner_of(user_id: str) -> OwnerId:
    """The owner of what a verified person begins."""
    return OwnerId(f"user:{hashlib.sha256(user_id.encode()).hexdigest()}")


@dataclass(frozen=True, slots=True)
class Window:
    """What a reply may look back on.

    Attributes:
        messages: the latest messages that fit the budget, in order, the customer's question last.
        last_suggestions: the products of the latest reply that suggested any, as they are now.
        answered_lately: ids of the brand's own passages that the latest reply rests on that rests on any, back to one
            that suggested products.
        answered_ago: how many messages before the question that reply's was; 0 without one.
        suggested_before: further products of the SUGGESTED_REPLIES latest replies that suggested any.
        summary: what the customer said before these messages, one sentence a line; empty in a short conversation.
        outgrown: whether the conversation should be summarised further.
    """

    messages: tuple[Message, ...]
    last_suggestions: tuple[Product, ...] = ()
    answered_lately: tuple[str, ...] = ()
    answered_ago: int = 0
    suggested_before: tuple[Product, ...] = ()
    summary: str = ""
    outgrown: bool = False

    @property
    def answered_from(self) -> tuple[str, ...]:
        """Ids of the brand's own passages that the very latest reply rests on, if it suggested no products."""
        return self.answered_lately if self.answered_ago == 1 else ()


@dataclass(frozen=True, slots=True)
class BegunTurn:
    """A turn as it was written down.

    Attributes:
        conversation: its row.
        turn: the turn; `repeated` when the client had sent this message before.
        repeated: nothing was written: this is the turn of the first time.
        window: what the reply may look back on, the question included.
    """

    conversation: ConversationRow
    turn: TurnRow
    repeated: bool
    window: Window


@dataclass(frozen=True, slots=True)
class History:
    """A conversation as its owner may read it."""

    conversation: ConversationRow
    messages: list[MessageRow]


def new_message_id() -> MessageId:
    """An id of 128 random bits."""
    return MessageId(f"msg_{secrets.token_hex(16)}")


def _new_conversation_id() -> ConversationId:
    return ConversationId(f"conv_{secrets.token_urlsafe(24)}")


class ConversationService:
    """Reads and writes conversations. Each public method is one transaction."""

    name = "conversations"  # as a step of a brand's purge

    def __init__(self, database: Database) -> None:
        self._database = database

    async def interrupt_running(self) -> int:
        """At start: turns that a dead process left running become `interrupted`. How many there were."""
        interrupted = await self._database.write(lambda tx: rows.interrupt_running(tx, utc_now()))
        if interrupted:
            logger.info("replies of the last process marked as interrupted", count=interrupted)
        return interrupted

    async def begin_turn(
        self,
        brand_id: BrandId,
        caller: Caller,
        *,
        text: str,
        conversation_id: ConversationId | None = None,
        user_id: str | None = None,
        client_message_id: str | None = None,
    ) -> BegunTurn:
        """The first transaction of a turn: store the customer's message and that a reply is being made.

        Raises:
            TurnInProgress: the conversation's previous message is still being answered; nothing is written.
            BrandNotFound: the brand is being deleted; nothing is written.
        """

        def change(tx: Transaction) -> BegunTurn:
            now = utc_now()
            conversation = _known(tx, brand_id, caller, conversation_id)
            is_new = conversation is None
            if conversation is None:
                conversation = _created(tx, brand_id, caller, conversation_id, caller.verified or user_id, now)
            else:
                if client_message_id and (
                    turn := rows.turn_by_client_id(tx, brand_id, conversation.row_id, client_message_id)
                ):
                    return BegunTurn(conversation, turn, repeated=True, window=Window(()))
                if rows.running_turn(tx, brand_id, conversation.row_id):
                    raise TurnInProgress(
                        "Your previous message is still being answered; wait for it, or stop it first."
                    )
                rows.touch(tx, brand_id, conversation.row_id, caller.verified or user_id, now)
            question = MessageRow(new_message_id(), Role.USER, text, now)
            rows.add_message(tx, brand_id, conversation.row_id, question)
            reply_id = new_message_id()
            rows.start_turn(tx, brand_id, conversation.row_id, reply_id, client_message_id, now)
            turn = TurnRow(reply_id, rows.RUNNING, None)
            only_question = Window((Message(Role.USER, text),))
            window = only_question if is_new else _window(tx, brand_id, conversation.row_id)
            return BegunTurn(conversation, turn, repeated=False, window=window)

        return await self._database.write_brand(brand_id, change)

    async def end_turn(
        self, brand_id: BrandId, conversation: int, message_id: MessageId, text: str, outcome: TurnOutcome
    ) -> None:
        """The second transaction of a turn: store the reply and how it ended.

        When the conversation was deleted meanwhile there is nothing to write to, and nothing is written.
        """

        def change(tx: Transaction) -> None:
            now = utc_now()
            if rows.end_turn(tx, brand_id, message_id, outcome, now) and text:
                reply = MessageRow(message_id, Role.ASSISTANT, text, now)
                rows.add_message(tx, brand_id, conversation, reply)

        await self._database.write_brand(brand_id, change)

    async def summarise(self, brand_id: BrandId, conversation: int) -> None:
        """Summarise what the conversation has outgrown; nothing when it has not, or was deleted meanwhile."""

        def change(tx: Transaction) -> None:
            up_to, text = rows.summary(tx, brand_id, conversation)
            while earliest := _outgrown(
                rows.earliest(tx, brand_id, conversation, after=up_to, limit=_SUMMARISED_AT_ONCE)
            ):
                up_to, text = earliest[-1][0], summarised(text, (message for _, message in earliest))
                rows.keep_summary(tx, brand_id, conversation, up_to, text)

        await self._database.write_brand(brand_id, change)

    async def find_turn(
        self, brand_id: BrandId, caller: Caller, conversation_id: ConversationId, message_id: MessageId | None = None
    ) -> TurnRow:
        """A turn of a conversation that the caller may read; without `message_id` the latest.

        Raises:
            ConversationNotFound: there is none, or it is not the caller's.
        """

        def query(tx: Transaction) -> TurnRow | None:
            row_id = _readable(tx, brand_id, caller, conversation_id).row_id
            if message_id is None:
                return rows.latest_turn(tx, brand_id, row_id)
            return rows.turn_by_reply(tx, brand_id, row_id, message_id)

        turn = await self._database.read(query)
        if turn is None:
            raise ConversationNotFound("There is no such reply in this conversation.")
        return turn

    async def stored_reply(self, brand_id: BrandId, turn: TurnRow) -> tuple[str, TurnOutcome]:
        """The text and outcome of a turn that has ended, with its suggested products as they are now.

        Raises:
            TurnInProgress: it has not ended.
        """
        outcome = turn.outcome
        if outcome is None:
            raise TurnInProgress("This reply is still being written.")

        def query(tx: Transaction) -> tuple[str, TurnOutcome]:
            ids = rows.suggested_ids(tx, brand_id, turn.message_id)
            found = product_rows.get_many(tx, brand_id, ids)
            products = [found[id_] for id_ in ids if id_ in found]
            text = rows.reply_text(tx, brand_id, turn.message_id)
            return text, outcome.model_copy(update={"suggested_products": products})

        return await self._database.read(query)

    async def history(self, brand_id: BrandId, caller: Caller, conversation_id: ConversationId) -> History:
        """The whole conversation.

        Raises:
            ConversationNotFound: there is none, or it is not the caller's.
        """

        def query(tx: Transaction) -> History:
            conversation = _readable(tx, brand_id, caller, conversation_id)
            return History(conversation, rows.history(tx, brand_id, conversation.row_id))

        return await self._database.read(query)

    async def delete(self, brand_id: BrandId, caller: Caller, conversation_id: ConversationId) -> None:
        """Erase a conversation with everything said in it.

        Raises:
            ConversationNotFound: there is none, or it is not the caller's.
        """

        def change(tx: Transaction) -> None:
            rows.remove(tx, brand_id, _readable(tx, brand_id, caller, conversation_id).row_id)

        await self._database.write_brand(brand_id, change)

    async def page(
        self, brand_id: BrandId, *, limit: int, offset: int
    ) -> tuple[list[tuple[ConversationRow, int]], int]:
        """Conversations of the brand, the latest first, each with its number of messages; and how many there are."""
        return await self._database.read(
            lambda tx: (rows.page(tx, brand_id, limit=limit, offset=offset), rows.count(tx, brand_id))
        )

    async def count(self, brand_id: BrandId) -> int:
        """How many conversations the brand has."""
        return await self._database.read(lambda tx: rows.count(tx, brand_id))

    async def check(self) -> str:
        """Say "ok" when the database answers, else what is wrong."""
        return await self._database.check()

    async def purge(self, brand_id: BrandId) -> None:
        """Erase every conversation of a brand that is being deleted."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))


def _window(tx: Transaction, brand_id: BrandId, conversation: int) -> Window:
    up_to, summary = rows.summary(tx, brand_id, conversation)
    latest = rows.history(tx, brand_id, conversation, after=up_to, last=WINDOW_MESSAGES)
    by_reply = rows.suggested_lately(tx, brand_id, conversation, replies=SUGGESTED_REPLIES)
    suggested = list(dict.fromkeys(id_ for ids in by_reply for id_ in ids))
    found = product_rows.get_many(tx, brand_id, suggested) if suggested else {}
    last = by_reply[0] if by_reply else []
    answered = rows.passages_lately(tx, brand_id, conversation, replies=ANSWERED_REPLIES)
    return Window(
        messages=_within_budget(latest),
        last_suggestions=tuple(found[id_] for id_ in last if id_ in found),
        answered_lately=next(filter(None, answered), ()),
        answered_ago=next((ago for ago, passages in enumerate(answered, 1) if passages), 0),
        suggested_before=tuple(found[id_] for id_ in suggested if id_ in found and id_ not in last),
        summary=summary,
        outgrown=_is_outgrown([row.content for row in latest]),
    )


def _known(
    tx: Transaction, brand_id: BrandId, caller: Caller, conversation_id: ConversationId | None
) -> ConversationRow | None:
    """The caller's conversation of that id, if there is one."""
    if conversation_id is None:
        return None
    return _preferred(rows.candidates(tx, brand_id, conversation_id), caller)


def _created(
    tx: Transaction,
    brand_id: BrandId,
    caller: Caller,
    conversation_id: ConversationId | None,
    user_id: str | None,
    now: datetime,
) -> ConversationRow:
    """A new conversation: under the caller's id and name, or under an id of ours, a verified person's or nobody's."""
    if conversation_id is None:
        owner = caller.owner if caller.verified is not None else NOBODY
        return rows.create(tx, brand_id, _new_conversation_id(), owner, user_id, now)
    return rows.create(tx, brand_id, conversation_id, caller.owner, user_id, now)


def _readable(tx: Transaction, brand_id: BrandId, caller: Caller, conversation_id: ConversationId) -> ConversationRow:
    found = rows.candidates(tx, brand_id, conversation_id)
    if own := _preferred(found, caller):
        return own
    if caller.reads_all and found:
        return found[0]
    raise ConversationNotFound(f"There is no conversation '{conversation_id}' that you may see.")


def _preferred(found: Sequence[ConversationRow], caller: Caller) -> ConversationRow | None:
    for owner in (NOBODY, caller.owner):
        for conversation in found:
            if conversation.owner == owner:
                return conversation
    return None


def tokens_in(text: str) -> int:
    """About how many tokens a text has for a language model; never too few for English."""
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN + 1


def _is_outgrown(texts: Sequence[str]) -> bool:
    return len(texts) > _OUTGROWN_MESSAGES or sum(map(tokens_in, texts)) > _OUTGROWN_TOKENS


def _outgrown(messages: Sequence[tuple[int, Message]]) -> Sequence[tuple[int, Message]]:
    """Those of a conversation's messages that a summary is to cover; none when all fit a window well."""
    if not _is_outgrown([message.content for _, message in messages]):
        return ()
    tokens, left = 0, 0
    for _, message in reversed(messages):
        tokens += tokens_in(message.content)
        if left == _LEFT_MESSAGES or tokens > _LEFT_TOKENS:
            break
        left += 1
    return messages[: len(messages) - max(left, 1)]


def _within_budget(latest: Sequence[MessageRow]) -> tuple[Message, ...]:
    """The latest messages that fit WINDOW_TOKENS together; the question itself is always among them."""
    kept: list[Message] = []
    budget = WINDOW_TOKENS
    for row in reversed(latest):
        budget -= tokens_in(row.content)
        if kept and budget < 0:
            break
        kept.append(Message(row.role, row.content))
    return tuple(reversed(kept))
