"""A brand's knowledge: documents and questions with their answers, cut into passages that questions are answered from.

What a brand's configuration says of the company (`company_info`) is one more document, kept in step with the
configuration, so that there is one way to a passage.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from audit_service import AuditService
from company_knowledge import COMPANY_ID, NOTHING, CompanyKnowledge, digest_of
from errors import AlreadyExists, DocumentNotFound, InvalidInput, ReadOnlyDocument, UnusableDocument
from ingestion.records import slug
from meaning import Meaning
from models import BrandId, Document, DocumentDraft, DocumentFields, DocumentKind, DocumentSummary, Passage, utc_now
from storage import knowledge as rows
from storage import passage_text
from storage.engine import Database, Transaction
from storage.knowledge import PassageRow
from understanding.bearing import bearing, words_to_find
from understanding.markdown import title_of
from understanding.passages import Piece, cut

# A document is cut into so many passages at most.
MAX_PASSAGES = 2_000

# Each way of finding candidates hands over so many.
BY_WORDS, BY_MEANING = 40, 24

# A document without a title is called by what stands in so many characters at its beginning.
TITLED_CHARS = 10_000

# A question that is longer is found by its beginning.
MAX_QUESTION_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that a search found.

    Attributes:
        passage: it, with its score.
        document_id: where it comes from.
    """

    passage: Passage
    document_id: str


