"""Files with products or knowledge, and what came of them."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, File, Form, Header, Query, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from auth_service import Right
from errors import InvalidInput, ServiceError, UnreadableFile
from field_types import Timestamp
from import_jobs import OUR_FAULT, SHOWN_PROBLEMS, DryRun
from import_service import Request
from ingestion.own_form import harmless_cell
from models import WEB_ADDRESS, BrandId
from routes.dependencies import KnownBrand, PageDep, Services, ServicesDep
from routes.idempotency import IdempotentRoute
from routes.rights import PrincipalDep, needs
from storage.uploads import RejectRow, UploadKind, UploadMode, UploadRow, UploadState
from storage.vector_indexes import IndexKind

Responses = dict[int | str, dict[str, Any]]

router = APIRouter(tags=["uploads"], route_class=IdempotentRoute)

# An upload is answered when it is done, or after so many seconds.
WAIT_S = 20.0

_REJECTS_AT_ONCE = 1_000


class Rejected(BaseModel):
    """An entry of a file that became nothing."""

    row: int
    reason: str


class UploadAnswer(BaseModel):
    """What came of an upload; `pending` is how many vectors will follow, `error` why it failed."""

    message: str
    filename: str
    products_added: int
    upload_id: str
    rejected: list[Rejected]
    state: UploadState
    pending: int = 0
    error: str | None = None


class KnowledgeUploadAnswer(BaseModel):
    """The same, of documents."""

    message: str
    filename: str
    documents_added: int
    upload_id: str
    rejected: list[Rejected]
    state: UploadState
    pending: int = 0
    error: str | None = None


class ColumnsView(BaseModel):
    """What the columns of a table were taken for.

    `shape` is the shop system whose export it is, or empty. In `columns` a title leads to the product's member,
    "specifications", or null where the column is left out.
    """

    table: str
    shape: str
    columns: dict[str, str | None]


class DryRunAnswer(BaseModel):
    """What an upload would do: the first products or documents, and what would become nothing."""

    dry_run: bool = True
    filename: str
    mapping: list[ColumnsView]
    rows_read: int
    valid: int
    products: list[dict[str, Any]] = []
    documents: list[dict[str, Any]] = []
    problems: list[Rejected]


class UploadView(BaseModel):
    """An upload in a list."""

    upload_id: str
    brand_id: str
    filename: str
    upload_time: Timestamp
    file_size: int
    products_added: int
    status: str
    kind: UploadKind
    state: UploadState


class JobView(UploadView):
    """How far an upload is.

    `saved` of `rows_read` entries are there, `indexed` of them are found by meaning too; `rate` is entries a second,
    `seconds_left` null while it cannot be told.
    """

    mode: UploadMode
    rows_read: int
    saved: int
    indexed: int
    rejected: int
    rate: float
    seconds_left: float | None
    error: str | None
    mapping: list[ColumnsView]


class Address(BaseModel):
    """A page of the web, or a sitemap."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://shop.example/faq"}]})

    url: Annotated[str, Field(max_length=2_000, pattern=WEB_ADDRESS)]


@dataclass(frozen=True, slots=True)
class Options:
    """How an upload is to be taken."""

    mode: UploadMode
    dry_run: bool
    at_once: bool


def get_options(
    mode: UploadMode = UploadMode.UPSERT,
    dry_run: Annotated[bool, Query(description="say what would happen, and do nothing")] = False,  # noqa: FBT002, a query parameter
    prefer: Annotated[str, Header(description="`respond-async`: answer at once, with 202")] = "",
) -> Options:
    """`mode` and `dry_run` of the query, and `Prefer`."""
    return Options(mode, dry_run, _asks_at_once(prefer))


def _asks_at_once(prefer: str) -> bool:
    return "respond-async" in prefer.lower()


OptionsDep = Annotated[Options, Depends(get_options)]
Sent = Annotated[
    UploadFile,
    File(
        description="the file, of any kind that docs/imports.md lists",
        examples=["p.csv"],
        json_schema_extra={"minLength": 1},
    ),
]
Prefer = Annotated[str, Header(description="`respond-async`: answer at once, with 202")]
MappingField = Annotated[
    str | None,
    Form(description='JSON: {"Column title": "name", "Other": "specifications", "Third": null}', examples=["{}"]),
]
MappingQuery = Annotated[str | None, Query(alias="mapping", description="the same, in the address")]


# Done, or with dry_run what would be; 202 while the job goes on.
_PRODUCTS: Responses = {200: {"model": UploadAnswer | DryRunAnswer}, 202: {"model": UploadAnswer}}
_DOCUMENTS: Responses = {200: {"model": KnowledgeUploadAnswer | DryRunAnswer}, 202: {"model": KnowledgeUploadAnswer}}


