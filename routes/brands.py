"""Brands and how they speak."""

import re
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from auth_service import Right
from brand_document import DESCRIPTION_PATTERN, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, NAME_PATTERN, RESERVED_IDS
from errors import InvalidInput
from field_types import NOT_BLANK, Timestamp
from models import BRAND_ID_PATTERN, Brand, BrandConfig, BrandId
from routes.dependencies import KnownBrand, PageDep, ServicesDep
from routes.idempotency import IdempotentRoute
from routes.rights import PrincipalDep, needs

Given = TypeVar("Given")

router = APIRouter(tags=["brands"], route_class=IdempotentRoute)

# Members of a body as query parameters, which v2.0's code took: read, and left out of the document.
_InQuery = Annotated[str | None, Query(include_in_schema=False)]
_ETAG_PATTERN = r'^(\*|(W/)?"?[0-9]{1,15}"?)$'
_EtagHeader = Annotated[
    str | None,
    Header(alias="If-Match", description='The version edited, as `"3"`; `*` is any.'),
    WithJsonSchema({"type": "string", "pattern": _ETAG_PATTERN}),
]

# What brand_document asks of them, said in the document.
_NameMember = Annotated[
    str | None, WithJsonSchema({"type": "string", "maxLength": MAX_NAME_CHARS, "pattern": NAME_PATTERN})
]
_DescriptionMember = Annotated[
    str | None, WithJsonSchema({"type": "string", "maxLength": MAX_DESCRIPTION_CHARS, "pattern": DESCRIPTION_PATTERN})
]
_IdMember = Annotated[
    str | None, WithJsonSchema({"type": "string", "pattern": BRAND_ID_PATTERN, "not": {"enum": sorted(RESERVED_IDS)}})
]


class NewBrand(BaseModel):
    """A brand to create."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Test Brand", "description": "A shop for trying things out"}],
            "required": ["name"],  # or the query parameter
        }
    )

    name: _NameMember = None
    description: _DescriptionMember = None
    brand_id: _IdMember = None


class BrandChanges(BaseModel):
    """Members of a brand to replace."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"description": "Computers and audio", "is_active": True}]}
    )

    name: _NameMember = None
    description: _DescriptionMember = None
    is_active: bool | None = None
    version: int | None = None


class SystemPrompt(BaseModel):
    """A brand's prompt to write."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"system_prompt": "You are TechPro's assistant."}]})

    system_prompt: Annotated[str, Field(max_length=50_000), NOT_BLANK]


class SystemPromptView(BaseModel):
    """A brand's prompt."""

    brand_id: str
    brand_name: str
    system_prompt: str
    updated_at: Timestamp | None
    message: str | None = None


class Said(BaseModel):
    """An answer for a person."""

    message: str


@router.get("/brands")
@needs(Right.READ)
async def list_brands(services: ServicesDep, who: PrincipalDep, page: PageDep) -> list[Brand]:
    """Every brand; to a brand's key its own."""
    brands = [brand for brand in services.brands.list() if who.brand_id in {None, brand.id}]
    page.tell_total(len(brands))
    return brands[page.offset : page.offset + page.limit]


@router.get("/brands/active")
@needs(Right.PUBLIC)
async def list_active_brands(services: ServicesDep, who: PrincipalDep, page: PageDep) -> list[Brand]:
    """The brands that customers can reach; to a brand's key its own."""
    brands = [brand for brand in services.brands.active() if who.brand_id in {None, brand.id}]
    page.tell_total(len(brands))
    return brands[page.offset : page.offset + page.limit]


@router.post("/brands")
@needs(Right.OPERATE)
async def create_brand(
    services: ServicesDep,
    body: Annotated[NewBrand | None, Body()] = None,
    name: _InQuery = None,
    description: _InQuery = None,
    brand_id: _InQuery = None,
) -> Brand:
    """Create a brand. Without `brand_id` its id comes from the name: "Test Brand" becomes `test_brand`."""
    given = body or NewBrand()
    wanted = given.name or name
    if not wanted:
        raise InvalidInput('A brand needs a name: send {"name": "..."}.')
    return await services.brands.create(wanted, given.description or description or "", given.brand_id or brand_id)


@router.get("/brands/{brand_id}")
@needs(Right.READ)
async def get_brand(brand: KnownBrand) -> Brand:
    """One brand."""
    return brand


def _brand_in_query(
    name: _InQuery = None,
    description: _InQuery = None,
    is_active: Annotated[bool | None, Query(include_in_schema=False)] = None,
) -> BrandChanges:
    return BrandChanges(name=name, description=description, is_active=is_active)