class KnowledgeService:
    """Reads and writes one database's knowledge. Every method is of one brand.

    Args:
        database: where the rows are.
        company: what the configurations say.
        meaning: finds passages by meaning.
        audit: the record of changes.
    """

    name = "knowledge"  # as a step of a brand's purge

    def __init__(self, database: Database, company: CompanyKnowledge, meaning: Meaning, audit: AuditService) -> None:
        self._database = database
        self._audit = audit
        self._company = company
        self._meaning = meaning

    async def start(self) -> None:
        """Bring what the configurations of active brands say into step with the rows."""
        await self._company.start()

    # --- Documents ---

    async def create(self, brand_id: BrandId, draft: DocumentDraft) -> Document:
        """Add a document, or a question with its answer.

        Raises:
            UnusableDocument: it has no text, or too much of it.
            AlreadyExists: the id is taken.
        """
        kind, fields, pieces = await asyncio.to_thread(_read, draft)

        def change(tx: Transaction) -> Document:
            if draft.id and (draft.id == COMPANY_ID or rows.exists(tx, brand_id, draft.id)):
                raise AlreadyExists(f"Document '{draft.id}' already exists; use PUT to change it.")
            document = _document(brand_id, draft.id or _free_id(tx, brand_id, fields.title), kind, fields)
            self._audit.record(tx, brand_id, "document.create", document.id, after=_members(document))
            return _save(tx, document, pieces)

        return await self._database.write_brand(brand_id, change)

    async def put(self, brand_id: BrandId, draft: DocumentDraft, note: Callable[[Transaction], None]) -> Document:
        """Add a document, or replace the one of its id, in one transaction with what the caller notes.

        Raises:
            UnusableDocument: it has no id or no text, or too much of it.
            ReadOnlyDocument: it is what the configuration says.
        """
        if draft.id is None:
            raise UnusableDocument("A document that may replace another needs an id.")
        _check_writable(draft.id)
        kind, fields, pieces = await asyncio.to_thread(_read, draft)
        document = _document(brand_id, draft.id, kind, fields)

        def change(tx: Transaction) -> Document:
            note(tx)
            return _save(tx, document, pieces)

        return await self._database.write_brand(brand_id, change)

    async def keep_only(self, brand_id: BrandId, ids: AbstractSet[str], note: Callable[[Transaction], None]) -> int:
        """Remove, in one step with what the caller notes, every document but these and company_info; how many went."""

        def change(tx: Transaction) -> int:
            note(tx)
            gone = [one for one in rows.ids(tx, brand_id) if one not in ids and one != COMPANY_ID]
            if gone:
                self._audit.record(tx, brand_id, "documents.remove", after={"removed": len(gone)})
            return sum(rows.remove(tx, brand_id, one) for one in gone)

        return await self._database.write_brand(brand_id, change)

    async def get(self, brand_id: BrandId, document_id: str) -> Document:
        """One document.

        Raises:
            DocumentNotFound: the brand has none of that id.
        """
        await self._company.in_step(brand_id)
        document = await self._database.read(lambda tx: rows.get(tx, brand_id, document_id))
        if document is None:
            raise _not_found(document_id)
        return document

    async def update(self, brand_id: BrandId, document_id: str, changes: Mapping[str, Any]) -> Document:
        """Replace each member that is given, whole; what is not given stays.

        Raises:
            DocumentNotFound: the brand has none of that id.
            ReadOnlyDocument: it is what the configuration says.
            InvalidInput: the id in the body is another.
            UnusableDocument: the document would have no text, or too much of it, or a member that is not valid.
        """
        given_id = changes.get("id")
        if given_id is not None and str(given_id) != document_id:
            raise InvalidInput(f"The id in the body is not '{document_id}'. An id cannot be changed.")
        _check_writable(document_id)
        while True:
            present = await self.get(brand_id, document_id)
            fields = _merged(present, changes)
            pieces = await asyncio.to_thread(_cut, present.kind, fields)  # too long for the one thread that writes
            document = _document(brand_id, document_id, present.kind, fields)
            replace = partial(self._save_if_still, present, document, pieces)
            if saved := await self._database.write_brand(brand_id, replace):
                return saved

    async def delete(self, brand_id: BrandId, document_id: str) -> None:
        """Remove a document with its passages.

        Raises:
            DocumentNotFound: the brand has none of that id.
            ReadOnlyDocument: it is what the configuration says.
        """
        _check_writable(document_id)

        def change(tx: Transaction) -> None:
            present = rows.get(tx, brand_id, document_id)
            if present is None or not rows.remove(tx, brand_id, document_id):
                raise _not_found(document_id)
            self._audit.record(tx, brand_id, "document.delete", document_id, before=_members(present))

        await self._database.write_brand(brand_id, change)

    async def page(self, brand_id: BrandId, *, limit: int, offset: int) -> tuple[list[DocumentSummary], int]:
        """Documents in the order in which they were added, and how many there are."""
        await self._company.in_step(brand_id)
        return await self._database.read(
            lambda tx: (rows.page(tx, brand_id, limit=limit, offset=offset), rows.count(tx, brand_id))
        )

    def _save_if_still(
        self, present: Document, document: Document, pieces: Iterable[Piece], tx: Transaction
    ) -> Document | None:
        """Replace a document that is as it was; None when somebody else changed it meanwhile."""
        now = rows.get(tx, document.brand_id, document.id)
        if now is not None and now != present:
            return None
        if now is None:
            raise _not_found(document.id)
        was, will_be = _members(now), _members(document)
        self._audit.record(tx, document.brand_id, "document.update", document.id, before=was, after=will_be)
        return _save(tx, document, pieces)

    async def purge(self, brand_id: BrandId) -> None:
        """Erase the knowledge of a brand that is being deleted."""
        await self._company.forget(brand_id)
        self._meaning.forget(brand_id)
        await self._database.write(lambda tx: rows.purge(tx, brand_id))

    # --- Passages ---

    async def passages_for(self, brand_id: BrandId, question: str, *, limit: int = 4) -> tuple[Passage, ...]:
        """The passages that bear on a question, best first; none when the brand says nothing of it.

        A failing embedder, or an index that is being filled, makes it go by words. What the configuration says counts
        from the moment at which it changed.
        """
        return tuple(one.passage for one in await self.search(brand_id, question, limit=limit))

    async def search(self, brand_id: BrandId, query: str, *, limit: int) -> list[FoundPassage]:
        """The same, with the documents that the passages come from."""
        query = query[:MAX_QUESTION_CHARS]
        company = self._company.of(brand_id)
        nearest = await self._meaning.nearest(brand_id, query, BY_MEANING)
        words = words_to_find(query)

        def find(tx: Transaction) -> tuple[str, list[PassageRow]]:
            if not rows.has_any(tx, brand_id):
                return NOTHING, []
            by_words = passage_text.search(tx, brand_id, words, BY_WORDS)
            found = rows.by_row(tx, brand_id, list(dict.fromkeys((*by_words, *(nearest.cosines if nearest else ())))))
            return rows.digest(tx, brand_id, COMPANY_ID) or NOTHING, list(found.values())

        stored, found = await self._database.read(find)
        if stored != company.digest:
            self._company.write(brand_id)
            found = [one for one in found if one.document_id != COMPANY_ID]
            found += [PassageRow(0, COMPANY_ID, None, passage) for passage in company.passages]
        cosines = await self._meaning.compared(nearest, (one.row_id for one in found if one.row_id)) if nearest else {}
        documents = {one.passage.id: one.document_id for one in found}
        best = bearing(query, [(one.passage, cosines.get(one.row_id)) for one in found], limit)
        return [FoundPassage(passage, documents[passage.id]) for passage in best]


