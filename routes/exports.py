"""A brand's catalogue as a file that can be uploaded again."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from auth_service import Right
from ingestion.own_form import TITLES, csv_header, csv_line
from models import BrandId, Product
from routes.dependencies import KnownBrand, Services, ServicesDep
from routes.rights import GuardedRoute, needs

router = APIRouter(tags=["products"], route_class=GuardedRoute)

# Text is sent in pieces of about so many characters.
_PIECE_CHARS = 65_536

Format = Literal["csv", "json", "jsonl"]
_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json", "jsonl": "application/jsonl"}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {type_.partition(";")[0]: {} for type_ in _TYPES.values()}}
}


@router.get("/brands/{brand_id}/products/export", response_class=StreamingResponse, responses=_ANSWERS)
@needs(Right.READ)
async def export_products(
    services: ServicesDep, brand: KnownBrand, format_: Annotated[Format, Query(alias="format")] = "csv"
) -> StreamingResponse:
    """The whole catalogue. Uploading the file again reproduces it."""
    headers = {"Content-Disposition": f'attachment; filename="products.{format_}"'}
    lines = _lines(services, brand.id, format_)
    return StreamingResponse(_pieces(lines), media_type=_TYPES[format_], headers=headers)


async def _lines(services: Services, brand_id: BrandId, format_: Format) -> AsyncIterator[str]:
    products = services.products.export(brand_id)
    match format_:
        case "csv":
            yield csv_header()
            async for product in products:
                yield csv_line(product.model_dump())
        case "jsonl":
            async for product in products:
                yield _object(product) + "\n"
        case "json":
            yield "["
            first = True
            async for product in products:
                yield ("\n" if first else ",\n") + _object(product)
                first = False
            yield "\n]\n"


async def _pieces(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    waiting: list[str] = []
    size = 0
    async for line in lines:
        waiting.append(line)
        size += len(line)
        if size > _PIECE_CHARS:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


def _object(product: Product) -> str:
    members = product.model_dump()
    return orjson.dumps({title: members[title] for title in TITLES if members[title] is not None}).decode()