@router.post("/brands/{brand_id}/upload/products", response_model=None, responses=_PRODUCTS)
@needs(Right.CATALOGUE)
async def upload_products(
    services: ServicesDep,
    brand: KnownBrand,
    file: Sent,
    options: OptionsDep,
    mapping: MappingField = None,
    given: MappingQuery = None,
) -> Response:
    """Add or replace the products of a file. Rows that are not valid are named in `rejected`; the others are saved."""
    request = Request(UploadKind.PRODUCTS, options.mode, _mapping(mapping or given))
    return await _take(services, brand.id, file, request, options)


@router.post("/brands/{brand_id}/upload/knowledge", response_model=None, responses=_DOCUMENTS)
@needs(Right.CATALOGUE)
async def upload_knowledge(services: ServicesDep, brand: KnownBrand, file: Sent, options: OptionsDep) -> Response:
    """Add or replace the documents of a file, or questions with their answers."""
    return await _take(services, brand.id, file, Request(UploadKind.KNOWLEDGE, options.mode), options)


@router.post("/brands/{brand_id}/knowledge/import", response_model=None, responses=_DOCUMENTS)
@needs(Right.CATALOGUE)
async def import_page(
    services: ServicesDep, brand: KnownBrand, address: Annotated[Address, Body()], prefer: Prefer = ""
) -> Response:
    """Fetch a page of the web, or the pages that a sitemap names, and add or replace the documents that they are."""
    upload = await services.imports.submit_address(brand.id, address.url)
    return await _answer(services, upload, at_once=_asks_at_once(prefer))


@router.get("/brands/{brand_id}/uploads")
@needs(Right.READ)
async def list_brand_uploads(services: ServicesDep, brand: KnownBrand, page: PageDep) -> list[UploadView]:
    """The uploads of a brand, the latest first."""
    return await _listed(services, brand.id, page)


@router.get("/brands/{brand_id}/uploads/{upload_id}")
@needs(Right.READ)
async def get_job(services: ServicesDep, brand: KnownBrand, upload_id: str) -> JobView:
    """How far an upload is, and what came of it."""
    return await _job(services, await services.imports.get(brand.id, upload_id))


@router.get(
    "/brands/{brand_id}/uploads/{upload_id}/rejects.csv",
    response_class=StreamingResponse,
    responses={200: {"description": "The rows.", "content": {"text/csv": {}}}},
)
@needs(Right.READ)
async def get_rejects(services: ServicesDep, brand: KnownBrand, upload_id: str) -> StreamingResponse:
    """The rejected rows with what they held, and why they were rejected."""
    upload = await services.imports.get(brand.id, upload_id)
    return StreamingResponse(_rejects(services, upload), media_type="text/csv; charset=utf-8")


@router.delete("/brands/{brand_id}/uploads/{upload_id}")
@needs(Right.CATALOGUE)
async def cancel_upload(services: ServicesDep, brand: KnownBrand, upload_id: str) -> JobView:
    """End an upload that is under way. What was saved of it stays."""
    return await _job(services, await services.imports.cancel(brand.id, upload_id))


@router.get("/uploads")
@needs(Right.READ)
async def list_uploads(services: ServicesDep, who: PrincipalDep, page: PageDep) -> list[UploadView]:
    """Every upload, the latest first; to a brand's key its own."""
    return await _listed(services, who.brand_id, page)


@router.get("/uploads/{filename}")
@needs(Right.READ)
async def get_upload(services: ServicesDep, who: PrincipalDep, filename: str) -> UploadView:
    """The latest upload of a file of that name; a brand's key finds its own."""
    return UploadView(**_view(await services.imports.find(who.brand_id, filename)))


def _mapping(text: str | None) -> dict[str, str | None]:
    """The mapping that a caller sent.

    Raises:
        InvalidInput: it is no JSON object from titles to fields.
    """
    if not text:
        return {}
    try:
        mapping = orjson.loads(text)
    except orjson.JSONDecodeError:
        mapping = None
    if not isinstance(mapping, dict) or not all(isinstance(field, str | None) for field in mapping.values()):
        raise InvalidInput('The mapping must be a JSON object of column titles, like {"Artikel": "name"}.')
    return mapping


async def _take(
    services: Services, brand_id: BrandId, file: UploadFile, request: Request, options: Options
) -> Response:
    """Look at a file, or import it."""
    filename = file.filename or ""
    if options.dry_run:
        found = await services.imports.dry_run(brand_id, filename, file.file, request)
        return _json(_would(filename, request.kind, found))
    upload = await services.imports.submit(brand_id, filename, file.file, request)
    return await _answer(services, upload, at_once=options.at_once)


