"""Who changed what: a brand's changes, and those of all."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, BeforeValidator

from auth_service import Right
from field_types import Timestamp
from ingestion.own_form import harmless_cell
from models import BrandId
from routes.dependencies import KnownBrand, PageDep, Services, ServicesDep
from routes.rights import GuardedRoute, needs
from storage.audit import AuditFilter, AuditRow, AuditState

router = APIRouter(tags=["audit"], route_class=GuardedRoute)

# Text is sent in pieces of about so many characters.
_PIECE_CHARS = 65_536


class Change(BaseModel):
    """A change: by whom, when, from where, of what, and the members that differ.

    Secrets, prompts and texts of over 200 characters are told by hash and length.
    """

    brand_id: BrandId
    at: Timestamp
    actor: str
    address: str
    action: str
    subject: str
    version: int
    state: AuditState
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


_TITLES = tuple(Change.model_fields)

_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


def _no_number(value: object) -> object:
    """A moment is written out: a bare number could be seconds or a year."""
    if isinstance(value, str) and value.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError("write it like 2026-11-25T12:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_no_number)]


def get_filter(
    actor: Annotated[str | None, Query(max_length=128, description="By whom: operator, key:<key_id>, tool.")] = None,
    action: Annotated[str | None, Query(max_length=64, description="product.update, or product for all such.")] = None,
    since: Annotated[Moment | None, Query(description="From this moment on.")] = None,
    until: Annotated[Moment | None, Query(description="Before this moment.")] = None,
) -> AuditFilter:
    """Which changes are wanted, of the query."""
    return AuditFilter(actor=actor, action=action, since=since, until=until)


FilterDep = Annotated[AuditFilter, Depends(get_filter)]
FormatQuery = Annotated[Literal["json", "csv"], Query(alias="format")]


@router.get("/brands/{brand_id}/audit", response_model=list[Change], responses=_CSV)
@needs(Right.READ)
async def brand_audit(
    services: ServicesDep, brand: KnownBrand, page: PageDep, wanted: FilterDep, format_: FormatQuery = "json"
) -> list[Change] | Response:
    """A brand's changes, the latest first. As CSV they come whole."""
    return await _answer(services, replace(wanted, brand_id=brand.id), page, format_)


@router.get("/audit", response_model=list[Change], responses=_CSV)
@needs(Right.OPERATE)
async def whole_audit(
    services: ServicesDep, page: PageDep, wanted: FilterDep, format_: FormatQuery = "json"
) -> list[Change] | Response:
    """The changes of all brands, deleted ones included, the latest first."""
    return await _answer(services, wanted, page, format_)


async def _answer(services: Services, wanted: AuditFilter, page: PageDep, format_: str) -> list[Change] | Response:
    if format_ == "csv":
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return StreamingResponse(_lines(services, wanted), media_type="text/csv; charset=utf-8", headers=headers)
    found, total = await services.audit.page(wanted, limit=page.limit, offset=page.offset)
    page.tell_total(total)
    return [_change(row) for row in found]


def _change(row: AuditRow) -> Change:
    return Change.model_validate(row, from_attributes=True)


async def _lines(services: Services, wanted: AuditFilter) -> AsyncIterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_TITLES)
    async for row in services.audit.export(wanted):
        writer.writerow([_cell(value) for value in _change(row).model_dump(mode="json").values()])
        if out.tell() > _PIECE_CHARS:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return orjson.dumps(value).decode()
    return "" if value is None else harmless_cell(str(value))
