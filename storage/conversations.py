"""Conversations, their messages and turns as rows."""

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, String, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId, ConversationId, FinishReason, Message, MessageId, OwnerId, Role, TurnOutcome
from storage.prepared import Prepared
from storage.tables import UtcDateTime, conversations, messages, summaries, turns

RUNNING = "running"

# The owner of a conversation whose id the server made: the id itself is the right to it.
NOBODY = OwnerId("")


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation and its place in the table."""

    row_id: int
    id: ConversationId
    owner: OwnerId
    user_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of a history."""

    id: MessageId
    role: Role
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn; `outcome` is None while it runs."""

    message_id: MessageId
    state: str
    outcome: TurnOutcome | None


def candidates(connection: Connection, brand_id: BrandId, conversation_id: ConversationId) -> list[ConversationRow]:
    """Every conversation of that id in the brand, one per owner, the latest first."""
    return [
        ConversationRow(*row) for row in _CANDIDATES.rows(connection, {"brand": brand_id, "public": conversation_id})
    ]


def create(
    connection: Connection,
    brand_id: BrandId,
    conversation_id: ConversationId,
    owner: OwnerId,
    user_id: str | None,
    now: datetime,
) -> ConversationRow:
    """Begin a conversation."""
    values = {
        "brand_id": brand_id,
        "id": conversation_id,
        "owner": owner,
        "user_id": user_id,
        "created_at": now,
        "updated_at": now,
    }
    (row_id,) = _CREATE.rows(connection, values)[0]
    return ConversationRow(row_id, conversation_id, owner, user_id, now, now)


def touch(connection: Connection, brand_id: BrandId, row_id: int, user_id: str | None, now: datetime) -> None:
    """Note that something was said, and under which label."""
    _TOUCH.run(connection, {"at": row_id, "brand": brand_id, "label": user_id, "now": now})


def remove(connection: Connection, brand_id: BrandId, row_id: int) -> None:
    """Delete a conversation with its messages and turns."""
    where = (conversations.c.brand_id == brand_id, conversations.c.row_id == row_id)
    connection.execute(delete(conversations).where(*where))


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Delete every conversation of the brand."""
    connection.execute(delete(conversations).where(conversations.c.brand_id == brand_id))


_TOLD_OF_TURNS = ("message_id", "client_message_id", "suggested", "outcome")


def of_person(
    connection: Connection, brand_id: BrandId, user_id: str, *, after: int, limit: int
) -> list[ConversationRow]:
    """A person's conversations behind a row, the earliest first."""
    query = select(*_COLUMNS).where(*_of_person(brand_id, user_id), conversations.c.row_id > after)
    return [ConversationRow(*row) for row in connection.execute(query.order_by(conversations.c.row_id).limit(limit))]


def ids_of_person(connection: Connection, brand_id: BrandId, user_id: str) -> list[int]:
    """The rows of a person's conversations."""
    return list(connection.execute(select(conversations.c.row_id).where(*_of_person(brand_id, user_id))).scalars())


def erase_person(connection: Connection, brand_id: BrandId, user_id: str) -> dict[str, int]:
    """Delete a person's conversations with everything in them; how many rows of each kind went."""
    theirs = select(conversations.c.row_id).where(*_of_person(brand_id, user_id))
    erased = {}
    for table in (messages, turns, summaries):
        where = (table.c.brand_id == brand_id, table.c.conversation.in_(theirs))
        erased[table.name] = connection.execute(delete(table).where(*where)).rowcount
    erased["conversations"] = connection.execute(delete(conversations).where(*_of_person(brand_id, user_id))).rowcount
    return erased


def remove_before(connection: Connection, brand_id: BrandId, moment: datetime, *, limit: int) -> int:
    """Delete conversations in which nothing was said since then, so many at most; how many went."""
    old = (conversations.c.brand_id == brand_id, conversations.c.updated_at < moment)
    chosen = select(conversations.c.row_id).where(*old).limit(limit)
    where = (conversations.c.brand_id == brand_id, conversations.c.row_id.in_(chosen))
    return connection.execute(delete(conversations).where(*where)).rowcount


