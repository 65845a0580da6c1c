"""Documents and their passages as rows. Passages are always written with their document, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, String, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId, Document, DocumentKind, DocumentSummary, Passage
from storage import passage_text, vector_indexes
from storage.prepared import Prepared
from storage.products import unindexed
from storage.tables import documents, passages
from storage.vector_indexes import IndexKind

# What an embedder is given of a passage takes up so many characters at most.
_EMBEDDED_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage and where it comes from.

    Attributes:
        row_id: what full text and vectors call it.
        document_id: its document's id.
        url: its document's.
        passage: the passage itself.
    """

    row_id: int
    document_id: str
    url: str | None
    passage: Passage


def save(
    connection: Connection, brand_id: BrandId, document: Document, cut: Sequence[Passage], digest: str, now: datetime
) -> None:
    """Insert a document, or replace the one of its id, with its passages.

    A passage whose title and text were there before keeps its row, and so its vector.
    """
    passage_text.create(connection, brand_id)
    values = {
        "kind": document.kind.value,
        "title": document.title,
        "url": document.url,
        "language": document.language,
        "content": document.content,
        "digest": digest,
        "updated_at": now,
    }
    row_id = _row_id(connection, brand_id, document.id)
    if row_id is None:
        row = {**values, "brand_id": brand_id, "id": document.id, "created_at": now}
        row_id = int(connection.execute(insert(documents).values(row).returning(documents.c.row_id)).scalar_one())
    else:
        connection.execute(update(documents).where(documents.c.row_id == row_id).values(values))
    _replace_passages(connection, brand_id, row_id, cut)


def remove(connection: Connection, brand_id: BrandId, document_id: str) -> bool:
    """Delete a document with its passages; False when there is none of that id."""
    row_id = _row_id(connection, brand_id, document_id)
    if row_id is None:
        return False
    _replace_passages(connection, brand_id, row_id, ())
    connection.execute(delete(documents).where(_of(brand_id), documents.c.row_id == row_id))
    return True


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Delete every document of a brand."""
    passage_text.drop(connection, brand_id)
    connection.execute(delete(passages).where(passages.c.brand_id == brand_id))
    connection.execute(delete(documents).where(_of(brand_id)))


def get(connection: Connection, brand_id: BrandId, document_id: str) -> Document | None:
    """One document, with what it was cut into."""
    query = select(*_SUMMARY, documents.c.content).where(_of(brand_id), documents.c.id == document_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    summary = _summary(row)
    return Document(**summary.model_dump(), content=row.content, brand_id=brand_id)


def exists(connection: Connection, brand_id: BrandId, document_id: str) -> bool:
    """Whether the id is taken."""
    return _row_id(connection, brand_id, document_id) is not None


def passages_of(connection: Connection, brand_id: BrandId, document_id: str) -> list[Passage]:
    """A document's passages in their order."""
    query = (
        select(passages.c.id, passages.c.title, passages.c.text)
        .join(documents, documents.c.row_id == passages.c.document)
        .where(passages.c.brand_id == brand_id, documents.c.id == document_id)
        .order_by(passages.c.position)
    )
    return [Passage(*row) for row in connection.execute(query)]


def ids(connection: Connection, brand_id: BrandId) -> list[str]:
    """The ids of all documents of a brand."""
    query = select(documents.c.id).where(documents.c.brand_id == brand_id)
    return [row.id for row in connection.execute(query)]


def page(connection: Connection, brand_id: BrandId, *, limit: int, offset: int) -> list[DocumentSummary]:
    """Documents in the order in which they were first saved, without their contents."""
    query = select(*_SUMMARY).where(_of(brand_id)).order_by(documents.c.row_id).limit(limit).offset(offset)
    return [_summary(row) for row in connection.execute(query)]


def count(connection: Connection, brand_id: BrandId) -> int:
    """How many documents there are."""
    return int(connection.execute(select(func.count()).select_from(documents).where(_of(brand_id))).scalar_one())


def digest(connection: Connection, brand_id: BrandId, document_id: str) -> str | None:
    """What a document's passages hash to; None when there is no such document."""
    found = _DIGEST.first(connection, {"brand": brand_id, "id": document_id})
    return found[0] if found else None


def digests(connection: Connection, document_id: str) -> dict[BrandId, str]:
    """The digests of the documents of one id, by brand: every brand's company_info, say."""
    query = select(documents.c.brand_id, documents.c.digest).where(documents.c.id == document_id)
    return {BrandId(row[0]): row[1] for row in connection.execute(query)}


