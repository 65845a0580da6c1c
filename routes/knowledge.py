"""A brand's knowledge: documents, questions with their answers, and search in the passages that they are cut into."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from auth_service import Right
from field_types import PLAIN
from models import BrandId, Document, DocumentDraft, DocumentSummary
from routes.brands import Said
from routes.dependencies import ActiveBrand, KnownBrand, PageDep, Services, ServicesDep
from routes.idempotency import IdempotentRoute
from routes.rights import needs
from storage.vector_indexes import IndexKind

router = APIRouter(tags=["knowledge"], route_class=IdempotentRoute)

DOCUMENT_EXAMPLE = {
    "title": "Delivery",
    "content": "## Europe\n\nParcels take 3 to 5 days.\n\n## Overseas\n\nParcels take two weeks.",
    "url": "https://shop.example/delivery",
    "language": "en",
}
PAIR_EXAMPLE = {"question": "Do you wrap gifts?", "answer": "Yes, for 3 euros; choose it at the checkout."}


class PassageQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "How long does delivery take?", "limit": 3}]})

    query: Annotated[str, Field(min_length=1, max_length=2_000), PLAIN]
    limit: Annotated[int, Field(ge=1, le=50)] = 5


class PassageView(BaseModel):
    """A passage, and the document that it comes from."""

    id: str
    title: str
    text: str
    document_id: str
    url: str | None


class FoundPassageView(BaseModel):
    """A hit; `score` says how well it answers, 0 to 1."""

    passage: PassageView
    score: float


class PassageAnswer(BaseModel):
    """The passages that bear on a query, best first."""

    query: str
    brand_id: BrandId
    results: list[FoundPassageView]
    total: int


class SavedDocument(BaseModel):
    """A document was saved; `pending`, how many vectors will follow, is there when some will."""

    message: str
    document_id: str
    brand_id: BrandId
    passages: int
    pending: int = 0


@router.get("/brands/{brand_id}/knowledge")
@needs(Right.READ)
async def list_documents(services: ServicesDep, brand: KnownBrand, page: PageDep) -> list[DocumentSummary]:
    """The documents without their contents, in the order in which they were added."""
    documents, total = await services.knowledge.page(brand.id, limit=page.limit, offset=page.offset)
    page.tell_total(total)
    return documents


@router.post("/brands/{brand_id}/knowledge", response_model_exclude_defaults=True)
@needs(Right.CATALOGUE)
async def create_document(
    services: ServicesDep,
    brand: KnownBrand,
    draft: Annotated[DocumentDraft, Body(examples=[DOCUMENT_EXAMPLE, PAIR_EXAMPLE])],
) -> SavedDocument:
    """Add a document, or a question with its answer. Without an id it gets one from its title."""
    return await _saved(services, await services.knowledge.create(brand.id, draft), "added")


@router.post("/brands/{brand_id}/knowledge/search")
@needs(Right.CUSTOMER)
async def search_passages(services: ServicesDep, brand: ActiveBrand, query: PassageQuery) -> PassageAnswer:
    """Find the passages that answer a question."""
    found = await services.knowledge.search(brand.id, query.query, limit=query.limit)
    results = [
        FoundPassageView(
            passage=PassageView(
                id=one.passage.id,
                title=one.passage.title,
                text=one.passage.text,
                document_id=one.document_id,
                url=one.passage.url,
            ),
            score=one.passage.score,
        )
        for one in found
    ]
    return PassageAnswer(query=query.query, brand_id=brand.id, results=results, total=len(results))


@router.get("/brands/{brand_id}/knowledge/{doc_id}")
@needs(Right.READ)
async def get_document(services: ServicesDep, brand: KnownBrand, doc_id: str) -> Document:
    """One document with what it says."""
    return await services.knowledge.get(brand.id, doc_id)


@router.put("/brands/{brand_id}/knowledge/{doc_id}", response_model_exclude_defaults=True)
@needs(Right.CATALOGUE)
async def update_document(
    services: ServicesDep,
    brand: KnownBrand,
    doc_id: str,
    changes: Annotated[dict[str, Any], Body(examples=[{"content": "Parcels take 3 to 5 days."}])],
) -> SavedDocument:
    """Replace each member that is given."""
    return await _saved(services, await services.knowledge.update(brand.id, doc_id, changes), "updated")


@router.delete("/brands/{brand_id}/knowledge/{doc_id}")
@needs(Right.CATALOGUE)
async def delete_document(services: ServicesDep, brand: KnownBrand, doc_id: str) -> Said:
    """Remove a document with its passages."""
    await services.knowledge.delete(brand.id, doc_id)
    return Said(message=f"Document '{doc_id}' deleted successfully")


async def _saved(services: Services, document: Document, done: str) -> SavedDocument:
    """The answer to a save, when its passages are found by meaning too."""
    pending = await services.indexing.settle(document.brand_id, document.passages, IndexKind.PASSAGES)
    return SavedDocument(
        message=f"Document {done} successfully",
        document_id=document.id,
        brand_id=document.brand_id,
        passages=document.passages,
        pending=pending,
    )