async def _answer(services: Services, upload: UploadRow, *, at_once: bool) -> Response:
    """What is said of an upload that was just taken: its end, or that it goes on.

    Raises:
        UnreadableFile: nothing of it could be read.
        ServiceError: the fault is ours.
    """
    until = monotonic() + WAIT_S
    if not at_once:
        upload = await services.imports.finished(upload, WAIT_S)
    if not upload.state.is_final:
        said = await _said(services, upload, 0)
        location = f"/brands/{upload.brand_id}/uploads/{upload.upload_id}"
        return _json(said, HTTPStatus.ACCEPTED, {"Location": location})
    if upload.state is UploadState.FAILED and not upload.rejected and not upload.products_added:
        if upload.error == OUR_FAULT:
            raise ServiceError(OUR_FAULT)
        raise UnreadableFile(upload.error or "The file could not be read.")
    kind = IndexKind.PRODUCTS if upload.kind is UploadKind.PRODUCTS else IndexKind.PASSAGES
    pending = await services.indexing.settle(
        upload.brand_id, upload.products_added, kind, within=max(0.0, until - monotonic())
    )
    return _json(await _said(services, upload, pending))


async def _said(services: Services, upload: UploadRow, pending: int) -> UploadAnswer | KnowledgeUploadAnswer:
    rejected = [_rejected(one) for one in await services.imports.rejects(upload, limit=SHOWN_PROBLEMS)]
    common = {
        "filename": upload.filename,
        "upload_id": upload.upload_id,
        "rejected": rejected,
        "state": upload.state,
        "pending": pending,
        "error": upload.error,
    }
    saved = upload.products_added
    if upload.kind is UploadKind.KNOWLEDGE:
        message = f"Documents saved from {upload.filename}: {saved}"
        return KnowledgeUploadAnswer(message=message, documents_added=saved, **common)
    message = f"Products saved from {upload.filename}: {saved}"
    return UploadAnswer(message=message, products_added=saved, **common)


def _would(filename: str, kind: UploadKind, found: DryRun) -> DryRunAnswer:
    first = [dict(one) for one in found.first]
    return DryRunAnswer(
        filename=filename,
        mapping=[ColumnsView(**one) for one in found.columns],
        rows_read=found.rows_read,
        valid=found.valid,
        products=first if kind is UploadKind.PRODUCTS else [],
        documents=first if kind is UploadKind.KNOWLEDGE else [],
        problems=[_rejected(one) for one in found.problems],
    )


def _rejected(one: RejectRow) -> Rejected:
    return Rejected(row=one.number, reason=one.reason)


def _json(answer: BaseModel, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(answer.model_dump(mode="json"), status, headers)


async def _listed(services: Services, brand_id: BrandId | None, page: PageDep) -> list[UploadView]:
    uploads, total = await services.imports.page(brand_id, limit=page.limit, offset=page.offset)
    page.tell_total(total)
    return [UploadView(**_view(upload)) for upload in uploads]


def _view(upload: UploadRow) -> dict[str, Any]:
    return {name: getattr(upload, name) for name in UploadView.model_fields}


async def _job(services: Services, upload: UploadRow) -> JobView:
    progress = await services.imports.progress(upload)
    return JobView(
        **_view(upload),
        mode=upload.mode,
        rows_read=progress.rows_read,
        saved=upload.products_added,
        indexed=progress.indexed,
        rejected=upload.rejected,
        rate=round(progress.rate, 1),
        seconds_left=progress.seconds_left,
        error=upload.error,
        mapping=[ColumnsView(**one) for one in upload.columns],
    )


async def _rejects(services: Services, upload: UploadRow) -> AsyncIterator[str]:
    """A table of the rejected rows, with the titles of the first of them."""
    offset = 0
    titles: list[str] = []
    while part := await services.imports.rejects(upload, limit=_REJECTS_AT_ONCE, offset=offset):
        titles = titles or list(dict.fromkeys(title for one in part for title in one.members))
        out = io.StringIO()
        writer = csv.writer(out)
        if not offset:
            writer.writerow(["row", "reason", *map(harmless_cell, titles)])
        for one in part:
            writer.writerow([one.number, *(harmless_cell(text) for text in (one.reason, *_cells(one, titles)))])
        yield out.getvalue()
        offset += len(part)
    if not offset:
        yield "row,reason\r\n"


def _cells(one: RejectRow, titles: list[str]) -> list[str]:
    return [one.members.get(title, "") for title in titles]
