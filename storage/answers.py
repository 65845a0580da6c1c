"""First answers to requests that carried an Idempotency-Key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from models import BrandId
from storage.tables import answers


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What makes two requests the same: who, where, and the key they chose."""

    principal: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it went out, and the hash of the body that it answered."""

    body_hash: str
    status: int
    content_type: str
    body: bytes
    location: str | None = None


_COLUMNS = tuple(answers.c[name] for name in Answer.__dataclass_fields__)


def find(connection: Connection, key: AnswerKey, since: datetime) -> Answer | None:
    """The first answer, unless it is older than `since`."""
    query = select(*_COLUMNS).where(
        answers.c.principal == key.principal,
        answers.c.path == key.path,
        answers.c.key == key.key,
        answers.c.created_at >= since,
    )
    row = connection.execute(query).first()
    return Answer(*row) if row else None


def keep(connection: Connection, brand_id: BrandId, key: AnswerKey, answer: Answer, now: datetime) -> None:
    """Keep a first answer."""
    values = {
        "principal": key.principal,
        "path": key.path,
        "key": key.key,
        "brand_id": brand_id,
        "body_hash": answer.body_hash,
        "status": answer.status,
        "content_type": answer.content_type,
        "body": answer.body,
        "location": answer.location,
        "created_at": now,
    }
    connection.execute(insert(answers), values)


def forget_before(connection: Connection, moment: datetime) -> None:
    """Forget what is too old to be asked for again."""
    connection.execute(delete(answers).where(answers.c.created_at < moment))


def forget_chats(connection: Connection, brand_id: BrandId) -> int:
    """Forget what was answered to customers of a brand; how many answers went."""
    is_chat = (answers.c.path == "/chat") | answers.c.path.startswith("/chat/")
    return connection.execute(delete(answers).where(answers.c.brand_id == brand_id, is_chat)).rowcount


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Forget every answer about the brand."""
    connection.execute(delete(answers).where(answers.c.brand_id == brand_id))