def _save(tx: Transaction, document: Document, passages: Iterable[Piece]) -> Document:
    """Write a document with its passages, and read it as it is now."""
    numbered = [
        Passage(f"{document.id}#{number}", piece.title, piece.text) for number, piece in enumerate(passages, start=1)
    ]
    rows.save(tx, document.brand_id, document, numbered, digest_of(numbered), utc_now())
    saved = rows.get(tx, document.brand_id, document.id)
    assert saved is not None  # noqa: S101, it was written a line above
    return saved


def _cut(kind: DocumentKind, fields: DocumentFields) -> list[Piece]:
    """A document's passages.

    Raises:
        UnusableDocument: it gives none, or more than MAX_PASSAGES.
    """
    pieces = cut(fields.content, fields.title)
    if kind is DocumentKind.QA:
        # What is asked stands above the whole answer, whatever headings there are in it.
        pieces = [Piece(fields.title, piece.text) for piece in pieces]
    if not pieces:
        raise UnusableDocument("The document holds no text that could be quoted.")
    if len(pieces) > MAX_PASSAGES:
        raise UnusableDocument(
            f"The document would be cut into {len(pieces)} passages, and {MAX_PASSAGES} are the most: divide it."
        )
    return pieces


def _read(draft: DocumentDraft) -> tuple[DocumentKind, DocumentFields, list[Piece]]:
    """What kind of document a draft is, what it says, and in which passages.

    Raises:
        UnusableDocument: it is neither a document nor a question with its answer, or cannot be cut.
    """
    if draft.question is not None or draft.answer is not None:
        if draft.content or not (draft.question or "").strip() or not (draft.answer or "").strip():
            raise UnusableDocument("Send either content, or a question and its answer.")
        kind, title, content = DocumentKind.QA, draft.question or "", draft.answer or ""
    else:
        if not draft.content.strip():
            raise UnusableDocument("A document needs content, or a question and its answer.")
        kind, content = DocumentKind.DOCUMENT, draft.content
        title = draft.title or title_of(content[:TITLED_CHARS])
    fields = DocumentFields(title=title, content=content, url=draft.url, language=draft.language)
    return kind, fields, _cut(kind, fields)


def _merged(present: Document, changes: Mapping[str, Any]) -> DocumentFields:
    """A document's members with those that are given in their places.

    Raises:
        UnusableDocument: one of them is not valid, or there is nothing left to say.
    """
    names = {"question": "title", "answer": "content"} if present.kind is DocumentKind.QA else {}
    given = {names.get(name, name): value for name, value in changes.items()}
    known = {name: given.get(name, getattr(present, name)) for name in DocumentFields.model_fields}
    try:
        fields = DocumentFields.model_validate(known)
    except ValidationError as error:
        raise UnusableDocument(_reason(error)) from None
    if not fields.content.strip() or not fields.title:
        raise UnusableDocument("A document needs a title and content.")
    return fields


def _reason(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg'].removeprefix('Value error, ')}"
        for mistake in error.errors(include_url=False, include_input=False)
    )


def _document(brand_id: BrandId, document_id: str, kind: DocumentKind, fields: DocumentFields) -> Document:
    return Document(id=document_id, kind=kind, brand_id=brand_id, **fields.model_dump())


def _members(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json", include={"kind", "title", "url", "language", "content"})


def _free_id(tx: Transaction, brand_id: BrandId, title: str) -> str:
    """An id from a title that no document has: "Shipping & Returns" gives "shipping-returns"."""
    wanted = candidate = slug(title) or "document"
    number = 1
    while candidate == COMPANY_ID or rows.exists(tx, brand_id, candidate):
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate


def _check_writable(document_id: str) -> None:
    if document_id == COMPANY_ID:
        raise ReadOnlyDocument(
            "This document is what the brand's configuration says: change company_info in the configuration instead."
        )


def _not_found(document_id: str) -> DocumentNotFound:
    return DocumentNotFound(f"Document '{document_id}' not found")