@router.put("/brands/{brand_id}")
@needs(Right.CONFIGURE)
async def update_brand(
    services: ServicesDep,
    brand: KnownBrand,
    in_query: Annotated[BrandChanges, Depends(_brand_in_query)],
    body: Annotated[BrandChanges | None, Body()] = None,
    if_match: _EtagHeader = None,
) -> Brand:
    """Replace the members that are given."""
    given = body or BrandChanges()
    return await services.brands.update(
        brand.id,
        name=_first(given.name, in_query.name),
        description=_first(given.description, in_query.description),
        is_active=_first(given.is_active, in_query.is_active),
        version=_first(given.version, _version(if_match)),
    )


@router.delete("/brands/{brand_id}")
@needs(Right.OPERATE)
async def delete_brand(services: ServicesDep, brand_id: str) -> Said:
    """Delete a brand with everything that belongs to it. When this answers, nothing of it is left.

    A deletion that could not be finished (503) goes on when it is asked for again.
    """
    await services.brands.delete(BrandId(brand_id))
    return Said(message=f"Brand '{brand_id}' deleted successfully")


@router.get("/brands/{brand_id}/config")
@needs(Right.READ)
async def get_config(services: ServicesDep, brand: KnownBrand, response: Response) -> BrandConfig:
    """How the brand speaks, what it says of itself, and its settings."""
    config = services.brands.config(brand.id)
    response.headers["ETag"] = f'"{config.version}"'
    return config


def _config_in_query(
    system_prompt: _InQuery = None, persona_prompt: _InQuery = None, welcome_message: _InQuery = None
) -> dict[str, str]:
    """The members of a configuration that v2.0's code took as query parameters."""
    given = {"system_prompt": system_prompt, "persona_prompt": persona_prompt, "welcome_message": welcome_message}
    return {name: value for name, value in given.items() if value is not None}


@router.put("/brands/{brand_id}/config")
@needs(Right.CONFIGURE)
async def update_config(
    services: ServicesDep,
    brand: KnownBrand,
    response: Response,
    in_query: Annotated[dict[str, str], Depends(_config_in_query)],
    body: Annotated[
        dict[str, Any] | None,
        Body(examples=[{"welcome_message": "Hi! What are you looking for?", "settings": {"currency": "EUR"}}]),
    ] = None,
    if_match: _EtagHeader = None,
) -> BrandConfig:
    """Replace each member that is given, whole. With `If-Match` or `version` a stale edit is 409."""
    changes = in_query | (body or {})
    services.identity.check_settings(changes)
    version = _version(if_match)
    if version is None and changes.get("version") is not None:
        version = _version(str(changes["version"]))
    config = await services.brands.update_config(brand.id, changes, version=version)
    response.headers["ETag"] = f'"{config.version}"'
    return config


@router.get("/brands/{brand_id}/system-prompt")
@needs(Right.READ)
async def get_system_prompt(services: ServicesDep, brand: KnownBrand) -> SystemPromptView:
    """What a language model is told to be."""
    return _prompt_view(brand, services.brands.config(brand.id))


@router.put("/brands/{brand_id}/system-prompt")
@needs(Right.CONFIGURE)
async def update_system_prompt(
    services: ServicesDep,
    brand: KnownBrand,
    body: Annotated[SystemPrompt | None, Body()] = None,
    system_prompt: _InQuery = None,
    if_match: _EtagHeader = None,
) -> SystemPromptView:
    """Replace the prompt."""
    prompt = body.system_prompt if body else system_prompt
    if not prompt or not prompt.strip():
        raise InvalidInput('Send the prompt as {"system_prompt": "..."}.')
    changes = {"system_prompt": prompt}
    config = await services.brands.update_config(brand.id, changes, version=_version(if_match))
    return _prompt_view(brand, config, "System prompt updated successfully")


def _prompt_view(brand: Brand, config: BrandConfig, message: str | None = None) -> SystemPromptView:
    return SystemPromptView(
        brand_id=brand.id,
        brand_name=brand.name,
        system_prompt=config.system_prompt,
        updated_at=config.updated_at,
        message=message,
    )


def _first(*given: Given | None) -> Given | None:
    """The first that was given."""
    return next((value for value in given if value is not None), None)


def _version(etag: str | None) -> int | None:
    """The version that an edit is based on; `*` and nothing mean any.

    Raises:
        InvalidInput: it is no version.
    """
    if etag is None or etag.strip() == "*":
        return None
    if not re.fullmatch(_ETAG_PATTERN, etag.strip()):
        raise InvalidInput("The version edited is a number, as GET .../config gives it in `version` and ETag.")
    return int(etag.strip().removeprefix("W/").strip('"'))