def has_any(connection: Connection, brand_id: BrandId) -> bool:
    """Whether the brand has a document, and so a table to search in."""
    return bool(_ANY.first(connection, {"brand": brand_id}))


def by_row(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> dict[int, PassageRow]:
    """Those of these passages that are there, by row id, in the order that was asked for."""
    wanted = {"brand": brand_id, "rows": orjson.dumps(list(row_ids)).decode()}
    found = {
        row[0]: PassageRow(row[0], row[4], row[5], Passage(row[1], row[2], row[3], url=row[5]))
        for row in _BY_ROW.rows(connection, wanted)
    }
    return {row_id: found[row_id] for row_id in row_ids if row_id in found}


def embedded_texts(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> dict[int, str]:
    """What an embedder is given of these passages: what each is about first, since what comes late may be cut off."""
    return {
        row_id: f"{row.passage.title}. {row.passage.text}"[:_EMBEDDED_CHARS]
        for row_id, row in by_row(connection, brand_id, row_ids).items()
    }


def _replace_passages(connection: Connection, brand_id: BrandId, document: int, cut: Sequence[Passage]) -> None:
    """The document has these passages and no others; equal ones keep their row ids."""
    query = select(passages.c.row_id, passages.c.title, passages.c.text).where(
        passages.c.brand_id == brand_id, passages.c.document == document
    )
    present: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in connection.execute(query):
        present[row.title, row.text].append(row.row_id)
    connection.execute(delete(passages).where(passages.c.brand_id == brand_id, passages.c.document == document))
    kept, new = [], []
    for position, passage in enumerate(cut, start=1):
        values: dict[str, Any] = {
            "brand_id": brand_id,
            "document": document,
            "id": passage.id,
            "position": position,
            "title": passage.title,
            "text": passage.text,
        }
        if same := present.get((passage.title, passage.text)):
            kept.append(values | {"row_id": same.pop()})
        else:
            new.append(values)
    for rows in (kept, new):
        if rows:
            connection.execute(insert(passages), rows)
    known = {row["row_id"] for row in kept}
    added = [tuple(row) for row in connection.execute(query) if row.row_id not in known]
    gone = [row_id for row_ids in present.values() for row_id in row_ids]
    passage_text.remove(connection, brand_id, gone)
    passage_text.put(connection, brand_id, [(row_id, title, text) for row_id, title, text in added])
    vector_indexes.enqueue(connection, brand_id, [*gone, *(row[0] for row in added)], IndexKind.PASSAGES)


def _of(brand_id: BrandId) -> ColumnElement[bool]:
    return documents.c.brand_id == brand_id


def _row_id(connection: Connection, brand_id: BrandId, document_id: str) -> int | None:
    query = select(documents.c.row_id).where(_of(brand_id), documents.c.id == document_id)
    return connection.execute(query).scalar_one_or_none()


def _summary(row: Any) -> DocumentSummary:  # noqa: ANN401, a row of _SUMMARY's columns
    return DocumentSummary(
        id=row.id,
        kind=DocumentKind(row.kind),
        title=row.title,
        url=row.url,
        language=row.language,
        passages=row.passages,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


_SUMMARY = (
    documents.c.id,
    documents.c.kind,
    documents.c.title,
    documents.c.url,
    documents.c.language,
    documents.c.created_at,
    documents.c.updated_at,
    select(func.count())
    .select_from(passages)
    .where(passages.c.document == documents.c.row_id)
    .scalar_subquery()
    .label("passages"),
)
_DIGEST = Prepared(
    select(documents.c.digest).where(documents.c.brand_id == bindparam("brand"), documents.c.id == bindparam("id"))
)
_ANY = Prepared(select(documents.c.row_id).where(documents.c.brand_id == bindparam("brand")).limit(1))
_GIVEN_ROWS = func.json_each(bindparam("rows", type_=String)).table_valued("value")
_BY_ROW = Prepared(
    select(passages.c.row_id, passages.c.id, passages.c.title, passages.c.text, documents.c.id, documents.c.url)
    .join(documents, documents.c.row_id == passages.c.document)
    .where(
        unindexed(passages.c.brand_id) == bindparam("brand"),
        passages.c.row_id.in_(select(_GIVEN_ROWS.c.value)),
    )
)