def replies(connection: Connection, brand_id: BrandId, conversation: int) -> list[dict[str, Any]]:
    """What is kept of how each reply of a conversation came about, in order."""
    columns = [turns.c[name] for name in _TOLD_OF_TURNS]
    query = select(*columns).where(turns.c.brand_id == brand_id, turns.c.conversation == conversation)
    found = connection.execute(query.order_by(turns.c.row_id))
    return [dict(zip(_TOLD_OF_TURNS, row, strict=True)) for row in found]


def _of_person(brand_id: BrandId, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (conversations.c.brand_id == brand_id, conversations.c.user_id == user_id)


def page(connection: Connection, brand_id: BrandId, *, limit: int, offset: int) -> list[tuple[ConversationRow, int]]:
    """Conversations, the latest first, each with its number of messages."""
    how_many = select(func.count()).where(messages.c.conversation == conversations.c.row_id).scalar_subquery()
    query = select(*_COLUMNS, how_many).where(conversations.c.brand_id == brand_id)
    query = query.order_by(conversations.c.updated_at.desc(), conversations.c.row_id.desc()).limit(limit).offset(offset)
    return [(ConversationRow(*row[:-1]), row[-1]) for row in connection.execute(query)]


def count(connection: Connection, brand_id: BrandId) -> int:
    """How many conversations the brand has."""
    query = select(func.count()).where(conversations.c.brand_id == brand_id)
    return int(connection.execute(query).scalar_one())


def add_message(connection: Connection, brand_id: BrandId, conversation: int, message: MessageRow) -> None:
    """Append a message."""
    values = {
        "brand_id": brand_id,
        "conversation": conversation,
        "id": message.id,
        "role": message.role.value,
        "content": message.content,
        "created_at": message.created_at,
    }
    _ADD_MESSAGE.run(connection, values)


def history(
    connection: Connection, brand_id: BrandId, conversation: int, *, last: int | None = None, after: int = 0
) -> list[MessageRow]:
    """The messages in order; with `last` only so many of the latest, with `after` those behind that row."""
    # SQLite reads a negative limit as none.
    where = {"brand": brand_id, "in": conversation, "after": after, "last": -1 if last is None else last}
    found = _HISTORY.rows(connection, where)
    rows = [MessageRow(id_, Role(role), content, created_at) for id_, role, content, created_at in found]
    return rows[::-1]


def earliest(
    connection: Connection, brand_id: BrandId, conversation: int, *, after: int, limit: int
) -> list[tuple[int, Message]]:
    """The first messages behind a row, in order, with their row ids."""
    found = _EARLIEST.rows(connection, {"brand": brand_id, "in": conversation, "after": after, "most": limit})
    return [(row_id, Message(Role(role), content)) for row_id, role, content in found]


def summary(connection: Connection, brand_id: BrandId, conversation: int) -> tuple[int, str]:
    """The row id of the last message that the conversation's summary covers, and its text; 0 and "" without one."""
    found = _SUMMARY.first(connection, {"brand": brand_id, "in": conversation})
    return (found[0], found[1]) if found else (0, "")


def keep_summary(connection: Connection, brand_id: BrandId, conversation: int, up_to: int, text: str) -> None:
    """Replace the conversation's summary; the conversation must be there."""
    values = {"brand_id": brand_id, "conversation": conversation, "up_to": up_to, "text": text}
    _KEEP_SUMMARY.run(connection, values)


def start_turn(
    connection: Connection,
    brand_id: BrandId,
    conversation: int,
    message_id: MessageId,
    client_message_id: str | None,
    now: datetime,
) -> None:
    """Note that a reply is being made."""
    values = {
        "brand_id": brand_id,
        "conversation": conversation,
        "message_id": message_id,
        "client_message_id": client_message_id,
        "state": RUNNING,
        "started_at": now,
    }
    _START_TURN.run(connection, values)


def end_turn(
    connection: Connection, brand_id: BrandId, message_id: MessageId, outcome: TurnOutcome, now: datetime
) -> bool:
    """Note how a reply ended; False when the turn is gone (its conversation was deleted) or has ended before."""
    suggested = [product.id for product in outcome.suggested_products]
    values = {
        "brand": brand_id,
        "reply": message_id,
        "state": outcome.finish_reason.value,
        "suggested": suggested or None,
        # Products are kept by id: a later reader is shown them as they are then.
        "outcome": outcome.model_dump(mode="json", exclude={"suggested_products"}),
        "ended_at": now,
    }
    return _END_TURN.run(connection, values) > 0


def running_turn(connection: Connection, brand_id: BrandId, conversation: int) -> TurnRow | None:
    """The turn that runs in the conversation."""
    return _turn(_RUNNING_TURN.first(connection, {"brand": brand_id, "in": conversation}))


def turn_by_client_id(
    connection: Connection, brand_id: BrandId, conversation: int, client_message_id: str
) -> TurnRow | None:
    """The turn that a client began under its own id."""
    where = {"brand": brand_id, "in": conversation, "client_id": client_message_id}
    return _turn(_TURN_BY_CLIENT_ID.first(connection, where))


def turn_by_reply(
    connection: Connection, brand_id: BrandId, conversation: int, message_id: MessageId
) -> TurnRow | None:
    """The turn that makes, or made, that reply."""
    where = {"brand": brand_id, "in": conversation, "reply": message_id}
    return _turn(_TURN_BY_REPLY.first(connection, where))


def latest_turn(connection: Connection, brand_id: BrandId, conversation: int) -> TurnRow | None:
    """The last turn that was begun."""
    return _turn(_LATEST_TURN.first(connection, {"brand": brand_id, "in": conversation}))


def reply_text(connection: Connection, brand_id: BrandId, message_id: MessageId) -> str:
    """The stored text of a reply; empty when nothing was said."""
    query = select(messages.c.content).where(messages.c.brand_id == brand_id, messages.c.id == message_id)
    return connection.execute(query).scalar_one_or_none() or ""


def suggested_ids(connection: Connection, brand_id: BrandId, message_id: MessageId) -> list[str]:
    """The products that a reply suggested."""
    query = select(turns.c.suggested).where(turns.c.brand_id == brand_id, turns.c.message_id == message_id)
    return connection.execute(query).scalar_one_or_none() or []


def suggested_lately(connection: Connection, brand_id: BrandId, conversation: int, *, replies: int) -> list[list[str]]:
    """The products that the latest replies with suggestions suggested, the latest reply first."""
    found = _SUGGESTED_LATELY.rows(connection, {"brand": brand_id, "in": conversation, "replies": replies})
    return [row[0] for row in found]


def passages_lately(
    connection: Connection, brand_id: BrandId, conversation: int, *, replies: int
) -> list[tuple[str, ...]]:
    """The ids of the passages that each of the latest replies rests on, the latest first, back to one with products."""
    found = _LATEST_OUTCOMES.rows(connection, {"brand": brand_id, "in": conversation, "replies": replies})
    outcomes = itertools.takewhile(lambda row: not row[1], found)
    sources = [(outcome or {}).get("sources", []) for outcome, _ in outcomes]
    return [tuple(one["id"] for one in of_reply if one["kind"] == "passage") for of_reply in sources]


def interrupt_running(connection: Connection, now: datetime) -> int:
    """At start: end every turn that a dead process left running, in all brands. How many there were."""
    outcome = TurnOutcome(finish_reason=FinishReason.INTERRUPTED).model_dump(
        mode="json", exclude={"suggested_products"}
    )
    change = update(turns).where(turns.c.state == RUNNING)
    change = change.values(state=FinishReason.INTERRUPTED.value, outcome=outcome, ended_at=now)
    return connection.execute(change).rowcount


# --- Statements, compiled once ---

_COLUMNS = (
    conversations.c.row_id,
    conversations.c.id,
    conversations.c.owner,
    conversations.c.user_id,
    conversations.c.created_at,
    conversations.c.updated_at,
)
_CANDIDATES = Prepared(
    select(*_COLUMNS)
    .where(conversations.c.brand_id == bindparam("brand"), conversations.c.id == bindparam("public"))
    .order_by(conversations.c.updated_at.desc(), conversations.c.row_id.desc())
)
_CREATE = Prepared(
    insert(conversations).returning(conversations.c.row_id),
    given=("brand_id", "id", "owner", "user_id", "created_at", "updated_at"),
)
_TOUCH = Prepared(
    update(conversations)
    .where(conversations.c.row_id == bindparam("at"), conversations.c.brand_id == bindparam("brand"))
    .values(
        updated_at=bindparam("now", type_=UtcDateTime),
        user_id=func.coalesce(bindparam("label", type_=String), conversations.c.user_id),
    )
)

_ADD_MESSAGE = Prepared(insert(messages), given=("brand_id", "conversation", "id", "role", "content", "created_at"))
_HISTORY = Prepared(
    select(messages.c.id, messages.c.role, messages.c.content, messages.c.created_at)
    .where(
        messages.c.brand_id == bindparam("brand"),
        messages.c.conversation == bindparam("in"),
        messages.c.row_id > bindparam("after"),
    )
    .order_by(messages.c.row_id.desc())
    .limit(bindparam("last", type_=Integer))
)
_EARLIEST = Prepared(
    select(messages.c.row_id, messages.c.role, messages.c.content)
    .where(
        messages.c.brand_id == bindparam("brand"),
        messages.c.conversation == bindparam("in"),
        messages.c.row_id > bindparam("after"),
    )
    .order_by(messages.c.row_id)
    .limit(bindparam("most", type_=Integer))
)
_SUMMARY = Prepared(
    select(summaries.c.up_to, summaries.c.text).where(
        summaries.c.brand_id == bindparam("brand"), summaries.c.conversation == bindparam("in")
    )
)
_KEEP_SUMMARY = Prepared(
    insert(summaries).prefix_with("OR REPLACE"), given=("conversation", "brand_id", "up_to", "text")
)

_START_TURN = Prepared(
    insert(turns), given=("brand_id", "conversation", "message_id", "client_message_id", "state", "started_at")
)
_END_TURN = Prepared(
    update(turns).where(
        turns.c.brand_id == bindparam("brand"), turns.c.message_id == bindparam("reply"), turns.c.state == RUNNING
    ),
    given=("state", "suggested", "outcome", "ended_at"),
)
_TURNS = (
    select(turns.c.message_id, turns.c.state, turns.c.outcome)
    .where(turns.c.brand_id == bindparam("brand"), turns.c.conversation == bindparam("in"))
    .order_by(turns.c.row_id.desc())
    .limit(1)
)
_LATEST_TURN = Prepared(_TURNS)
_RUNNING_TURN = Prepared(_TURNS.where(turns.c.state == RUNNING))
_TURN_BY_CLIENT_ID = Prepared(_TURNS.where(turns.c.client_message_id == bindparam("client_id")))
_TURN_BY_REPLY = Prepared(_TURNS.where(turns.c.message_id == bindparam("reply")))
_SUGGESTED_LATELY = Prepared(
    select(turns.c.suggested)
    .where(turns.c.brand_id == bindparam("brand"), turns.c.conversation == bindparam("in"))
    .where(turns.c.suggested.is_not(None))
    .order_by(turns.c.row_id.desc())
    .limit(bindparam("replies", type_=Integer))
)
_LATEST_OUTCOMES = Prepared(
    select(turns.c.outcome, turns.c.suggested)
    .where(turns.c.brand_id == bindparam("brand"), turns.c.conversation == bindparam("in"))
    .where(turns.c.state != RUNNING)
    .order_by(turns.c.row_id.desc())
    .limit(bindparam("replies", type_=Integer))
)


def _turn(row: tuple[Any, ...] | None) -> TurnRow | None:
    if row is None:
        return None
    message_id, state, outcome = row
    return TurnRow(message_id, state, None if outcome is None else TurnOutcome.model_validate(outcome))
