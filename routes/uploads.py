"""Files with products, and what came of them."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel

from models import Timestamp
from routes.dependencies import KnownBrand, PageDep, ServicesDep
from routes.idempotency import IdempotentRoute
from storage.uploads import UploadRow

router = APIRouter(tags=["uploads"], route_class=IdempotentRoute)


class Rejected(BaseModel):
    """A row that became no product."""

    row: int
    reason: str


class UploadAnswer(BaseModel):
    """What came of an upload; `pending` is how many vectors will follow."""

    message: str
    filename: str
    products_added: int
    upload_id: str
    rejected: list[Rejected]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    pending: int = 0


class UploadView(BaseModel):
    """An upload in a list; the file itself is not kept."""

    upload_id: str
    brand_id: str
    filename: str
    upload_time: Timestamp
    file_size: int
    products_added: int
    status: Literal["success", "failed"]


@router.post("/brands/{brand_id}/upload/products")
async def upload_products(
    services: ServicesDep,
    brand: KnownBrand,
    file: Annotated[UploadFile, File(description="JSON or CSV with products", examples=["products.csv"])],
) -> UploadAnswer:
    """Add or replace the products of a file. Rows that are not valid are named in `rejected`; the others are saved."""
    report = await services.imports.import_products(brand.id, file.filename or "", await file.read())
    upload = report.upload
    pending = await services.indexing.settle(brand.id, upload.products_added)
    return UploadAnswer(
        message=f"Products saved from {upload.filename}: {upload.products_added}",
        filename=upload.filename,
        products_added=upload.products_added,
        upload_id=upload.upload_id,
        rejected=[Rejected(row=one.row, reason=one.reason) for one in report.rejected],
        state="done" if upload.status == "success" else "failed",
        pending=pending,
    )


@router.get("/uploads")
async def list_uploads(services: ServicesDep, page: PageDep) -> list[UploadView]:
    """Every upload, the latest first."""
    uploads, total = await services.imports.page(None, limit=page.limit, offset=page.offset)
    page.tell_total(total)
    return [_view(upload) for upload in uploads]


@router.get("/uploads/{filename}")
async def get_upload(services: ServicesDep, filename: str) -> UploadView:
    """The latest upload of a file of that name."""
    return _view(await services.imports.find(filename))


def _view(upload: UploadRow) -> UploadView:
    return UploadView(
        upload_id=upload.upload_id,
        brand_id=upload.brand_id,
        filename=upload.filename,
        upload_time=upload.upload_time,
        file_size=upload.file_size,
        products_added=upload.products_added,
        status=upload.status,
    )
